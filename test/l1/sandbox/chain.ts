// A sandbox chain for tests, and accounts that sign what they send: operations are made with right counters, generous limits and a
// fee, unless a test says otherwise.

import { blake2b256 } from "../../../src/crypto/blake2b.js";
import {
  addressOf,
  parseSecretKey,
  printPublicKey,
  type SecretKey,
  secretKeyFromBytes,
  sign,
} from "../../../src/crypto/keys.js";
import { toHex } from "../../../src/encoding/hex.js";
import type { Json } from "../../../src/encoding/json.js";
import type { Block } from "../../../src/l1/sandbox/block.js";
import { BOOTSTRAP_KEYS } from "../../../src/l1/sandbox/bootstrap.js";
import { OperationRefused } from "../../../src/l1/sandbox/errors.js";
import { Sandbox, type SandboxOptions } from "../../../src/l1/sandbox/sandbox.js";
import { type Constants, overrideConstants, SANDBOX_CONSTANTS } from "../../../src/protocol/constants.js";
import { readPrintedError } from "../../../src/protocol/errors.js";
import {
  type BlockHash,
  type OperationHash,
  type PublicKey,
  type PublicKeyHash,
  publicKeyHash,
  type Signature,
} from "../../../src/protocol/identifiers.js";
import type { ManagerKind } from "../../../src/protocol/manager-contents.js";
import { encodeOperation, encodeUnsigned, type Operation } from "../../../src/protocol/operation.js";
import type { ManagerContent } from "../../../src/protocol/operation-contents.js";
import type { ContentReceipt } from "../../../src/protocol/receipt.js";

/** A content without what every manager operation has. */
export type Draft<K extends ManagerKind = ManagerKind> = K extends ManagerKind
  ? DraftOf<Extract<ManagerContent, { readonly kind: K }>>
  : never;

type Common = "source" | "fee" | "counter" | "gasLimit" | "storageLimit";
type DraftOf<C extends ManagerContent> = Omit<C, Common> & Partial<Pick<C, Common>>;

export interface Account {
  readonly alias: string;
  readonly key: SecretKey;
  readonly address: PublicKeyHash;
  readonly publicKey: PublicKey;
}

export function accountOf(alias: string, key: SecretKey): Account {
  return {
    alias,
    key,
    address: publicKeyHash(addressOf(key.publicKey)),
    publicKey: printPublicKey(key.publicKey) as PublicKey,
  };
}

/** An account that nobody has sent anything to yet. */
export function freshAccount(alias: string, curve: "ed25519" | "secp256k1" | "p256" = "ed25519"): Account {
  return accountOf(alias, secretKeyFromBytes(curve, blake2b256(new TextEncoder().encode(`key of ${alias}`))));
}

const accounts = BOOTSTRAP_KEYS.map(({ alias, secretKey }) => accountOf(alias, secretKey));
export const [ALICE, BOB, CAROL, DAVE, EVE] = accounts as [Account, Account, Account, Account, Account];

/** Constants of a sandbox in which things happen soon. */
export const QUICK: Constants = overrideConstants(SANDBOX_CONSTANTS, {
  smart_rollup_commitment_period_in_blocks: 3,
  smart_rollup_challenge_window_in_blocks: 5,
  smart_rollup_timeout_period_in_blocks: 10,
  smart_rollup_max_lookahead_in_blocks: 60,
  smart_rollup_max_active_outbox_levels: 20,
  max_operations_time_to_live: 120,
});

const GENEROUS = { fee: 10_000n, gasLimit: 100_000n, storageLimit: 20_000n };

export interface SendOptions {
  readonly branch?: BlockHash;
  /** Who signs, instead of the sender; null: nobody. */
  readonly signer?: Account | null;
}

export class TestChain {
  readonly sandbox: Sandbox;

  /** A new chain, or one that is there. */
  constructor(options: SandboxOptions | Sandbox = {}) {
    this.sandbox = options instanceof Sandbox ? options : new Sandbox({ constants: QUICK, ...options });
  }

  get head(): Block {
    return this.sandbox.head;
  }

  get level(): number {
    return this.head.shell.level;
  }

  bake(count = 1): Block {
    return this.sandbox.bakeMany(count);
  }

  bakeTo(level: number): Block {
    while (this.level < level) this.sandbox.bake();
    return this.head;
  }

  balance(account: Account): bigint {
    return this.sandbox.context(this.head).balance(account.address) ?? 0n;
  }

  bonds(account: Account): bigint {
    return this.sandbox.context(this.head).frozenBonds(account.address);
  }

  /** Contents with the next counters of the account. */
  contents(sender: Account, drafts: readonly Draft[]): ManagerContent[] {
    const first = this.sandbox.context(this.head).counter(sender.address) + 1n;
    return drafts.map((draft, i) => {
      const common = { ...GENEROUS, source: sender.address, counter: first + BigInt(i) };
      return { ...common, ...draft } as ManagerContent; // a draft has the rest
    });
  }

  operation(sender: Account, drafts: readonly Draft[], options: SendOptions = {}): Operation {
    const unsigned = { branch: options.branch ?? this.head.hash, contents: this.contents(sender, drafts) };
    const signer = options.signer === undefined ? sender : options.signer;
    if (signer === null) return unsigned;
    return { ...unsigned, signature: sign(signer.key, encodeUnsigned(unsigned)).bytes as Signature };
  }

  forge(sender: Account, drafts: readonly Draft[], options: SendOptions = {}): Uint8Array {
    return encodeOperation(this.operation(sender, drafts, options));
  }

  inject(sender: Account, ...drafts: readonly Draft[]): OperationHash {
    return this.sandbox.inject(this.forge(sender, drafts));
  }

  /** Sends, bakes, and gives what became of each. */
  send(sender: Account, ...drafts: readonly Draft[]): readonly ContentReceipt[] {
    const hash = this.inject(sender, ...drafts);
    const block = this.sandbox.bake();
    const included = block.operations.find((each) => toHex(each.hash) === toHex(hash));
    if (included === undefined) throw new Error("the operation is not in the block");
    return included.receipts;
  }

  /** The same, for one that must be applied. */
  apply(sender: Account, ...drafts: readonly Draft[]): readonly ContentReceipt[] {
    const receipts = this.send(sender, ...drafts);
    for (const { metadata } of receipts) {
      const { operationResult } = metadata;
      if (operationResult.status !== "applied") throw new Error(`not applied: ${inspect(operationResult)}`);
    }
    return receipts;
  }
}

function inspect(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => (typeof each === "bigint" ? `${each}` : each));
}

/** What an operation of one kind said; it must be applied. */
export function said<K extends ManagerKind>(kind: K, receipts: readonly ContentReceipt[]) {
  const receipt = receipts.find(({ content }) => content.kind === kind);
  if (receipt === undefined) throw new Error(`no ${kind}`);
  const { operationResult } = receipt.metadata;
  if (operationResult.status !== "applied") throw new Error(`not applied: ${inspect(operationResult)}`);
  return operationResult.applied as Extract<typeof operationResult, { status: "applied" }>["applied"] & AppliedOf<K>;
}

type AppliedOf<K extends ManagerKind> = import("../../../src/protocol/receipt.js").Applied<K>;

/** Ids of a trace, without "proto.alpha.". */
export function idsOf(trace: readonly Json[]): string[] {
  return trace.map((json) => readPrintedError(json)?.id ?? "?");
}

/** Ids of the errors with which a call is refused; empty when it is not. */
export function refusalOf(call: () => unknown): string[] {
  try {
    call();
  } catch (error) {
    if (error instanceof OperationRefused) return idsOf(error.trace);
    throw error;
  }
  return [];
}

/** Ids of the errors of the first operation that failed, or was undone with errors of its own. */
export function failureOf(receipts: readonly ContentReceipt[]): string[] {
  for (const { metadata } of receipts) {
    const { operationResult: result } = metadata;
    if (result.status === "failed") return idsOf(result.errors);
    if (result.status === "backtracked" && result.errors !== undefined) return idsOf(result.errors);
    for (const internal of metadata.internalOperationResults) {
      if (internal.result.status === "failed") return idsOf(internal.result.errors);
    }
  }
  return [];
}

export { parseSecretKey };
