// Running scripts without a chain: a context made up, big maps in memory, Michelson as text.

import { emitMicheline, Parser } from "@taquito/michel-codec";
import { decodeBase58Check } from "../../../../src/encoding/base58check.js";
import { isSequence, type Micheline, michelineFromJson } from "../../../../src/encoding/micheline.js";
import type {
  BigMapDiff,
  BigMaps,
  BigMapTypes,
  CallContext,
  CallOutcome,
  ContractScript,
  GasCounter,
} from "../../../../src/l1/sandbox/contract-runtime.js";
import { MichelsonRuntime } from "../../../../src/l1/sandbox/michelson/runtime.js";
import { ProtocolError } from "../../../../src/protocol/errors.js";
import type { ChainId, ContractHash, PublicKeyHash } from "../../../../src/protocol/identifiers.js";

export const SELF = "KT1ThEdxfUcWUwqsdergy3QnbCWGHSUHeHJq" as ContractHash;
export const OTHER = "KT18amZmM5W7qDWVt2pH6uj7sCEd3kbzLrHT" as ContractHash;
export const ALICE = "tz1KqTpEZ7Yob7QbPE4Hy4Wo8fHG8LhKxZSx" as PublicKeyHash;

export const RUNTIME = new MichelsonRuntime();

const parser = new Parser({ expandMacros: true });

/** An expression from text, macros expanded. */
export function michelson(text: string): Micheline {
  const parsed = parser.parseMichelineExpression(/^[A-Za-z]/.test(text) ? `(${text})` : text);
  if (parsed === null) throw new Error(`no expression: ${text}`);
  return michelineFromJson(JSON.parse(JSON.stringify(parsed)));
}

/** A script from text: sections one after the other. */
export function scriptOf(text: string): Micheline {
  const parsed = parser.parseScript(text);
  if (parsed === null) throw new Error("no script");
  return michelineFromJson(JSON.parse(JSON.stringify(parsed)));
}

/** Text on one line. */
export function textOf(expression: Micheline): string {
  const text = emitMicheline(expression as Parameters<typeof emitMicheline>[0]);
  return text.startsWith("(") ? text.slice(1, -1) : text;
}

export function script(parameter: string, storage: string, code: string): Micheline {
  return scriptOf(`parameter (${parameter}); storage (${storage}); code {${code}}`);
}

/** Gas that counts, and runs out at a limit. */
export class Gas implements GasCounter {
  spent = 0;

  constructor(readonly limit = Number.POSITIVE_INFINITY) {}

  consume(milligas: number): void {
    if (!(milligas >= 0)) throw new RangeError(`${milligas} is no amount of gas`);
    this.spent += milligas;
    if (this.spent > this.limit) throw new ProtocolError("gas_exhausted.operation", {});
  }
}

/** Big maps in memory. */
export class MemoryBigMaps implements BigMaps {
  readonly #maps = new Map<bigint, { types: BigMapTypes; values: Map<string, Micheline> }>();
  #next = 4n;
  #nextTemporary = -1n;

  types(id: bigint) {
    return this.#maps.get(id)?.types;
  }

  value(id: bigint, keyHash: string) {
    return this.#maps.get(id)?.values.get(keyHash);
  }

  values(id: bigint) {
    return this.#maps.get(id)?.values.values() ?? [];
  }

  freshId(temporary: boolean) {
    return temporary ? this.#nextTemporary-- : this.#next++;
  }

  apply(diffs: readonly BigMapDiff[]): void {
    for (const { id, action, updates } of diffs) {
      if (action.kind === "alloc") {
        const { keyType, valueType } = action;
        this.#maps.set(id, { types: { keyType, valueType }, values: new Map() });
      } else if (action.kind === "copy") {
        const source = this.#maps.get(action.source);
        if (source === undefined) throw new Error(`no big map ${action.source}`);
        this.#maps.set(id, { types: source.types, values: new Map(source.values) });
      } else if (action.kind === "remove") {
        this.#maps.delete(id);
        continue;
      }
      for (const { keyHash, value } of updates) {
        const values = this.#maps.get(id)?.values;
        if (value === undefined) values?.delete(keyHash);
        else values?.set(keyHash, value);
      }
    }
  }
}

export function context(overrides: Partial<CallContext> = {}): CallContext {
  let nonce = 0;
  return {
    self: SELF,
    balance: 4_000_000_000_000n,
    sender: ALICE,
    source: ALICE,
    amount: 50_000n,
    chainId: decodeBase58Check("chainId", "NetXdQprcVkpaWU") as ChainId,
    level: 1,
    now: 1_600_000_000n,
    minimalBlockDelay: 8n,
    chain: { contractCode: () => undefined, rollupParametersType: () => undefined },
    bigMaps: new MemoryBigMaps(),
    gas: new Gas(),
    freshContract: () => OTHER,
    freshNonce: () => nonce++,
    ...overrides,
  };
}

export interface RunOptions {
  readonly context?: Partial<CallContext>;
  readonly entrypoint?: string;
  readonly internal?: boolean;
  /** Instead of the text. */
  readonly parameter?: Micheline;
}

export interface RunResult extends CallOutcome {
  readonly script: ContractScript;
  /** In readable form. */
  readonly shown: Micheline;
}

/** Originates a script and calls it once. */
export function run(code: Micheline, storage: string, input: string, options: RunOptions = {}): RunResult {
  const bigMaps = (options.context?.bigMaps as MemoryBigMaps | undefined) ?? new MemoryBigMaps();
  const whole = context({ bigMaps, ...options.context });
  const originated = RUNTIME.originate({ code, storage: michelson(storage) }, whole.gas, bigMaps);
  bigMaps.apply(originated.bigMapDiffs ?? []);
  const outcome = RUNTIME.call({
    script: originated,
    entrypoint: options.entrypoint ?? "default",
    parameter: options.parameter ?? michelson(input),
    internal: options.internal ?? false,
    context: whole,
  });
  return { ...outcome, script: originated, shown: RUNTIME.readable(RUNTIME.storageType(code), outcome.storage) };
}

/** Runs code on a parameter; gives what it leaves, as text. The code takes the parameter alone and leaves a result. */
export function evaluate(parameter: string, result: string, code: string, input: string, options?: RunOptions): string {
  const whole = script(parameter, `option (${result})`, `CAR; ${code}; SOME; NIL operation; PAIR`);
  const { shown } = run(whole, "None", input, options);
  const [inner] = isSequence(shown) || !("prim" in shown) ? [] : (shown.args ?? []);
  if (inner === undefined) throw new Error("no result");
  return textOf(inner);
}

/** Ids of the trace that `attempt` raises. */
export function traceOf(attempt: () => unknown): string[] {
  try {
    attempt();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return [error, ...error.causes].map(({ id }) => id.replace("michelson_v1.", ""));
  }
  throw new Error("nothing was refused");
}

/** The error itself. */
export function refusal(attempt: () => unknown): ProtocolError {
  try {
    attempt();
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}
