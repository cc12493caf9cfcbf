/**
 * The input buffer and the output buffer: pvm.md §7, pvm-encodings.md §9. Immutable records; the machine replaces them.
 */
import { CHUNK_BYTES, ChunkedBytes, chunkedBytes } from "../merkle/chunked-bytes.js";
import { KeyNotFound, MalformedState } from "../merkle/errors.js";
import { LazyMap, lazyMap } from "../merkle/lazy-map.js";
import { LazyVector, lazyVector } from "../merkle/lazy-vector.js";
import { int32, integer, smallInteger, text } from "../merkle/leaves.js";
import { at, leaf, mapped, option, optionalLeaf, record, type Schema } from "../merkle/schema.js";
import { GuestError } from "../wasm/guest-errors.js";
import { leafCodec } from "../wasm/leaf-codec.js";

/** An inbox message waiting to be read by the kernel. */
export interface InputMessage {
  readonly level: number;
  readonly counter: bigint;
  readonly payload: Uint8Array;
}

export type InputBuffer = LazyVector<InputMessage>;
export type Outbox = LazyVector<Uint8Array>;

export interface OutputBuffer {
  /** By level, in decimal. */
  readonly outboxes: LazyMap<Outbox>;
  /** Level of the newest outbox; null before the first start of level. */
  readonly lastLevel: number | null;
  /** Levels for which outboxes are kept. */
  readonly validityPeriod: number;
  /** Messages an outbox holds at most. */
  readonly messageLimit: bigint;
}

export interface Buffers {
  readonly input: InputBuffer;
  readonly output: OutputBuffer;
}

const inputMessageSchema: Schema<InputMessage> = record<InputMessage>({
  level: at("raw-level", leaf(int32)),
  counter: at("message-counter", leaf(integer)),
  // The whole payload is read with the message, and written anew.
  payload: mapped(
    chunkedBytes,
    (stored) => wholePayload(stored),
    (payload) => ChunkedBytes.ofBytes(payload),
  ),
});

/**
 * A payload is stored with all of its chunks. One that is not belongs to a made-up state, whose length could be anything: refused before
 * memory is found for it.
 */
function wholePayload(stored: ChunkedBytes): Uint8Array {
  for (let index = 0; index * CHUNK_BYTES < stored.length; index++) {
    if (stored.chunk(index) === null) throw new MalformedState(["payload"], `chunk ${index} is missing`);
  }
  return stored.toBytes();
}

const outboxMessageLeaf = leafCodec<Uint8Array>(
  (out, message) => out.bytes(message),
  (input) => input.bytes(),
);

const outboxSchema: Schema<Outbox> = lazyVector(smallInteger, leaf(outboxMessageLeaf));

const outputBufferSchema: Schema<OutputBuffer> = record<OutputBuffer>({
  outboxes: at(
    "1/outboxes",
    lazyMap(outboxSchema, (a, b) => Number(a) - Number(b)),
  ),
  lastLevel: at("2/last_level", optionalLeaf(int32)),
  validityPeriod: at("3/validity_period", leaf(int32)),
  messageLimit: at("4/message_limit", leaf(integer)),
});

/** The buffers are optional, and the option stands at the root of the state: keys `tag` and `value`. */
export const buffersSchema: Schema<Buffers | null> = option(
  text,
  record<Buffers>({
    input: at("pvm/buffers/input", lazyVector(smallInteger, inputMessageSchema)),
    output: at("pvm/buffers/output", outputBufferSchema),
  }),
);

export function emptyBuffers(validityPeriod: number, messageLimit: bigint): Buffers {
  return {
    input: LazyVector.empty(),
    output: { outboxes: LazyMap.empty(), lastLevel: null, validityPeriod, messageLimit },
  };
}

/** Appends a message; it must come after the last one. */
export function enqueue(input: InputBuffer, message: InputMessage): InputBuffer {
  if (input.length > 0) {
    const last = input.get(input.length - 1);
    const later = message.level > last.level || (message.level === last.level && message.counter > last.counter);
    if (!later) {
      throw GuestError.unknown("Tezos_webassembly_interpreter.Input_buffer.Cannot_store_an_earlier_message");
    }
  }
  return input.append(message);
}

/** Takes the oldest message; null when there is none. */
export function dequeue(input: InputBuffer): { message: InputMessage; rest: InputBuffer } | null {
  if (input.length === 0) return null;
  const message = input.get(0);
  return { message, rest: input.drop() };
}

/** Opens the outbox of a new level: the one after the last, whatever the level of the message was, except for the very first. */
export function startLevel(output: OutputBuffer, level: number): OutputBuffer {
  const { lastLevel, outboxes, validityPeriod } = output;
  if (lastLevel === null) {
    if (level < 0) throw GuestError.unknown("Tezos_webassembly_interpreter.Output_buffer.Invalid_level");
    return { ...output, lastLevel: level, outboxes: outboxes.set(String(level), LazyVector.empty()) };
  }
  const next = (lastLevel + 1) | 0;
  const oldest = (lastLevel - validityPeriod + 1) | 0;
  return {
    ...output,
    lastLevel: next,
    outboxes: outboxes.set(String(next), LazyVector.empty()).remove(String(oldest)),
  };
}

/** Why a message was not taken. */
export type OutboxRefusal = "full" | "not_initialised";

/** Appends a message to the newest outbox. */
export function writeMessage(output: OutputBuffer, message: Uint8Array): OutputBuffer | OutboxRefusal {
  if (output.lastLevel === null) return "not_initialised";
  const key = String(output.lastLevel);
  const outbox = findOutbox(output, key);
  if (outbox === null) return "not_initialised";
  if (outbox.length > 0 && BigInt(outbox.length) >= output.messageLimit) return "full";
  return { ...output, outboxes: output.outboxes.set(key, outbox.append(message)) };
}

/** The outbox under a key; null when there is none: a validity period below 1 removes outboxes as they are made. */
function findOutbox(output: OutputBuffer, key: string): Outbox | null {
  try {
    return output.outboxes.get(key);
  } catch (error) {
    if (error instanceof KeyNotFound) return null;
    throw error;
  }
}

/** Whether outboxes of a level are kept now. */
function isAvailable({ lastLevel, validityPeriod }: OutputBuffer, level: number): boolean {
  return lastLevel !== null && level <= lastLevel && level >= ((lastLevel - validityPeriod + 1) | 0);
}

/** The message at an index of the outbox of a level; null if there is none or it is out of the validity period. */
export function readMessage(output: OutputBuffer, level: number, index: number): Uint8Array | null {
  const outbox = isAvailable(output, level) ? findOutbox(output, String(level)) : null;
  return outbox !== null && index >= 0 && index < outbox.length ? outbox.get(index) : null;
}

/** All messages of the outbox of a level. */
export function outboxMessages(output: OutputBuffer, level: number): Uint8Array[] {
  const outbox = isAvailable(output, level) ? findOutbox(output, String(level)) : null;
  return outbox === null ? [] : outbox.toArray();
}
