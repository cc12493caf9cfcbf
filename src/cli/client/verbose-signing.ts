// What stands before a signature with --verbose-signing: the bytes that are signed, their hashes, and the operation as JSON.

import { blake2b256 } from "../../crypto/blake2b.js";
import { WATERMARK } from "../../crypto/keys.js";
import { toBase58 } from "../../encoding/base58check.js";
import { toHex } from "../../encoding/hex.js";
import { blockHashText } from "../../l1/client/block-id.js";
import { putJson } from "../../l1/client/octez-json.js";
import { TextBoxes } from "../../l1/client/text-boxes.js";
import type { BlockHash } from "../../protocol/identifiers.js";
import { operationToJson, watermarked } from "../../protocol/operation.js";
import type { ManagerContent } from "../../protocol/operation-contents.js";

/** What is about to be signed. */
export interface Signing {
  readonly branch: BlockHash;
  readonly contents: readonly ManagerContent[];
  readonly bytes: Uint8Array;
}

/** Digits of the bytes on a line. */
const DIGITS_A_LINE = 73;

export function signingText({ branch, contents, bytes }: Signing): string {
  const boxes = new TextBoxes();
  const item = (title: string, put: () => void): void => {
    boxes.box("hov", 4, () => {
      boxes.text("  * ").words(title);
      put();
    });
    boxes.cut();
  };
  const hash = (of: Uint8Array): string => toBase58(blake2b256(of));
  boxes.open("v", 0);
  item("Branch: ", () => boxes.text(blockHashText(branch)));
  item("", () => boxes.text(`Watermark: \`Generic-operation\` (0x${toHex(WATERMARK.genericOperation)})`));
  item("Operation bytes: ", () => {
    for (const line of toHex(bytes).match(new RegExp(`.{1,${DIGITS_A_LINE}}`, "g")) ?? []) {
      boxes.text(line);
      if (line.length === DIGITS_A_LINE) boxes.space();
    }
  });
  item("Blake 2B Hash (raw): ", () => boxes.text(hash(bytes)));
  item("Blake 2B Hash (ledger-style, with operation watermark): ", () => boxes.text(hash(watermarked(bytes))));
  item("JSON encoding: ", () => putJson(boxes, operationToJson({ branch, contents })));
  return boxes.finish();
}
