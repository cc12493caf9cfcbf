// `tickproof demo --machine`: the machine alone, without chain or node. An example kernel over a few levels, every phase told with its ticks
// and state hash; proofs of ten ticks, made and checked; and what all that was, for somebody who sees it for the first time.
import { frameLevel } from "../../protocol/level-frame.js";
import { outboxMessages } from "../../pvm/buffers.js";
import { PROTOCOL_PARAMETERS } from "../../pvm/genesis.js";
import { type Phase, Session, type SessionInputs, type Span } from "../../pvm/session.js";
import { checkStep } from "../../pvm/step-check.js";
import { ORIGINATION_VERSION } from "../../pvm/versions.js";
import type { Context } from "../context.js";
import { readKernelFile } from "../files.js";
import { packageFile } from "../package-files.js";
import { type Style, styled } from "../terminal.js";
import { counted, grouped, stateHashText } from "../text.js";

const KERNEL = "examples/kernels/echo.wat";
export const MACHINE_LEVELS = 2;
const EXTERNAL = 0x01;

/** How many proofs of each phase, ten in all. */
const PROOFS: readonly (readonly [Phase, number])[] = [
  ["decode", 2],
  ["link", 2],
  ["init", 2],
  ["eval", 3],
  ["padding", 1],
];

const MEANINGS: Readonly<Record<Phase, string>> = {
  collect: "reads the messages of the level",
  padding: "does nothing until its ticks are used up",
  snapshot: "begins a run of the kernel",
  decode: "parses the WebAssembly binary, piece by piece",
  link: "resolves its imports",
  init: "sets up memory, tables, globals",
  eval: "executes kernel_run, instruction by instruction",
  stuck: "cannot go on",
};

/** The texts sent to the kernel at a level. */
function textsOf(level: number): string[] {
  return level === 0 ? ["hello", "is anybody there?"] : [`message of level ${level}`];
}

function demoInputs(levels: number): SessionInputs {
  const inboxes = Array.from({ length: levels }, (_, level) => {
    const messages = textsOf(level).map((text) => Uint8Array.from([EXTERNAL, ...Buffer.from(text, "utf8")]));
    return { level, messages: frameLevel(messages) };
  });
  return { inboxes, reveals: new Map() };
}

export class MachineDemo {
  readonly #context: Context;
  readonly #levels: number;
  /** The first span of each phase that has been seen. */
  readonly #spans = new Map<Phase, Span>();

  constructor(context: Context, levels: number) {
    this.#context = context;
    this.#levels = levels;
  }

  async show(): Promise<void> {
    const started = this.#context.terminal.now();
    const kernel = await readKernelFile(packageFile(KERNEL));
    const start = (): Session =>
      Session.start(kernel, ORIGINATION_VERSION, PROTOCOL_PARAMETERS, demoInputs(this.#levels));
    this.line(this.styled("bold", "tickproof: the machine of a Tezos smart rollup, tick by tick"));
    this.line();
    this.line(`Kernel  ${KERNEL} (${kernel.length} bytes): answers every message with its own text.`);
    this.line(`Machine PVM ${ORIGINATION_VERSION}, ${grouped(PROTOCOL_PARAMETERS.ticksPerSnapshot)} ticks a run.`);
    const session = start();
    this.line(`Genesis ${this.hash(session)}`);
    for (let level = 0; level < this.#levels; level++) this.showLevel(session, level);
    const proofs = this.showProofs(start());
    this.report(session, proofs, (this.#context.terminal.now() - started) / 1000);
  }

  private line(text = ""): void {
    this.#context.terminal.out(`${text}\n`);
  }

  private styled(style: Style, text: string): string {
    return styled(this.#context.terminal, style, text);
  }

  private hash(session: Session): string {
    return this.styled("cyan", stateHashText(session.machine.hash()));
  }

  /** Runs one level to its end, a line a phase. */
  private showLevel(session: Session, level: number): void {
    this.line();
    this.line(this.styled("bold", `Level ${level}`) + `: the inbox brings ${quoted(textsOf(level))}`);
    this.line(this.styled("dim", `  ${"phase".padEnd(9)}${"ticks".padStart(18)}  state hash at its end`));
    do {
      const span = advancePhase(session);
      if (span === null) break;
      if (!this.#spans.has(span.phase) || span.phase === "padding") this.#spans.set(span.phase, span);
      this.line(`  ${span.phase.padEnd(9)}${grouped(span.ticks).padStart(18)}  ${this.hash(session)}`);
    } while (session.phase !== "collect");
    const answers = outboxMessages(session.machine.buffers.output, level).map((bytes) => Buffer.from(bytes).toString());
    this.line(`  The outbox of level ${level} now holds ${quoted(answers)}.`);
  }

  /** Proves and checks the chosen ticks in a second run; gives how many. */
  private showProofs(session: Session): number {
    const { terminal } = this.#context;
    this.line();
    this.line(this.styled("bold", "Ten ticks, proved and checked"));
    const columns = `${"tick".padStart(19)}  ${"phase".padEnd(8)}${"bytes".padStart(7)}${"made in".padStart(10)}`;
    this.line(this.styled("dim", `  ${columns}${"checked in".padStart(12)}`));
    const ticks = this.chosenTicks();
    for (const tick of ticks) {
      if (!session.goTo(tick)) throw new Error(`the run ends before tick ${tick}`);
      const start = terminal.now();
      const { proof, bytes } = session.prove();
      const middle = terminal.now();
      checkStep(bytes, session.nextInput(), { before: proof.before, after: proof.after, tick });
      const end = terminal.now();
      const times = `${milliseconds(middle - start).padStart(10)}${milliseconds(end - middle).padStart(12)}`;
      const row = `${grouped(tick).padStart(19)}  ${session.phase.padEnd(8)}${grouped(bytes.length).padStart(7)}${times}`;
      this.line(`  ${row}  ${this.styled("green", "valid")}`);
    }
    return ticks.length;
  }

  /** Ticks spread evenly over the spans of their phases, in order. */
  private chosenTicks(): bigint[] {
    const ticks: bigint[] = [];
    for (const [phase, count] of PROOFS) {
      const span = this.#spans.get(phase);
      if (span === undefined) throw new Error(`the demonstration never came to ${phase}`);
      const parts = BigInt(count + 1);
      for (let part = 1n; part < parts; part++) ticks.push(span.first + (span.ticks * part) / parts);
    }
    return ticks.sort((a, b) => (a < b ? -1 : 1));
  }

  private report(session: Session, proofs: number, seconds: number): void {
    const ticks = session.ticksByPhase;
    const executed = [...ticks].reduce((sum, [phase, count]) => (phase === "padding" ? sum : sum + count), 0n);
    this.line();
    this.line(this.styled("bold", "What this was"));
    this.line(
      "A smart rollup is a program, its kernel, that reads the messages of each level of the chain. Everybody who",
    );
    this.line(
      "runs it must come to the same state, so its machine works in ticks, the smallest steps, and every state has",
    );
    this.line("a hash. A tick is of one of these phases:");
    this.line();
    for (const [phase, count] of ticks) {
      if (count > 0n) this.line(`  ${phase.padEnd(9)}${MEANINGS[phase]}`);
    }
    this.line();
    this.line(
      "When two disagree, the chain narrows their dispute down to one tick and asks for its proof: the few parts of",
    );
    this.line(
      "the state which that tick reads. Whoever has the proof can do the tick again and compare the hashes, without",
    );
    this.line("the kernel and without the rest of the state.");
    this.line();
    this.line(
      `  ${counted(this.#levels, "level")}, ${grouped(session.tick)} ticks, ${grouped(executed)} of them not padding`,
    );
    this.line(`  ${proofs} proofs made, ${proofs} valid, ${seconds.toFixed(1)} s in all`);
    this.line(`  final state ${this.hash(session)}`);
    this.line();
    this.line(
      "Now your own kernel: `npx tickproof run KERNEL --inputs FILE`, then `prove` and `verify` (docs/cli.md).",
    );
  }
}

/** Goes on to the end of the present phase; null when there is no next step. */
function advancePhase(session: Session): Span | null {
  const { phase, tick: first } = session;
  while (session.phase === phase && session.advance() !== null);
  return session.tick === first ? null : { phase, first, ticks: session.tick - first };
}

function quoted(texts: readonly string[]): string {
  return texts.length === 0 ? "nothing" : texts.map((text) => JSON.stringify(text)).join(" and ");
}

function milliseconds(value: number): string {
  return `${value.toFixed(1)} ms`;
}
