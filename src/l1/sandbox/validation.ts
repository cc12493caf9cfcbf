// Whether a group of manager operations may be in a block at all (protocol.md §7.4; order of checks: the reference's validate.ml). A
// group that passes is included and pays its fees, whatever becomes of it; what only applying it can tell is in application.ts.
// Keys of tz4 and tz5 are not supported: their signatures count as wrong.

import { addressOf, KeyError, parsePublicKey, verify } from "../../crypto/keys.js";
import { encode } from "../../encoding/binary.js";
import { michelineCodec, UNIT } from "../../encoding/micheline.js";
import { ProtocolError, traced } from "../../protocol/errors.js";
import { type PublicKey, type PublicKeyHash, publicKeyHash } from "../../protocol/identifiers.js";
import type { ContentOf, ManagerContent } from "../../protocol/operation-contents.js";
import { balanceAfterSpending, checkEmptiable, isKeptEmpty } from "./balances.js";
import type { ChainState } from "./chain-state.js";
import { checkGameStart } from "./conflicts.js";
import { decodingGas, GasMeter, MANAGER_OPERATION_GAS, signatureCheckGas } from "./gas.js";
import type { IncomingOperation } from "./incoming-operation.js";

/** What a group is validated against. */
export interface ValidationContext {
  /** The state before the block. */
  readonly state: ChainState;
  /** Level of the block. */
  readonly level: number;
  /** Gas left in the block, in units; that of a whole block for the mempool. */
  readonly blockGas: bigint;
  /** In the mempool, a group too big for any block is refused for good. */
  readonly mempool: boolean;
  readonly checkSignature: boolean;
}

/** A group that may be included. */
export interface ValidatedGroup {
  readonly source: PublicKeyHash;
  readonly key: PublicKey;
  /** Sum of the gas limits. */
  readonly gas: bigint;
}

/** Raises ProtocolError for the first check that fails. */
export function validateGroup(context: ValidationContext, incoming: IncomingOperation): ValidatedGroup {
  const { contents } = incoming;
  const [first] = contents;
  if (first === undefined) throw new TypeError("an operation has contents");
  checkConsistency(contents);
  const account = context.state.accounts.get(first.source);
  if (account === undefined) throw new ProtocolError("implicit.empty_implicit_contract", { implicit: first.source });
  checkCounter(first, account.counter);
  const key = first.kind === "reveal" ? first.publicKey : account.publicKey;
  if (key === undefined) throw new ProtocolError("contract.unrevealed_key", { contract: first.source });
  const gas = checkContents(context, contents, account.balance, signatureCheckGas(key, incoming.unsignedBytes.length));
  if (context.checkSignature) checkSignature(key, incoming);
  return { source: first.source, key, gas };
}

/** One source, consecutive counters, a reveal in the first place only. */
function checkConsistency(contents: readonly ManagerContent[]): void {
  let previous: ManagerContent | undefined;
  for (const content of contents) {
    if (previous !== undefined) {
      const { source, counter } = previous;
      if (content.source !== source) {
        throw new ProtocolError("validate.operation.inconsistent_sources", {
          firstSource: source,
          unexpectedSource: content.source,
        });
      }
      if (content.counter !== counter + 1n) {
        throw new ProtocolError("validate.operation.inconsistent_counters", {
          source,
          previousCounter: counter,
          wrongCounter: content.counter,
        });
      }
      if (content.kind === "reveal") throw new ProtocolError("validate.operation.incorrect_reveal_position", {});
    }
    previous = content;
  }
}

function checkCounter({ source, counter: found }: ManagerContent, lastCounter: bigint): void {
  const expected = lastCounter + 1n;
  const fields = { contract: source, expected, found };
  if (found < expected) throw new ProtocolError("contract.counter_in_the_past", fields);
  if (found > expected) throw new ProtocolError("contract.counter_in_the_future", fields);
}

/** Limits and fees of each operation, and what its kind asks for. Gives the sum of the gas limits. */
function checkContents(
  context: ValidationContext,
  contents: readonly ManagerContent[],
  firstBalance: bigint,
  signatureGas: number,
): bigint {
  let balance = firstBalance;
  let isThere = true;
  let total = 0n;
  for (const [i, content] of contents.entries()) {
    total += content.gasLimit;
    checkGasLimits(context, content.gasLimit, total);
    const gas = new GasMeter(content.gasLimit);
    traced(
      () => new ProtocolError("validate.operation.insufficient_gas_for_manager", {}),
      () => gas.consume(MANAGER_OPERATION_GAS + (i === 0 ? signatureGas : 0)),
    );
    const { source, fee, storageLimit } = content;
    if (storageLimit > context.state.constants.hardStorageLimitPerOperation) {
      throw new ProtocolError("storage_limit_too_high", {});
    }
    if (!isThere) throw new ProtocolError("implicit.empty_implicit_contract", { implicit: source });
    checkKind(context, content, gas);
    balance = balanceAfterSpending(source, balance, fee);
    if (balance === 0n) {
      checkEmptiable(context.state, source);
      isThere = isKeptEmpty(context.state, source);
    }
  }
  return total;
}

function checkGasLimits({ state, blockGas, mempool }: ValidationContext, limit: bigint, total: bigint): void {
  if (limit > state.constants.hardGasLimitPerOperation) throw new ProtocolError("gas_limit_too_high", {});
  if (total <= blockGas) return;
  const exhausted = new ProtocolError("gas_exhausted.block", {});
  throw mempool ? new ProtocolError("gas_limit_too_high", {}, [exhausted]) : exhausted;
}

function checkKind(context: ValidationContext, content: ManagerContent, gas: GasMeter): void {
  const { constants } = context.state;
  switch (content.kind) {
    case "reveal":
      checkRevealedKey(content);
      return;
    case "transaction":
      checkDecodingGas(gas, content.parameters?.value.bytes ?? UNIT_BYTES);
      return;
    case "origination":
      checkDecodingGas(gas, content.script.code.bytes);
      checkDecodingGas(gas, content.script.storage.bytes);
      return;
    case "transfer_ticket":
      checkDecodingGas(gas, content.ticketContents.bytes);
      checkDecodingGas(gas, content.ticketType.bytes);
      return;
    case "smart_rollup_originate":
      if (content.pvmKind === "arith" && !constants.smartRollupArithPvmEnable) {
        throw new ProtocolError("operation.arith_pvm_disabled", {});
      }
      if (content.pvmKind === "riscv" && !constants.smartRollupRiscvPvmEnable) {
        throw new ProtocolError("operation.riscv_pvm_disabled", {});
      }
      return;
    case "smart_rollup_add_messages":
      if (content.messages.length === 0) throw new ProtocolError("smart_rollup_add_zero_messages", {});
      return;
    case "smart_rollup_refute":
      if (content.refutation.kind === "start") {
        checkGameStart(context.state, context.level, {
          rollup: content.rollup,
          refuter: content.source,
          refuterCommitment: content.refutation.playerCommitmentHash,
          defender: content.opponent,
          defenderCommitment: content.refutation.opponentCommitmentHash,
        });
      }
      return;
    default:
      return;
  }
}

const UNIT_BYTES = encode(michelineCodec, UNIT);

/** The operation's gas must cover the reading of its expressions. */
function checkDecodingGas(gas: GasMeter, bytes: Uint8Array): void {
  traced(
    () => new ProtocolError("validate.operation.gas_quota_exceeded_init_deserialize", {}),
    () => gas.consume(decodingGas(bytes.length)),
  );
}

function checkRevealedKey({ publicKey, source }: ContentOf<"reveal">): void {
  const provided = hashOfKey(publicKey);
  if (provided === source) return;
  throw new ProtocolError("contract.manager.inconsistent_hash", {
    publicKey,
    expectedHash: source,
    providedHash: provided ?? source,
  });
}

/** The account of a key; undefined for one that is not supported, or no key at all (a point off its curve). */
function hashOfKey(key: PublicKey): PublicKeyHash | undefined {
  try {
    return publicKeyHash(addressOf(parsePublicKey(key)));
  } catch (error) {
    if (error instanceof KeyError) return undefined;
    throw error;
  }
}

function checkSignature(key: PublicKey, { operation, unsignedBytes }: IncomingOperation): void {
  const { signature } = operation;
  if (signature === undefined) throw new ProtocolError("operation.missing_signature", {});
  if (!isSignedBy(key, signature, unsignedBytes)) throw new ProtocolError("operation.invalid_signature", {});
}

function isSignedBy(key: PublicKey, signature: Uint8Array, unsignedBytes: Uint8Array): boolean {
  try {
    return verify(parsePublicKey(key), { bytes: signature }, unsignedBytes);
  } catch (error) {
    if (error instanceof KeyError) return false;
    throw error;
  }
}
