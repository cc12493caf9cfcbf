// Scripts changed at random: whatever comes of them, the interpreter refuses it with the protocol's errors or runs it, and never breaks.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isSequence, type Micheline } from "../../../../src/encoding/micheline.js";
import { MICHELSON_PRIMITIVES } from "../../../../src/encoding/michelson-primitives.js";
import { ProtocolError } from "../../../../src/protocol/errors.js";
import { KEEPER, REGISTER } from "./examples.js";
import { ALICE, context, Gas, MemoryBigMaps, michelson, OTHER, RUNTIME, script, scriptOf } from "./harness.js";
import { casesIn, HAS_REFERENCE, referenceFile, referenceScript } from "./reference-scripts.js";

interface Subject {
  readonly code: Micheline;
  readonly storage: Micheline;
  readonly input: Micheline;
}

const OWN: readonly Subject[] = [
  { code: KEEPER, storage: { int: "1" }, input: michelson("Left 5") },
  { code: REGISTER, storage: michelson(`Pair "${ALICE}" {}`), input: michelson('Pair "a" (Some 3)') },
  {
    code: script(
      "pair (list (ticket nat)) (contract (ticket nat))",
      "list (ticket nat)",
      'UNPAIR; UNPAIR; IF_CONS {} { PUSH string "none"; FAILWITH }; DIP { SWAP; PUSH mutez 0 }; TRANSFER_TOKENS; DIP { SWAP; DROP }; NIL operation; SWAP; CONS; PAIR',
    ),
    storage: [],
    input: michelson(`Pair { Pair "${OTHER}" 5 1 ; Pair "${OTHER}" 5 2 } "${ALICE}"`),
  },
  {
    code: script(
      "map string (lambda (pair nat nat) nat)",
      "option bytes",
      "CAR; MAP { CDR; PUSH nat 3; APPLY; PUSH nat 4; EXEC; DUP; PUSH nat 2; EDIV; IF_NONE { PUSH int 0 } { UNPAIR; ADD; INT } ; SUB }; SIZE; PACK; SHA256; SOME; NIL operation; PAIR",
    ),
    storage: michelson("None"),
    input: michelson('{ Elt "a" { UNPAIR ; ADD } ; Elt "b" { UNPAIR ; MUL } }'),
  },
];

function referenceSubjects(): Subject[] {
  return casesIn(referenceFile("tezt/tests/contract_opcodes.ml")).map(({ script: name, storage, input }) => ({
    code: scriptOf(referenceScript(`opcodes/${name}`)),
    storage: michelson(storage),
    input: michelson(input),
  }));
}

/** A number for each choice. */
type Choose = (limit: number) => number;

function sizeOf(node: Micheline): number {
  const inner = isSequence(node) ? node : "prim" in node ? (node.args ?? []) : [];
  return inner.reduce((total, each) => total + sizeOf(each), 1);
}

/** The node with its part number `at` replaced. */
function replaced(node: Micheline, at: number, replace: (part: Micheline) => Micheline): Micheline {
  if (at === 0) return replace(node);
  let left = at - 1;
  const within = (items: readonly Micheline[]): Micheline[] =>
    items.map((item) => {
      const size = sizeOf(item);
      const isHere = left >= 0 && left < size;
      const result = isHere ? replaced(item, left, replace) : item;
      left -= size;
      return result;
    });
  if (isSequence(node)) return within(node);
  if (!("prim" in node)) return node;
  return { ...node, args: within(node.args ?? []) };
}

function partOf(node: Micheline, at: number): Micheline {
  let found: Micheline = node;
  replaced(node, at, (part) => {
    found = part;
    return part;
  });
  return found;
}

const LEAVES: readonly Micheline[] = [{ int: "0" }, { int: "-1" }, { int: "2" }, { string: "a" }, { bytes: "00" }, []];

function mutated(node: Micheline, choose: Choose): Micheline {
  return replaced(node, choose(sizeOf(node)), (part) => {
    switch (choose(6)) {
      case 0:
        return LEAVES[choose(LEAVES.length)] as Micheline;
      case 1:
        return partOf(node, choose(sizeOf(node)));
      case 2:
        if (isSequence(part)) return part.toSpliced(choose(part.length + 1), 1);
        return part;
      case 3:
        if (isSequence(part)) return part.toSpliced(choose(part.length + 1), 0, partOf(node, choose(sizeOf(node))));
        return part;
      case 4:
        return "prim" in part
          ? { ...part, prim: MICHELSON_PRIMITIVES[choose(MICHELSON_PRIMITIVES.length)] as string }
          : part;
      default:
        return "prim" in part ? { ...part, annots: ["%a", "@b", ":c", "%default"].slice(choose(4)) } : part;
    }
  });
}

/** Whether it ran. */
function attempt({ code, storage, input }: Subject): boolean {
  const gas = new Gas(20_000_000);
  const bigMaps = new MemoryBigMaps();
  try {
    const originated = RUNTIME.originate({ code, storage }, gas, bigMaps);
    bigMaps.apply(originated.bigMapDiffs ?? []);
    const outcome = RUNTIME.call({
      script: originated,
      entrypoint: "default",
      parameter: input,
      internal: true,
      context: context({ gas, bigMaps }),
    });
    RUNTIME.readable(RUNTIME.storageType(originated.code), outcome.storage);
    return true;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    error.traceToJson();
    return false;
  }
}

describe("scripts changed at random", () => {
  const numRuns = Number(process.env["TICKPROOF_MUTATIONS"] ?? 1500);
  it("are refused or run", { timeout: 600_000 }, () => {
    const subjects =
      HAS_REFERENCE && process.env["TICKPROOF_MUTATIONS"] !== undefined ? [...OWN, ...referenceSubjects()] : OWN;
    let ran = 0;
    const choices = fc.infiniteStream(fc.nat(1_000_000));
    fc.assert(
      fc.property(fc.constantFrom(...subjects), fc.integer({ min: 1, max: 3 }), choices, (subject, changes, stream) => {
        const choose: Choose = (limit) => (stream.next().value as number) % Math.max(limit, 1);
        let { code, storage, input } = subject;
        for (let i = 0; i < changes; i++) {
          const which = choose(6);
          if (which === 0) storage = mutated(storage, choose);
          else if (which === 1) input = mutated(input, choose);
          else code = mutated(code, choose);
        }
        if (attempt({ code, storage, input })) ran++;
      }),
      { seed: 20_261_124, numRuns },
    );
    expect(ran).toBeGreaterThan(numRuns / 50);
  });
});
