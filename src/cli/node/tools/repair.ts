// `tickproof node repair commitments` and `recompute outbox messages` (node.md §1.3; reference: repair.ml).

import { decodeBase58Check, isBase58Check } from "../../../encoding/base58check.js";
import type { CurrentProtocol } from "../../../node/node-context.js";
import { DataDirectory } from "../../../node/store/data-directory.js";
import type { Store } from "../../../node/store/store.js";
import { metadataOf, readingStates } from "../../../node/tools/read-directory.js";
import { recomputeOutbox, repairCommitments } from "../../../node/tools/repair.js";
import { ToolError } from "../../../node/tools/tool-error.js";
import type { ProtocolHash } from "../../../protocol/identifiers.js";
import type { ClientContext } from "../../client/context.js";
import { fail } from "../../client/failures.js";
import { argument, type Command, commandsIn, type Parameter, words } from "../../phrase-parser.js";
import { dataDirOption, positiveLevel } from "../options.js";
import { type ToolSettings, told } from "./tool-settings.js";

const command = commandsIn<ClientContext>();
const group = { name: "smart_rollup.node.repair", title: "Commands to repair the smart rollup node." };

const protocolHash: Parameter<ProtocolHash> = {
  parse: (text) =>
    isBase58Check("protocolHash", text)
      ? (decodeBase58Check("protocolHash", text) as ProtocolHash)
      : fail(`Invalid protocol hash ${JSON.stringify(text)}`),
};

/** Runs `work` with a directory that no node uses meanwhile. */
async function changing<T>(path: string, settings: ToolSettings, work: (directory: DataDirectory) => Promise<T>) {
  const directory = await DataDirectory.open(path, { metadata: await metadataOf(path), emit: settings.emit });
  try {
    return await work(directory);
  } finally {
    await directory.close();
  }
}

export function repairCommitmentsCommand(settings: ToolSettings): Command<ClientContext> {
  return command({
    group,
    summary: "Repair commitments of L2 chain for a given protocol.",
    options: { dataDir: dataDirOption(settings.env) },
    phrase: [
      ...words("repair", "commitments", "for"),
      argument("protocol", "Protocol hash in base58-check.", protocolHash),
    ],
    run: ([protocol], { dataDir }, context) =>
      told(() =>
        changing(dataDir, settings, async ({ store }) => {
          const { removed, added, patched } = await repairCommitments(
            {
              store,
              metadata: await metadataOf(dataDir),
              emit: settings.emit,
              protocolAt: protocols(store, context),
              say: (line) => context.message(line),
            },
            protocol,
          );
          context.message(
            `Completed!\nRemoved commitments: ${String(removed).padStart(3)}\n` +
              `Added commitments: ${String(added).padStart(5)}\nPatched blocks: ${String(patched).padStart(8)}`,
          );
        }),
      ),
  });
}

/** Constants are asked for once a protocol. */
function protocols(store: Store, { l1 }: ClientContext): (level: number) => Promise<CurrentProtocol> {
  let last: CurrentProtocol | undefined;
  return async (level) => {
    const stored = await store.protocolAt(level);
    if (stored === undefined) {
      throw new ToolError("node.tool.unknown_protocol", `Could not find the protocol of level ${level}`, String(level));
    }
    const { hash, protoLevel } = stored;
    if (last?.protoLevel !== protoLevel) last = { hash, protoLevel, constants: await l1.block(level).constants() };
    return last;
  };
}

export function recomputeOutboxCommand(settings: ToolSettings): Command<ClientContext> {
  return command({
    group,
    summary:
      "Recompute outbox messages from a given level up to the current head. It does not overwrite already stored outbox messages.",
    options: { dataDir: dataDirOption(settings.env) },
    phrase: [...words("recompute", "outbox", "messages", "from"), argument("level", "Level", positiveLevel)],
    run: ([from], { dataDir }, context) =>
      told(() =>
        changing(dataDir, settings, ({ store }) =>
          readingStates(dataDir, settings, (states) =>
            recomputeOutbox({ store, say: (line) => context.host.err(`${line}\n`) }, states, from),
          ),
        ),
      ),
  });
}
