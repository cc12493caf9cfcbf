/** Commands that hash states, and make and check the proofs of steps. */
import { readFileSync, writeFileSync } from "node:fs";
import { encodeBase58Check } from "../encoding/base58check.js";
import { toHex } from "../encoding/hex.js";
import { MerkleError } from "../merkle/errors.js";
import { decodeProof } from "../merkle/proof-encoding.js";
import { verifyProof } from "../merkle/prove.js";
import type { Tree } from "../merkle/tree.js";
import { PvmError } from "../pvm/errors.js";
import { Machine } from "../pvm/machine.js";
import { verifyStep } from "../pvm/step-proof.js";
import {
  badArgument,
  type CommandContext,
  type CommandResult,
  type CommandSpec,
  command,
  done,
  failed,
  parseInteger,
} from "./command.js";
import { DebuggerError } from "./errors.js";

function hashText(hash: Uint8Array): string {
  return encodeBase58Check("stateHash", hash);
}
async function prove({ session }: CommandContext, tick: bigint | null, file: string | null): Promise<CommandResult> {
  const present = session.tick;
  if (tick !== null) await session.goTo(tick);
  try {
    if (tick !== null && session.tick !== tick) throw badArgument(`tick ${tick} is out of reach`);
    const { proof, input } = session.prove();
    const { before, after } = verifyStep(proof.bytes, input);
    if (file !== null) writeFileSync(file, proof.bytes);
    const at = session.tick;
    const lines = [
      `Proof of tick ${at}: ${proof.bytes.length} bytes, verified${file === null ? "" : `, written to ${file}`}`,
      `  from ${hashText(before)}`,
      `  to   ${hashText(after)}`,
    ];
    return done(lines.join("\n"), {
      tick: String(at),
      bytes: proof.bytes.length,
      before: hashText(before),
      after: hashText(after),
      ...(file === null ? { proof: toHex(proof.bytes) } : { file }),
    });
  } finally {
    if (session.tick !== present) await session.goTo(present);
  }
}

async function provePhases({ session }: CommandContext): Promise<CommandResult> {
  const present = session.tick;
  const rows: { phase: string; tick: string; bytes: number }[] = [];
  try {
    for (const { tick, phase } of [...session.timeline.marks]) {
      await session.goTo(tick);
      rows.push({ phase, tick: String(tick), bytes: session.prove().proof.bytes.length });
    }
  } finally {
    await session.goTo(present);
  }
  return done(rows.map(({ phase, tick, bytes }) => `${phase.padEnd(9)} tick ${tick}: ${bytes} bytes`).join("\n"), {
    phases: rows,
  });
}

function verify({ session }: CommandContext, file: string): CommandResult {
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(readFileSync(file));
  } catch (error) {
    throw new DebuggerError("debugger.file", `${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  try {
    const tick = tickOfProof(bytes);
    const input =
      (tick === null ? undefined : session.timeline.history.inputAt(tick)) ??
      (tick === session.tick ? session.nextInput() : null);
    const verified = verifyStep(bytes, input);
    const { before, after, outcome } = verified;
    const text = `The proof holds: tick ${outcome.tick}\n  from ${hashText(before)}\n  to   ${hashText(after)}`;
    return done(text, { holds: true, tick: String(outcome.tick), before: hashText(before), after: hashText(after) });
  } catch (error) {
    if (error instanceof MerkleError || error instanceof PvmError)
      return failed(`The proof does not hold: ${error.message}`, { holds: false });
    throw error;
  }
}

/** The tick of the state that a proof shows; null when it shows none. What it claims is not checked here. */
function tickOfProof(bytes: Uint8Array): bigint | null {
  let tick: bigint | null = null;
  const look = (tree: Tree): void => {
    tick = Machine.load(tree).currentTick;
  };
  try {
    verifyProof(decodeProof(bytes), look);
  } catch (error) {
    // Its end is not the state it begins with, of course.
    if (!(error instanceof MerkleError || error instanceof PvmError)) throw error;
  }
  return tick;
}

export const PROOF_COMMANDS: readonly CommandSpec[] = [
  command(
    "hash",
    "hash: Shows the hash of the present state.",
    ["hash"],
    () =>
      ({ session }) =>
        done(`${hashText(session.stateHash)} at tick ${session.tick}`, {
          tick: String(session.tick),
          stateHash: hashText(session.stateHash),
        }),
  ),
  command(
    "prove phases",
    "prove phases: Shows the size of the proof of the first tick of each phase that was run through.",
    ["prove phases"],
    () => provePhases,
  ),
  command(
    "prove [<tick>] [to <file>]",
    "prove [<tick>] [to <file>]: Makes and checks the proof of the present tick, or of another; in Octez's binary form.",
    ["prove", "prove TICK"],
    ([text]) => {
      const tick = text === undefined ? null : parseInteger(text);
      return text !== undefined && tick === null ? null : (context) => prove(context, tick, null);
    },
  ),
  command(
    "prove to <file>",
    "prove to <file> | prove <tick> to <file>: Writes it to a file.",
    ["prove to FILE"],
    ([file = ""]) =>
      (context) =>
        prove(context, null, file),
  ),
  command(
    "prove <tick> to <file>",
    "prove <tick> to <file>: Writes it to a file.",
    ["prove TICK to FILE"],
    ([text = "", file = ""]) => {
      const tick = parseInteger(text);
      return tick === null ? null : (context) => prove(context, tick, file);
    },
  ),
  command(
    "verify <file>",
    "verify <file>: Checks the proof in a file, without the kernel.",
    ["verify FILE"],
    ([file = ""]) =>
      (context) =>
        verify(context, file),
  ),
];
