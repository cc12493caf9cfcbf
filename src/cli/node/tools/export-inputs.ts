// `tickproof node export inputs` (docs/node.md): what a rollup has read, and its kernel, for `tickproof run`.

import { encodeBase58Check } from "../../../encoding/base58check.js";
import { revealRulesOf } from "../../../node/node-context.js";
import { exportInputs } from "../../../node/tools/export-inputs.js";
import { requireBlock } from "../../../node/tools/levels.js";
import { kernelOf, type ReadDirectory, readingDirectory, readingStates } from "../../../node/tools/read-directory.js";
import { ToolError } from "../../../node/tools/tool-error.js";
import type { ClientContext } from "../../client/context.js";
import { anyText, level } from "../../client/parameters.js";
import { argument, type Command, commandsIn, flag, option, words } from "../../phrase-parser.js";
import { counted, grouped } from "../../text.js";
import { dataDirOption, group } from "../options.js";
import { type ToolSettings, told, writeOutput } from "./tool-settings.js";

const command = commandsIn<ClientContext>();

export function exportInputsCommand(settings: ToolSettings): Command<ClientContext> {
  const range = (long: string, doc: string) => option({ long, placeholder: "level", doc }, level);
  return command({
    group,
    summary:
      "Export what the rollup has read, as `tickproof run` takes it: the messages of its levels, and the answers to " +
      "reveals that the data directory has.",
    options: {
      dataDir: dataDirOption(settings.env),
      from: range("from", "First level. Default value is that after the rollup's origination."),
      to: range("to", "Last level. Default value is the last one processed."),
      kernel: option(
        {
          long: "kernel",
          placeholder: "kernel.wasm",
          doc: "Where to write the kernel that the rollup was originated with.",
        },
        anyText,
      ),
      dalParameters: flag({
        long: "dal-parameters",
        doc: "Ask layer 1 for the DAL's parameters, which kernels may reveal.",
      }),
    },
    phrase: [...words("export", "inputs", "into"), argument("inputs.json", "File for the recorded inputs", anyText)],
    run: ([file], { dataDir, from, to, kernel, dalParameters }, context) =>
      told(() =>
        readingDirectory(dataDir, async (directory) => {
          const asked = dalParameters ? revealRulesOf(await context.l1.block().constants()).dalParameters : undefined;
          const exported = await exportInputs(directory, {
            file,
            ...(from === undefined ? {} : { from }),
            ...(to === undefined ? {} : { to }),
            ...(asked === undefined ? {} : { dalParameters: asked }),
          });
          const levels = `levels ${exported.from} to ${exported.to}`;
          const answers = counted(exported.reveals, "answer");
          context.message(`Exported ${levels} and ${answers} to reveals into ${file}`);
          context.message(`state after them: ${encodeBase58Check("stateHash", exported.state)}, tick ${exported.tick}`);
          if (kernel !== undefined) await exportKernel(directory, kernel, settings, context);
        }),
      ),
  });
}

async function exportKernel(
  { path, store, metadata }: ReadDirectory,
  file: string,
  settings: ToolSettings,
  context: ClientContext,
): Promise<void> {
  const genesis = await requireBlock(store, metadata.genesisInfo.level);
  const kernel = await readingStates(path, settings, (states) => kernelOf(states, genesis.stateHash));
  if (kernel === null) throw new ToolError("node.tool.incomplete_block", "the first state has no kernel", path);
  writeOutput(file, kernel);
  context.message(`Exported the kernel (${grouped(kernel.length)} bytes) into ${file}`);
}
