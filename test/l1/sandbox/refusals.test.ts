// Operations that must be refused before they get into a block, and those that get in and fail: with Octez's error ids, the whole trace,
// outermost error first. Failures about rollups are in rollup-refusals.test.ts; what is checked before what, in order-of-checks.test.ts.
import { describe, expect, it } from "vitest";
import { LazyMicheline, type Micheline } from "../../../src/encoding/micheline.js";
import type { BlockHash, ContractHash, PublicKey } from "../../../src/protocol/identifiers.js";
import { encodeOperation } from "../../../src/protocol/operation.js";
import { ALICE, BOB, CAROL, type Draft, failureOf, freshAccount, refusalOf, TestChain } from "./chain.js";
import { UNIT_TYPE } from "./rollup.js";
import { NAT, RUNTIME, type ToyWord, toyCode } from "./toy-contracts.js";

const NEWCOMER = freshAccount("newcomer");

const transfer = (changes: Partial<Draft<"transaction">> = {}): Draft<"transaction"> => ({
  kind: "transaction",
  destination: BOB.address,
  amount: 1n,
  ...changes,
});

const originateRollup = (pvmKind: "wasm_2_0_0" | "arith" | "riscv"): Draft<"smart_rollup_originate"> => ({
  kind: "smart_rollup_originate",
  pvmKind,
  kernel: new Uint8Array(0),
  parametersType: LazyMicheline.ofValue(UNIT_TYPE),
});

const call = (value: Micheline, entrypoint = "default") => ({ entrypoint, value: LazyMicheline.ofValue(value) });

function freshChain(): TestChain {
  const chain = new TestChain({ contracts: RUNTIME });
  chain.bake(2);
  return chain;
}

type Case = readonly [name: string, ids: readonly string[], run: (chain: TestChain) => readonly string[]];

/** What injecting says of an operation of ALICE's. */
const injected =
  (...drafts: Draft[]) =>
  (chain: TestChain) =>
    refusalOf(() => chain.inject(ALICE, ...drafts));

describe("refused at the door", () => {
  it.each<Case>([
    [
      "bytes that are no operation",
      ["node.prevalidation.parse_error"],
      (chain) => refusalOf(() => chain.sandbox.inject(new Uint8Array(100).fill(0x7f))),
    ],
    [
      "too few bytes",
      ["node.prevalidation.parse_error"],
      (chain) => refusalOf(() => chain.sandbox.inject(new Uint8Array(3))),
    ],
    [
      "too many bytes",
      ["node.prevalidation.oversized_operation"],
      (chain) => {
        const messages = Array.from({ length: 9 }, () => new Uint8Array(4000));
        return refusalOf(() => chain.inject(ALICE, { kind: "smart_rollup_add_messages", messages }));
      },
    ],
    [
      "an unknown branch",
      ["failure"],
      (chain) => {
        const branch = new Uint8Array(32).fill(1) as BlockHash;
        return refusalOf(() => chain.sandbox.inject(chain.forge(ALICE, [transfer()], { branch })));
      },
    ],
    [
      "a branch that is too old",
      ["failure"],
      (chain) => {
        const bytes = chain.forge(ALICE, [transfer()]);
        chain.bake(chain.head.state.constants.maxOperationsTimeToLive + 1);
        return refusalOf(() => chain.sandbox.inject(bytes));
      },
    ],
    [
      "a branch that was left",
      ["failure"],
      (chain) => {
        chain.bake();
        const bytes = chain.forge(ALICE, [transfer()]);
        chain.sandbox.reorg(1);
        return refusalOf(() => chain.sandbox.inject(bytes));
      },
    ],
    [
      "a kind that is not of managers",
      ["l1.sandbox.unsupported_operation"],
      (chain) => {
        const contents = [{ kind: "failing_noop", arbitrary: new Uint8Array(1) }] as const;
        return refusalOf(() => chain.sandbox.inject(encodeOperation({ branch: chain.head.hash, contents })));
      },
    ],
    [
      "a kind without rules here",
      ["l1.sandbox.unsupported_operation"],
      injected({ kind: "register_global_constant", value: LazyMicheline.ofValue(UNIT_TYPE) }),
    ],
    [
      "an origination without a runtime",
      ["l1.sandbox.unsupported_operation"],
      () => {
        const script = {
          code: LazyMicheline.ofValue(toyCode("SWAP", NAT)),
          storage: LazyMicheline.ofValue({ int: "0" }),
        };
        return injected({ kind: "origination", balance: 0n, script })(new TestChain());
      },
    ],
    [
      "a source that is not there",
      ["implicit.empty_implicit_contract"],
      (chain) => refusalOf(() => chain.inject(NEWCOMER, transfer())),
    ],
    ["a counter that was used", ["contract.counter_in_the_past"], injected(transfer({ counter: 0n }))],
    ["a counter to come", ["contract.counter_in_the_future"], injected(transfer({ counter: 5n }))],
    [
      "a key that is not known",
      ["contract.unrevealed_key"],
      (chain) => {
        chain.apply(ALICE, transfer({ destination: NEWCOMER.address, amount: 1_000_000n }));
        return refusalOf(() => chain.inject(NEWCOMER, transfer()));
      },
    ],
    [
      "two sources",
      ["validate.operation.inconsistent_sources"],
      injected(transfer(), transfer({ source: BOB.address })),
    ],
    [
      "counters with a gap",
      ["validate.operation.inconsistent_counters"],
      injected(transfer(), transfer({ counter: 3n })),
    ],
    [
      "a reveal in the second place",
      ["validate.operation.incorrect_reveal_position"],
      injected(transfer(), { kind: "reveal", publicKey: ALICE.publicKey }),
    ],
    [
      "another account's key",
      ["contract.manager.inconsistent_hash"],
      injected({ kind: "reveal", publicKey: BOB.publicKey }),
    ],
    [
      "a key of a scheme that is not supported",
      ["contract.manager.inconsistent_hash"],
      injected({
        kind: "reveal",
        publicKey: "BLpk1yoPpFtFF3jGUSn2GrGzgHVcj1cm5o6HTMwiqSjiTNFSJskXFady9nrdhoZzrG6ybXiTSK5G" as PublicKey,
      }),
    ],
    ["too much gas for an operation", ["gas_limit_too_high"], injected(transfer({ gasLimit: 1_040_001n }))],
    [
      "too much gas for a block",
      ["gas_limit_too_high", "gas_exhausted.block"],
      injected(transfer({ gasLimit: 1_000_000n }), transfer({ gasLimit: 1_000_000n })),
    ],
    [
      "too little gas to begin with",
      ["validate.operation.insufficient_gas_for_manager", "gas_exhausted.operation"],
      injected(transfer({ gasLimit: 120n })),
    ],
    [
      "too little gas to read a parameter",
      ["validate.operation.gas_quota_exceeded_init_deserialize", "gas_exhausted.operation"],
      injected(transfer({ gasLimit: 195n, parameters: call({ string: "x".repeat(600) }) })),
    ],
    ["a storage limit beyond the hard one", ["storage_limit_too_high"], injected(transfer({ storageLimit: 60_001n }))],
    [
      "a fee that cannot be paid",
      ["contract.balance_too_low", "tez.subtraction_underflow"],
      injected(transfer({ fee: 4_000_000_000_001n })),
    ],
    [
      "an operation behind one whose fee took all there was",
      ["implicit.empty_implicit_contract"],
      (chain) => {
        chain.apply(ALICE, transfer({ destination: NEWCOMER.address, amount: 50_000n }));
        chain.apply(NEWCOMER, { kind: "reveal", publicKey: NEWCOMER.publicKey, fee: 0n });
        return refusalOf(() => chain.inject(NEWCOMER, transfer({ fee: 50_000n }), transfer({ fee: 0n })));
      },
    ],
    [
      "no signature",
      ["operation.missing_signature"],
      (chain) => refusalOf(() => chain.sandbox.inject(chain.forge(ALICE, [transfer()], { signer: null }))),
    ],
    [
      "another account's signature",
      ["operation.invalid_signature"],
      (chain) => refusalOf(() => chain.sandbox.inject(chain.forge(ALICE, [transfer()], { signer: BOB }))),
    ],
    [
      "a signature of something else",
      ["operation.invalid_signature"],
      (chain) => {
        const bytes = chain.forge(ALICE, [transfer({ amount: 5n })]);
        const { signature } = chain.operation(ALICE, [transfer({ amount: 6n })]);
        bytes.set(signature ?? new Uint8Array(0), bytes.length - 64);
        return refusalOf(() => chain.sandbox.inject(bytes));
      },
    ],
    ["a rollup of kind arith", ["operation.arith_pvm_disabled"], injected(originateRollup("arith"))],
    ["a rollup of kind riscv", ["operation.riscv_pvm_disabled"], injected(originateRollup("riscv"))],
    ["no messages", ["smart_rollup_add_zero_messages"], injected({ kind: "smart_rollup_add_messages", messages: [] })],
    [
      "a second operation that pays no more",
      ["prevalidation.operation_conflict"],
      (chain) => {
        chain.inject(ALICE, transfer());
        return refusalOf(() => chain.inject(ALICE, transfer({ amount: 2n })));
      },
    ],
    [
      "two operations of a source in a block",
      ["validate.operation.manager_restriction"],
      (chain) => {
        const operations = [chain.forge(ALICE, [transfer()]), chain.forge(ALICE, [transfer({ amount: 2n })])];
        return refusalOf(() => chain.sandbox.bake({ operations }));
      },
    ],
    [
      "two operations of a source applied ahead",
      ["validate.operation.manager_restriction"],
      (chain) => {
        const operations = [chain.operation(ALICE, [transfer()]), chain.operation(ALICE, [transfer({ amount: 2n })])];
        return refusalOf(() => chain.sandbox.preapply(operations));
      },
    ],
    [
      "operations beyond a block's gas",
      ["gas_exhausted.block"],
      (chain) => {
        const operations = [ALICE, BOB].map((sender) => chain.forge(sender, [transfer({ gasLimit: 600_000n })]));
        return refusalOf(() => chain.sandbox.bake({ operations }));
      },
    ],
  ])("%s: %j", (_, ids, run) => {
    const chain = freshChain();
    expect(run(chain)).toEqual(ids);
  });

  it("leaves nothing behind", () => {
    const chain = freshChain();
    const before = chain.head;
    refusalOf(() => chain.inject(ALICE, transfer({ counter: 9n })));
    expect(chain.sandbox.pending()).toEqual([]);
    expect(chain.head).toBe(before);
  });
});

const KT1 = "KT18amZmM5W7qDWVt2pH6uj7sCEd3kbzLrHT" as ContractHash;

/** A toy contract. */
function contract(chain: TestChain, word: ToyWord, storage: Micheline): ContractHash {
  const script = { code: LazyMicheline.ofValue(toyCode(word, NAT)), storage: LazyMicheline.ofValue(storage) };
  const [receipt] = chain.apply(CAROL, { kind: "origination", balance: 0n, script });
  const result = receipt?.metadata.operationResult;
  if (result?.status !== "applied" || !("originatedContracts" in result.applied)) throw new Error("not originated");
  return result.applied.originatedContracts[0] as ContractHash;
}

const sent =
  (...drafts: Draft[]) =>
  (chain: TestChain) =>
    failureOf(chain.send(ALICE, ...drafts));

describe("failed when applied", () => {
  it.each<Case>([
    [
      "a key that is known already",
      ["contract.previously_revealed_key"],
      sent({ kind: "reveal", publicKey: ALICE.publicKey }),
    ],
    ["a transfer of nothing", ["contract.empty_transaction"], sent(transfer({ amount: 0n }))],
    [
      "a transfer of more than there is",
      ["contract.balance_too_low", "tez.subtraction_underflow"],
      sent(transfer({ amount: 4_000_000_000_000n })),
    ],
    [
      "a parameter for an account",
      ["michelson_v1.bad_contract_parameter"],
      sent(transfer({ parameters: call({ int: "1" }) })),
    ],
    [
      "an entrypoint of an account",
      ["michelson_v1.no_such_entrypoint"],
      sent(transfer({ parameters: call({ prim: "Unit" }, "mint") })),
    ],
    ["a contract that is not there", ["contract.non_existing_contract"], sent(transfer({ destination: KT1 }))],
    [
      "too little storage for a new account",
      ["storage_exhausted.operation"],
      sent(transfer({ destination: NEWCOMER.address, storageLimit: 256n })),
    ],
    [
      "storage that cannot be paid",
      ["contract.cannot_pay_storage_fee", "contract.balance_too_low", "tez.subtraction_underflow"],
      (chain) => {
        chain.apply(ALICE, transfer({ destination: NEWCOMER.address, amount: 100_000n }));
        chain.apply(NEWCOMER, { kind: "reveal", publicKey: NEWCOMER.publicKey, fee: 0n });
        const destination = freshAccount("another").address;
        return failureOf(chain.send(NEWCOMER, transfer({ destination, amount: 90_000n, fee: 0n })));
      },
    ],
    [
      "storage to be paid by an account that is gone",
      ["contract.cannot_pay_storage_fee", "contract.non_existing_contract"],
      (chain) => {
        chain.apply(ALICE, transfer({ destination: NEWCOMER.address, amount: 100_000n }));
        chain.apply(NEWCOMER, { kind: "reveal", publicKey: NEWCOMER.publicKey, fee: 0n });
        const destination = freshAccount("another").address;
        return failureOf(chain.send(NEWCOMER, transfer({ destination, amount: 100_000n, fee: 0n })));
      },
    ],
    ["too little gas for what it does", ["gas_exhausted.operation"], sent(transfer({ gasLimit: 2_000n }))],
    [
      "a delegate that is none",
      ["contract.manager.unregistered_delegate"],
      (chain) => {
        chain.apply(ALICE, transfer({ destination: NEWCOMER.address, amount: 10_000_000n }));
        chain.apply(NEWCOMER, { kind: "reveal", publicKey: NEWCOMER.publicKey });
        return failureOf(chain.send(NEWCOMER, { kind: "delegation", delegate: freshAccount("nobody").address }));
      },
    ],
    ["a delegate that wants to be none", ["delegate.no_deletion"], sent({ kind: "delegation" })],
    ["a delegate that is one", ["delegate.already_active"], sent({ kind: "delegation", delegate: ALICE.address })],
    [
      "a delegate once more",
      ["delegate.unchanged"],
      (chain) => {
        chain.apply(ALICE, transfer({ destination: NEWCOMER.address, amount: 10_000_000n }));
        chain.apply(NEWCOMER, { kind: "reveal", publicKey: NEWCOMER.publicKey });
        chain.apply(NEWCOMER, { kind: "delegation", delegate: ALICE.address });
        return failureOf(chain.send(NEWCOMER, { kind: "delegation", delegate: ALICE.address }));
      },
    ],
    [
      "the emptying of an account that has a delegate",
      ["implicit.empty_implicit_delegated_contract"],
      (chain) => {
        chain.apply(ALICE, transfer({ destination: NEWCOMER.address, amount: 10_000_000n }));
        chain.apply(NEWCOMER, { kind: "reveal", publicKey: NEWCOMER.publicKey, fee: 0n });
        chain.apply(NEWCOMER, { kind: "delegation", delegate: ALICE.address, fee: 0n });
        return failureOf(chain.send(NEWCOMER, transfer({ amount: 10_000_000n, fee: 0n })));
      },
    ],
    [
      "negative storage",
      ["contract.negative_storage_input"],
      (chain) => {
        const destination = contract(chain, "SWAP", { int: "0" });
        return sent({ kind: "increase_paid_storage", amount: -1n, destination })(chain);
      },
    ],
    [
      "storage of a contract that is not there",
      ["context.storage_error"],
      sent({ kind: "increase_paid_storage", amount: 1n, destination: KT1 }),
    ],
    [
      "a contract's own failure",
      ["michelson_v1.runtime_error", "michelson_v1.script_rejected"],
      (chain) => {
        const destination = contract(chain, "FAILWITH", { string: BOB.address });
        return sent(transfer({ destination, parameters: call({ int: "1" }) }))(chain);
      },
    ],
    [
      "a contract without end",
      ["michelson_v1.runtime_error", "gas_exhausted.operation"],
      (chain) => {
        const destination = contract(chain, "LOOP", { string: BOB.address });
        return sent(transfer({ destination, parameters: call({ int: "1" }) }))(chain);
      },
    ],
    [
      "an argument of another type",
      ["michelson_v1.bad_contract_parameter", "michelson_v1.invalid_constant", "michelson_v1.invalid_expression_kind"],
      (chain) => {
        const destination = contract(chain, "SWAP", { int: "0" });
        return sent(transfer({ destination, parameters: call({ string: "one" }) }))(chain);
      },
    ],
    [
      "an argument that is no expression",
      ["invalid_binary_format"],
      (chain) => {
        const destination = contract(chain, "SWAP", { int: "0" });
        const parameters = { entrypoint: "default", value: LazyMicheline.ofBytes(Uint8Array.of(0xff)) };
        return sent(transfer({ destination, parameters }))(chain);
      },
    ],
    [
      "an operation that a contract emits",
      ["contract.empty_transaction"],
      (chain) => {
        const destination = contract(chain, "TRANSFER_TOKENS", { string: BOB.address });
        return sent(transfer({ destination, amount: 0n, parameters: call({ int: "1" }) }))(chain);
      },
    ],
    [
      "code without its sections",
      ["michelson_v1.ill_typed_contract", "michelson_v1.missing_script_field"],
      sent({
        kind: "origination",
        balance: 0n,
        script: { code: LazyMicheline.ofValue([]), storage: LazyMicheline.ofValue({ int: "0" }) },
      }),
    ],
    [
      "tickets for an account's entrypoint",
      ["michelson_v1.no_such_entrypoint"],
      sent({
        kind: "transfer_ticket",
        ticketContents: LazyMicheline.ofValue({ string: "toy" }),
        ticketType: LazyMicheline.ofValue({ prim: "string" }),
        ticketTicketer: KT1,
        ticketAmount: 1n,
        destination: BOB.address,
        entrypoint: "mint",
      }),
    ],
    [
      "tickets that one does not have",
      ["Negative_ticket_balance"],
      sent({
        kind: "transfer_ticket",
        ticketContents: LazyMicheline.ofValue({ string: "toy" }),
        ticketType: LazyMicheline.ofValue({ prim: "string" }),
        ticketTicketer: KT1,
        ticketAmount: 1n,
        destination: BOB.address,
        entrypoint: "default",
      }),
    ],
  ])("%s: %j", (_, ids, run) => {
    expect(run(freshChain())).toEqual(ids);
  });
});
