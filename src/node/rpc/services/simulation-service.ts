// `POST …/simulate` (node.md §5.3; reference: simulation.ml): runs messages on top of a block, as the level after it, on a state that is
// thrown away.

import { type FormValue, listOf, objectForm, opt, req, variant, variantsForm } from "../../../encoding/form.js";
import { bytesForm, textForm } from "../../../encoding/form-leaves.js";
import { toHex } from "../../../encoding/hex.js";
import type { Json } from "../../../encoding/json.js";
import { JsonError } from "../../../encoding/json.js";
import { stateHashForm } from "../../../protocol/identifiers.js";
import { frameLevel } from "../../../protocol/level-frame.js";
import { failure } from "../answer.js";
import { outputsJson, readOutbox } from "../json/outbox-json.js";
import type { NodeView } from "../node-view.js";
import { arrayOf, described, hex, int32, nullable, object, oneOf, oneOfTexts, type Schema, titled } from "../schema.js";
import { OUTPUTS } from "../schemas/blocks.js";
import { BIG_NUMBER, STATE_HASH, TEXT } from "../schemas/shared.js";
import { type Body, type Service, service } from "../service.js";
import { blockArgument } from "./arguments.js";
import { blockText, type FoundBlock, findBlock, withState } from "./blocks.js";

const insightForm = variantsForm("insight", "kind", {
  pvm_state: variant(0, { kind: "pvm_state" }, { key: req("key", listOf(textForm)) }),
  durable_storage: variant(1, { kind: "durable_storage" }, { key: req("key", listOf(textForm)) }),
});

const requestForm = objectForm("simulation", {
  messages: req("messages", listOf(bytesForm)),
  revealPages: opt("reveal_pages", listOf(bytesForm)),
  insights: opt("insight_requests", listOf(insightForm)),
  logFile: opt("log_kernel_debug_file", textForm),
});

type SimulationRequest = FormValue<typeof requestForm>;

/** A plain name: the file lies in the folder of simulations' logs, and nowhere else. */
const FILE_NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/;

const insightCase = (kind: string, description: string): Schema =>
  titled(kind, described(description, object({ kind: oneOfTexts(kind), key: arrayOf(TEXT) })));

const requestBody: Body<SimulationRequest> = {
  isArray: false,
  schema: object({
    messages: described("Serialized messages for simulation.", arrayOf(hex)),
    "reveal_pages?": described("Pages (at most 4kB) to be used for revelation ticks", arrayOf(hex)),
    "insight_requests?": described(
      "Paths in the PVM to inspect after the simulation",
      arrayOf(
        oneOf(
          insightCase("pvm_state", "Path in the PVM state"),
          insightCase("durable_storage", "Path in the PVM durable storage"),
        ),
      ),
    ),
    "log_kernel_debug_file?": described(
      "File in which to emit kernel logs. This file will be created in <data-dir>/simulation_kernel_logs/, where " +
        "<data-dir> is the data directory of the rollup node.",
      TEXT,
    ),
  }),
  fromJson(json) {
    const request = requestForm.fromJson(json);
    const { logFile } = request;
    if (logFile !== undefined && !FILE_NAME.test(logFile)) {
      throw new JsonError("encoding.json.bad_value", "a plain file name expected", logFile).under(
        ".log_kernel_debug_file",
      );
    }
    return request;
  },
};

const RESULT = object({
  state_hash: described("Hash of the state after execution of the PVM on the input messages", STATE_HASH),
  status: described("Status of the PVM after evaluation", TEXT),
  output: described("Output produced by evaluation of the messages", OUTPUTS),
  inbox_level: described("Level of the inbox that would contain these messages", int32),
  num_ticks: described("Ticks taken by the PVM for evaluating the messages", BIG_NUMBER),
  "insights?": described("PVM state values requested after the simulation", arrayOf(nullable(hex))),
});

async function simulate(node: NodeView, block: FoundBlock, request: SimulationRequest): Promise<Json> {
  if (block.level < node.genesis.level) throw failure("Cannot simulate before origination level");
  const level = block.level + 1;
  const header = await node.l1.header(block.hash);
  if (header === undefined) throw failure(`Cannot retrieve header of block ${blockText(block.hash)}`);
  const info = { predecessor: block.hash, predecessorTimestamp: header.timestamp };
  const { revealPages = [], insights = [], logFile } = request;
  const messages = frameLevel(request.messages, { info });
  const result = await withState(node, block, (before) =>
    node.engine.simulate({ before, level, messages, revealPages, insights }),
  );
  if (logFile !== undefined && node.logsSimulations) await node.writeSimulationLog(logFile, result.debug);
  return {
    state_hash: stateHashForm.toJson(result.after),
    status: result.status,
    output: outputsJson(level, readOutbox(result.outbox)),
    inbox_level: level,
    num_ticks: result.ticks.toString(),
    ...(insights.length === 0
      ? {}
      : { insights: result.insights.map((value) => (value === null ? null : toHex(value))) }),
  };
}

export const SIMULATION_SERVICES: readonly Service[] = [
  service({
    method: "POST",
    path: ["global", "block", blockArgument, "simulate"],
    description: "Simulate messages evaluation by the PVM",
    body: requestBody,
    output: RESULT,
    isHeavy: true,
    serve: async ({ node, args: [id], body }) => simulate(node, await findBlock(node, id), body),
  }),
];
