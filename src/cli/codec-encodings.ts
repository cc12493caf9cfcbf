// The encodings that `tickproof codec` knows, under the names octez-codec gives them: "ground.…" for plain values, and the
// protocol's, "alpha.…" or with the name of another protocol we know in place of "alpha". Left out: floating point numbers,
// JSON values, blocks, votes, constants, what is none of rollups'.

import { type Codec, decode, encode } from "../encoding/binary.js";
import { variableList, variableString } from "../encoding/codecs.js";
import { type Form, formOf, listOf } from "../encoding/form.js";
import {
  boolForm,
  bytesForm,
  hexForm,
  int16Form,
  int31Form,
  int32Form,
  int64Form,
  natForm,
  textForm,
  uint8Form,
  uint16Form,
  zForm,
} from "../encoding/form-leaves.js";
import { expectString, type Json } from "../encoding/json.js";
import { lazyMichelineForm, michelineForm } from "../encoding/micheline.js";
import { PROTOCOLS } from "../l1/sandbox/protocols.js";
import { balanceUpdatesForm } from "../protocol/balance-updates.js";
import { commitmentForm } from "../protocol/commitment.js";
import { gameForm } from "../protocol/game.js";
import { contractForm, levelForm, rollupAddressForm } from "../protocol/identifiers.js";
import { inboxForm } from "../protocol/inbox.js";
import { inboxMessageForm } from "../protocol/inbox-message.js";
import { internalOperationForm } from "../protocol/internal-operation.js";
import { pvmKindForm, scriptForm } from "../protocol/manager-contents.js";
import {
  decodeOperation,
  decodeUnsigned,
  encodeOperation,
  encodeUnsigned,
  operationFromJson,
  operationToJson,
} from "../protocol/operation.js";
import { contentForm } from "../protocol/operation-contents.js";
import { outboxMessageForm, outputForm } from "../protocol/outbox-message.js";
import { mutezForm } from "../protocol/quantities.js";
import { refutationProofForm } from "../protocol/refutation.js";
import { metadataForm, revealRequestForm } from "../protocol/reveal.js";
import { timestampForm } from "../protocol/timestamp.js";
import { whitelistForm } from "../protocol/whitelist.js";

/** JSON and bytes of the same values. */
export interface NamedEncoding {
  readonly description?: string;
  /** What the values are called, and how many bytes they take: a number, "dynamic" (told by the bytes), "variable" (to the end). */
  readonly shape: { readonly name: string; readonly size?: number | "dynamic" | "variable" };
  /** Raises JsonError, EncodeError. */
  readonly toBytes: (json: unknown) => Uint8Array;
  /** Raises DecodeError. */
  readonly toJson: (bytes: Uint8Array) => Json;
}

function of<T>(form: Form<T>, description?: string): NamedEncoding {
  return {
    ...(description === undefined ? {} : { description }),
    shape: form,
    toBytes: (json) => encode(form, form.fromJson(json)),
    toJson: (encoded) => form.toJson(decode(form, encoded)),
  };
}

/** Bytes to the end of the input. */
const restOfBytes: Codec<Uint8Array> = {
  name: "bytes",
  size: "variable",
  write: (w, value) => w.raw(value),
  read: (r) => r.raw(r.remaining),
};

const contentListForm = listOf(contentForm);

const GROUND: Readonly<Record<string, NamedEncoding>> = {
  Z: of(zForm, "Arbitrary precision integers"),
  N: of(natForm, "Arbitrary precision natural numbers"),
  uint8: of(uint8Form, "Unsigned 8 bit integers"),
  uint16: of(uint16Form, "Unsigned 16 bit integers"),
  int16: of(int16Form, "Signed 16 bit integers"),
  int31: of(int31Form, "Signed 31 bit integers"),
  int32: of(int32Form, "Signed 32 bit integers"),
  int64: of(int64Form, "Signed 64 bit integers"),
  string: of(textForm),
  "variable.string": of(formOf(variableString, (value) => value, expectString)),
  bytes: of(bytesForm),
  "variable.bytes": of(hexForm(restOfBytes)),
  bool: of(boolForm, "Boolean values"),
};

const PROTOCOL: Readonly<Record<string, NamedEncoding>> = {
  contract: of(contractForm),
  operation: {
    shape: { name: "operation", size: "variable" },
    toBytes: (json) => encodeOperation(operationFromJson(json)),
    toJson: (encoded) => operationToJson(decodeOperation(encoded)),
  },
  "operation.contents": of(contentForm),
  "operation.contents_list": of(formOf(variableList(contentForm), contentListForm.toJson, contentListForm.fromJson)),
  "operation.internal_and_metadata": of(internalOperationForm),
  "operation.unsigned": {
    shape: { name: "unsigned operation", size: "variable" },
    toBytes: (json) => encodeUnsigned(operationFromJson(json)),
    toJson: (encoded) => operationToJson(decodeUnsigned(encoded)),
  },
  raw_level: of(levelForm),
  "receipt.balance_updates": of(balanceUpdatesForm),
  script: of(scriptForm),
  "script.expr": of(michelineForm),
  "script.lazy_expr": of(lazyMichelineForm),
  "smart_rollup.address": of(rollupAddressForm),
  // Octez spells it so.
  "smart_rollup.commmitment": of(commitmentForm),
  "smart_rollup.game": of(gameForm),
  "smart_rollup.inbox": of(inboxForm),
  "smart_rollup.inbox.message": of(inboxMessageForm),
  "smart_rollup.kind": of(pvmKindForm),
  "smart_rollup.metadata": of(metadataForm),
  "smart_rollup.outbox.message": of(outboxMessageForm),
  "smart_rollup.output": of(outputForm),
  "smart_rollup.proof": of(refutationProofForm),
  "smart_rollup.reveal": of(revealRequestForm),
  "smart_rollup.whitelist": of(whitelistForm),
  tez: of(mutezForm),
  timestamp: of(timestampForm),
};

function under(
  prefix: string,
  encodings: Readonly<Record<string, NamedEncoding>>,
): readonly (readonly [string, NamedEncoding])[] {
  return Object.entries(encodings).map(([name, encoding]) => [`${prefix}.${name}`, encoding]);
}

/** By name, in order of names. */
export const ENCODINGS: ReadonlyMap<string, NamedEncoding> = new Map(
  [...under("ground", GROUND), ...PROTOCOLS.flatMap(({ errorName }) => under(errorName, PROTOCOL))].sort(([a], [b]) =>
    a < b ? -1 : 1,
  ),
);
