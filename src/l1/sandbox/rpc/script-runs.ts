// Running scripts outside of the chain (reference: RPC.ml of alpha, view_helpers.ml): code that is nowhere (`run_code`) and views in the form
// of entrypoints that call back (`run_view`). What is run sees the chain as it is after a block, and changes nothing.

import { encodeBase58Check } from "../../../encoding/base58check.js";
import { encode } from "../../../encoding/binary.js";
import { textForm } from "../../../encoding/form-leaves.js";
import { toHex } from "../../../encoding/hex.js";
import type { Json } from "../../../encoding/json.js";
import { isSequence, type Micheline, michelineForm } from "../../../encoding/micheline.js";
import {
  type Contract,
  type ContractHash,
  chainIdForm,
  contractForm,
  contractHashForm,
  type OperationHash,
  type PublicKeyHash,
  publicKeyHashForm,
} from "../../../protocol/identifiers.js";
import { lazyStorageDiffForm } from "../../../protocol/lazy-storage-diff.js";
import { contractHashOf } from "../../../protocol/origination.js";
import { mutezForm } from "../../../protocol/quantities.js";
import { timestampForm } from "../../../protocol/timestamp.js";
import { lazyStorageField, OperationBigMaps, type StateHolder } from "../big-maps.js";
import type { ChainState } from "../chain-state.js";
import type { BigMapDiff, CallContext, ContractLookup, ContractRuntime, ContractScript } from "../contract-runtime.js";
import { GasMeter } from "../gas.js";
import { RpcFailure } from "./answer.js";
import type { JsonFields } from "./block-metadata.js";
import { emittedToJson } from "./emitted-json.js";
import { RequestFields, unparsingModeForm } from "./request-fields.js";
import type { BlockCall } from "./services.js";

/** What nobody signs with: an account of zero bytes. */
const NOBODY = encodeBase58Check("tz1", new Uint8Array(20)) as PublicKeyHash;
/** 4,000,000 tez. */
const DEFAULT_BALANCE = 4_000_000_000_000n;
const DEFAULT_ENTRYPOINT = "default";

const RUN_CODE_FIELDS = [
  "script",
  "storage",
  "input",
  "amount",
  "balance",
  "chain_id",
  "source",
  "payer",
  "self",
  "entrypoint",
  "unparsing_mode",
  "gas",
  "now",
  "level",
];

const RUN_VIEW_FIELDS = [
  "contract",
  "entrypoint",
  "input",
  "chain_id",
  "source",
  "payer",
  "gas",
  "unparsing_mode",
  "now",
  "level",
];

/** Contracts of its own that a run makes up: the addresses of what an operation of hash zero would originate. */
class MadeUpContracts {
  #count = 0;
  #nonces = 0;

  next(): ContractHash {
    return contractHashOf(new Uint8Array(32) as OperationHash, this.#count++);
  }

  nonce(): number {
    return this.#nonces++;
  }
}

/** The answer of `helpers/scripts/run_code`. Raises JsonError, ProtocolError. */
export function runCode(call: BlockCall, runtime: ContractRuntime): Json {
  const fields = new RequestFields(call.body(), RUN_CODE_FIELDS);
  const fresh = new MadeUpContracts();
  const self = fields.optional("self", contractHashForm);
  const balance = fields.optional("balance", mutezForm);
  const gas = gasOf(call, fields);
  const script = { code: fields.micheline("script"), storage: fields.micheline("storage") };
  const context = callContext(call, fields, {
    self: self ?? fresh.next(),
    balance: balance ?? (self === undefined ? undefined : call.context.balance(self)) ?? DEFAULT_BALANCE,
    amount: fields.required("amount", mutezForm),
    gas,
    fresh,
  });
  const { storage, operations, bigMapDiffs } = runtime.call({
    script,
    entrypoint: fields.optional("entrypoint", textForm) ?? DEFAULT_ENTRYPOINT,
    parameter: fields.micheline("input"),
    internal: true,
    context,
  });
  const mode = fields.optional("unparsing_mode", unparsingModeForm) ?? "Readable";
  const shown = mode === "Readable" ? runtime.readable(runtime.storageType(script.code), storage) : storage;
  return {
    storage: michelineForm.toJson(shown),
    operations: operations.map(({ operation, nonce }) => emittedToJson(operation, context.self, nonce)),
    ...lazyStorageToJson(bigMapDiffs),
  };
}

function lazyStorageToJson(diffs: readonly BigMapDiff[] | undefined): { readonly lazy_storage_diff?: Json } {
  const { lazyStorageDiff } = lazyStorageField(diffs);
  return lazyStorageDiff === undefined ? {} : { lazy_storage_diff: lazyStorageDiffForm.toJson(lazyStorageDiff) };
}

/** The state after a block, which a run changes for itself alone. */
class ScratchState implements StateHolder {
  constructor(public state: ChainState) {}

  update(change: Partial<ChainState>): void {
    this.state = { ...this.state, ...change };
  }
}

/** The answer of `helpers/scripts/run_view`. Raises JsonError, ProtocolError, RpcFailure. */
export function runView(call: BlockCall, runtime: ContractRuntime): Json {
  const fields = new RequestFields(call.body(), RUN_VIEW_FIELDS);
  const self = fields.required("contract", contractHashForm);
  const entrypoint = fields.required("entrypoint", textForm);
  const mode = fields.required("unparsing_mode", unparsingModeForm);
  const viewed = call.context.contract(self);
  if (viewed === undefined) throw viewFailure(call, "viewedContractHasNoScript");
  const answerType = viewAnswerType(call, entrypoint, runtime.entrypointType(viewed.script.code, entrypoint));
  const fresh = new MadeUpContracts();
  const callback = fresh.next();
  const gas = gasOf(call, fields);
  const context = callContext(call, fields, { self, balance: viewed.balance, amount: 0n, gas, fresh });
  const { operations } = runtime.call({
    script: viewed.script,
    entrypoint,
    parameter: { prim: "Pair", args: [fields.micheline("input"), contractBytes(callback)] },
    internal: true,
    context: { ...context, chain: withContract(context.chain, callback, viewerScript(answerType)) },
  });
  const [{ operation } = {}, ...others] = operations;
  const place = { entrypoint, callback };
  if (operation === undefined) throw viewFailure(call, "viewNeverReturns", place);
  if (operation.kind !== "transaction" || operation.destination !== callback || others.length > 0) {
    throw viewFailure(call, "viewUnexpectedReturn", place);
  }
  const { parameter } = operation;
  return { data: michelineForm.toJson(mode === "Readable" ? runtime.readable(answerType, parameter) : parameter) };
}

const RUN_SCRIPT_VIEW_FIELDS = ["contract", "view", "unlimited_gas", ...RUN_VIEW_FIELDS.slice(2)];

/** `helpers/scripts/run_script_view`: contracts have no views here, since code with views is refused at origination. */
export function runScriptView(call: BlockCall): never {
  const fields = new RequestFields(call.body(), RUN_SCRIPT_VIEW_FIELDS);
  const contract = fields.required("contract", contractHashForm);
  const view = fields.required("view", textForm);
  if (call.context.contract(contract) === undefined) throw viewFailure(call, "viewedContractHasNoScript");
  throw viewFailure(call, "viewNotFound", { contract, view });
}

function viewFailure({ block }: BlockCall, id: string, fields: JsonFields = {}): RpcFailure {
  return new RpcFailure(500, [{ kind: "permanent", id: `proto.${block.nextProtocol.errorName}.${id}`, ...fields }]);
}

function gasOf({ context }: BlockCall, fields: RequestFields): GasMeter {
  const limit = context.constants().hardGasLimitPerOperation;
  const asked = fields.natural("gas");
  return new GasMeter(asked === undefined || asked > limit ? limit : asked);
}

interface RunOptions {
  readonly self: ContractHash;
  readonly balance: bigint;
  readonly amount: bigint;
  readonly gas: GasMeter;
  readonly fresh: MadeUpContracts;
}

function callContext({ block, context }: BlockCall, fields: RequestFields, options: RunOptions): CallContext {
  const { self, balance, amount, gas, fresh } = options;
  const sender = fields.optional("source", contractForm);
  const payer = fields.optional("payer", publicKeyHashForm);
  const { state, shell } = block;
  return {
    self,
    balance,
    sender: sender ?? payer ?? (self as Contract),
    source: payer ?? NOBODY,
    amount,
    chainId: fields.required("chain_id", chainIdForm),
    level: Number(fields.natural("level") ?? BigInt(shell.level)),
    now: fields.optional("now", timestampForm) ?? shell.timestamp + state.constants.minimalBlockDelay,
    minimalBlockDelay: state.constants.minimalBlockDelay,
    chain: {
      contractCode: (contract) => context.contract(contract)?.script.code,
      rollupParametersType: (rollup) => state.rollups.get(rollup)?.parametersType,
    },
    bigMaps: new OperationBigMaps(new ScratchState(state)),
    gas,
    freshContract: () => fresh.next(),
    freshNonce: () => fresh.nonce(),
  };
}

function withContract(chain: ContractLookup, address: ContractHash, { code }: ContractScript): ContractLookup {
  return { ...chain, contractCode: (contract) => (contract === address ? code : chain.contractCode(contract)) };
}

/** What a view calls back: a contract that takes its answer. It is never run. */
function viewerScript(answerType: Micheline): ContractScript {
  const code: Micheline = [
    { prim: "parameter", args: [answerType] },
    { prim: "storage", args: [{ prim: "unit" }] },
    { prim: "code", args: [[{ prim: "FAILWITH" }]] },
  ];
  return { code, storage: { prim: "Unit" } };
}

function contractBytes(contract: ContractHash): Micheline {
  return { bytes: toHex(encode(contractForm, contract)) };
}

/** A view's entrypoint takes a pair of its argument and of a contract that takes its answer. */
function viewAnswerType(call: BlockCall, entrypoint: string, type: Micheline): Micheline {
  if (!isSequence(type) && "prim" in type && type.prim === "pair" && type.args?.length === 2) {
    const [, callback] = type.args;
    if (callback !== undefined && !isSequence(callback) && "prim" in callback && callback.prim === "contract") {
      const [answerType] = callback.args ?? [];
      if (answerType !== undefined) return answerType;
    }
  }
  throw viewFailure(call, "illformedViewType", { entrypoint, type: michelineForm.toJson(type) });
}
