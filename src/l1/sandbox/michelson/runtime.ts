// The runtime of contracts: what the chain asks (contract-runtime.ts), answered by the checker and the machine (reference: script_interpreter.ml,
// execute_any_arg). Code on the chain is checked once and kept by its expression; each call pays for the checking all the same.

import type { Micheline } from "../../../encoding/micheline.js";
import { ProtocolError, traced } from "../../../protocol/errors.js";
import type {
  BigMapDiff,
  BigMaps,
  CallContext,
  CallOutcome,
  CallRequest,
  CheckedData,
  ContractRuntime,
  ContractScript,
  GasCounter,
  OriginatedScript,
} from "../contract-runtime.js";
import { bigMapIds, extractBigMaps } from "./big-maps.js";
import { type CheckedScript, Checker } from "./code-checker.js";
import { readExpression } from "./data-reader.js";
import { payForExpression, writeData } from "./data-writer.js";
import { expectEntrypoint, listEntrypoints, type Side } from "./entrypoints.js";
import { Machine } from "./machine.js";
import { locate, NOWHERE } from "./nodes.js";
import { packExpression } from "./packing.js";
import type { Reading } from "./reading.js";
import { parameterOf, readStorageType, splitSections } from "./sections.js";
import { TicketTally, ticketsIn } from "./ticket-tally.js";
import { ALLOWED, parseTypeExpression } from "./type-parser.js";
import { expectSameType, sameType, type Type, writeType } from "./types.js";
import { as, itemsOf, type Operation, or, pair, type Value } from "./values.js";

/** Counts what is spent and stops nobody. */
class SpendingCounter implements GasCounter {
  spent = 0;

  consume(milligas: number): void {
    this.spent += milligas;
  }
}

interface LoadedScript {
  readonly script: CheckedScript;
  /** What checking it costs. */
  readonly milligas: number;
}

function parseData(type: Type, data: Micheline, reading: Reading): Value {
  return traced(
    () => new ProtocolError("michelson_v1.ill_typed_data", { expectedType: writeType(type), illTypedExpression: data }),
    () => readExpression(type, data, reading),
  );
}

/** For what the chain keeps, which was checked before. */
function trusting(gas: GasCounter, tools: Checker): Reading {
  return { gas, tools, tickets: true, bigMaps: "unchecked", chain: "unchecked" };
}

export class MichelsonRuntime implements ContractRuntime {
  readonly #loaded = new WeakMap<object, LoadedScript>();

  #load(code: Micheline, gas: GasCounter): CheckedScript {
    let loaded = this.#loaded.get(code);
    if (loaded === undefined) {
      const counter = new SpendingCounter();
      loaded = { script: new Checker(counter).checkWhole(code), milligas: counter.spent };
      this.#loaded.set(code, loaded);
    }
    gas.consume(loaded.milligas);
    return loaded.script;
  }

  originate(
    given: { readonly code: Micheline; readonly storage: Micheline },
    gas: GasCounter,
    bigMaps?: BigMaps,
  ): OriginatedScript {
    const checker = new Checker(gas);
    const { storageType } = checker.checkWhole(given.code);
    const reading: Reading = { gas, tools: checker, tickets: false, bigMaps: undefined, chain: "unchecked" };
    const storage = parseData(storageType, given.storage, reading);
    const { value, diffs } = extractBigMaps(storageType, storage, {
      gas,
      tools: checker,
      bigMaps,
      temporary: false,
      toDuplicate: new Set(),
      toUpdate: new Set(),
    });
    const code = checker.rewrite(given.code, "Optimized");
    payForExpression(gas, code);
    const written = writeStorage(storageType, value, checker);
    return { code, storage: written, bigMapDiffs: diffs };
  }

  adopt({ code, storage }: ContractScript, gas: GasCounter, bigMaps: BigMaps): OriginatedScript {
    const tools = new Checker(gas);
    const { storageType } = this.#load(code, gas);
    const value = parseData(storageType, storage, trusting(gas, tools));
    const extraction = extractBigMaps(storageType, value, {
      gas,
      tools,
      bigMaps,
      temporary: false,
      toDuplicate: bigMapIds(storageType, value),
      toUpdate: new Set(),
    });
    const written = writeStorage(storageType, extraction.value, tools);
    return { code, storage: written, bigMapDiffs: extraction.diffs };
  }

  call(request: CallRequest): CallOutcome {
    const { context } = request;
    const { gas, bigMaps } = context;
    const script = this.#load(request.script.code, gas);
    const tools = new Checker(gas);
    const access = { gas, tools, bigMaps };
    const { storageType, parameter } = script;
    const oldStorage = parseData(storageType, request.script.storage, {
      ...trusting(gas, tools),
      bigMaps: bigMaps ?? "unchecked",
    });
    const argument = readArgument(script, request, tools);
    const argumentTickets = ticketsIn(parameter.type, argument, access);
    const { operations, storage } = run(script, context, tools, pair(argument, oldStorage));
    const extraction = extractBigMaps(storageType, storage, {
      ...access,
      temporary: false,
      toDuplicate: bigMapIds(parameter.type, argument),
      toUpdate: bigMapIds(storageType, oldStorage),
    });
    const tally = new TicketTally(access);
    tally.add(storageType, storage, 1n, "left");
    tally.add(storageType, oldStorage, -1n, "left");
    for (const diff of extraction.diffs) tally.addDiff(diff);
    const bigMapDiffs: BigMapDiff[] = [...operations.flatMap((operation) => operation.bigMaps), ...extraction.diffs];
    return {
      storage: writeStorage(storageType, extraction.value, tools),
      operations: operations.map(({ nonce, operation }) => ({ nonce, operation })),
      storedTickets: tally.amounts(),
      argumentTickets,
      ...(bigMapDiffs.length === 0 ? {} : { bigMapDiffs }),
    };
  }

  entrypoints(code: Micheline): ReadonlyMap<string, Micheline> {
    return new Map([...listEntrypoints(parameterOf(code))].map(([name, { written }]) => [name, written]));
  }

  entrypointType(code: Micheline, entrypoint: string): Micheline {
    return expectEntrypoint(parameterOf(code), entrypoint).written;
  }

  storageType(code: Micheline): Micheline {
    const script = locate(code);
    const sections = splitSections(script);
    readStorageType(script, sections);
    return sections.storage.source;
  }

  typesEqual(a: Micheline, b: Micheline): boolean {
    return sameType(parseTypeExpression(a, ALLOWED.any), parseTypeExpression(b, ALLOWED.any));
  }

  checkData(
    typeExpression: Micheline,
    value: Micheline,
    gas: GasCounter,
    options: { readonly tickets: boolean },
  ): CheckedData {
    const type = parseTypeExpression(typeExpression, ALLOWED.passable);
    const tools = new Checker(gas);
    const reading: Reading = { gas, tools, tickets: options.tickets, bigMaps: "unchecked", chain: "unchecked" };
    const read = readExpression(type, value, reading);
    const written = writeData(type, read, { mode: "Optimized", tools });
    payForExpression(gas, written);
    return { value: written, tickets: ticketsIn(type, read, { gas, tools, bigMaps: undefined }) };
  }

  pack(typeExpression: Micheline, value: Micheline, gas: GasCounter): Uint8Array {
    const type = parseTypeExpression(typeExpression, ALLOWED.packable);
    const tools = new Checker(gas);
    const reading: Reading = { gas, tools, tickets: false, bigMaps: undefined, chain: "unchecked" };
    const written = writeData(type, readExpression(type, value, reading), { mode: "Optimized_legacy", tools });
    payForExpression(gas, written);
    return packExpression(written);
  }

  bigMapIds({ code, storage }: ContractScript): readonly bigint[] {
    const gas = new SpendingCounter();
    const { storageType } = this.#load(code, gas);
    return [...bigMapIds(storageType, readExpression(storageType, storage, trusting(gas, new Checker(gas))))];
  }

  readable(typeExpression: Micheline, value: Micheline): Micheline {
    const type = parseTypeExpression(typeExpression, ALLOWED.passable);
    const gas = new SpendingCounter();
    const tools = new Checker(gas);
    return writeData(type, readExpression(type, value, trusting(gas, tools)), { mode: "Readable", tools });
  }
}

function writeStorage(type: Type, storage: Value, tools: Checker): Micheline {
  return traced(
    () => new ProtocolError("michelson_v1.cannot_serialize_storage", {}),
    () => {
      const written = writeData(type, storage, { mode: "Optimized", tools });
      payForExpression(tools.gas, written);
      return written;
    },
  );
}

// ---- Calling

/** The argument of the code: the parameter, brought to where its entrypoint lies. */
function readArgument({ parameter }: CheckedScript, request: CallRequest, tools: Checker): Value {
  const { context, entrypoint, parameterType, internal } = request;
  return traced(
    () => new ProtocolError("michelson_v1.bad_contract_parameter", { contract: context.self }),
    () => {
      const { type, path } = expectEntrypoint(parameter, entrypoint);
      if (parameterType !== undefined) {
        expectSameType(NOWHERE, type, parseTypeExpression(parameterType, ALLOWED.passable));
      }
      const value = readExpression(type, request.parameter, {
        gas: context.gas,
        tools,
        tickets: internal,
        bigMaps: internal ? context.bigMaps : undefined,
        // Code of a contract that made the value looked its contracts up.
        chain: parameterType === undefined ? context.chain : "unchecked",
      });
      return path.reduceRight<Value>((inner: Value, side: Side) => or(side, inner), value);
    },
  );
}

interface RunResult {
  readonly operations: readonly Operation[];
  readonly storage: Value;
}

function run({ code }: CheckedScript, context: CallContext, tools: Checker, input: Value): RunResult {
  const { left, right } = traced(
    () => new ProtocolError("michelson_v1.runtime_error", { contractHandle: context.self, contractCode: "Deprecated" }),
    () => as("pair", new Machine(context, tools).run(code, input)),
  );
  return { operations: itemsOf(as("list", left)).map((operation) => as("operation", operation)), storage: right };
}
