// Gas: what operations consume, in thousandths of a unit (protocol.md §7.3). Exact where the reference's formula needs no more than the
// operation (signature checks, messages, kernels, output proofs); what the reference reads and writes in its storage is not
// modelled, but stands as a round figure an operation, after its regression outputs, so that wallets see plausible amounts.

import { ProtocolError } from "../../protocol/errors.js";
import type { PublicKey } from "../../protocol/identifiers.js";
import type { GasCounter } from "./contract-runtime.js";

export const MILLIGAS_PER_GAS = 1000;

/** Gas of one operation: its limit, and how much is left. */
export class GasMeter implements GasCounter {
  #left: number;

  /** `limit` in units of gas. */
  constructor(readonly limit: bigint) {
    this.#left = Number(limit) * MILLIGAS_PER_GAS;
  }

  /** Thousandths of a unit. */
  get left(): number {
    return this.#left;
  }

  /** Thousandths consumed so far. */
  get consumed(): bigint {
    return this.limit * BigInt(MILLIGAS_PER_GAS) - BigInt(this.#left);
  }

  consume(milligas: number): void {
    if (milligas > this.#left) {
      this.#left = 0;
      throw new ProtocolError("gas_exhausted.operation", {});
    }
    this.#left -= milligas;
  }
}

/** What every manager operation costs, internal ones too. */
export const MANAGER_OPERATION_GAS = 100_000;

const SIGNATURE_GAS = { edpk: 65_800, sppk: 51_600, p2pk: 341_000, BLpk: 1_570_000 } as const;

function signatureGas(key: PublicKey): number {
  const prefix = key.slice(0, 4);
  return prefix in SIGNATURE_GAS ? SIGNATURE_GAS[prefix as keyof typeof SIGNATURE_GAS] : SIGNATURE_GAS.edpk;
}

/** Checking the signature of a group whose unsigned bytes are so many: paid by its first operation. */
export function signatureCheckGas(key: PublicKey, unsignedBytes: number): number {
  return signatureGas(key) + unsignedBytes + (unsignedBytes >> 3) + 32 * unsignedBytes;
}

function hashGas(bytes: number): number {
  return 430 + bytes + (bytes >> 3);
}

/** A skip list cell of index 100,000, whatever the real index: the cost must not depend on what is in the block. */
const INBOX_CELL_GAS = 250 + 57 * 18 + (19 * 18 + 9);

/** Adding an external message of some payload bytes to the inbox. */
export function externalMessageGas(payloadBytes: number): number {
  return 4 * payloadBytes + hashGas(payloadBytes + 1) + INBOX_CELL_GAS;
}

/** Adding a transfer to the inbox. */
export function transferMessageGas(payloadBytes: number, messageBytes: number): number {
  return 33 * payloadBytes + 2 * 70 + hashGas(messageBytes) + INBOX_CELL_GAS;
}

/** Decoding an expression of some bytes. */
export function decodingGas(bytes: number): number {
  return Math.max(10, 20 * bytes);
}

export function originateRollupGas(kernelBytes: number): number {
  return 1_762_000 + 13_550 + Math.ceil(3.5 * kernelBytes);
}

export function outputProofGas(bytes: number): number {
  return 4_200_000 + 7_100 + 6 * bytes + 103_450 + 7 * bytes;
}

/** A dissection of so many states. */
export function dissectionGas(states: number): number {
  return 3_000_000 + states * 400;
}

/** A proof of one tick: ten times the hash of 64 KiB, whatever its size. */
export const PROOF_GAS = 3_000_000 + 10 * hashGas(65_536);

/** The rest, as round figures. */
export const FLAT_GAS = {
  transfer: 2_000_000,
  reveal: 0,
  delegation: 0,
  /** Loading a contract, storing its storage; the runtime counts the running. */
  call: 1_000_000,
  origination: 300_000,
  cement: 4_650_000,
  publish: 6_400_000,
  startGame: 5_000_000,
  timeout: 3_530_000,
  recoverBond: 2_900_000,
  transferTicket: 1_500_000,
  event: 0,
} as const;
