// What commands about rollups take besides addresses: kernels, kinds, messages, whitelists.

import { JsonError } from "../../encoding/json.js";
import { PVM_KINDS, type PvmKind } from "../../protocol/manager-contents.js";
import { type Whitelist, whitelistForm } from "../../protocol/whitelist.js";
import { option, type Parameter } from "../phrase-parser.js";
import { fatal } from "./failures.js";
import { alternatives, type ClientParameter, fileOrText, hexOrNothing } from "./parameters.js";

export const pvmKind: Parameter<PvmKind> = {
  parse: (text) =>
    PVM_KINDS.find((kind) => kind === text) ??
    fatal(`Parameter '${text}' is not a valid rollup name (must be one of ${PVM_KINDS.join(", ")})`),
};

// ---- Kernels

/** What was given as a kernel: it depends on the kind of the rollup what bytes that is. */
export type GivenKernel = { readonly text: string } | { readonly bytes: Uint8Array };

const WASM_MAGIC = "\0asm";

/** A file or text. Octez takes hexadecimal digits only, in files too; here a binary may be in a file as it is. */
export const kernel: ClientParameter<GivenKernel> = alternatives<GivenKernel>([
  [
    "file",
    async (path, context) => {
      const bytes = await context.readFile(path);
      return bytes.subarray(0, WASM_MAGIC.length).toString("latin1") === WASM_MAGIC
        ? { bytes: new Uint8Array(bytes) }
        : { text: bytes.toString("utf8") };
    },
  ],
  ["text", (text) => ({ text })],
]);

/** The bytes to originate a rollup with. Raises FatalFailure. */
export function kernelBytes(kind: PvmKind, given: GivenKernel): Uint8Array {
  if ("bytes" in given) return given.bytes;
  if (kind !== "wasm_2_0_0") return new TextEncoder().encode(given.text);
  return hexOrNothing(given.text.trim()) ?? fatal("Invalid kernel");
}

// ---- Messages

function messageList(text: string, what: string): readonly unknown[] {
  const json = parseJson(text);
  if (json === null || typeof json !== "object") return fatal(`Given text is not valid JSON: '${text}'`);
  return Array.isArray(json) ? (json as readonly unknown[]) : fatal(`Expecting a list of ${what}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Raises FatalFailure. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return fatal(`'${shortened(text)}' is not a valid JSON-encoded value: ${reason}`);
  }
}

const SHOWN_CHARACTERS = 2000;

function shortened(text: string): string {
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

function textsIn(list: readonly unknown[]): readonly string[] {
  if (list.every((one) => typeof one === "string")) return list;
  return fatal("Could not read list of messages (expected list of bytes)");
}

function plainMessages(text: string): readonly Uint8Array[] {
  return textsIn(messageList(text, "string")).map((message) => new TextEncoder().encode(message));
}

function hexMessages(text: string): readonly Uint8Array[] {
  return textsIn(messageList(text, "hex-encoded string")).map(
    (message) => hexOrNothing(message) ?? fatal(`'${message}' is not a valid hex encoded message`),
  );
}

export const messages: ClientParameter<readonly Uint8Array[]> = alternatives<readonly Uint8Array[]>([
  ["text", plainMessages],
  ["hex", hexMessages],
  ["file", async (path, context) => plainMessages(await context.readText(path))],
  ["bin", async (path, context) => [new Uint8Array(await context.readFile(path))]],
]);

// ---- Whitelists

function readWhitelist(text: string): Whitelist {
  const json = jsonOf(text);
  try {
    return whitelistForm.fromJson(json);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    return fatal(`could not decode Whitelist for private rollups JSON:\n  ${error.message}`);
  }
}

export const whitelist = option(
  {
    long: "whitelist",
    short: "W",
    placeholder: "whitelist",
    doc: "Whitelist for private rollups. Members of the whitelist are stakers that are allowed to publish commitments.",
  },
  fileOrText<Whitelist>(readWhitelist),
);
