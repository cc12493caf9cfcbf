// The reference's own tests of instructions (tezt/tests/contract_opcodes.ml): scripts, inputs, and the storages that must come out.
import { describe, expect, it } from "vitest";
import { michelineEquals } from "../../../../src/encoding/micheline.js";
import { michelson, RUNTIME, run, scriptOf, textOf } from "./harness.js";
import { casesIn, HAS_REFERENCE, referenceFile, referenceScript } from "./reference-scripts.js";

if (!HAS_REFERENCE) console.warn("skipped: no clone of the reference's repository (TICKPROOF_OCTEZ_GIT)");

/** What their scripts use that is not supported: README.md of the interpreter. */
const REFUSED = /bls12|pairing|voting_power|index_address|sapling|open_chest/;

const ALL = HAS_REFERENCE ? casesIn(referenceFile("tezt/tests/contract_opcodes.ml")) : [];
const CASES = ALL.filter(({ script }) => !REFUSED.test(script));

describe.skipIf(!HAS_REFERENCE)("the reference's scripts", () => {
  it.each(CASES.map((each, i) => ({ ...each, i })))("$i $script: $storage, $input", (each) => {
    const code = scriptOf(referenceScript(`opcodes/${each.script}`));
    const { shown } = run(code, each.storage, each.input);
    const expected = RUNTIME.readable(
      RUNTIME.storageType(code),
      RUNTIME.checkData(
        RUNTIME.storageType(code),
        michelson(each.expected),
        { consume: () => undefined },
        { tickets: true },
      ).value,
    );
    expect(textOf(shown)).toBe(textOf(expected));
    expect(michelineEquals(shown, expected)).toBe(true);
  });

  it("are many", () => {
    expect(CASES.length).toBeGreaterThan(100);
  });
});
