// A rollup's life on the chain: genesis, bonds, cementing, its outbox, tickets in and out, whitelists.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { encodeBase58Check } from "../../../src/encoding/base58check.js";
import { fromHex } from "../../../src/encoding/hex.js";
import { LazyMicheline, type Micheline } from "../../../src/encoding/micheline.js";
import type { CallRequest } from "../../../src/l1/sandbox/contract-runtime.js";
import { MichelsonRuntime } from "../../../src/l1/sandbox/michelson/runtime.js";
import { commitmentHash, genesisCommitment, NO_PREDECESSOR } from "../../../src/protocol/commitment.js";
import { type Constants, overrideConstants } from "../../../src/protocol/constants.js";
import type { CommitmentHash, ContractHash, RollupAddress, StateHash } from "../../../src/protocol/identifiers.js";
import { deserializeInboxMessage } from "../../../src/protocol/inbox-message.js";
import { type OutboxMessage, serializeOutboxMessage } from "../../../src/protocol/outbox-message.js";
import { decodeOutputProof, encodeOutputProof } from "../../../src/protocol/output-proof.js";
import { wasmOutputReader } from "../../../src/protocol/wasm-output.js";
import { genesis } from "../../../src/pvm/genesis.js";
import { describeShared, sharedPath } from "../../shared-data.js";
import { type Account, ALICE, BOB, CAROL, DAVE, failureOf, QUICK, said, TestChain } from "./chain.js";
import { cement, chainWithRollup, publish, recoverBond } from "./claims.js";
import { assemble, Operator, originate, type Rollup } from "./rollup.js";
import { NAT, RUNTIME, TICKET_TYPE, type ToyWord, toyCode } from "./toy-contracts.js";

const STAKE = 10_000_000_000n;

describeShared(
  "genesis commitments",
  ["vectors/protocol/genesis_states.json", "vectors/protocol/commitments.json"],
  () => {
    const states = JSON.parse(readFileSync(sharedPath("vectors/protocol/genesis_states.json"), "utf8"));
    const kernel = fromHex(states.echo_kernel_hex);

    it("are the manual's, from its kernel, level and machine", () => {
      const parameters = { ticksPerSnapshot: 11_000_000_000n, outboxValidityPeriod: 80_640, outboxMessageLimit: 100n };
      const state = genesis(kernel, "2.0.0", parameters).hash as StateHash;
      expect(encodeBase58Check("stateHash", state)).toBe("srs11y1ZCJfeWnHzoX3rAjcTXiphwg8NvqQhvishP3PU68jgSREuk6");
      const hash = encodeBase58Check("commitmentHash", commitmentHash(genesisCommitment(state, 1495)));
      expect(hash).toBe("src13wCGc2nMVfN7rD1rgeG3g1q7oXYX2m5MJY5ZRooVhLt7JwKXwX");
    });

    it("are made of the present machine at origination", () => {
      const chain = new TestChain();
      chain.bake();
      const rollup = originate(chain, ALICE, kernel);
      const view = chain.sandbox.context(chain.head).rollup(rollup.address);
      const { compressedState, inboxLevel } = view.commitment(rollup.genesisCommitment);
      expect(encodeBase58Check("stateHash", compressedState)).toBe(
        "srs12xMUZ2yPbxJcznkPcPYvFMgy7ABFT7RokNtwUkqAvZqCKpxcfm",
      );
      expect(inboxLevel).toBe(chain.level);
      expect(view.genesisInfo()).toEqual({ level: chain.level, commitmentHash: rollup.genesisCommitment });
      expect(view.lastCemented()).toEqual({ hash: rollup.genesisCommitment, level: chain.level });
    });
  },
);

describe("bonds", () => {
  it("are frozen once, come back once nothing is at stake, and are counted anew then", () => {
    const { chain, rollup, claims } = chainWithRollup();
    const before = chain.balance(ALICE) + chain.bonds(ALICE);
    const fees = { fee: 0n };
    const first = said(
      "smart_rollup_publish",
      chain.apply(ALICE, { ...publish(rollup, claims.commitment("a")), ...fees }),
    );
    expect(first.balanceUpdates).toMatchObject([
      { kind: "contract", contract: ALICE.address, change: -STAKE },
      { kind: "frozenBonds", contract: ALICE.address, bondId: { smartRollup: rollup.address }, change: STAKE },
    ]);
    expect(first.publishedAtLevel).toBe(chain.level);
    const second = said("smart_rollup_publish", chain.apply(BOB, publish(rollup, claims.commitment("a"))));
    expect(second.publishedAtLevel).toBe(first.publishedAtLevel);
    const view = () => chain.sandbox.context(chain.head).rollup(rollup.address);
    expect(view().stakersIndexes(claims.hash("a"))).toEqual([1n, 0n]);
    chain.bakeTo(claims.levelOf(2));
    const next = said(
      "smart_rollup_publish",
      chain.apply(ALICE, { ...publish(rollup, claims.commitment("a", "a")), ...fees }),
    );
    expect(next.balanceUpdates).toEqual([]);
    chain.bake(6);
    chain.apply(CAROL, cement(rollup));
    expect(failureOf(chain.send(DAVE, recoverBond(rollup, ALICE)))).toEqual([
      "smart_rollup_not_staked_on_lcc_or_ancestor",
    ]);
    expect(said("smart_rollup_recover_bond", chain.apply(DAVE, recoverBond(rollup, BOB))).balanceUpdates).toMatchObject(
      [
        { kind: "frozenBonds", change: -STAKE },
        { kind: "contract", contract: BOB.address, change: STAKE },
      ],
    );
    chain.apply(CAROL, cement(rollup));
    chain.apply(DAVE, recoverBond(rollup, ALICE));
    expect([chain.bonds(ALICE), chain.bonds(BOB)]).toEqual([0n, 0n]);
    expect(chain.balance(ALICE)).toBe(before);
    chain.apply(ALICE, publish(rollup, claims.commitment("a", "a", "a")));
    expect(view().stakerIndex(ALICE.address)).toBe(2n);
  });

  it("keep cemented commitments only so long", () => {
    const { chain, rollup, claims } = chainWithRollup();
    const path: string[] = [];
    for (let n = 1; n <= 7; n++) {
      path.push("a");
      chain.bakeTo(claims.levelOf(n));
      chain.apply(ALICE, publish(rollup, claims.commitment(...path)));
      chain.bake(5);
      const done = said("smart_rollup_cement", chain.apply(BOB, cement(rollup)));
      expect(done.commitmentHash).toEqual(claims.hash(...path));
    }
    const view = chain.sandbox.context(chain.head).rollup(rollup.address);
    const kept = path
      .map((_, i) => path.slice(0, i + 1))
      .filter((each) => {
        try {
          return view.commitment(claims.hash(...each)) !== undefined;
        } catch {
          return false;
        }
      });
    expect(kept.map((each) => each.length)).toEqual([3, 4, 5, 6, 7]);
  });
});

// ---- Contracts, outbox, tickets

function contract(chain: TestChain, word: ToyWord, parameter: Micheline, storage: Micheline): ContractHash {
  const script = { code: LazyMicheline.ofValue(toyCode(word, parameter)), storage: LazyMicheline.ofValue(storage) };
  const result = said("origination", chain.apply(CAROL, { kind: "origination", balance: 0n, script }));
  return result.originatedContracts[0] as ContractHash;
}

const storageOf = (chain: TestChain, hash: ContractHash) =>
  chain.sandbox.context(chain.head).contract(hash)?.script.storage;

interface Outbox {
  readonly chain: TestChain;
  readonly rollup: Rollup;
  readonly operator: Operator;
  readonly keeper: ContractHash;
  /** What executes message `index`. */
  execute(
    index: number,
    changes?: { readonly commitment?: CommitmentHash; readonly proof?: Uint8Array },
  ): ReturnType<typeof execution>;
}

const execution = (rollup: RollupAddress, cementedCommitment: CommitmentHash, outputProof: Uint8Array) =>
  ({ kind: "smart_rollup_execute_outbox_message", rollup, cementedCommitment, outputProof }) as const;

/** A rollup that put messages into its outbox, with a cemented commitment to the state that holds them. */
function outboxOf(
  messages: (keeper: ContractHash) => readonly OutboxMessage[],
  options: { readonly constants?: Constants; readonly whitelist?: readonly Account[] } = {},
): Outbox {
  const chain = new TestChain({ contracts: RUNTIME, constants: options.constants ?? QUICK });
  const keeper = contract(chain, "SWAP", NAT, { int: "0" });
  const rollup = originate(
    chain,
    CAROL,
    assemble("echo"),
    options.whitelist === undefined ? {} : { whitelist: options.whitelist },
  );
  const operator = new Operator(chain, ALICE, rollup);
  chain.apply(BOB, { kind: "smart_rollup_add_messages", messages: messages(keeper).map(serializeOutboxMessage) });
  const outboxLevel = chain.level;
  const end = rollup.originationLevel + 3;
  chain.bakeTo(end);
  operator.publish(1);
  chain.bake(5);
  chain.apply(DAVE, cement(rollup));
  const hash = commitmentHash(operator.commitment(1));
  return {
    chain,
    rollup,
    operator,
    keeper,
    execute: (index, { commitment = hash, proof = operator.outputProof(end, outboxLevel, index) } = {}) =>
      execution(rollup.address, commitment, proof),
  };
}

const setTo = (destination: ContractHash, value: Micheline, entrypoint = "default") => ({
  parameters: value,
  destination,
  entrypoint,
});
const untyped = (...transactions: ReturnType<typeof setTo>[]): OutboxMessage => ({ kind: "untyped", transactions });

describe("an outbox", () => {
  it("calls contracts, once", () => {
    const { chain, rollup, keeper, execute } = outboxOf((to) => [
      untyped(setTo(to, { int: "7" })),
      untyped(setTo(to, { int: "8" })),
    ]);
    const receipts = chain.apply(DAVE, execute(1));
    expect(receipts[0]?.metadata.internalOperationResults).toMatchObject([
      {
        kind: "transaction",
        source: rollup.address,
        nonce: 0,
        destination: keeper,
        amount: 0n,
        result: { status: "applied" },
      },
    ]);
    expect(storageOf(chain, keeper)).toEqual({ int: "8" });
    expect(failureOf(chain.send(DAVE, execute(1)))).toEqual(["smart_rollup_outbox_message_already_applied"]);
    chain.apply(DAVE, execute(0));
    expect(storageOf(chain, keeper)).toEqual({ int: "7" });
    expect(
      chain.sandbox
        .context(chain.head)
        .rollup(rollup.address)
        .consumedOutputs(rollup.originationLevel + 1),
    ).toEqual([0, 1]);
  });

  it("takes typed calls too", () => {
    const { chain, keeper, execute } = outboxOf((to) => [
      { kind: "typed", transactions: [{ ...setTo(to, { int: "9" }), parametersType: NAT }] },
    ]);
    chain.apply(DAVE, execute(0));
    expect(storageOf(chain, keeper)).toEqual({ int: "9" });
  });

  it("undoes the record of a message whose call fails", () => {
    const { chain, keeper, execute } = outboxOf((to) => [
      { kind: "typed", transactions: [{ ...setTo(to, { int: "9" }, "mint"), parametersType: NAT }] },
    ]);
    for (let i = 0; i < 2; i++)
      expect(failureOf(chain.send(DAVE, execute(0)))).toEqual([
        "michelson_v1.bad_contract_parameter",
        "michelson_v1.no_such_entrypoint",
      ]);
    expect(storageOf(chain, keeper)).toEqual({ int: "0" });
  });

  const KT1 = "KT18amZmM5W7qDWVt2pH6uj7sCEd3kbzLrHT" as ContractHash;
  const one = (change: (to: ContractHash) => OutboxMessage) => (to: ContractHash) => [change(to)];
  it.each<readonly [string, string, () => readonly string[]]>([
    [
      "no rollup",
      "smart_rollup_does_not_exist",
      () => {
        const { chain, execute } = outboxOf(one((to) => untyped(setTo(to, { int: "1" }))));
        return failureOf(
          chain.send(DAVE, { ...execute(0), rollup: "sr163Lv22CdE8QagCwf48PWDTquk6isQwv57" as RollupAddress }),
        );
      },
    ],
    [
      "a commitment that is not cemented",
      "smart_rollup_invalid_last_cemented_commitment",
      () => {
        const { chain, execute } = outboxOf(one((to) => untyped(setTo(to, { int: "1" }))));
        return failureOf(chain.send(DAVE, execute(0, { commitment: new Uint8Array(32).fill(3) as CommitmentHash })));
      },
    ],
    [
      "the commitment before all",
      "smart_rollup_unknown_commitment",
      () => {
        const { chain, execute } = outboxOf(one((to) => untyped(setTo(to, { int: "1" }))));
        return failureOf(chain.send(DAVE, execute(0, { commitment: NO_PREDECESSOR })));
      },
    ],
    [
      "no proof",
      "smart_rollup_invalid_output_proof",
      () => {
        const { chain, execute } = outboxOf(one((to) => untyped(setTo(to, { int: "1" }))));
        return failureOf(chain.send(DAVE, execute(0, { proof: Uint8Array.of(1, 2, 3) })));
      },
    ],
    [
      "a proof about another state",
      "smart_rollup_invalid_output_proof",
      () => {
        const { chain, rollup, execute } = outboxOf(one((to) => untyped(setTo(to, { int: "1" }))));
        return failureOf(chain.send(DAVE, execute(0, { commitment: rollup.genesisCommitment })));
      },
    ],
    [
      "a proof of another message",
      "smart_rollup_wasm_output_proof_verification_failed",
      () => {
        const { chain, execute } = outboxOf(one((to) => untyped(setTo(to, { int: "1" }))));
        const shown = decodeOutputProof(wasmOutputReader, execute(0).outputProof);
        const message = untyped(setTo(KT1, { int: "1" }));
        const proof = encodeOutputProof(wasmOutputReader, { ...shown, output: { ...shown.output, message } });
        return failureOf(chain.send(DAVE, execute(0, { proof })));
      },
    ],
    [
      "an outbox that is too old",
      "smart_rollup_invalid_outbox_level",
      () => {
        const constants = overrideConstants(QUICK, { smart_rollup_max_active_outbox_levels: 2 });
        const { chain, execute } = outboxOf(
          one((to) => untyped(setTo(to, { int: "1" }))),
          { constants },
        );
        return failureOf(chain.send(DAVE, execute(0)));
      },
    ],
    [
      "a contract that is not there",
      "smart_rollup_management_protocol_invalid_destination",
      () => {
        const { chain, execute } = outboxOf(one(() => untyped(setTo(KT1, { int: "1" }))));
        return failureOf(chain.send(DAVE, execute(0)));
      },
    ],
    [
      "an entrypoint that is not there",
      "michelson_v1.no_such_entrypoint",
      () => {
        const { chain, execute } = outboxOf(one((to) => untyped(setTo(to, { int: "1" }, "mint"))));
        return failureOf(chain.send(DAVE, execute(0)));
      },
    ],
    [
      "an argument of another type",
      "michelson_v1.invalid_constant",
      () => {
        const { chain, execute } = outboxOf(one((to) => untyped(setTo(to, { string: "one" }))));
        return failureOf(chain.send(DAVE, execute(0)));
      },
    ],
    [
      "an index beyond the limit",
      "smart_rollup_invalid_outbox_message_index",
      () => {
        const constants = overrideConstants(QUICK, { smart_rollup_max_outbox_messages_per_level: 1 });
        const { chain, execute } = outboxOf(
          (to) => [untyped(setTo(to, { int: "1" })), untyped(setTo(to, { int: "2" }))],
          { constants },
        );
        return failureOf(chain.send(DAVE, execute(1)));
      },
    ],
    [
      "tickets that the rollup does not have",
      "Negative_ticket_balance",
      () => {
        const ticket = {
          prim: "Pair",
          args: [{ string: KT1 }, { prim: "Pair", args: [{ string: "toy" }, { int: "3" }] }],
        };
        const { chain, execute } = outboxOf(
          one((to) => ({ kind: "typed", transactions: [{ ...setTo(to, ticket), parametersType: TICKET_TYPE }] })),
        );
        return failureOf(chain.send(DAVE, execute(0)));
      },
    ],
    [
      "a whitelist of a public rollup",
      "smart_rollup_rollup_is_public",
      () => {
        const { chain, execute } = outboxOf(() => [{ kind: "whitelistUpdate", whitelist: [ALICE.address] }]);
        return failureOf(chain.send(DAVE, execute(0)));
      },
    ],
    [
      "a whitelist of nobody",
      "smart_rollup_empty_whitelist",
      () => {
        const { chain, execute } = outboxOf(() => [{ kind: "whitelistUpdate", whitelist: [] }], { whitelist: [ALICE] });
        return failureOf(chain.send(DAVE, execute(0)));
      },
    ],
    [
      "a whitelist with someone twice",
      "smart_rollup_duplicated_key_in_whitelist",
      () => {
        const { chain, execute } = outboxOf(
          () => [{ kind: "whitelistUpdate", whitelist: [BOB.address, BOB.address] }],
          { whitelist: [ALICE] },
        );
        return failureOf(chain.send(DAVE, execute(0)));
      },
    ],
  ])("refuses %s: %s", (_, id, run) => {
    expect(run()).toEqual(expect.arrayContaining([id]));
  });

  it("changes whitelists, forward only, and opens the rollup at last", () => {
    const update = (...accounts: Account[]): OutboxMessage => ({
      kind: "whitelistUpdate",
      whitelist: accounts.map(({ address }) => address),
    });
    const { chain, rollup, execute } = outboxOf(
      () => [update(ALICE), update(ALICE, BOB), { kind: "whitelistUpdate" }],
      { whitelist: [ALICE, CAROL] },
    );
    const view = () => chain.sandbox.context(chain.head).rollup(rollup.address);
    const done = said("smart_rollup_execute_outbox_message", chain.apply(DAVE, execute(1)));
    expect(done.whitelistUpdate).toEqual({ kind: "private", whitelist: [ALICE.address, BOB.address] });
    expect(view().lastWhitelistUpdate()).toEqual({ messageIndex: 1n, outboxLevel: rollup.originationLevel + 1 });
    expect(failureOf(chain.send(DAVE, execute(0)))).toEqual(["smart_rollup_outdated_whitelist_update"]);
    chain.apply(DAVE, execute(2));
    expect(view().whitelist()).toBeNull();
  });
});

describe("tickets", () => {
  it("go into a rollup with a message of a contract, and are counted there", () => {
    const chain = new TestChain({ contracts: RUNTIME });
    const rollup = originate(chain, CAROL, assemble("echo"), { type: TICKET_TYPE });
    const mint = contract(chain, "TICKET", NAT, { string: rollup.address });
    const parameters = { entrypoint: "default", value: LazyMicheline.ofValue({ int: "5" }) };
    const [receipt] = chain.apply(ALICE, { kind: "transaction", amount: 0n, destination: mint, parameters });
    expect(receipt?.metadata.internalOperationResults).toMatchObject([
      { source: mint, destination: rollup.address, result: { status: "applied" } },
    ]);
    const message = deserializeInboxMessage(chain.head.inboxMessages.at(-2) as Uint8Array);
    expect(message).toMatchObject({
      kind: "transfer",
      sender: mint,
      source: ALICE.address,
      destination: rollup.address,
    });
    const token = { ticketer: mint, contentType: { prim: "string" }, content: { string: "toy" } };
    expect(chain.sandbox.context(chain.head).rollup(rollup.address).ticketBalance(token)).toBe(5n);
  });

  it("cannot be made up by a contract that is not their maker", () => {
    const forged = {
      token: {
        ticketer: "KT18amZmM5W7qDWVt2pH6uj7sCEd3kbzLrHT" as ContractHash,
        contentType: NAT,
        content: { int: "1" },
      },
      amount: 1n,
    };
    class CheatingRuntime extends MichelsonRuntime {
      override call(request: CallRequest) {
        return { ...super.call(request), storedTickets: [forged] };
      }
    }
    const chain = new TestChain({ contracts: new CheatingRuntime() });
    const keeper = contract(chain, "SWAP", NAT, { int: "0" });
    const parameters = { entrypoint: "default", value: LazyMicheline.ofValue({ int: "1" }) };
    expect(failureOf(chain.send(ALICE, { kind: "transaction", amount: 0n, destination: keeper, parameters }))).toEqual([
      "invalid_ticket_transfer",
    ]);
  });
});
