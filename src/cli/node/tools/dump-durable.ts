// `tickproof node dump durable storage` (node.md §1.3).

import { dumpForm, dumpOf } from "../../../node/tools/durable-dump.js";
import { findNamedBlock, readNamedBlock } from "../../../node/tools/levels.js";
import { readingDirectory, readingStates } from "../../../node/tools/read-directory.js";
import type { ClientContext } from "../../client/context.js";
import { fail } from "../../client/failures.js";
import { anyText } from "../../client/parameters.js";
import { argument, type Command, commandsIn, optionOr, words } from "../../phrase-parser.js";
import { dataDirOption, group } from "../options.js";
import { type ToolSettings, told, writeOutput } from "./tool-settings.js";

const command = commandsIn<ClientContext>();

export function dumpDurableCommand(settings: ToolSettings): Command<ClientContext> {
  return command({
    group,
    summary: "dump the durable_storage.",
    options: {
      dataDir: dataDirOption(settings.env),
      block: optionOr(
        {
          long: "block",
          short: "b",
          placeholder: "hash|level|tag",
          doc: "Block whose state is dumped: head, head~N, a level, a hash, hash~N.",
          default: "head",
        },
        anyText,
      ),
    },
    phrase: [
      ...words("dump", "durable", "storage", "into"),
      argument("dump.<json|yaml>", "YAML or JSON file containing the dumped durable storage", anyText),
    ],
    run: ([file], { dataDir, block: name }, context) =>
      told(() =>
        readingDirectory(dataDir, async ({ path, store }) => {
          const named = readNamedBlock(name) ?? fail(`Value ${name} is not a value block reference.`);
          const { stateHash } = await findNamedBlock(store, named);
          const text = await readingStates(path, settings, (states) => dumpOf(states, stateHash, dumpForm(file)));
          writeOutput(file, text);
          context.message(`Dumped WASM PVM state to ${file}`);
        }),
      ),
  });
}
