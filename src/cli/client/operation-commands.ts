// Commands that octez-client does not have: injecting operations given as JSON, and playing refutation games by hand. Rollup nodes
// of Octez play by themselves; here a move can come from a file, as the tools that make proofs print it.

import { expectArray, expectObject, isJsonObject, JsonError, type JsonObject } from "../../encoding/json.js";
import type { Draft, OperationBody } from "../../l1/client/drafts.js";
import type { PublicKeyHash } from "../../protocol/identifiers.js";
import { contentForm, isManagerContent } from "../../protocol/operation-contents.js";
import { type Refutation, refutationForm } from "../../protocol/refutation.js";
import { argument, type Command, commandsIn, words } from "../phrase-parser.js";
import { accountArgument, rollupArgument } from "./arguments.js";
import type { ClientContext } from "./context.js";
import { contextGroup as group } from "./context-commands.js";
import { fail, fatal } from "./failures.js";
import { draftOf, inject, injectDrafts } from "./injecting.js";
import { gasLimit, type InjectionChoices, operationOptions, safetyGuard } from "./injection-options.js";
import { type ClientParameter, fileOrText } from "./parameters.js";
import { jsonOf } from "./rollup-parameters.js";

const command = commandsIn<ClientContext>();
const FORMS = "Can be JSON or a file with JSON. Use 'file:<path>' or 'text:<json>' to disable autodetect.";

// ---- Contents

const MANAGER_FIELDS = ["source", "fee", "counter", "gas_limit", "storage_limit"] as const;
type JsonManagerField = (typeof MANAGER_FIELDS)[number];

/** A manager operation and those of the fields all of them have that somebody wrote down. */
interface GivenContent {
  readonly body: OperationBody;
  readonly source?: PublicKeyHash;
  readonly counter?: bigint;
  readonly limits: Pick<Draft, "fee" | "gasLimit" | "storageLimit">;
}

/** Stand for fields that are not there, to be found out later. */
const PLACEHOLDERS: Readonly<Record<JsonManagerField, string>> = {
  source: "tz1Ke2h7sDdakHJQh8WX4Z372du1KChsksyU",
  fee: "0",
  counter: "0",
  gas_limit: "0",
  storage_limit: "0",
};

/** Raises JsonError. */
function readContent(json: unknown): GivenContent {
  const given = expectObject(json);
  const content = contentForm.fromJson({ ...PLACEHOLDERS, ...withoutMetadata(given) });
  if (!isManagerContent(content)) {
    return fatal(`Operations of kind ${content.kind} are not injected here: no account pays for them.`);
  }
  const { source, fee, counter, gasLimit: gas, storageLimit: storage, ...body } = content;
  const has = (name: JsonManagerField): boolean => Object.hasOwn(given, name);
  return {
    body: body as OperationBody, // a content without what all contents have
    ...(has("source") ? { source } : {}),
    ...(has("counter") ? { counter } : {}),
    limits: {
      ...(has("fee") ? { fee } : {}),
      ...(has("gas_limit") ? { gasLimit: gas } : {}),
      ...(has("storage_limit") ? { storageLimit: storage } : {}),
    },
  };
}

/** What blocks print with an operation is none of it. */
function withoutMetadata({ metadata: _metadata, ...content }: JsonObject): JsonObject {
  return content;
}

/** One content, a list of them, or an operation that has a list of them. */
function readContents(text: string): readonly GivenContent[] {
  const json = jsonOf(text);
  try {
    const list = isJsonObject(json) ? (json["contents"] ?? [json]) : json;
    const contents = expectArray(list).map(readContent);
    return contents.length > 0 ? contents : fatal("There is no operation to inject.");
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    return fatal(`could not decode the operation:\n  ${error.message}`);
  }
}

const contents: ClientParameter<readonly GivenContent[]> = fileOrText(readContents);

// ---- Commands

const injectContents = command({
  group,
  summary:
    "Inject operations given as JSON.\n" +
    "Takes the JSON of one operation, a list of them, or an object whose field `contents` is such a list, as RPCs print them. " +
    "Fields that are missing (source, fee, counter, limits) are filled in. Not a command of octez-client.",
  options: { ...operationOptions, gasLimit, safetyGuard },
  phrase: [
    ...words("inject", "operations"),
    argument("operations", `What the operations do.\n${FORMS}`, contents),
    ...words("from"),
    accountArgument("src", "Name of the source contract."),
  ],
  run: async ([given, source], options, context) => {
    for (const { source: other } of given) {
      if (other !== undefined && other !== source) fail(`The source of the operation is ${other}, not ${source}.`);
    }
    const drafts = given.map(({ body, limits }) => ({ ...draftOf(body, options), ...limits }));
    const counter = options.counter ?? given[0]?.counter;
    const choices: InjectionChoices = counter === undefined ? options : { ...options, counter };
    await injectDrafts(context, source, drafts, choices);
  },
});

/** A refutation, or the operation it is in. */
function readRefutation(text: string): Refutation {
  const json = jsonOf(text);
  try {
    const object = expectObject(json);
    return refutationForm.fromJson(object["kind"] === "smart_rollup_refute" ? object["refutation"] : object);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    return fatal(`could not decode the refutation:\n  ${error.message}`);
  }
}

const refute = command({
  group,
  summary:
    "Play a move of a refutation game.\n" +
    "Takes the JSON of the refutation: the start of a game, a dissection, or a proof. Not a command of octez-client.",
  options: { ...operationOptions, gasLimit, safetyGuard },
  phrase: [
    ...words("refute", "commitment", "on", "smart", "rollup"),
    rollupArgument("The address of the smart rollup where the game is played."),
    ...words("against"),
    accountArgument("staker", "The opponent."),
    ...words("with"),
    argument("refutation", `The move.\n${FORMS}`, fileOrText(readRefutation)),
    ...words("from"),
    accountArgument("src", "The staker who plays."),
  ],
  run: async ([rollup, opponent, refutation, source], options, context) => {
    await inject(context, source, [{ kind: "smart_rollup_refute", rollup, opponent, refutation }], options);
  },
});

export const operationCommands: readonly Command<ClientContext>[] = [injectContents, refute];
