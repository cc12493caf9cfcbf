// `tickproof node`: octez-smart-rollup-node's command line (node.md §1, docs/node.md). Left out: remote signers, helper processes.

import { hostname } from "node:os";
import { L1Client } from "../l1/client/l1-client.js";
import { SinkError } from "../node/events/sink-uri.js";
import { EventSinks, type SinkHost } from "../node/events/sinks.js";
import { runNode } from "../node/run-node.js";
import { readBuildInfo } from "./build-info.js";
import { configure } from "./client/config.js";
import { ClientContext } from "./client/context.js";
import { fail } from "./client/failures.js";
import { globalOptions as clientOptions } from "./client/global-options.js";
import type { ClientHost } from "./client/host.js";
import { withManual } from "./client/manual.js";
import { finish, type PhraseProgram } from "./client/phrase-run.js";
import { nodeCommands, type RunRequest } from "./node/commands.js";
import { stopOnSignals } from "./node/signals.js";
import { Phrasebook, parseGlobalOptions } from "./phrase-parser.js";

const NODE_NAME = "tickproof node";
/** After a clean shutdown that a signal asked for (docs/user/exits.rst of Octez). */
const STOPPED_EXIT_CODE = 127;

/** What a test puts in the place of the node. */
export interface NodeProgram extends PhraseProgram {
  readonly runNode?: (request: RunRequest) => Promise<void>;
  /** The compiled records-thread.js, where this is not run from its compiled form. */
  readonly script?: URL;
}

function globalOptions(env: ClientHost["env"]) {
  const { baseDir, noBaseDirWarnings, timings, logRequests, betterErrors, ...others } = clientOptions(env);
  const { address, port, tls, endpoint, remoteSigner, passwordFile } = others;
  const shared = { baseDir, noBaseDirWarnings, timings, logRequests, betterErrors };
  return { ...shared, address, port, tls, endpoint, remoteSigner, passwordFile };
}

/** Runs a command line (without the word "node"); gives the exit code. Raises only what is a bug. */
export async function runNodeCommand(args: readonly string[], program: NodeProgram): Promise<number> {
  let exitCode = 0;
  const names = { name: NODE_NAME, globalOptions: globalOptions(program.host.env) };
  const failed = await finish(names, program, async () => {
    exitCode = await run(args, program, names);
  });
  return failed === 0 ? exitCode : failed;
}

async function run(
  args: readonly string[],
  program: NodeProgram,
  names: { readonly name: string; readonly globalOptions: ReturnType<typeof globalOptions> },
): Promise<number> {
  const { host, version } = program;
  const { values, rest } = await parseGlobalOptions(names.globalOptions, args, undefined, host.env);
  // The client's options that the node does not have stay at their defaults.
  const { values: usual } = await parseGlobalOptions(clientOptions(host.env), [], undefined, host.env);
  const { endpoint, baseDir, passwordFile } = configure(host, { ...usual, ...values });
  const sinks = openSinks(host);
  const l1 = new L1Client(endpoint);
  let exitCode = 0;
  try {
    const settings = { baseDir, l1, block: usual.block, confirmations: undefined, passwordFile };
    const session = {
      env: host.env,
      endpoint,
      version,
      emit: sinks.emit,
      ...(program.script === undefined ? {} : { script: program.script }),
      run: async (request: RunRequest): Promise<void> => {
        exitCode = await serve(request, program, sinks);
      },
    };
    const commands = withManual(names, nodeCommands(session));
    await new Phrasebook(commands).run(rest, new ClientContext(host, settings), host.env);
    return exitCode;
  } finally {
    await l1.close();
    sinks.close();
  }
}

function openSinks(host: ClientHost): EventSinks {
  const { stdout, stderr } = process;
  const sinkHost: SinkHost = {
    env: host.env,
    hostname: hostname(),
    pid: process.pid,
    now: () => Date.now(),
    out: (text) => host.out(text),
    err: (text) => host.err(text),
    ...(stdout.isTTY === true ? { outColumns: stdout.columns } : {}),
    ...(stderr.isTTY === true ? { errColumns: stderr.columns } : {}),
  };
  return describing(() => new EventSinks(sinkHost));
}

function describing<T>(open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (error instanceof SinkError) return fail(error.message, { cause: error });
    throw error;
  }
}

/** Codes of what a node cannot go on after start like this; other errors are bugs. */
const EXPECTED_CODE = /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$|^[A-Z][A-Z0-9_]*$/;

async function serve(request: RunRequest, program: NodeProgram, sinks: EventSinks): Promise<number> {
  if (program.runNode !== undefined) {
    await program.runNode(request);
    return 0;
  }
  describing(() => sinks.addDailyLogs(request.dataDir));
  const { commitHash: hash, commitDate: date } = readBuildInfo();
  const stopping = stopOnSignals(process, () => performance.now());
  try {
    const end = await runNode({
      ...request,
      emit: sinks.emit,
      version: program.version,
      commit: { hash, date },
      now: () => Date.now(),
      pid: process.pid,
      signal: stopping.signal,
    });
    return end === "bailed_out" ? 0 : STOPPED_EXIT_CODE;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (!(error instanceof Error) || typeof code !== "string" || !EXPECTED_CODE.test(code)) throw error;
    return fail(`${error.message}\nExiting.`, { cause: error });
  } finally {
    stopping.done();
  }
}
