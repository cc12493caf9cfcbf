// `tickproof prove`: step proofs of chosen ticks, as files in Octez's binary form or as one bundle.
import { join } from "node:path";
import { Command } from "commander";
import { toHex } from "../encoding/hex.js";
import { BundleWriter } from "../pvm/proof-bundle.js";
import { checkStep } from "../pvm/step-check.js";
import type { StepPattern } from "../pvm/step-pattern.js";
import type { StepInput } from "../pvm/step-proof.js";
import { stops } from "../pvm/stops.js";
import type { Context } from "./context.js";
import { badInput } from "./errors.js";
import { makeFolder, writeBytes } from "./files.js";
import {
  type MachineOptions,
  type OpenedSession,
  openSession,
  pattern,
  withMachineOptions,
} from "./machine-options.js";
import { Progress } from "./progress.js";
import { beyondTheEnd, progressText } from "./run.js";
import { contextHashText, counted, grouped, stateHashText } from "./text.js";

interface ProveOptions extends MachineOptions {
  readonly at: StepPattern;
  readonly out?: string;
  readonly bundle?: string;
  readonly padding: boolean;
  readonly json: boolean;
}

/** A proof that was made and checked. */
interface MadeProof {
  readonly tick: bigint;
  readonly phase: string;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  readonly input: StepInput | null;
  readonly version: string;
  readonly bytes: Uint8Array;
}

export function proveCommand(context: Context): Command {
  return withMachineOptions(new Command("prove"))
    .description("make the step proofs of some ticks, byte for byte those of Octez")
    .requiredOption("--at <pattern>", "ticks to prove: =N, %N, always; several with commas", pattern)
    .option("-o, --out <dir>", "write each proof to DIR/TICK.proof")
    .option("--bundle <file>", "write all proofs to one file")
    .option("--padding", "let %N and always mean padding too", false)
    .option("--json", "print one JSON object", false)
    .action(async (kernel: string, options: ProveOptions) => {
      if (options.out === undefined && options.bundle === undefined) {
        throw badInput("where to? Give -o DIR or --bundle FILE");
      }
      await prove(context, kernel, options);
    });
}

async function prove(context: Context, kernel: string, options: ProveOptions): Promise<void> {
  const { terminal } = context;
  const opened = await openSession(kernel, options);
  const { session, kernelHash } = opened;
  const { at, padding } = options;
  const bundle = options.bundle === undefined ? null : new BundleWriter();
  if (options.out !== undefined) makeFolder(options.out);
  const listed: object[] = [];
  let made = 0;
  const missed = new Set(at.exact);
  const progress = new Progress(terminal, () => `${progressText(session)}, ${counted(made, "proof")}`);
  for (const tick of stops(session, at, { padding, onProgress: progress.update })) {
    const proof = makeProof(opened);
    made += 1;
    missed.delete(tick);
    const file = options.out === undefined ? undefined : join(options.out, `${tick}.proof`);
    if (file !== undefined) writeBytes(file, proof.bytes);
    bundle?.add({ ...proof, kernelHash, proof: proof.bytes });
    progress.clear();
    if (options.json) listed.push(jsonProof(proof, file));
    else terminal.out(describe(proof, file));
  }
  progress.clear();
  if (bundle !== null && options.bundle !== undefined) writeBytes(options.bundle, bundle.finish());
  const where = [options.out, options.bundle].filter((path) => path !== undefined).join(" and ");
  if (options.json) terminal.out(`${JSON.stringify({ kernelHash: toHex(kernelHash), proofs: listed })}\n`);
  else terminal.out(`${counted(made, "proof")} written to ${where}, each of them verified\n`);
  for (const tick of missed) throw beyondTheEnd(tick, session);
}

/** The proof of the session's next step. It is checked as anybody else would: what does not verify is never given out. */
function makeProof({ session }: OpenedSession): MadeProof {
  const { tick, phase } = session;
  const version = session.machine.version();
  const input = session.nextInput();
  const { proof, bytes } = session.prove();
  const { before, after } = proof;
  checkOwnProof(bytes, input, { before, after, tick, version });
  return { tick, phase, before, after, input, version, bytes };
}

function checkOwnProof(...[bytes, input, claim]: Parameters<typeof checkStep>): void {
  try {
    checkStep(bytes, input, claim);
  } catch (error) {
    throw new Error(`the proof of tick ${claim?.tick} does not verify`, { cause: error });
  }
}

function jsonProof(proof: MadeProof, file: string | undefined): object {
  const { input } = proof;
  return {
    tick: String(proof.tick),
    phase: proof.phase,
    bytes: proof.bytes.length,
    before: stateHashText(proof.before),
    after: stateHashText(proof.after),
    beforeContext: contextHashText(proof.before),
    afterContext: contextHashText(proof.after),
    pvmVersion: proof.version,
    ...(input?.tag === "message" ? { input: messageText(input) } : {}),
    ...(input?.tag === "reveal" ? { reveal: toHex(input.data) } : {}),
    ...(file === undefined ? {} : { file }),
  };
}

function describe(proof: MadeProof, file: string | undefined): string {
  const { input } = proof;
  return [
    `tick ${proof.tick} (${proof.phase}): ${grouped(proof.bytes.length)} bytes${file === undefined ? "" : `, ${file}`}`,
    `  from ${stateHashText(proof.before)}`,
    `  to   ${stateHashText(proof.after)}`,
    ...(input?.tag === "message" ? [`  with --input ${messageText(input)}`] : []),
    ...(input?.tag === "reveal" ? [`  with --reveal ${toHex(input.data)}`] : []),
    "",
  ].join("\n");
}

/** A message as `verify --input` takes it. */
function messageText(input: Extract<StepInput, { tag: "message" }>): string {
  return `${input.info.level}:${input.info.counter}:${toHex(input.payload)}`;
}
