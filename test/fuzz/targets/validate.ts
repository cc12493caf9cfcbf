// Modules spoilt at random: what our decoder and validator say of them, against V8.
import { decodeModule } from "../../../src/wasm/decode/many.js";
import { GuestError } from "../../../src/wasm/guest-errors.js";
import { validationErrors } from "../../../src/wasm/validate/validate.js";
import { built, type Source } from "../choices.js";
import { excuse, type Refusal } from "../excuses.js";
import { generate } from "../module/generate.js";
import { mutated } from "../module/mutate.js";
import { type Described, Difference, type Result, type Target } from "../target.js";

function makeCase(source: Source): Uint8Array {
  const { draft } = generate(source, {
    floats: source.below(4) > 0,
    vectors: source.below(3) > 0,
    importFrom: source.below(3) === 0 ? null : "host",
    kernel: false,
    fuel: source.below(2) === 0 ? null : 60,
    instructions: source.pick([10, 30, 80]),
    functions: 3,
  });
  return mutated(source, draft);
}

/** Why we refuse a module; null: we accept it. */
export type Verdict = (binary: Uint8Array) => Refusal | null;

export function ourVerdict(binary: Uint8Array): Refusal | null {
  try {
    const [error] = validationErrors(decodeModule(binary, "full"));
    if (error === undefined) return null;
    return { message: error.message, instruction: error.place.code?.instruction ?? null };
  } catch (error) {
    if (error instanceof GuestError) return { message: error.message, instruction: null };
    throw error;
  }
}

function theirs(binary: Uint8Array): string | null {
  if (WebAssembly.validate(binary as never)) return null;
  try {
    new WebAssembly.Module(binary as never);
  } catch (error) {
    return String(error);
  }
  throw new Difference("V8 cannot make up its mind");
}

export function validateTarget(verdict: Verdict = ourVerdict): Target<Uint8Array> {
  return {
    name: "validate",
    title: "spoilt modules: accepted or refused as by V8",
    share: 3,
    cases: built(makeCase, 1200),
    check(binary): Result {
      const [refusal, reason] = [verdict(binary), theirs(binary)];
      if ((refusal === null) === (reason === null)) return "passed";
      if (excuse(binary, refusal, reason) !== null) return "undecided";
      throw new Difference(`ours: ${refusal?.message ?? "accepted"}, V8: ${reason ?? "accepted"}`);
    },
    describe(binary): Described {
      return { module: binary, lines: [] };
    },
  };
}
