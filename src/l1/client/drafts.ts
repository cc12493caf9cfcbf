// Manager operations before everything about them is known: what they do, and those of fee and limits that somebody chose.

import { ByteWriter, encode } from "../../encoding/binary.js";
import type { PublicKeyHash } from "../../protocol/identifiers.js";
import { contentForm, type ManagerContent } from "../../protocol/operation-contents.js";

/** What an account adds to what it does. */
export type ManagerField = "source" | "fee" | "counter" | "gasLimit" | "storageLimit";

type WithoutManagerFields<T> = T extends unknown ? Omit<T, ManagerField> : never;

/** What an operation does: kind and fields of its own. */
export type OperationBody = WithoutManagerFields<ManagerContent>;

/** Undefined: to be found out by simulation. */
export interface Limits {
  /** Mutez. */
  readonly fee?: bigint;
  readonly gasLimit?: bigint;
  /** Bytes. */
  readonly storageLimit?: bigint;
}

export interface Draft extends Limits {
  readonly body: OperationBody;
}

/** The content of a draft. Limits that are not known count as `otherwise`. */
export function contentOf(
  { body, fee, gasLimit, storageLimit }: Draft,
  source: PublicKeyHash,
  counter: bigint,
  otherwise: Required<Limits> = { fee: 0n, gasLimit: 0n, storageLimit: 0n },
): ManagerContent {
  return {
    ...body,
    source,
    counter,
    fee: fee ?? otherwise.fee,
    gasLimit: gasLimit ?? otherwise.gasLimit,
    storageLimit: storageLimit ?? otherwise.storageLimit,
  } as ManagerContent; // a body with the fields it lacks
}

/** Bytes of a content, its tag included. Raises EncodeError. */
export function contentBytes(content: ManagerContent): number {
  const w = new ByteWriter();
  contentForm.write(w, content);
  return w.length;
}

/** The largest amounts that numbers of each size stand for: what limits cost in bytes at most. */
const WIDE: Required<Limits> = { fee: 2n ** 28n, gasLimit: 2n ** 20n, storageLimit: 2n ** 17n };

/** Most bytes that a draft will have as content: for filling operations up. Raises EncodeError. */
export function draftBytes(draft: Draft, source: PublicKeyHash): number {
  return encode(contentForm, contentOf(draft, source, 2n ** 34n, WIDE)).length;
}
