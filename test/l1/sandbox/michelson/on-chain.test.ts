// Real contracts on the chain: the rollup manual's, tickets into a rollup and out of it, contracts that make contracts, pass big maps on, emit
// events.
import { describe, expect, it } from "vitest";
import { encode } from "../../../../src/encoding/binary.js";
import { toHex } from "../../../../src/encoding/hex.js";
import { LazyMicheline, type Micheline, michelineCodec } from "../../../../src/encoding/micheline.js";
import { commitmentHash } from "../../../../src/protocol/commitment.js";
import type { ContractHash, Destination } from "../../../../src/protocol/identifiers.js";
import { deserializeInboxMessage } from "../../../../src/protocol/inbox-message.js";
import { serializeOutboxMessage } from "../../../../src/protocol/outbox-message.js";
import type { ContentReceipt } from "../../../../src/protocol/receipt.js";
import { type Account, ALICE, BOB, CAROL, DAVE, failureOf, said, TestChain } from "../chain.js";
import { cement } from "../claims.js";
import { assemble, Operator, originate } from "../rollup.js";
import { RUNTIME, TICKET_TYPE } from "../toy-contracts.js";
import { REGISTER } from "./examples.js";
import { michelson, scriptOf, textOf } from "./harness.js";

class ContractChain extends TestChain {
  constructor() {
    super({ contracts: RUNTIME });
    this.bake();
  }

  originate(script: string | Micheline, storage: string, balance = 0n): ContractHash {
    const code = LazyMicheline.ofValue(typeof script === "string" ? scriptOf(script) : script);
    const draft = {
      kind: "origination",
      balance,
      script: { code, storage: LazyMicheline.ofValue(michelson(storage)) },
    } as const;
    const [hash] = said("origination", this.apply(CAROL, draft)).originatedContracts;
    if (hash === undefined) throw new Error("no contract");
    return hash;
  }

  call(
    destination: ContractHash,
    argument: string,
    options: { entrypoint?: string; amount?: bigint; sender?: Account } = {},
  ) {
    const { entrypoint = "default", amount = 0n, sender = ALICE } = options;
    const parameters = { entrypoint, value: LazyMicheline.ofValue(michelson(argument)) };
    return this.send(sender, { kind: "transaction", amount, destination, parameters, gasLimit: 200_000n });
  }

  storage(hash: ContractHash): string {
    const script = this.sandbox.context(this.head).contract(hash)?.script;
    if (script === undefined) throw new Error("no contract");
    return textOf(RUNTIME.readable(RUNTIME.storageType(script.code), script.storage));
  }

  ticketsOf(owner: Destination): string[] {
    const { state } = this.head;
    return [...state.tickets.values()]
      .filter((balance) => balance.owner === owner)
      .map(({ token, amount }) => `${amount} ${textOf(token.content)}`);
  }
}

const internalsOf = ([receipt]: readonly ContentReceipt[]) => receipt?.metadata.internalOperationResults ?? [];

describe("the manual's contracts", () => {
  it("keep what they are called with", () => {
    const chain = new ContractChain();
    const go = chain.originate("parameter string; storage string; code {CAR; NIL operation; PAIR};", '""', 1_000_000n);
    const [receipt] = chain.call(go, '"37"');
    expect(receipt?.metadata.operationResult).toMatchObject({
      status: "applied",
      applied: { storage: { string: "37" }, consumedMilligas: expect.any(BigInt) },
    });
    expect(chain.storage(go)).toBe('"37"');
  });

  const SENDER = (rollup: string, amount = "0") => `
    parameter bytes;
    storage unit;
    code { UNPAIR; PUSH address "${rollup}"; CONTRACT bytes;
           IF_NONE { PUSH string "Invalid address"; FAILWITH } {};
           PUSH mutez ${amount}; DIG 2; TRANSFER_TOKENS; NIL operation; SWAP; CONS; PAIR; }`;

  it("send their parameter to a rollup", () => {
    const chain = new ContractChain();
    const rollup = originate(chain, CAROL, assemble("echo"), { type: { prim: "bytes" } });
    const sender = chain.originate(SENDER(rollup.address), "Unit");
    expect(internalsOf(chain.call(sender, "0x0badc0de", { sender: BOB }))).toMatchObject([
      { kind: "transaction", source: sender, destination: rollup.address, amount: 0n, result: { status: "applied" } },
    ]);
    const message = deserializeInboxMessage(chain.head.inboxMessages.at(-2) as Uint8Array);
    expect(message).toEqual({
      kind: "transfer",
      payload: { bytes: "0badc0de" },
      sender,
      source: BOB.address,
      destination: rollup.address,
    });
  });

  it("find no rollup of another type", () => {
    const chain = new ContractChain();
    const rollup = originate(chain, CAROL, assemble("echo"), { type: { prim: "nat" } });
    const sender = chain.originate(SENDER(rollup.address), "Unit");
    const [receipt] = chain.call(sender, "0x00");
    expect(receipt?.metadata.operationResult).toMatchObject({
      status: "failed",
      errors: [
        { id: "proto.alpha.michelson_v1.runtime_error", contract_handle: sender },
        { id: "proto.alpha.michelson_v1.script_rejected", with: { string: "Invalid address" } },
      ],
    });
  });

  it("cannot send tez to a rollup", () => {
    const chain = new ContractChain();
    const rollup = originate(chain, CAROL, assemble("echo"), { type: { prim: "bytes" } });
    const sender = chain.originate(SENDER(rollup.address, "1"), "Unit", 10n);
    expect(failureOf(chain.call(sender, "0x00"))).toEqual([
      "michelson_v1.runtime_error",
      "operation.rollup_invalid_transaction_amount",
    ]);
  });
});

describe("tickets", () => {
  /** Makes so many tickets and sends them where it is told. */
  const MINT = `
    parameter (pair nat address);
    storage unit;
    code { CAR; UNPAIR; PUSH string "gold"; TICKET; ASSERT_SOME;
           SWAP; CONTRACT (ticket string); ASSERT_SOME;
           PUSH mutez 0; DIG 2; TRANSFER_TOKENS;
           UNIT; NIL operation; DIG 2; CONS; PAIR }`;

  /** Keeps the tickets it gets as one, and sends as many of them as its caller says. */
  const WALLET = `
    parameter (or (ticket %receive string) (pair %send nat address));
    storage (option (ticket string));
    code { UNPAIR;
           IF_LEFT
             { SWAP; IF_NONE {} { PAIR; JOIN_TICKETS; ASSERT_SOME }; SOME; NIL operation; PAIR }
             { UNPAIR; SWAP; CONTRACT (ticket string); ASSERT_SOME; PUSH mutez 0; DIG 3; ASSERT_SOME;
               READ_TICKET; GET 4; DUP 5; SWAP; SUB; ABS; DIG 4; PAIR; SWAP; SPLIT_TICKET; ASSERT_SOME;
               UNPAIR; SWAP; DUG 3; TRANSFER_TOKENS; NIL operation; SWAP; CONS;
               DIP { SOME }; PAIR } }`;

  it("are made, kept, joined, split and sent on", () => {
    const chain = new ContractChain();
    const mint = chain.originate(MINT, "Unit");
    const wallet = chain.originate(WALLET, "None");
    expect(failureOf(chain.call(mint, `(Pair 4 "${wallet}%receive")`))).toEqual([]);
    expect(failureOf(chain.call(mint, `(Pair 6 "${wallet}%receive")`))).toEqual([]);
    expect(chain.ticketsOf(wallet)).toEqual(['10 "gold"']);
    expect(chain.storage(wallet)).toBe(`Some (Pair "${mint}" "gold" 10)`);
    expect(failureOf(chain.call(wallet, `(Pair 3 "${BOB.address}")`, { entrypoint: "send" }))).toEqual([]);
    expect(chain.ticketsOf(wallet)).toEqual(['7 "gold"']);
    expect(chain.ticketsOf(BOB.address)).toEqual(['3 "gold"']);
    const refused = failureOf(chain.call(wallet, `(Pair 7 "${BOB.address}")`, { entrypoint: "send" }));
    expect(refused).toEqual(["michelson_v1.runtime_error", "michelson_v1.script_rejected"]);
  });

  it("cannot be sent by users who write them down", () => {
    const chain = new ContractChain();
    const wallet = chain.originate(WALLET, "None");
    const forged = `(Pair "${wallet}" "gold" 5)`;
    expect(failureOf(chain.call(wallet, forged, { entrypoint: "receive" }))).toEqual([
      "michelson_v1.bad_contract_parameter",
      "michelson_v1.invalid_constant",
      "michelson_v1.unexpected_forged_value",
    ]);
  });

  it("go into a rollup, and out of it through its outbox", () => {
    const chain = new ContractChain();
    const mint = chain.originate(MINT, "Unit");
    const wallet = chain.originate(WALLET, "None");
    const rollup = originate(chain, CAROL, assemble("echo"), { type: TICKET_TYPE });
    const operator = new Operator(chain, ALICE, rollup);
    expect(failureOf(chain.call(mint, `(Pair 5 "${rollup.address}")`))).toEqual([]);
    expect(chain.ticketsOf(rollup.address)).toEqual(['5 "gold"']);

    const ticket = (amount: string) => michelson(`(Pair "${mint}" (Pair "gold" ${amount}))`);
    const transaction = (parameters: Micheline) => ({ destination: wallet, entrypoint: "receive", parameters });
    const messages = [
      { kind: "untyped", transactions: [transaction(ticket("2"))] } as const,
      { kind: "typed", transactions: [{ ...transaction(ticket("1")), parametersType: TICKET_TYPE }] } as const,
      { kind: "untyped", transactions: [transaction(ticket("3"))] } as const,
    ];
    chain.apply(BOB, { kind: "smart_rollup_add_messages", messages: messages.map(serializeOutboxMessage) });
    const outboxLevel = chain.level;
    const end = rollup.originationLevel + 3;
    chain.bakeTo(end);
    operator.publish(1);
    chain.bake(5);
    chain.apply(DAVE, cement(rollup));
    const cementedCommitment = commitmentHash(operator.commitment(1));
    const execute = (index: number) =>
      ({
        kind: "smart_rollup_execute_outbox_message",
        rollup: rollup.address,
        cementedCommitment,
        outputProof: operator.outputProof(end, outboxLevel, index),
      }) as const;

    const [receipt] = chain.apply(DAVE, execute(0));
    expect(receipt?.metadata.operationResult).toMatchObject({
      applied: { ticketUpdates: [{ updates: [{ account: rollup.address, amount: -2n }] }] },
    });
    expect(receipt?.metadata.internalOperationResults).toMatchObject([
      { source: rollup.address, destination: wallet, result: { status: "applied" } },
    ]);
    expect([...chain.ticketsOf(rollup.address), ...chain.ticketsOf(wallet)]).toEqual(['3 "gold"', '2 "gold"']);
    chain.apply(DAVE, execute(1));
    expect([...chain.ticketsOf(rollup.address), ...chain.ticketsOf(wallet)]).toEqual(['2 "gold"', '3 "gold"']);
    expect(chain.storage(wallet)).toBe(`Some (Pair "${mint}" "gold" 3)`);
    // Three more than there are.
    expect(failureOf(chain.send(DAVE, execute(2)))).toEqual(["Negative_ticket_balance"]);
    // On, to a user.
    expect(failureOf(chain.call(wallet, `(Pair 1 "${EVE_ADDRESS}")`, { entrypoint: "send" }))).toEqual([]);
    expect(chain.ticketsOf(EVE_ADDRESS)).toEqual(['1 "gold"']);
  });
});

const EVE_ADDRESS = BOB.address;

describe("contracts", () => {
  it("make contracts, with tez and big maps of their own", () => {
    const chain = new ContractChain();
    const inner = `{ parameter string; storage (big_map string nat);
                     code { UNPAIR; DIP { PUSH (option nat) (Some 1) }; UPDATE; NIL operation; PAIR } }`;
    const maker = chain.originate(
      `parameter unit; storage (option address);
       code { DROP; EMPTY_BIG_MAP string nat; PUSH (option nat) (Some 7); PUSH string "seven"; UPDATE; PUSH mutez 5; NONE key_hash; CREATE_CONTRACT ${inner};
              DIP { SOME }; NIL operation; SWAP; CONS; PAIR }`,
      "None",
      5n,
    );
    const receipts = chain.call(maker, "Unit");
    const [internal] = internalsOf(receipts);
    expect(internal).toMatchObject({ kind: "origination", balance: 5n, result: { status: "applied" } });
    const address = /KT1\w+/.exec(chain.storage(maker))?.[0] as ContractHash;
    expect(chain.sandbox.context(chain.head).balance(address)).toBe(5n);
    expect(chain.storage(address)).toBe("4");
    expect(failureOf(chain.call(address, '"eight"'))).toEqual([]);
    expect([...(chain.sandbox.context(chain.head).bigMap(4n)?.values.values() ?? [])]).toHaveLength(2);
  });

  it("pass copies of big maps on", () => {
    const chain = new ContractChain();
    const keeper = chain.originate(
      `parameter (big_map string nat); storage (big_map string nat); code { CAR; NIL operation; PAIR }`,
      '{ Elt "old" 1 }',
    );
    const giver = chain.originate(
      `parameter address; storage (big_map string nat);
       code { UNPAIR; CONTRACT (big_map string nat); ASSERT_SOME; PUSH mutez 0; DUP 3;
              PUSH (option nat) (Some 9); PUSH string "new"; UPDATE; TRANSFER_TOKENS; NIL operation; SWAP; CONS; PAIR }`,
      '{ Elt "given" 2 }',
    );
    expect([chain.storage(keeper), chain.storage(giver)]).toEqual(["4", "5"]);
    const receipts = chain.call(giver, `"${keeper}"`);
    expect(failureOf(receipts)).toEqual([]);
    expect(chain.storage(keeper)).toBe("6");
    const values = (id: bigint) =>
      [...(chain.sandbox.context(chain.head).bigMap(id)?.values.values() ?? [])].map(textOf).sort();
    expect([values(5n), values(6n)]).toEqual([["2"], ["2", "9"]]);
    expect(chain.sandbox.context(chain.head).bigMap(4n)).toBeUndefined();
    expect(said("transaction", receipts)).toMatchObject({
      lazyStorageDiff: [
        { id: -1n, diff: { action: "copy", source: 5n } },
        { id: 5n, diff: { action: "update", updates: [] } },
      ],
    });
    expect(internalsOf(receipts)).toMatchObject([
      {
        result: {
          applied: {
            lazyStorageDiff: [
              { id: 4n, diff: { action: "remove" } },
              { id: 6n, diff: { action: "copy", source: -1n } },
            ],
          },
        },
      },
    ]);
  });

  it("cannot be given big maps of others by users", () => {
    const chain = new ContractChain();
    const keeper = chain.originate(
      `parameter (big_map string nat); storage (big_map string nat); code { CAR; NIL operation; PAIR }`,
      "{}",
    );
    expect(failureOf(chain.call(keeper, "4"))).toContain("michelson_v1.unexpected_forged_value");
  });

  it("emit events", () => {
    const chain = new ContractChain();
    const crier = chain.originate(
      `parameter nat; storage unit;
       code { UNPAIR; EMIT %heard nat; NIL operation; SWAP; CONS; UNIT; EMIT; CONS; PAIR }`,
      "Unit",
    );
    const events = internalsOf(chain.call(crier, "3"));
    // Numbered as they were made.
    expect(events).toMatchObject([
      { kind: "event", source: crier, nonce: 1, type: { prim: "unit" } },
      { kind: "event", source: crier, nonce: 0, type: { prim: "nat" }, tag: "heard", payload: { int: "3" } },
    ]);
    expect(events[0]).not.toHaveProperty("payload");
    expect(events[0]).not.toHaveProperty("tag");
  });

  it("cannot emit an operation twice", () => {
    const chain = new ContractChain();
    const echo = chain.originate(
      "parameter unit; storage unit; code { CDR; UNIT; EMIT; DUP; DIP { NIL operation; SWAP; CONS }; CONS; PAIR }",
      "Unit",
    );
    expect(failureOf(chain.call(echo, "Unit"))).toEqual(["internal_operation_replay"]);
  });

  it("choose their delegates", () => {
    const chain = new ContractChain();
    const chooser = chain.originate(
      `parameter (option key_hash); storage unit;
       code { CAR; SET_DELEGATE; UNIT; NIL operation; DIG 2; CONS; PAIR }`,
      "Unit",
    );
    expect(failureOf(chain.call(chooser, `(Some "${BOB.address}")`))).toEqual([]);
    expect(chain.sandbox.context(chain.head).delegate(chooser)).toBe(BOB.address);
    expect(failureOf(chain.call(chooser, "None"))).toEqual([]);
    expect(chain.sandbox.context(chain.head).delegate(chooser)).toBeUndefined();
  });

  it("undo everything when one they call fails", () => {
    const chain = new ContractChain();
    const failing = chain.originate("parameter string; storage unit; code { CAR; FAILWITH }", "Unit");
    const caller = chain.originate(
      `parameter string; storage string;
       code { CAR; DUP; PUSH address "${failing}"; CONTRACT string; ASSERT_SOME; PUSH mutez 0; DIG 2; TRANSFER_TOKENS;
              NIL operation; SWAP; CONS; PAIR }`,
      '""',
    );
    const receipts = chain.call(caller, '"x"');
    expect(failureOf(receipts)).toEqual(["michelson_v1.runtime_error", "michelson_v1.script_rejected"]);
    expect(receipts[0]?.metadata.operationResult.status).toBe("backtracked");
    expect(chain.storage(caller)).toBe('""');
  });

  it("are paid for the same, whoever called them before", () => {
    const chain = new ContractChain();
    const register = chain.originate(REGISTER, `(Pair "${ALICE.address}" {})`);
    const costs = Array.from({ length: 3 }, (_, i) => {
      const receipts = chain.call(register, '(Pair "a" (Some 1))');
      return i === 0 ? 0n : said("transaction", receipts).consumedMilligas;
    });
    expect(costs[1]).toBe(costs[2]);
    expect(Number(costs[1])).toBeGreaterThan(1_000_000);
  });

  it("take bytes as the chain counts them", () => {
    const chain = new ContractChain();
    const register = chain.originate(REGISTER, `(Pair "${ALICE.address}" {})`);
    const { script, usedBytes } = chain.sandbox.context(chain.head).contract(register) ?? {};
    if (script === undefined) throw new Error("no contract");
    const size = [script.code, script.storage].reduce((sum, each) => sum + 4 + encode(michelineCodec, each).length, 33);
    expect(usedBytes).toBe(BigInt(size));
    expect(toHex(encode(michelineCodec, script.storage))).toMatch(/^07070a00000016/);
  });
});
