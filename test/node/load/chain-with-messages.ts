// A sandbox chain whose blocks can hold ten thousand messages: accounts enough, since a block has one operation of each.

import { RpcServer } from "../../../src/l1/sandbox/rpc/server.js";
import { SANDBOX_CONSTANTS } from "../../../src/protocol/constants.js";
import { type Account, ALICE, CAROL, DAVE, EVE, freshAccount, TestChain } from "../../l1/sandbox/chain.js";

const FRESH_ACCOUNTS = 15;
const MUTEZ = 1_000_000n;
/** Most bytes of an operation's messages, with their lengths: it has 32,768 in all. */
const OPERATION_BYTES = 32_000;
const LENGTH_BYTES = 4;

export interface MessageChain {
  readonly chain: TestChain;
  readonly endpoint: string;
  close(): Promise<void>;
}

/** Served over HTTP. The accounts have money and known keys. */
export async function startMessageChain(
  options: ConstructorParameters<typeof TestChain>[0] = { constants: SANDBOX_CONSTANTS },
): Promise<MessageChain> {
  const chain = new TestChain(options);
  chain.bake(2);
  for (const account of FRESH) {
    chain.apply(ALICE, { kind: "transaction", amount: 1000n * MUTEZ, destination: account.address });
    chain.apply(account, { kind: "reveal", publicKey: account.publicKey });
  }
  const bugs: unknown[] = [];
  const server = new RpcServer(chain.sandbox, { onBug: (error) => bugs.push(error) });
  const endpoint = await server.listen();
  return {
    chain,
    endpoint,
    async close() {
      await server.close();
      if (bugs.length > 0) throw new AggregateError(bugs, "bugs of the sandbox");
    },
  };
}

const FRESH: readonly Account[] = Array.from({ length: FRESH_ACCOUNTS }, (_, i) => freshAccount(`sender${i}`));
/** BOB is left out: he is the operator. */
export const SENDERS: readonly Account[] = [ALICE, CAROL, DAVE, EVE, ...FRESH];

/** Messages that are all different. */
export function madeUpMessages(count: number, bytes: number, salt = 0): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => {
    const message = new Uint8Array(bytes).fill(salt & 0xff);
    new DataView(message.buffer).setUint32(0, i);
    return message;
  });
}

/** Puts messages into the pool, in order, each account's operation as full as it can be. Raises RangeError when they do not fit. */
export function injectMessages(chain: TestChain, messages: readonly Uint8Array[]): number {
  let at = 0;
  let operations = 0;
  for (const sender of SENDERS) {
    if (at >= messages.length) break;
    const from = at;
    let size = 0;
    for (; at < messages.length; at++) {
      const more = LENGTH_BYTES + (messages[at] as Uint8Array).length; // in bounds
      if (size + more > OPERATION_BYTES) break;
      size += more;
    }
    chain.inject(sender, {
      kind: "smart_rollup_add_messages",
      messages: messages.slice(from, at),
      fee: 100_000n,
      gasLimit: 60_000n,
    });
    operations++;
  }
  if (at < messages.length) throw new RangeError(`${messages.length} messages do not fit into a block`);
  return operations;
}
