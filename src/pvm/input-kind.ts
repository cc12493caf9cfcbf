/** What the machine makes of an inbox message by its first bytes: pvm.md §1.7. */
import { GuestError } from "../wasm/guest-errors.js";
import { type PvmVersion, versionForProtocol } from "./versions.js";

export type InputKind =
  | { readonly tag: "start_of_level" | "end_of_level" | "other" }
  | { readonly tag: "protocol_migration"; readonly version: PvmVersion };

const OTHER: InputKind = { tag: "other" };

export function inputKind(message: Uint8Array): InputKind {
  if (message[0] !== 0) return OTHER;
  switch (message[1]) {
    case 1:
      return message.length === 2 ? { tag: "start_of_level" } : OTHER;
    case 2:
      return message.length === 2 ? { tag: "end_of_level" } : OTHER;
    case 4:
      return message.length < 3 ? OTHER : protocolMigration(message.subarray(2));
    default:
      return OTHER;
  }
}

/** A sized string that does not decode makes the machine stuck with the text of the reference's reading error. */
function protocolMigration(payload: Uint8Array): InputKind {
  const readError = (argument: string): GuestError =>
    GuestError.unknown(`Data_encoding__Binary_error_types.Read_error(${argument})`);
  if (payload.length < 4) throw readError("0");
  const length = new DataView(payload.buffer, payload.byteOffset, 4).getUint32(0);
  if (length > 0x3fff_ffff) throw readError("_");
  if (length > payload.length - 4) throw readError("0");
  if (length < payload.length - 4) throw readError("1");
  const version = versionForProtocol(Buffer.from(payload.subarray(4)).toString("latin1"));
  return version === null ? OTHER : { tag: "protocol_migration", version };
}
