// The commands of `tickproof node` that work on a data directory without running the node (node.md §1.3, docs/node.md).

import { writeFileSync } from "node:fs";
import { encodeBase58Check } from "../../encoding/base58check.js";
import { revealRulesOf } from "../../node/node-context.js";
import { exportInputs } from "../../node/tools/export-inputs.js";
import { requireBlock } from "../../node/tools/levels.js";
import { kernelOf, type ReadDirectory, readingDirectory, readingStates } from "../../node/tools/read-directory.js";
import { ToolError } from "../../node/tools/tool-error.js";
import type { ClientContext } from "../client/context.js";
import { fail } from "../client/failures.js";
import { anyText, level } from "../client/parameters.js";
import { argument, type Command, commandsIn, flag, option, words } from "../phrase-parser.js";
import { grouped } from "../text.js";
import { dataDirOption, group } from "./options.js";

type Environment = Readonly<Record<string, string | undefined>>;

export interface ToolSettings {
  readonly env: Environment;
  /** The compiled records-thread.js, for tests that do not run the compiled program. */
  readonly script?: URL;
}

const command = commandsIn<ClientContext>();

/** What the layers below raise that is no bug has a code like these. */
const EXPECTED_CODE = /^(node|sc_rollup|internal|l1|could_not_acquire_lock|failure)(\.|$)/;

/** Runs `work`; errors that are no bugs become one line. */
export async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") throw error;
    if (error.name === "L1RpcError" || !EXPECTED_CODE.test(error.code)) throw error;
    return fail(error.message, { cause: error });
  }
}

// ---- Inputs

function exportInputsCommand(settings: ToolSettings): Command<ClientContext> {
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
          const exported = await exportInputs(directory, {
            file,
            ...(from === undefined ? {} : { from }),
            ...(to === undefined ? {} : { to }),
            ...(dalParameters
              ? { dalParameters: revealRulesOf(await context.l1.block().constants()).dalParameters }
              : {}),
          });
          const count = exported.to - exported.from + 1;
          const levels = `levels ${exported.from} to ${exported.to}`;
          context.message(
            `Exported ${levels} (${grouped(BigInt(count))}) and ${exported.reveals} answers to reveals into ${file}`,
          );
          context.message(`state after them: ${encodeBase58Check("stateHash", exported.state)}, tick ${exported.tick}`);
          if (kernel !== undefined) {
            const bytes = await writeKernel(directory, kernel, settings);
            context.message(`Exported the kernel (${grouped(BigInt(bytes))} bytes) into ${kernel}`);
          }
        }),
      ),
  });
}

async function writeKernel(
  { path, store, metadata }: ReadDirectory,
  file: string,
  settings: ToolSettings,
): Promise<number> {
  const genesis = await requireBlock(store, metadata.genesisInfo.level);
  const kernel = await readingStates(path, settings, (states) => kernelOf(states, genesis.stateHash));
  if (kernel === null) throw new ToolError("node.tool.incomplete_block", "the first state has no kernel", path);
  try {
    writeFileSync(file, kernel);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ToolError("node.tool.io", `Cannot write ${file}: ${reason}`, file, { cause: error });
  }
  return kernel.length;
}

/** All of them. */
export function toolCommands(settings: ToolSettings): readonly Command<ClientContext>[] {
  return [exportInputsCommand(settings)];
}
