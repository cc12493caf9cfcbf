/** The state of the machine, its inbox and its outbox as Octez's debugger prints them (debugger.md §4.2–§4.4, §5). */
import { decode } from "../encoding/binary.js";
import { DecodeError } from "../encoding/errors.js";
import { toHex } from "../encoding/hex.js";
import type { Json } from "../encoding/json.js";
import { michelineForm } from "../encoding/micheline.js";
import { blockHashForm } from "../protocol/identifiers.js";
import { deserializeInboxMessage, type InboxMessage, inboxMessageForm } from "../protocol/inbox-message.js";
import { type OutboxMessage, outboxMessageForm, readOutboxMessage } from "../protocol/outbox-message.js";
import { type RevealRequest, revealHashForm, revealRequestForm, WELL_KNOWN_REVEAL_HASH } from "../protocol/reveal.js";
import { formatTimestamp } from "../protocol/timestamp.js";
import { outboxMessages } from "../pvm/buffers.js";
import type { InputRequest, Machine } from "../pvm/machine.js";
import type { TickState } from "../pvm/state.js";
import type { FallbackCause, InterpreterError, StuckError } from "../pvm/stuck.js";
import { Doc, writeJson } from "./pretty.js";

// Status

/** A machine's request; one that cannot be read asks for the preimage of the well-known hash. */
export function readRequest(request: Uint8Array): RevealRequest {
  try {
    return decode(revealRequestForm, request);
  } catch (error) {
    if (error instanceof DecodeError) return { kind: "rawData", hash: WELL_KNOWN_REVEAL_HASH };
    throw error;
  }
}

function printReveal(request: RevealRequest): string {
  switch (request.kind) {
    case "rawData":
      return String(revealHashForm.toJson(request.hash));
    case "metadata":
      return "Reveal metadata";
    case "dalParameters":
      return "Reveal DAL parameters";
    case "dalPage":
      return `DAL:${printPage(request.pageId)}`;
    case "adaptiveDalPage": {
      const { pageId, attestationThresholdPercent, restrictedPublishers } = request;
      const publishers = restrictedPublishers === null ? "Any" : restrictedPublishers.join(", ");
      return `ADAL:{page:${printPage(pageId)}; attestation_threshold_percent:${attestationThresholdPercent}; publishers:${publishers}}`;
    }
  }
}

type PageId = Extract<RevealRequest, { kind: "dalPage" }>["pageId"];

function printPage(page: PageId): string {
  const { publishedLevel, slotIndex, pageIndex } = page;
  return `(published_level: ${publishedLevel}, slot_index: ${slotIndex}, page_index: ${pageIndex})`;
}

export function printInputRequest(request: InputRequest): string {
  if (request.tag === "none") return "Evaluating";
  if (request.tag === "input") return "Waiting for input";
  return `Waiting for reveal: ${printReveal(readRequest(request.request))}`;
}

/** The state of the machine in one word or two; the errors of stuck states in full. */
export function printTickState(state: TickState): string {
  const doc = new Doc();
  writeTickState(doc, state);
  return doc.print();
}

function writeTickState(doc: Doc, state: TickState): void {
  if (state.tag === "eval") {
    const kont = state.config.stepKont;
    if (kont.tag === "SK_Result") doc.text("Evaluation succeeded");
    else if (kont.tag === "SK_Trapped") doc.text(`Evaluation failed (${kont.message})`);
    else doc.text("Eval");
  } else if (state.tag === "stuck") {
    doc.text("Stuck (");
    writeStuck(doc, state.error);
    doc.text(")");
  } else doc.text(state.tag.charAt(0).toUpperCase() + state.tag.slice(1));
}

function writeStuck(doc: Doc, error: StuckError): void {
  const name = error.tag.charAt(0).toUpperCase() + error.tag.slice(1);
  doc.box("hv", 2, () => {
    switch (error.tag) {
      case "decode_error":
      case "init_error":
      case "eval_error":
        doc.text(`${name} `);
        writeInterpreterError(doc, error.error);
        break;
      case "link_error":
        doc.text(`${name} ${error.text}`);
        break;
      case "invalid_state":
      case "unknown_error":
        doc.text(`${name} (${error.text})`);
        break;
      case "no_fallback_kernel":
        doc.text(`${name} (`);
        writeCause(doc, error.cause);
        doc.text(")");
        break;
      default:
        doc.text(name);
    }
  });
}

function writeCause(doc: Doc, cause: FallbackCause): void {
  const name = `${cause.tag.charAt(0).toUpperCase()}${cause.tag.slice(1)}_cause `;
  doc.box("hv", 2, () => {
    doc.text(name);
    if (cause.tag === "link") doc.text(cause.text);
    else writeInterpreterError(doc, cause.error);
  });
}

function writeInterpreterError(doc: Doc, { raw, explanation }: InterpreterError): void {
  const explained = explanation === null ? "None" : `Some: ${explanation}`;
  doc.box("hv", 2, () => doc.text(`{ raw_exception: ${raw}; explanation: ${explained} }`));
}

/** The two lines of `show status`, without the last newline. */
export function printStatus(machine: Machine): string {
  const doc = new Doc().text(`Status: ${printInputRequest(machine.inputRequest())}\nInternal_status: `);
  writeTickState(doc, machine.tickState);
  return doc.print();
}

// Inbox

function writeInboxMessage(doc: Doc, payload: Uint8Array): void {
  let message: InboxMessage;
  try {
    message = deserializeInboxMessage(payload);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    doc.text(`Unknown encoding: ${toHex(payload)}`);
    return;
  }
  if (message.kind === "transfer") writeJson(doc, inboxMessageForm.toJson(message));
  else doc.text(printPlainMessage(message));
}

function printPlainMessage(message: Exclude<InboxMessage, { kind: "transfer" }>): string {
  switch (message.kind) {
    case "start_of_level":
      return "Start_of_level";
    case "end_of_level":
      return "End_of_level";
    case "info_per_level": {
      const time = formatTimestamp(message.predecessorTimestamp).replace(/Z$/, "-00:00");
      return `Info_per_level {predecessor_timestamp = ${time}; predecessor = ${String(blockHashForm.toJson(message.predecessor))}}`;
    }
    case "protocol_migration":
      return `Protocol_migration ${Buffer.from(message.protocol).toString("utf8")}`;
    case "dal_attested_slots": {
      const publishers = message.slotsByPublisher.map(
        ([publisher, bits]) => `${publisher} -> [${slots(bits).join(", ")}]`,
      );
      return `Dal_attested_slots {published_level = ${message.publishedLevel}; slots_by_publisher = {${publishers.join("; ")}}}`;
    }
    case "external":
      return toHex(message.payload);
  }
}

function slots(bits: bigint): number[] {
  const indices: number[] = [];
  for (let index = 0, rest = bits; rest > 0n; index++, rest >>= 1n) if ((rest & 1n) === 1n) indices.push(index);
  return indices;
}

/** `show inbox`, without the last newline. */
export function printInbox(machine: Machine): string {
  const messages = machine.buffers.input.toArray();
  messages.sort((a, b) => a.level - b.level || (a.counter < b.counter ? -1 : 1));
  const doc = new Doc();
  for (const [index, { level, counter, payload }] of messages.entries()) {
    if (index > 0) doc.text("\n");
    doc.text(`{ raw_level: ${level};\n  counter: ${counter}\n  payload: `);
    writeInboxMessage(doc, payload);
    doc.text(" }");
  }
  return `Inbox has ${messages.length} messages:\n${doc.print()}`;
}

/** The messages of the inbox for machines. */
export function inboxJson(machine: Machine): Json {
  return machine.buffers.input.toArray().map(({ level, counter, payload }) => {
    const common = { level, counter: String(counter), payload: toHex(payload) };
    try {
      return { ...common, message: inboxMessageForm.toJson(deserializeInboxMessage(payload)) };
    } catch (error) {
      if (error instanceof DecodeError) return common;
      throw error;
    }
  });
}

// Outbox

/** What is shown of an account: ten characters beside the prefix. */
const SHORT_HASH_CHARACTERS = 13;

function writeOutboxMessage(doc: Doc, message: OutboxMessage): void {
  switch (message.kind) {
    case "untyped":
      for (const [index, { destination, entrypoint, parameters }] of message.transactions.entries()) {
        if (index > 0) doc.break();
        doc.box("box", 2, () => {
          doc.text(`destination: ${destination}`).break(0);
          doc.text(` entrypoint: ${entrypoint}`).break(0).text(" unparsed_parameters: ");
          writeJson(doc, michelineForm.toJson(parameters));
        });
      }
      break;
    case "typed":
      for (const [index, { destination, entrypoint, parameters, parametersType }] of message.transactions.entries()) {
        if (index > 0) doc.break();
        doc.box("v", 2, () => {
          doc
            .text(`destination: ${destination}`)
            .break(0)
            .text(`entrypoint: ${entrypoint}`)
            .break(0)
            .text("unparsed_ty: ");
          writeJson(doc, michelineForm.toJson(parametersType));
          doc.break(0).text("unparsed_parameters: ");
          writeJson(doc, michelineForm.toJson(parameters));
        });
      }
      break;
    case "whitelistUpdate":
      if (message.whitelist !== undefined) writeWhitelist(doc, message.whitelist);
      break;
    case "canonicalRollupSignal":
      doc.text(`Signal ${message.payload}`);
  }
}

function writeWhitelist(doc: Doc, whitelist: readonly string[]): void {
  doc.box("hv", 0, () => {
    doc.box("hv", 2, () => {
      doc.text("[").break(0);
      for (const [index, account] of whitelist.entries()) {
        if (index > 0) doc.text(";").break();
        doc.text(account.slice(0, SHORT_HASH_CHARACTERS));
      }
    });
    doc.break(0).text("]");
  });
}

function hasOutbox(machine: Machine, level: number): boolean {
  const { lastLevel, validityPeriod } = machine.buffers.output;
  return lastLevel !== null && level >= 0 && level <= lastLevel && level > lastLevel - validityPeriod;
}

/** `show outbox at level N`, without the last newline. */
export function printOutbox(machine: Machine, level: number): string {
  if (!hasOutbox(machine, level)) return `No outbox found at level ${level}`;
  const messages = outboxMessages(machine.buffers.output, level);
  const doc = new Doc();
  for (const [index, bytes] of messages.entries()) {
    if (index > 0) doc.text("\n");
    const message = readOutboxMessage(bytes);
    if (message instanceof DecodeError) doc.text(`Unknown encoding: ${toHex(bytes)}`);
    else writeOutboxMessage(doc, message);
  }
  return `Outbox has ${messages.length} messages:\n${doc.print()}`;
}

/** The messages of an outbox for machines; null when there is no outbox of the level. */
export function outboxJson(machine: Machine, level: number): Json {
  if (!hasOutbox(machine, level)) return null;
  return outboxMessages(machine.buffers.output, level).map((bytes) => {
    const message = readOutboxMessage(bytes);
    const raw = toHex(bytes);
    return message instanceof DecodeError ? { bytes: raw } : { bytes: raw, message: outboxMessageForm.toJson(message) };
  });
}
