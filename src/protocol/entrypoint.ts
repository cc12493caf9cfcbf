// Entrypoints of contracts: names of at most 31 bytes, the empty one standing for "default" (protocol.md §5.1, §7.1). In
// transactions the usual names have tags of their own; elsewhere an entrypoint is plain text.

import { check, codec, dynamicSize, variableString } from "../encoding/codecs.js";
import { DecodeError } from "../encoding/errors.js";
import { type Form, formOf, mapped, refined } from "../encoding/form.js";
import { textForm } from "../encoding/form-leaves.js";

export const DEFAULT_ENTRYPOINT = "default";

const MAX_NAME_BYTES = 31;
const TOO_LONG = `entrypoint name of more than ${MAX_NAME_BYTES} bytes`;

function isShort(name: string): boolean {
  return new TextEncoder().encode(name).length <= MAX_NAME_BYTES;
}

/** Text behind a 4-byte length. */
export const entrypointForm: Form<string> = mapped(
  refined(textForm, isShort, TOO_LONG),
  (name) => (name === "" ? DEFAULT_ENTRYPOINT : name),
  (name) => name,
);

const BUILTIN_NAMES = [
  DEFAULT_ENTRYPOINT,
  "root",
  "do",
  "set_delegate",
  "remove_delegate",
  "deposit",
  "stake",
  "unstake",
  "finalize_unstake",
  "set_delegate_parameters",
];
const NAMED_TAG = 0xff;

const shortTextCodec = check(dynamicSize(variableString, "uint8"), isShort, TOO_LONG);

/** A tag, with the name behind a 1-byte length if it has none of its own. A named builtin is read, but not written. */
export const taggedEntrypointForm: Form<string> = formOf(
  codec(
    "entrypoint",
    "dynamic",
    (w, name) => {
      const tag = BUILTIN_NAMES.indexOf(name === "" ? DEFAULT_ENTRYPOINT : name);
      if (tag >= 0) {
        w.u8(tag);
        return;
      }
      w.u8(NAMED_TAG);
      shortTextCodec.write(w, name);
    },
    (r) => {
      const at = r.position;
      const tag = r.u8();
      const builtin = BUILTIN_NAMES[tag];
      if (builtin !== undefined) return builtin;
      if (tag !== NAMED_TAG) throw new DecodeError("encoding.unknown_tag", `no entrypoint has tag ${tag}`, at, tag);
      const name = shortTextCodec.read(r);
      return name === "" ? DEFAULT_ENTRYPOINT : name;
    },
  ),
  (name) => entrypointForm.toJson(name),
  (json) => entrypointForm.fromJson(json),
);
