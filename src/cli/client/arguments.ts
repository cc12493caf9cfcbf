// Arguments that many commands have: accounts, contracts, rollups, new names; described as octez-client does.

import type { AliasFile } from "../../l1/client/alias-file.js";
import type { ContractHash, PublicKeyHash, RollupAddress } from "../../protocol/identifiers.js";
import { type Argument, argument, flag, option } from "../phrase-parser.js";
import type { ClientContext } from "./context.js";
import { fail } from "./failures.js";
import { account, anyText, contract, originatedContract, rollup, tez } from "./parameters.js";

type ClientArgument<T> = Argument<T, ClientContext>;

/** "source public key hash" and how it can be written; `entity`: what the key directory calls it. */
export function sourceDoc(doc: string, entity: string): string {
  return (
    `${doc}\nCan be a ${entity} name, a file or a raw ${entity} literal. If the parameter is not the name of an existing ` +
    `${entity}, the client will look for a file containing a ${entity}, and if it does not exist, the argument will be ` +
    `read as a raw ${entity}.\nUse 'alias:<name>', 'file:<path>' or 'text:<literal>' to disable autodetect.`
  );
}

const PUBLIC_KEY_HASH = "public key hash";

export function accountArgument(name = "src", doc = `source ${PUBLIC_KEY_HASH}`): ClientArgument<PublicKeyHash> {
  return argument(name, sourceDoc(doc, PUBLIC_KEY_HASH), account);
}

export const delegate = option(
  {
    long: "delegate",
    placeholder: "address",
    doc: sourceDoc("delegate of the contract\nMust be a known address.", PUBLIC_KEY_HASH),
  },
  account,
);

const DESTINATION_DOC =
  "Can be a literal, an alias, or a key (autodetected in order).\n" +
  "Use 'text:<literal>', 'alias:<name>', 'key:<key>' to force.";

export function contractArgument(
  name: string,
  doc: string,
): ClientArgument<Awaited<ReturnType<typeof contract.parse>>> {
  return argument(name, `${doc}\n${DESTINATION_DOC}`, contract);
}

const LITERAL_DOC =
  "Can be a literal or an alias (autodetected in order).\nUse 'text:<literal>' or 'alias:<name>' to force.";

export function originatedArgument(name: string, doc: string): ClientArgument<ContractHash> {
  return argument(name, `${doc}\n${LITERAL_DOC}`, originatedContract);
}

export function rollupArgument(doc = "the address of the targeted smart rollup"): ClientArgument<RollupAddress> {
  const how = "Can be a literal or an alias (autodetected in order).\nUse 'alias:<name>' or 'text:<literal>' to force.";
  return argument("smart rollup address", `${doc}\n${how}`, rollup);
}

export function amountArgument(name: string, doc: string): Argument<bigint, unknown> {
  const format =
    "Text format: `DDDDDDD.DDDDDD`.\n" +
    "Tez and mutez and separated by a period sign. Trailing and pending zeroes are allowed.";
  return argument(name, `${doc} in ꜩ\n${format}`, tez(name));
}

// ---- Names

/** A name that is not taken yet, or is to be taken anew. */
export function newName(entity: string, name = "new", doc = `new ${entity} alias`): Argument<string, unknown> {
  return argument(name, doc, anyText);
}

/** A name in a file of the key directory. */
export function knownName<T>(
  entity: string,
  file: (context: ClientContext) => AliasFile<T>,
  name = "name",
): ClientArgument<{ readonly name: string; readonly value: T }> {
  return argument(name, `existing ${entity} alias`, {
    parse: async (text, context) => ({ name: text, value: await file(context).get(text) }),
  });
}

/** `what`: what would be overwritten. */
export function forceFlag(what: string) {
  return flag({ long: "force", short: "f", doc: `overwrite existing ${what}` });
}

/** Raises TraceFailure for a name that is taken, unless `force`. `show` prints what has the name; undefined for a secret. */
export async function checkNew<T>(
  file: AliasFile<T>,
  name: string,
  force: boolean,
  show?: (value: T) => string,
): Promise<void> {
  if (force) return;
  const value = await file.find(name);
  if (value === undefined) return;
  const current = show === undefined ? "" : `The current value is ${show(value)}.`;
  fail(`The ${file.kind.name} alias ${name} already exists.\n  ${current}Use --force to update`);
}
