// `…/helpers/scripts` (node.md §9.2; reference: RPC.ml of alpha): packing, checking and showing values, entrypoints of code, running code and
// views. Left out: `trace_code`, `run_instruction`, `typecheck_code`, `script_size` and the normalisation of scripts and stacks, which
// ask for the inside of an interpreter.

import { textForm } from "../../../encoding/form-leaves.js";
import { toHex } from "../../../encoding/hex.js";
import { isSequence, type Micheline, michelineForm } from "../../../encoding/micheline.js";
import { ProtocolError, traced } from "../../../protocol/errors.js";
import type { ContractRuntime } from "../contract-runtime.js";
import { RequestFields, unparsingModeForm } from "./request-fields.js";
import { runCode, runScriptView, runView } from "./script-runs.js";
import { entrypointsToJson, runtimeOf, UNLIMITED_GAS } from "./scripts.js";
import type { Services } from "./services.js";

const SCRIPTS = ["helpers", "scripts"] as const;

/** What Octez says of gas where none was limited. */
const UNACCOUNTED = "unaccounted";

export function addScriptServices(services: Services): void {
  const runtime = () => runtimeOf(services.sandbox.contracts);
  services.addForBlocks("POST", [...SCRIPTS, "run_code"], (call) => runCode(call, runtime()));
  services.addForBlocks("POST", [...SCRIPTS, "run_view"], (call) => runView(call, runtime()));
  services.addForBlocks("POST", [...SCRIPTS, "run_script_view"], (call) => runScriptView(call));
  services.addForBlocks("POST", [...SCRIPTS, "pack_data"], ({ body }) => {
    const fields = new RequestFields(body(), ["data", "type", "gas"]);
    const type = fields.micheline("type");
    const packed = runtime().pack(type, fields.micheline("data"), UNLIMITED_GAS);
    return { packed: toHex(packed), gas: fields.natural("gas")?.toString() ?? UNACCOUNTED };
  });
  services.addForBlocks("POST", [...SCRIPTS, "typecheck_data"], ({ body }) => {
    const fields = new RequestFields(body(), ["data", "type", "gas", "legacy"]);
    typecheckData(runtime(), fields.micheline("type"), fields.micheline("data"));
    return { gas: fields.natural("gas")?.toString() ?? UNACCOUNTED };
  });
  services.addForBlocks("POST", [...SCRIPTS, "normalize_data"], ({ body }) => {
    const fields = new RequestFields(body(), ["data", "type", "unparsing_mode", "legacy"]);
    const type = fields.micheline("type");
    const mode = fields.required("unparsing_mode", unparsingModeForm);
    const { value } = runtime().checkData(type, fields.micheline("data"), UNLIMITED_GAS, { tickets: true });
    const normalized = mode === "Readable" ? runtime().readable(type, value) : value;
    return { normalized: michelineForm.toJson(normalized) };
  });
  services.addForBlocks("POST", [...SCRIPTS, "normalize_type"], ({ body }) => {
    const type = new RequestFields(body(), ["type"]).micheline("type");
    return { normalized: michelineForm.toJson(pairsOfTwo(type)) };
  });
  services.addForBlocks("POST", [...SCRIPTS, "entrypoint"], ({ body }) => {
    const fields = new RequestFields(body(), ["script", "entrypoint"]);
    const entrypoint = fields.optional("entrypoint", textForm) ?? "default";
    return { entrypoint_type: michelineForm.toJson(runtime().entrypointType(fields.micheline("script"), entrypoint)) };
  });
  services.addForBlocks("POST", [...SCRIPTS, "entrypoints"], ({ body }) =>
    entrypointsToJson(new RequestFields(body(), ["script"]).micheline("script"), runtime()),
  );
}

/** Raises ProtocolError, the trace saying what was asked. */
function typecheckData(runtime: ContractRuntime, type: Micheline, data: Micheline): void {
  traced(
    () => new ProtocolError("michelson_v1.ill_formed_type", { illFormedExpression: type, location: 0 }),
    () => runtime.typesEqual(type, type),
  );
  traced(
    () => new ProtocolError("michelson_v1.ill_typed_data", { expectedType: type, illTypedExpression: data }),
    () => runtime.checkData(type, data, UNLIMITED_GAS, { tickets: true }),
  );
}

/** A type with every pair written as a pair of two. */
function pairsOfTwo(type: Micheline): Micheline {
  if (isSequence(type) || !("prim" in type)) return type;
  const args = (type.args ?? []).map(pairsOfTwo);
  if (type.prim !== "pair" || args.length < 3) return { ...type, ...(args.length === 0 ? {} : { args }) };
  const [first, ...others] = args;
  const rest = others.reduceRight((right, left) => ({ prim: "pair", args: [left, right] }));
  return { ...type, args: [first ?? rest, rest] };
}
