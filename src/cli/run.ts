// `tickproof run`: a kernel over its inputs, to the end or to a tick; prints where it stands.
import { Command, Option } from "commander";
import { toHex } from "../encoding/hex.js";
import { PHASES, type Session } from "../pvm/session.js";
import type { StepPattern } from "../pvm/step-pattern.js";
import { stops } from "../pvm/stops.js";
import type { Context } from "./context.js";
import { badInput } from "./errors.js";
import {
  type MachineOptions,
  type OpenedSession,
  openSession,
  pattern,
  withMachineOptions,
} from "./machine-options.js";
import { Progress } from "./progress.js";
import { contextHashText, grouped, stateHashText, statusText } from "./text.js";

interface RunOptions extends MachineOptions {
  readonly until: StepPattern;
  readonly padding: boolean;
  readonly json: boolean;
}

export function runCommand(context: Context): Command {
  return withMachineOptions(new Command("run"))
    .description("run a kernel over its inputs; print the tick, state hash and status it comes to")
    .addOption(
      new Option("--until <pattern>", "stop at the first of these ticks: =N, %N, always, never")
        .argParser(pattern)
        .default(pattern("never"), "never"),
    )
    .option("--padding", "let %N and always stop in padding too", false)
    .option("--json", "print one JSON object", false)
    .action(async (kernel: string, options: RunOptions) => {
      const opened = await openSession(kernel, options);
      goTo(context, opened.session, options);
      context.terminal.out(options.json ? `${JSON.stringify(summary(opened))}\n` : describe(opened));
    });
}

/** Goes to the first tick of the pattern, or to the end of the run. */
function goTo(context: Context, session: Session, options: RunOptions): void {
  const progress = new Progress(context.terminal, () => progressText(session));
  const { until, padding } = options;
  try {
    const stop = stops(session, until, { padding, onProgress: progress.update }).next();
    if (stop.done !== true) return;
    session.goToEnd(progress.update);
  } finally {
    progress.clear();
  }
  const [first] = until.exact;
  if (first !== undefined) throw beyondTheEnd(first, session);
}

/** The error for a tick that the run does not reach. */
export function beyondTheEnd(tick: bigint, session: Session): Error {
  const end = `the run ends at tick ${session.tick}, ${statusText(session.status())}`;
  return badInput(`tick ${tick} is beyond the end: ${end}`);
}

/** How far a run is. */
export function progressText(session: Session): string {
  const level = session.level === null ? "" : `, level ${session.level}`;
  return `tick ${grouped(session.tick)}, ${session.phase}${level}`;
}

function summary({ session, kernelHash }: OpenedSession) {
  const hash = session.machine.hash();
  return {
    tick: String(session.tick),
    stateHash: stateHashText(hash),
    contextHash: contextHashText(hash),
    status: statusText(session.status()),
    phase: session.phase,
    level: session.level,
    inboxesRead: session.inboxesRead,
    pvmVersion: session.machine.version(),
    kernelHash: toHex(kernelHash),
    ticks: Object.fromEntries(PHASES.map((phase) => [phase, String(session.ticksByPhase.get(phase) ?? 0n)])),
  };
}

function describe(opened: OpenedSession): string {
  const { session, inputs } = opened;
  const values = summary(opened);
  const read = `${values.inboxesRead} of ${inputs.inboxes.length} inboxes read`;
  const ticks = PHASES.map((phase) => [phase, session.ticksByPhase.get(phase) ?? 0n] as const)
    .filter(([, count]) => count > 0n)
    .map(([phase, count]) => `  ${phase.padEnd(8)}  ${grouped(count)}`);
  return [
    `tick      ${values.tick}`,
    `state     ${values.stateHash}`,
    `context   ${values.contextHash}`,
    `status    ${values.status}`,
    `level     ${values.level === null ? "none yet" : values.level} (${read})`,
    `version   ${values.pvmVersion}`,
    `kernel    ${values.kernelHash} (${grouped(opened.kernel.length)} bytes)`,
    ...(ticks.length === 0 ? [] : ["ticks by phase", ...ticks]),
    "",
  ].join("\n");
}
