// `tickproof verify`: judges step proofs, without the kernel.
import { Command, InvalidArgumentError } from "commander";
import { fromHex, toHex } from "../encoding/hex.js";
import { MerkleError } from "../merkle/errors.js";
import { PvmError } from "../pvm/errors.js";
import { type BundledProof, checkBundledProof, isBundle, readBundle } from "../pvm/proof-bundle.js";
import { checkStep, type StepClaim } from "../pvm/step-check.js";
import type { StepInput, VerifiedStep } from "../pvm/step-proof.js";
import type { Context } from "./context.js";
import { badInput, EXIT } from "./errors.js";
import { readBytes } from "./files.js";
import { styled } from "./terminal.js";
import { contextHashText, counted, parseStateHash, stateHashText } from "./text.js";

/** Largest file of proofs, in bytes. */
const MAX_PROOF_FILE_BYTES = 2 ** 30;

interface VerifyOptions {
  readonly input?: StepInput;
  readonly reveal?: StepInput;
  readonly before?: Uint8Array;
  readonly after?: Uint8Array;
  readonly json: boolean;
}

/** What became of one proof. `name` is its file, with its place in a bundle. */
interface Verdict {
  readonly name: string;
  readonly verified: VerifiedStep | null;
  readonly reason: { readonly code: string; readonly message: string } | null;
}

export function verifyCommand(context: Context): Command {
  return new Command("verify")
    .description("check step proofs, without the kernel; print the hashes they lead from and to")
    .argument("<file...>", "proofs in Octez's binary form, or bundles of them")
    .option("--input <level:counter:hex>", "the inbox message that the step takes (one proof)", messageInput)
    .option("--reveal <hex>", "the reveal data that the step takes (one proof)", revealInput)
    .option("--before <hash>", "the state that the proofs must start from", stateHash)
    .option("--after <hash>", "the state that the proofs must lead to", stateHash)
    .option("--json", "print one JSON object", false)
    .action((files: readonly string[], options: VerifyOptions) => verify(context, files, options));
}

function verify(context: Context, files: readonly string[], options: VerifyOptions): void {
  if (options.input !== undefined && options.reveal !== undefined) {
    throw badInput("--input and --reveal exclude each other: a step takes one input");
  }
  const input = options.input ?? options.reveal ?? null;
  const read = files.map((file) => ({ file, bytes: readBytes(file, MAX_PROOF_FILE_BYTES) }));
  const isSingle = read.length === 1 && read.every(({ bytes }) => !isBundle(bytes));
  if (input !== null && !isSingle) {
    throw badInput("--input and --reveal are for one proof; bundles hold their inputs");
  }
  const verdicts: Verdict[] = [];
  for (const { file, bytes } of read) {
    for (const verdict of isBundle(bytes) ? judgeBundle(file, bytes, options) : [judge(file, bytes, input, options)]) {
      verdicts.push(verdict);
      if (!options.json) tell(context, verdict);
    }
  }
  const refused = verdicts.filter(({ verified }) => verified === null).length;
  if (refused > 0) context.exitCode = EXIT.negativeVerdict;
  if (options.json) context.terminal.out(`${JSON.stringify({ refused, proofs: verdicts.map(jsonVerdict) })}\n`);
  else context.terminal.out(`${counted(verdicts.length - refused, "proof")} valid, ${refused} refused\n`);
}

function judge(name: string, bytes: Uint8Array, input: StepInput | null, options: VerifyOptions): Verdict {
  return attempt(name, () => checkStep(bytes, input, claimOf(options)));
}

function* judgeBundle(file: string, bytes: Uint8Array, options: VerifyOptions): Generator<Verdict> {
  let proofs: BundledProof[] = [];
  const opened = attempt(file, () => {
    proofs = readBundle(bytes);
    return null;
  });
  if (opened.reason !== null) yield opened;
  for (const [index, bundled] of proofs.entries()) {
    yield attempt(`${file}[${index}]`, () => checkBundledProof(bundled, claimOf(options)));
  }
}

function claimOf({ before, after }: VerifyOptions): StepClaim {
  return { ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
}

/** Refusals are verdicts; anything else goes on as an error. */
function attempt(name: string, check: () => VerifiedStep | null): Verdict {
  try {
    return { name, verified: check(), reason: null };
  } catch (error) {
    if (!(error instanceof MerkleError || error instanceof PvmError)) throw error;
    return { name, verified: null, reason: { code: error.code, message: error.message } };
  }
}

function tell(context: Context, { name, verified, reason }: Verdict): void {
  const { terminal } = context;
  if (verified === null) {
    terminal.out(`${name}: ${styled(terminal, "red", "refused")}\n`);
    terminal.err(`tickproof: ${name}: refused: ${reason?.message ?? ""}\n`);
    return;
  }
  const { outcome } = verified;
  const asks = { none: "", input: ", asks for an inbox message", reveal: ", asks for a reveal" }[outcome.request.tag];
  terminal.out(
    `${name}: ${styled(terminal, "green", "valid")}: tick ${outcome.tick}${asks}\n` +
      `  from ${stateHashText(verified.before)}\n  to   ${stateHashText(verified.after)}\n`,
  );
}

function jsonVerdict({ name, verified, reason }: Verdict): object {
  if (verified === null) return { name, valid: false, code: reason?.code, reason: reason?.message };
  const { outcome, before, after } = verified;
  const { request } = outcome;
  return {
    name,
    valid: true,
    tick: String(outcome.tick),
    before: stateHashText(before),
    after: stateHashText(after),
    beforeContext: contextHashText(before),
    afterContext: contextHashText(after),
    asksFor: request.tag === "reveal" ? { reveal: toHex(request.request) } : request.tag,
  };
}

function bytesOf(text: string): Uint8Array {
  try {
    return fromHex(text);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : "Not hexadecimal.");
  }
}

function messageInput(text: string): StepInput {
  const match = /^([0-9]{1,10}):([0-9]{1,19}):([0-9a-fA-F]*)$/.exec(text);
  if (match === null) throw new InvalidArgumentError("LEVEL:COUNTER:HEX expected.");
  const [, level = "", counter = "", payload = ""] = match;
  if (Number(level) > 0x7fff_ffff) throw new InvalidArgumentError("A level is at most 2^31 - 1.");
  return {
    tag: "message",
    info: { level: Number(level), counter: BigInt(counter) },
    payload: bytesOf(payload),
  };
}

function revealInput(text: string): StepInput {
  return { tag: "reveal", data: bytesOf(text) };
}

function stateHash(text: string): Uint8Array {
  const hash = parseStateHash(text);
  if (hash === null) throw new InvalidArgumentError("State hash expected: srs1…, Co… or 64 hexadecimal digits.");
  return hash;
}
