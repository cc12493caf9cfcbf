/** Commands that hash states, and make and check the proofs of steps. */
import { readFileSync, statSync } from "node:fs";
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
  type CommandContext,
  type CommandResult,
  type CommandSpec,
  command,
  done,
  failed,
  parseInteger,
  writeNamed,
} from "./command.js";
import { fileFault } from "./errors.js";

/** Far more than the protocol takes. */
const MAX_PROOF_BYTES = 1 << 24;

function hashText(hash: Uint8Array): string {
  return encodeBase58Check("stateHash", hash);
}
function hash(context: CommandContext, tick: bigint | null): Promise<CommandResult> {
  const { session } = context;
  return session.at(tick ?? session.tick, () => {
    const stateHash = hashText(session.stateHash);
    return done(`${stateHash} at tick ${session.tick}`, { tick: String(session.tick), stateHash });
  });
}

function prove(context: CommandContext, tick: bigint | null, file: string | null): Promise<CommandResult> {
  const { session } = context;
  return session.at(tick ?? session.tick, () => {
    const { proof, input } = session.prove();
    const { before, after } = verifyStep(proof.bytes, input);
    if (file !== null) writeNamed(file, proof.bytes);
    const lines = [
      `Proof of tick ${session.tick}: ${proof.bytes.length} bytes, verified${file === null ? "" : `, written to ${file}`}`,
      `  from ${hashText(before)}`,
      `  to   ${hashText(after)}`,
    ];
    return done(lines.join("\n"), {
      tick: String(session.tick),
      bytes: proof.bytes.length,
      before: hashText(before),
      after: hashText(after),
      ...(file === null ? { proof: toHex(proof.bytes) } : { file }),
    });
  });
}

async function provePhases({ session }: CommandContext): Promise<CommandResult> {
  const rows: { phase: string; tick: string; bytes: number }[] = [];
  for (const { tick, phase } of [...session.timeline.marks]) {
    const bytes = await session.at(tick, () => session.prove().proof.bytes.length);
    rows.push({ phase, tick: String(tick), bytes });
  }
  return done(rows.map(({ phase, tick, bytes }) => `${phase.padEnd(9)} tick ${tick}: ${bytes} bytes`).join("\n"), {
    phases: rows,
  });
}

function verify({ session }: CommandContext, file: string): CommandResult {
  let bytes: Uint8Array;
  try {
    const stat = statSync(file);
    if (!stat.isFile() || stat.size > MAX_PROOF_BYTES) throw new Error("no file, or too large for a proof");
    bytes = new Uint8Array(readFileSync(file));
  } catch (error) {
    throw fileFault(file, error);
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
    "hash [<tick>]",
    "hash [<tick>]: Shows the hash of the present state, or of that of a tick.",
    ["hash", "hash TICK"],
    ([text]) => {
      const tick = text === undefined ? null : parseInteger(text);
      return text !== undefined && tick === null ? null : (context) => hash(context, tick);
    },
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
