// The contents of operations (protocol.md §7.1): manager operations, and those others that stand alone in their operation and
// need no consensus. Left out: attestations, denunciations, VDF revelations, whose tags are refused.

import { fixedBytes } from "../encoding/codecs.js";
import {
  type Fields,
  type FormValue,
  listOf,
  refined,
  req,
  type Variant,
  variant,
  variantsForm,
} from "../encoding/form.js";
import { base58Form, bytesForm, enumForm, hexForm, int32Form } from "../encoding/form-leaves.js";
import { levelForm, protocolHashForm, publicKeyHashForm } from "./identifiers.js";
import { isManagerKind, MANAGER_CONTENTS, type ManagerKind } from "./manager-contents.js";

function lone<K extends string, F extends Fields>(tag: number, kind: K, fields: F): Variant<F> {
  return variant(tag, { kind }, fields);
}

const NONCE_BYTES = 32;
const ACTIVATION_CODE_BYTES = 20;
const MAX_PROPOSALS = 20;

const proposalsForm = refined(
  listOf(protocolHashForm),
  (proposals) => proposals.length <= MAX_PROPOSALS,
  `more than ${MAX_PROPOSALS} proposals`,
);

const voteFields = { source: req("source", publicKeyHashForm), period: req("period", int32Form) };

const LONE_CONTENTS = {
  seed_nonce_revelation: lone(1, "seed_nonce_revelation", {
    level: req("level", levelForm),
    nonce: req("nonce", hexForm(fixedBytes(NONCE_BYTES))),
  }),
  activate_account: lone(4, "activate_account", {
    /** Hash of an ed25519 key, as bytes. */
    publicKeyHash: req("pkh", base58Form("tz1")),
    secret: req("secret", hexForm(fixedBytes(ACTIVATION_CODE_BYTES))),
  }),
  proposals: lone(5, "proposals", { ...voteFields, proposals: req("proposals", proposalsForm) }),
  ballot: lone(6, "ballot", {
    ...voteFields,
    proposal: req("proposal", protocolHashForm),
    ballot: req("ballot", enumForm("ballot", ["yay", "nay", "pass"])),
  }),
  drain_delegate: lone(9, "drain_delegate", {
    consensusKey: req("consensus_key", publicKeyHashForm),
    delegate: req("delegate", publicKeyHashForm),
    destination: req("destination", publicKeyHashForm),
  }),
  failing_noop: lone(17, "failing_noop", { arbitrary: req("arbitrary", bytesForm) }),
};

export const CONTENTS = { ...LONE_CONTENTS, ...MANAGER_CONTENTS };

/** One thing an operation does: tag and fields; {"kind": …, fields…}. */
export const contentForm = variantsForm("operation content", "kind", CONTENTS);

export type Content = FormValue<typeof contentForm>;
export type ContentKind = Content["kind"];

/** The content of one kind. */
export type ContentOf<K extends ContentKind> = Extract<Content, { readonly kind: K }>;

/** What an account signs and pays for. */
export type ManagerContent = ContentOf<ManagerKind>;

export function isManagerContent(content: Content): content is ManagerContent {
  return isManagerKind(content.kind);
}
