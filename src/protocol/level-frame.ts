// The messages that the protocol itself puts around the messages of a level, as bytes (protocol.md §2.1, §2.2): start of
// level, info per level, protocol migration, end of level. Typed messages are in inbox-message.ts; this file is apart so
// that whoever only frames a level needs no codec.

import { ByteWriter, EncodeError } from "../encoding/binary.js";

/** `00 01`: first message of every level. */
export const START_OF_LEVEL: Uint8Array = Uint8Array.of(0x00, 0x01);

/** `00 02`: last message of every level. */
export const END_OF_LEVEL: Uint8Array = Uint8Array.of(0x00, 0x02);

/** Size of a block hash, in bytes. */
export const BLOCK_HASH_BYTES = 32;

/** What the info per level message says: both are about the block before the level. */
export interface LevelInfo {
  /** Seconds since 1970-01-01T00:00:00Z, an int64. */
  readonly predecessorTimestamp: bigint;
  /** Block hash, 32 bytes. */
  readonly predecessor: Uint8Array;
}

/** The info that the debugger gives: epoch, and the block hash of zero bytes. */
export const ZERO_LEVEL_INFO: LevelInfo = {
  predecessorTimestamp: 0n,
  predecessor: new Uint8Array(BLOCK_HASH_BYTES),
};

/** `00 03`, timestamp, block hash: second message of every level, 42 bytes. Raises EncodeError. */
export function infoPerLevel(info: LevelInfo): Uint8Array {
  if (info.predecessor.length !== BLOCK_HASH_BYTES) {
    throw new EncodeError(
      "encoding.invalid_length",
      `block hash of ${info.predecessor.length} bytes, ${BLOCK_HASH_BYTES} expected`,
      info.predecessor,
    );
  }
  const w = new ByteWriter(2 + 8 + BLOCK_HASH_BYTES);
  w.u8(0x00);
  w.u8(0x03);
  w.i64(info.predecessorTimestamp);
  w.raw(info.predecessor);
  return w.finish();
}

/** `00 04`, the protocol's name ("alpha_current"): third message of the first level of a protocol. */
export function protocolMigration(protocolName: string): Uint8Array {
  const w = new ByteWriter();
  w.u8(0x00);
  w.u8(0x04);
  w.bytes(new TextEncoder().encode(protocolName));
  return w.finish();
}

/** What surrounds the messages of a level. */
export interface LevelFrame {
  /** ZERO_LEVEL_INFO if absent. */
  readonly info?: LevelInfo;
  /** Name of the protocol that starts here: adds its migration message. */
  readonly protocol?: string;
  /** Serialized messages that the protocol adds after the users' (attested DAL slots). */
  readonly last?: readonly Uint8Array[];
}

/** All the messages of a level: start, info, migration if any, `messages`, those of `frame.last`, end. */
export function frameLevel(messages: readonly Uint8Array[], frame: LevelFrame = {}): Uint8Array[] {
  const migration = frame.protocol === undefined ? [] : [protocolMigration(frame.protocol)];
  return [
    START_OF_LEVEL,
    infoPerLevel(frame.info ?? ZERO_LEVEL_INFO),
    ...migration,
    ...messages,
    ...(frame.last ?? []),
    END_OF_LEVEL,
  ];
}
