// How words of the command line become values: amounts, numbers, names and addresses, files; with octez-client's words for
// what cannot be read.

import { decodeBase58Check, isBase58Check } from "../../encoding/base58check.js";
import { fromHex } from "../../encoding/hex.js";
import { JsonError } from "../../encoding/json.js";
import { parseRational, type Rational } from "../../l1/client/fees.js";
import { entrypointForm } from "../../protocol/entrypoint.js";
import {
  type CommitmentHash,
  type Contract,
  type ContractHash,
  contractForm,
  type PublicKeyHash,
  publicKeyHashForm,
  type RollupAddress,
  type StateHash,
} from "../../protocol/identifiers.js";
import { BadValue, type Parameter } from "../phrase-parser.js";
import type { ClientContext } from "./context.js";
import { fail, fatal, TraceFailure, type TraceItem, traceOf } from "./failures.js";
import { parseTez, TEZ } from "./tez.js";

export type ClientParameter<T> = Parameter<T, ClientContext>;

/** Any word. */
export const anyText: Parameter<string> = { parse: (text) => text };

// ---- Choices of notation

type Reading<T> = readonly [prefix: string, read: (text: string, context: ClientContext) => Promise<T> | T];

/** "prefix:value" for the reading named, or the first reading that works. Raises TraceFailure with the errors of all. */
export function alternatives<T>(readings: readonly Reading<T>[]): ClientParameter<T> {
  return {
    parse: async (text, context) => {
      const colon = text.indexOf(":");
      const named = colon < 0 ? undefined : readings.find(([prefix]) => prefix === text.slice(0, colon));
      if (named !== undefined) return named[1](text.slice(colon + 1), context);
      const errors: TraceItem[] = [];
      for (const [, read] of readings) {
        try {
          return await read(text, context);
        } catch (error) {
          const trace = traceOf(error);
          if (trace === undefined) throw error;
          errors.push(...trace);
        }
      }
      throw new TraceFailure([...errors, "Could not parse input."]);
    },
  };
}

/** A file's text, or the word itself: "file:path", "text:…". */
export function fileOrText<T>(read: (text: string, context: ClientContext) => Promise<T> | T): ClientParameter<T> {
  return alternatives<T>([
    ["file", async (path, context) => read(await context.readText(path), context)],
    ["text", read],
  ]);
}

// ---- Accounts, contracts, rollups

function parseHash(text: string): PublicKeyHash {
  try {
    return publicKeyHashForm.fromJson(text);
  } catch (cause) {
    if (!(cause instanceof JsonError)) throw cause;
    const message = `Failed to read a b58check_encoding data (Signature.Public_key_hash): ${JSON.stringify(text)}`;
    throw new TraceFailure([message], { cause });
  }
}

/** An account: its name, a file with its address, or the address. */
export const account: ClientParameter<PublicKeyHash> = alternatives<PublicKeyHash>([
  ["alias", (name, { wallet }) => wallet.hashes.get(name)],
  ["file", async (path, context) => parseHash((await context.readText(path)).trim())],
  ["text", parseHash],
]);

/** The name of an account. */
export const accountName: ClientParameter<{ readonly name: string; readonly hash: PublicKeyHash }> = {
  parse: async (name, { wallet }) => ({ name, hash: await wallet.hashes.get(name) }),
};

export function parseContract(text: string): Contract {
  try {
    return contractForm.fromJson(text);
  } catch (cause) {
    if (!(cause instanceof JsonError)) throw cause;
    const items = ["bad contract notation", `Invalid contract notation ${JSON.stringify(text)}`];
    throw new TraceFailure(items, { cause });
  }
}

async function findContract(name: string, { wallet }: ClientContext): Promise<Contract> {
  const found = (await wallet.contracts.find(name)) ?? (await wallet.hashes.find(name));
  if (found === undefined) throw new TraceFailure([`no contract or key named ${name}`]);
  return found;
}

/** An account or a contract: its address or its name. */
export const contract: ClientParameter<Contract> = {
  parse: async (text, context) => {
    const [, prefix, rest = ""] = /^(alias|key|text):(.*)$/s.exec(text) ?? [];
    if (prefix === "alias") return findContract(rest, context);
    if (prefix === "key") return context.wallet.hashes.get(rest);
    if (prefix === "text") return parseContract(rest);
    try {
      return parseContract(text);
    } catch (error) {
      if (!(error instanceof TraceFailure)) throw error;
      try {
        return await findContract(text, context);
      } catch (second) {
        throw second instanceof TraceFailure ? new TraceFailure([...error.items, ...second.items]) : second;
      }
    }
  },
};

/** A contract with code. */
export const originatedContract: ClientParameter<ContractHash> = {
  parse: async (text, context) => {
    const found = await contract.parse(text, context);
    if (!found.startsWith("KT1")) throw new TraceFailure([`contract ${text} is an implicit account`]);
    return found as ContractHash; // by its prefix
  },
};

export function parseRollup(text: string): RollupAddress {
  if (!isBase58Check("rollupAddress", text)) throw new TraceFailure(["bad smart rollup address notation"]);
  return text as RollupAddress;
}

/** A rollup: its address or its name. */
export const rollup: ClientParameter<RollupAddress> = alternatives<RollupAddress>([
  ["text", parseRollup],
  ["alias", (name, { wallet }) => wallet.rollups.get(name)],
]);

export const entrypointName: Parameter<string> = {
  parse: (text) => {
    try {
      return entrypointForm.fromJson(text);
    } catch (cause) {
      if (cause instanceof JsonError) return fail(`Invalid entrypoint name: ${text}`, { cause });
      throw cause;
    }
  },
};

// ---- Amounts and numbers

/** `name`: as it stands in the message. */
export function tez(name: string): Parameter<bigint> {
  return {
    parse: (text) => {
      const amount = parseTez(text);
      if (amount === undefined) throw new BadValue(`Invalid ${TEZ} notation in parameter ${name}: '${text}'`);
      return amount;
    },
  };
}

/** As `tez`, failing at once. */
export function tezOrFail(message: string): Parameter<bigint> {
  return { parse: (text) => parseTez(text) ?? fatal(message) };
}

export const nanotez: Parameter<Rational> = {
  parse: (text) => {
    const value = parseRational(text);
    if (value === undefined) throw new BadValue(`invalid minimal fees '${text}'`);
    return value;
  },
};

export const minimalFees: Parameter<bigint> = {
  parse: (text) => {
    const amount = parseTez(text);
    if (amount === undefined) throw new BadValue(`invalid minimal fees '${text}'`);
    return amount;
  },
};

/** A natural number of any size. */
export function natural(otherwise: string): Parameter<bigint> {
  return { parse: (text) => (/^\d{1,60}$/.test(text) ? BigInt(text) : fatal(otherwise)) };
}

/** A natural number of things. */
export const naturalNumber: Parameter<bigint> = natural("Invalid number, must be a non-negative number.");

export const nonNegative: Parameter<number> = {
  parse: (text) =>
    /^\d{1,9}$/.test(text) ? Number(text) : fatal("Parameter should be a non-negative integer literal"),
};

const MAX_LEVEL = 2 ** 31 - 1;

export const level: Parameter<number> = {
  parse: (text) => {
    const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (value <= MAX_LEVEL) return value;
    return fatal(`'${text}' is not a valid level (should be a non-negative int32 value)`);
  },
};

const MAX_TICKS = 2n ** 63n - 1n;

export const numberOfTicks: Parameter<bigint> = {
  parse: (text) => {
    if (!/^-?\d{1,19}$/.test(text)) return fatal(`'${text}' is not valid, should be a int64 value`);
    const ticks = BigInt(text);
    if (ticks >= 0n && ticks <= MAX_TICKS) return ticks;
    return fatal(`Parameter '${text}' is out of bounds, it should be between 0 and ${MAX_TICKS}`);
  },
};

// ---- Hashes and bytes

export const commitmentHash: Parameter<CommitmentHash> = {
  parse: (text) =>
    isBase58Check("commitmentHash", text)
      ? (decodeBase58Check("commitmentHash", text) as CommitmentHash)
      : fatal(`Parameter '${text}' is not a valid B58-encoded rollup commitment hash`),
};

export const stateHash: Parameter<StateHash> = {
  parse: (text) =>
    isBase58Check("stateHash", text)
      ? (decodeBase58Check("stateHash", text) as StateHash)
      : fatal(`Parameter '${text}' is not a valid B58-encoded compressed state`),
};

/** "0x…". */
export const prefixedBytes: Parameter<Uint8Array> = {
  parse: (text) =>
    /^0x([0-9A-Fa-f]{2})*$/.test(text)
      ? fromHex(text.slice(2))
      : fatal("Invalid bytes, expecting hexadecimal notation (e.g. 0x1234abcd)"),
};

/** Hexadecimal digits; undefined for anything else. */
export function hexOrNothing(text: string): Uint8Array | undefined {
  return /^([0-9A-Fa-f]{2})*$/.test(text) ? fromHex(text) : undefined;
}
