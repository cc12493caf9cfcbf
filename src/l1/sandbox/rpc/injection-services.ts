// `/injection/operation`, and the operations that wait for a block (node.md §9.1 row 30, §9.2; reference: injection_services.ml, prevalidator.ml).
// Only operations that can be in the next block are kept, so the other classes of the mempool are empty.

import { encodeBase58Check } from "../../../encoding/base58check.js";
import { hexFromJson } from "../../../encoding/form-leaves.js";
import { type Json, JsonError } from "../../../encoding/json.js";
import { operationHashForm, protocolHashForm } from "../../../protocol/identifiers.js";
import { operationHash, operationToJson } from "../../../protocol/operation.js";
import { isManagerContent } from "../../../protocol/operation-contents.js";
import { OperationRefused } from "../errors.js";
import { MANAGER_PASS } from "../operations-hash.js";
import type { PendingOperation, Sandbox } from "../sandbox.js";
import { failureError, notFound, RpcFailure, StreamAnswer } from "./answer.js";
import { isChain } from "./arguments.js";
import type { JsonFields } from "./block-metadata.js";
import type { Query } from "./query.js";
import type { Services } from "./services.js";

/** Hears of operations that were injected; gives what ends that. */
export type InjectionListener = () => void;

/** What of the pool tells others that it has changed. */
export class PoolWatch {
  readonly #listeners = new Set<InjectionListener>();

  onInjection(listener: InjectionListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  injected(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

const PASS_RANGE = 0x3fffffff;

export function addInjectionServices(services: Services, watch: PoolWatch): void {
  const { sandbox, chain } = services;
  for (const path of [["injection", "operation"] as const, ["private", "injection", "operation"] as const]) {
    services.add("POST", path, (_args, { query, body }) => {
      query.values("chain", (text) => checkChain(sandbox, text));
      return inject(sandbox, watch, bytesOf(body()));
    });
  }
  const mempool = ["chains", chain, "mempool"] as const;
  services.add("GET", [...mempool, "pending_operations"], (_args, { query }) => pendingToJson(sandbox, query));
  services.add("GET", [...mempool, "monitor_operations"], (_args, { query }) => monitorPool(sandbox, watch, query));
  services.add("GET", [...mempool, "filter"], (_args, { query }) =>
    query.boolean("include_default", true) ? FILTER : {},
  );
}

/** Bounds of a mempool with the default configuration. */
const FILTER: Json = {
  minimal_fees: "100",
  minimal_nanotez_per_gas_unit: ["100", "1"],
  minimal_nanotez_per_byte: ["1000", "1"],
  replace_by_fee_factor: ["21", "20"],
  max_operations: 10_000,
  max_total_bytes: 10_000_000,
};

function checkChain(sandbox: Sandbox, text: string): void {
  if (!isChain(sandbox, text)) throw notFound();
}

/** The bytes of an operation, in hexadecimal. */
function bytesOf(json: unknown): Uint8Array {
  if (typeof json !== "string") throw new JsonError("encoding.json.wrong_type", "a string expected", typeof json);
  return hexFromJson(json);
}

function inject(sandbox: Sandbox, watch: PoolWatch, bytes: Uint8Array): Json {
  const hash = operationHashForm.toJson(injected(sandbox, bytes));
  watch.injected();
  return hash;
}

/** Octez words what its prevalidator refuses; the errors follow, for programs to read. */
function injected(sandbox: Sandbox, bytes: Uint8Array) {
  try {
    return sandbox.inject(bytes);
  } catch (error) {
    if (!(error instanceof OperationRefused) || error.error === undefined) throw error;
    const hash = encodeBase58Check("operationHash", operationHash(bytes));
    const reasons = [error.error, ...error.error.causes].map(({ message }) => `  ${message}`).join("\n");
    const msg = `Error while validating injected operation ${hash}:\nError:\n${reasons}\n`;
    throw new RpcFailure(500, [failureError(msg), ...error.trace]);
  }
}

// ---- The pool

/** Which of the waiting operations a query asks for. */
function filtered(
  operations: readonly PendingOperation[],
  query: Query,
  sourceField: string,
): readonly PendingOperation[] {
  const passes = query.integers("validation_pass", -PASS_RANGE, PASS_RANGE);
  const sources = query.texts(sourceField);
  const hashes = query.texts("operation_hash");
  if (!query.boolean("validated", true) || (passes.length > 0 && !passes.includes(MANAGER_PASS))) return [];
  return operations.filter(({ hash, operation: { contents } }) => {
    const [first] = contents;
    const isFrom =
      sources.length === 0 || (first !== undefined && isManagerContent(first) && sources.includes(first.source));
    return isFrom && (hashes.length === 0 || hashes.includes(encodeBase58Check("operationHash", hash)));
  });
}

function pendingToJson(sandbox: Sandbox, query: Query): Json {
  query.version("2");
  const validated = filtered(sandbox.pending(), query, "source").map(({ hash, operation }) => ({
    hash: operationHashForm.toJson(hash),
    ...(operationToJson(operation) as JsonFields),
  }));
  return { validated, refused: [], outdated: [], branch_refused: [], branch_delayed: [], unprocessed: [] };
}

/** Those that wait now, then those that come, until the head changes. */
function monitorPool(sandbox: Sandbox, watch: PoolWatch, query: Query): StreamAnswer {
  query.version("1");
  filtered([], query, "sources");
  const protocol = protocolHashForm.toJson(sandbox.head.nextProtocol.hash);
  return new StreamAnswer((sink) => {
    const shown = new Set<string>();
    const show = (isFirst: boolean): void => {
      const fresh = filtered(sandbox.pending(), query, "sources").filter(({ hash }) => {
        const text = encodeBase58Check("operationHash", hash);
        return !shown.has(text) && shown.add(text).size > 0;
      });
      if (!isFirst && fresh.length === 0) return;
      sink.send(
        fresh.map(({ hash, operation }) => ({
          hash: operationHashForm.toJson(hash),
          protocol,
          ...(operationToJson(operation) as JsonFields),
        })),
      );
    };
    const stops = [watch.onInjection(() => show(false)), sandbox.onHead(() => sink.end())];
    show(true);
    return () => {
      for (const stop of stops) stop();
    };
  });
}
