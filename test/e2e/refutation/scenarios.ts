// The scenarios (reference: test_refutation, test_accuser, test_bailout_refutation and test_invalid_dal_parameters of tezt/tests/sc_rollup.ml):
// who lies where, and what else goes wrong. Those that Octez plays on the arith machine only are played here on the wasm one.

export interface Scenario {
  readonly name: string;
  /** Loser modes, one a liar. Message 0 of a level is its start; tick 0 is another message, a later tick another state. */
  readonly liars: readonly string[];
  /** Levels with five messages each, from the first of the rollup on. */
  readonly inputs: number;
  /** Levels after which there is a block without messages instead. */
  readonly emptyLevels?: readonly number[];
  /** Whose moves pay more, so that it opens the game. */
  readonly priority: "honest" | "liar";
  readonly mode?: "operator" | "accuser";
  /** The honest node is stopped when it has told of the conflict and so many blocks have come since, and started again. */
  readonly restart?: { readonly blocks: number; readonly as?: "bailout" };
  /** The honest node is killed when it has told of so many events since the conflict, and started again at once; after each of these. */
  readonly kills?: readonly number[];
  /** The liars are stopped when there are so many dissections. */
  readonly stopLiarsAfter?: number;
  /** A message that asks for a preimage that nobody has is sent at a level, or when there are so many dissections. */
  readonly badReveal?: { readonly level: number } | { readonly dissections: number };
  readonly kernel?: "reveal" | "dal-parameters";
  /** Blocks a player has for its moves. */
  readonly timeout?: number;
  /** Variant of the reference's test whose dissections are recorded; `all`: the last one too, which depends on the kernel. */
  readonly expected?: { readonly variant: string; readonly all: boolean };
}

const recorded = (variant: string) => ({ expected: { variant, all: true } });
const echo = { inputs: 10, priority: "liar" } as const;
/** In the evaluation of a level with five messages, which comes after its eighth. */
const EVALUATION = "7 7 11_000_001_000";

export const SCENARIOS: readonly Scenario[] = [
  { name: "inbox_proof_0", ...echo, liars: ["3 0 0"], ...recorded("inbox_proof_0") },
  { name: "inbox_proof_1", ...echo, liars: ["3 4 0"], ...recorded("inbox_proof_1") },
  { name: "pvm_proof_0", ...echo, liars: ["5 7 11_000_000_001"], ...recorded("pvm_proof_0") },
  { name: "pvm_proof_1", ...echo, liars: ["7 7 11_000_001_000"], ...recorded("pvm_proof_1") },
  { name: "pvm_proof_2", ...echo, liars: ["7 7 22_000_002_000"], ...recorded("pvm_proof_2") },
  { name: "pvm_proof_3", ...echo, liars: ["7 7 22_010_000_000"], ...recorded("pvm_proof_3") },
  {
    name: "pvm_proof_second_period",
    ...echo,
    inputs: 16,
    liars: ["15 7 11_000_001_000"],
    ...recorded("pvm_proof_second_period"),
  },
  { name: "parallel_games_0", ...echo, liars: ["4 0 0", "5 7 11_000_000_001"] },
  { name: "parallel_games_1", ...echo, liars: ["4 0 0", "7 7 22_000_002_000", "7 7 22_000_002_000"] },
  {
    name: "accuser",
    ...echo,
    liars: ["7 7 22_000_002_000"],
    mode: "accuser",
    priority: "honest",
    ...recorded("pvm_proof_2-accuser"),
  },
  {
    name: "invalid_dal_parameters",
    ...echo,
    liars: ["reveal_dal_parameters 6 6 6 6"],
    kernel: "dal-parameters",
    priority: "honest",
    expected: { variant: "invalid_dal_parameters", all: false },
  },
  // Octez plays these on the arith machine.
  { name: "inbox_proof_at_genesis", ...echo, liars: ["3 0 0"], priority: "honest" },
  { name: "pvm_proof_at_genesis", ...echo, liars: ["3 7 1"], priority: "honest" },
  { name: "inbox_proof_with_new_content", ...echo, inputs: 30, liars: ["5 0 0"], priority: "honest" },
  { name: "inbox_proof_one_empty_level", ...echo, liars: ["6 0 0"], emptyLevels: [2], priority: "honest" },
  { name: "inbox_proof_many_empty_levels", ...echo, liars: ["9 0 0"], emptyLevels: [2, 3, 4], priority: "honest" },
  { name: "timeout", ...echo, liars: [EVALUATION], stopLiarsAfter: 2, timeout: 12, priority: "honest" },
  { name: "reset_honest_during_game", ...echo, liars: [EVALUATION], restart: { blocks: 3 }, priority: "honest" },
  {
    name: "bailout_mode_defends_its_commitment",
    ...echo,
    liars: [EVALUATION],
    restart: { blocks: 3, as: "bailout" },
    priority: "honest",
  },
  {
    name: "degraded_new",
    ...echo,
    liars: [EVALUATION],
    badReveal: { level: 14 },
    kernel: "reveal",
    priority: "honest",
  },
  {
    name: "degraded_ongoing",
    ...echo,
    liars: [EVALUATION],
    badReveal: { dissections: 2 },
    kernel: "reveal",
    priority: "honest",
  },
];

export function scenario(name: string): Scenario {
  const found = SCENARIOS.find((one) => one.name === name);
  if (found === undefined) throw new RangeError(`no scenario ${name}`);
  return found;
}
