// The two ways in which commands of octez-client fail: with a message ("Fatal error"), or with a trace of errors ("Error").
// Both make the exit code 1.

import type { JsonObject } from "../../encoding/json.js";
import { WalletError } from "../../l1/client/alias-file.js";
import { InjectionError } from "../../l1/client/injection-error.js";
import { L1RpcError } from "../../l1/client/rpc-error.js";
import { TextBoxes } from "../../l1/client/text-boxes.js";
import type { PutError } from "../phrase-usage.js";
import { putChainError } from "./chain-error-text.js";
import { printTez, TEZ } from "./tez.js";

/** "Fatal error:" and the message. */
export class FatalFailure extends Error {
  override readonly name = "FatalFailure";
}

/** One error of a trace: words of our own, something laid out, or an error of the chain as it prints it. */
export type TraceItem = string | PutError | { readonly json: JsonObject };

/** "Error:" and the errors, outermost first. */
export class TraceFailure extends Error {
  override readonly name = "TraceFailure";

  constructor(
    readonly items: readonly TraceItem[],
    options?: ErrorOptions,
  ) {
    super(items.map(inOneLine).join("; "), options);
  }
}

function inOneLine(item: TraceItem): string {
  if (typeof item === "string") return item;
  return typeof item === "function" ? "…" : JSON.stringify(item.json);
}

/** Fails with one line below "Error:". */
export function fail(message: string, options?: ErrorOptions): never {
  throw new TraceFailure([message], options);
}

/** Fails with a message below "Fatal error:". */
export function fatal(message: string): never {
  throw new FatalFailure(message);
}

/** `withScripts`: in the words of the reporter of script errors. */
export function putItem(item: TraceItem, withScripts = false): PutError {
  if (typeof item === "function") return item;
  if (typeof item === "string") return (boxes) => boxes.box("h", 0, () => boxes.words(item));
  return (boxes) => putChainError(boxes, item.json, withScripts);
}

/** The errors below "Error:" for what a command may raise; undefined for a fatal failure, and for what is a bug. */
export function traceOf(error: unknown): readonly TraceItem[] | undefined {
  if (error instanceof TraceFailure) return error.items;
  if (error instanceof L1RpcError) return rpcTrace(error);
  if (error instanceof InjectionError) return injectionTrace(error);
  if (error instanceof WalletError) return [error.message];
  if (error instanceof Error && EXPECTED.has(error.name)) return [error.message];
  return undefined;
}

/** Errors about what somebody wrote or a node answered. */
const EXPECTED: ReadonlySet<string> = new Set([
  "KeyError",
  "Base58Error",
  "JsonError",
  "DecodeError",
  "EncodeError",
  "ProtocolError",
]);

/** Errors inside other text. */
export function traceText(items: readonly TraceItem[]): string {
  const boxes = new TextBoxes();
  boxes.list(
    items,
    (item) => putItem(item)(boxes),
    (between) => between.newline(),
  );
  return boxes.finish();
}

function rpcTrace(error: L1RpcError): readonly TraceItem[] {
  const { method, url, trace } = error;
  if (trace.length > 0) return trace.map((json) => ({ json }));
  if (error.code === "l1.rpc.not_found") return [`Did not find service: ${method} ${url}`];
  if (error.code === "l1.rpc.gone") {
    return [`RPC lookup failed. Block has been pruned and requested data deleted, service: ${method} ${url}`];
  }
  return [
    (boxes: TextBoxes) => {
      boxes.box("v", 2, () => {
        boxes.text("Rpc request failed:");
        boxes.space().text(` - meth: ${method}`);
        boxes.space().text(` - uri: ${url}`);
        boxes.space().text(" - error: ");
        boxes.box("v", 2, () => boxes.list(rpcReason(error), (line) => boxes.text(line)));
      });
    },
  ];
}

function rpcReason(error: L1RpcError): readonly string[] {
  switch (error.code) {
    case "l1.rpc.unreachable":
      return [`Unable to connect to the node: ${JSON.stringify(error.reason)}`];
    case "l1.rpc.timeout":
      return ["The request has timed out"];
    case "l1.rpc.forbidden":
      return ["The server doesn't authorize this endpoint (ACL filtering)."];
    case "l1.rpc.bad_request":
      return ["Oops! It looks like we forged an invalid HTTP request.", error.body ?? ""];
    case "l1.rpc.unexpected_content":
      return ["Failed to parse the answer (application/json):", `error: ${error.reason}`];
    case "l1.rpc.unexpected_status":
      return [`Unexpected error ${error.status ?? ""}:`, JSON.stringify(error.body ?? "")];
    default:
      return [error.reason];
  }
}

function injectionTrace(error: InjectionError): readonly TraceItem[] | undefined {
  if (fatalInjection(error) !== undefined) return undefined;
  const errors = error.trace.map((json) => ({ json }));
  if (error.code === "l1.injection.failed") return errors;
  if (error.code === "l1.injection.trial_failed") return ["The transfer simulation failed.", ...errors];
  return [error.message.replace(/^l1\.[a-z_.]+: /, "")];
}

/** What is printed below "Fatal error" for an operation that was not injected; undefined where it is a trace. */
function fatalInjection(error: InjectionError): string | undefined {
  const amount = printTez(error.amount);
  const bound = printTez(error.bound);
  switch (error.code) {
    case "l1.injection.fee_cap":
      return (
        `The proposed fee (${TEZ}${amount}) are higher than the configured fee cap (${TEZ}${bound}).\n` +
        ` Use \`--fee-cap ${amount}\` to emit this operation anyway.`
      );
    case "l1.injection.low_fee":
      return (
        `The proposed fee (${TEZ}${amount}) are lower than the fee that baker expect by default (${TEZ}${bound}).\n` +
        " Use `--force-low-fee` to emit this operation anyway."
      );
    case "l1.injection.burn_cap":
      return (
        `The operation will burn ${TEZ}${amount} which is higher than the configured burn cap (${TEZ}${bound}).\n` +
        ` Use \`--burn-cap ${amount}\` to emit this operation.`
      );
    case "l1.injection.needs_reveal":
      return NEEDS_REVEAL;
    default:
      return undefined;
  }
}

/** The message below "Fatal error"; undefined for an error that is none of these. */
export function fatalMessage(error: unknown): string | undefined {
  if (error instanceof FatalFailure) return error.message;
  return error instanceof InjectionError ? fatalInjection(error) : undefined;
}

const NEEDS_REVEAL =
  "Requested operation requires to perform a public key revelation beforehand.\n" +
  "This cannot be done automatically when a custom fee or storage limit is given.\n" +
  "If you wish to use a custom fee or storage limit, please first perform the reveal operation separately using the " +
  "dedicated command.\n" +
  "Otherwise, please do not specify custom fee or storage parameters.";
