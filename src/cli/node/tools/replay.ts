// `tickproof node replay block` and `replay blocks` (node.md §1.3; reference: `Replay` in rollup_node_daemon.ml): what they print, on standard
// error, is Octez's.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { decodeBase58Check, encodeBase58Check, isBase58Check } from "../../../encoding/base58check.js";
import { printOctezJson } from "../../../l1/client/octez-json.js";
import { parseConfiguration } from "../../../node/config/configuration-json.js";
import type { PlannedFailure } from "../../../node/engine/engine.js";
import { LocalEngine } from "../../../node/engine/local-engine.js";
import { PREIMAGES_DIR, STATES_FILE } from "../../../node/engine/state-files.js";
import { StateStore } from "../../../node/engine/state-store.js";
import { SyncRecords } from "../../../node/engine/sync-records.js";
import { tellEngineNews } from "../../../node/engine-notes.js";
import { span } from "../../../node/events/fields.js";
import { KernelLog, kernelLogPath } from "../../../node/events/kernel-log.js";
import { type CurrentProtocol, revealRulesOf } from "../../../node/node-context.js";
import { fullBlockJson } from "../../../node/rpc/json/block-json.js";
import type { StoredBlock } from "../../../node/store/store.js";
import { requireBlock, requireBlockOf } from "../../../node/tools/levels.js";
import { type ReadDirectory, readingDirectory } from "../../../node/tools/read-directory.js";
import { blockToReplay, RecordsOver, replayBlock } from "../../../node/tools/replay.js";
import { ToolError } from "../../../node/tools/tool-error.js";
import type { BlockHash } from "../../../protocol/identifiers.js";
import type { ClientContext } from "../../client/context.js";
import { fail } from "../../client/failures.js";
import { argument, type Command, commandsIn, type Parameter, words } from "../../phrase-parser.js";
import { dataDirOption, group, positiveLevel, profilingOption } from "../options.js";
import { type ToolSettings, told } from "./tool-settings.js";

const command = commandsIn<ClientContext>();

type BlockOrLevel =
  | { readonly kind: "level"; readonly level: number }
  | { readonly kind: "hash"; readonly hash: BlockHash };

const blockOrLevel: Parameter<BlockOrLevel> = {
  parse(text) {
    if (/^\d{1,10}$/.test(text)) return { kind: "level", level: Number(text) };
    if (!isBase58Check("blockHash", text)) return fail(`Cannot parse block hash or level ${JSON.stringify(text)}`);
    return { kind: "hash", hash: decodeBase58Check("blockHash", text) as BlockHash };
  },
};

export function replayBlockCommand(settings: ToolSettings): Command<ClientContext> {
  return command({
    group,
    summary: "Replay a given L1 block.",
    options: { dataDir: dataDirOption(settings.env), profiling: profilingOption },
    phrase: [...words("replay", "block"), argument("block_or_level", "An L1 block hash or a level", blockOrLevel)],
    run: ([named], { dataDir }, context) =>
      told(() =>
        readingDirectory(dataDir, async (directory) => {
          const { store } = directory;
          const { hash, level } =
            named.kind === "hash" ? await requireBlockOf(store, named.hash) : await requireBlock(store, named.level);
          const replay = await Replay.open(directory, level, settings, context);
          try {
            await replay.one(hash, true);
          } finally {
            await replay.close();
          }
        }),
      ),
  });
}

export function replayBlocksCommand(settings: ToolSettings): Command<ClientContext> {
  return command({
    group,
    summary: "Replay a sequence of L1 blocks.",
    options: { dataDir: dataDirOption(settings.env), profiling: profilingOption },
    phrase: [
      ...words("replay", "blocks", "from"),
      argument("level", "Level", positiveLevel),
      ...words("to"),
      argument("level", "Level", positiveLevel),
    ],
    run: ([from, to], { dataDir }, context) =>
      told(() =>
        readingDirectory(dataDir, async (directory) => {
          if (from > to) {
            throw new ToolError("node.tool.bad_range", `levels ${from} to ${to}: there is none`, `${from}-${to}`);
          }
          const replay = await Replay.open(directory, from, settings, context);
          try {
            for (let level = from; level <= to; level++) {
              await replay.one((await requireBlock(directory.store, level)).hash, false);
            }
          } finally {
            await replay.close();
          }
        }),
      ),
  });
}

// ---- What is printed

const BOLD = "\u001b[1m";
const GREEN = "\u001b[32m";
const BOLD_GREEN = "\u001b[1;32m";
const BOLD_CYAN = "\u001b[1;36m";
const RESET = "\u001b[0m";

/** By the share of the time between two blocks that it took. */
function colourOf(seconds: number, blockTime: number): string {
  if (seconds > 2 * blockTime) return "\u001b[1;7;31m";
  if (seconds > blockTime) return "\u001b[1;31m";
  if (seconds > blockTime / 2) return "\u001b[31m";
  if (seconds > blockTime / 5) return "\u001b[33m";
  return RESET;
}

function blockText(block: StoredBlock): string {
  return printOctezJson(fullBlockJson(block)).replaceAll("\n", "\n  ");
}

// ---- Replaying

class Replay {
  #protocol: CurrentProtocol;

  private constructor(
    readonly directory: ReadDirectory,
    readonly engine: LocalEngine,
    readonly log: KernelLog,
    readonly failures: readonly PlannedFailure[],
    readonly settings: ToolSettings,
    readonly context: ClientContext,
    protocol: CurrentProtocol,
  ) {
    this.#protocol = protocol;
  }

  static async open(
    directory: ReadDirectory,
    level: number,
    settings: ToolSettings,
    context: ClientContext,
  ): Promise<Replay> {
    const { path, metadata } = directory;
    const { script, emit } = settings;
    const protocol = await protocolAt(directory, level, context);
    context.host.err(`Using protocol ${encodeBase58Check("protocolHash", protocol.hash)}\n`);
    const file = join(path, "config.json");
    const config = existsSync(file) ? parseConfiguration(readFileSync(file, "utf8"), file) : undefined;
    const log = new KernelLog(kernelLogPath(path, config?.logKernelDebugFile));
    const records = new SyncRecords(join(path, STATES_FILE), {
      readOnly: true,
      ...(script === undefined ? {} : { script }),
    });
    const engine = new LocalEngine({
      store: new StateStore(new RecordsOver(records)),
      reveals: {
        directory: join(path, PREIMAGES_DIR),
        ...(config?.preImagesEndpoint === undefined ? {} : { endpoint: config.preImagesEndpoint }),
        metadata: { address: metadata.rollupAddress, originationLevel: metadata.genesisInfo.level },
        rules: revealRulesOf(protocol.constants),
      },
      onNews(news) {
        if (news.kind === "kernel_debug") log.write(news.text);
        if (news.kind !== "progress") tellEngineNews(emit, news);
      },
    });
    const failures = config?.loserMode.kind === "failures" ? config.loserMode.failures : [];
    return new Replay(directory, engine, log, failures, settings, context, protocol);
  }

  async close(): Promise<void> {
    await this.engine.close();
    this.log.close();
  }

  /** Raises ToolError "node.tool.replay_differs". */
  async one(hash: BlockHash, isVerbose: boolean): Promise<void> {
    const { directory, engine, failures, settings, context } = this;
    const { host } = context;
    const block = await blockToReplay(directory, hash);
    const { level } = block;
    await this.#followProtocol(level);
    const text = encodeBase58Check("blockHash", hash);
    if (isVerbose) host.err(`${BOLD}Replaying block: ${RESET}\n  ${blockText(block)}\n  \n`);
    else host.err(`${BOLD}Replaying block ${BOLD_CYAN}${level}${RESET} (${text})  `);
    const started = performance.now();
    const parts = { engine, failures, store: directory.store, emit: settings.emit, protocol: this.#protocol };
    const differences = await replayBlock(parts, block);
    const ms = performance.now() - started;
    for (const difference of differences) host.err(`${difference}\n`);
    if (differences.length > 0) {
      throw new ToolError("node.tool.replay_differs", "Replayed block differed from the one on disk", String(level));
    }
    const time = `${colourOf(ms / 1000, Number(this.#protocol.constants.minimalBlockDelay))}${span.text(ms)}`;
    if (isVerbose) host.err(`${GREEN}Replayed block ${level} ${BOLD}successfully${RESET} in ${time}${RESET}!\n`);
    else host.err(`[${BOLD_GREEN}OK${RESET}] ${time} ${RESET}\n`);
  }

  async #followProtocol(level: number): Promise<void> {
    const stored = await this.directory.store.protocolAt(level);
    if (stored === undefined || stored.protoLevel === this.#protocol.protoLevel) return;
    this.#protocol = await protocolAt(this.directory, level, this.context);
    await this.engine.setRevealRules(revealRulesOf(this.#protocol.constants));
  }
}

async function protocolAt({ store }: ReadDirectory, level: number, { l1 }: ClientContext): Promise<CurrentProtocol> {
  const stored = await store.protocolAt(level);
  if (stored === undefined) throw new ToolError("node.tool.unknown_protocol", "Could not find protocol", String(level));
  const { hash, protoLevel } = stored;
  return { hash, protoLevel, constants: await l1.block(level).constants() };
}
