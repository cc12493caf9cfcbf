// Commands that look at the chain: time, balances, contracts, receipts, inclusion. Nothing is signed here.

import { decodeBase58Check, isBase58Check } from "../../encoding/base58check.js";
import { blockHashText, headMinus } from "../../l1/client/block-id.js";
import type { UnparsingMode } from "../../l1/client/block-rpc.js";
import type { Inclusion } from "../../l1/client/inclusion.js";
import { type BlockHash, hashEquals, type OperationHash } from "../../protocol/identifiers.js";
import { formatTimestamp } from "../../protocol/timestamp.js";
import { argument, type Command, commandsIn, flag, option, optionOr, type Parameter, words } from "../phrase-parser.js";
import { contractArgument, originatedArgument } from "./arguments.js";
import type { ClientContext } from "./context.js";
import { fail, fatal } from "./failures.js";
import { included, receiptsIn, waitForNode } from "./injecting.js";
import { printMicheline, printMichelineUnwrapped } from "./micheline-text.js";
import { nonNegative } from "./parameters.js";
import { receiptsText } from "./receipt-text.js";
import { printTez, TEZ } from "./tez.js";

export const contextGroup = { name: "context", title: "Block contextual commands (see option -block)" };
const group = contextGroup;
const command = commandsIn<ClientContext>();

export const bootstrapped = command({
  summary: "Wait for the node to be bootstrapped.",
  phrase: words("bootstrapped"),
  run: (_none, _options, context) => waitForNode(context),
});

const getTimestamp = command({
  group,
  summary: "Access the timestamp of the block.",
  options: { seconds: flag({ long: "seconds", short: "s", doc: "output time in seconds" }) },
  phrase: words("get", "timestamp"),
  run: async (_none, { seconds }, context) => {
    const { timestamp } = await context.l1.block(context.settings.block).shellHeader();
    context.message(seconds ? String(timestamp) : formatTimestamp(timestamp));
  },
});

const source = contractArgument("src", "source contract");

const getBalance = command({
  group,
  summary: "Get the liquid balance of a contract.",
  phrase: [...words("get", "balance", "for"), source],
  run: async ([contract], _options, context) => {
    const balance = await context.l1.block(context.settings.block).balance(contract);
    context.message(`${printTez(balance)} ${TEZ}`);
  },
});

const getFullBalance = command({
  group,
  summary: "Get the full balance of a contract.",
  phrase: [...words("get", "full", "balance", "for"), source],
  run: async ([contract], _options, context) => {
    const balance = await context.l1.block(context.settings.block).fullBalance(contract);
    context.message(`${printTez(balance)} ${TEZ}`);
  },
});

// ---- Contracts

const MODES: readonly string[] = ["Readable", "Optimized", "Optimized_legacy"];

const unparsingMode = optionOr(
  {
    long: "unparsing-mode",
    placeholder: "mode",
    default: "Readable",
    doc:
      'Unparsing mode to use\nOne of "Readable", "Optimized", or "Optimized_legacy".\n' +
      "This option affects the way the values of the following Michelson types are represented:\n" +
      "- timestamp: the Readable representation is a RFC3339 string, the Optimized and Optimized_legacy representations are " +
      "the number of seconds since Epoch\n" +
      "- key, signature, key_hash, address, contract, chain_id: the Readable representation is a Base58Check string, the " +
      "Optimized and Optimized_legacy representations are byte sequences\n" +
      "- nested pairs: in Readable mode, the Pair constructor is used even with arity bigger than 2 such as in Pair 0 1 2; " +
      "in Optimized_legacy mode, the Pair constructor is always use with arity 2 such as in Pair 0 (Pair 1 2); in Optimized " +
      "mode, a sequence is used if there are at least 4 elements and the behavior is the same as in Optimized_legacy mode " +
      "otherwise.\n",
  },
  {
    parse: (text): UnparsingMode =>
      MODES.includes(text) ? (text as UnparsingMode) : fatal(`Unknown unparsing mode ${text}`),
  },
);

export const NOT_A_CONTRACT = "This is not a smart contract.";

const getStorage = command({
  group,
  summary: "Get the storage of a contract.",
  options: { mode: unparsingMode },
  phrase: [...words("get", "contract", "storage", "for"), originatedArgument("src", "source contract")],
  run: async ([contract], { mode }, context) => {
    const storage = await context.l1.block(context.settings.block).normalizedStorage(contract, mode);
    context.message(printMichelineUnwrapped(storage ?? fatal(NOT_A_CONTRACT)));
  },
});

const getCode = command({
  group,
  summary: "Get the code of a contract.",
  options: {
    mode: unparsingMode,
    normalizeTypes: flag({
      long: "normalize-types",
      doc:
        "Whether types should be normalized (annotations removed, combs flattened) or kept as they appeared in the " +
        "original script.",
    }),
  },
  phrase: [...words("get", "contract", "code", "for"), originatedArgument("src", "source contract")],
  run: async ([contract], { mode, normalizeTypes }, context) => {
    const block = context.l1.block(context.settings.block);
    const script = await block.normalizedScript(contract, mode, normalizeTypes);
    context.message(printMicheline((script ?? fatal(NOT_A_CONTRACT)).code));
  },
});

// ---- Rollups

const listRollups = command({
  group,
  summary: "List originated smart rollups.",
  phrase: words("list", "smart", "rollups"),
  run: async (_none, _options, context) => {
    for (const address of await context.l1.block(context.settings.block).rollups()) context.message(address);
  },
});

// ---- Operations

const operation: Parameter<OperationHash> = {
  parse: (text) =>
    isBase58Check("operationHash", text)
      ? (decodeBase58Check("operationHash", text) as OperationHash)
      : fatal(`Invalid operation hash: '${text}'`),
};

const branch: Parameter<BlockHash> = {
  parse: (text) =>
    isBase58Check("blockHash", text)
      ? (decodeBase58Check("blockHash", text) as BlockHash)
      : fatal(`Parameter '${text}' is an invalid block hash`),
};

const checkPrevious = optionOr(
  {
    long: "check-previous",
    placeholder: "num_blocks",
    default: "10",
    doc: "number of previous blocks to check",
  },
  nonNegative,
);

const getReceipt = command({
  summary: "Get receipt for past operation",
  options: { predecessors: checkPrevious },
  phrase: [...words("get", "receipt", "for"), argument("operation", "Operation to be looked up", operation)],
  run: async ([hash], { predecessors }, context) => {
    const inclusion = (await lookUp(context, hash, predecessors)) ?? fail("Couldn't find operation");
    const { block, pass, index } = inclusion;
    context.message(`Operation found in block: ${blockHashText(block)} (pass: ${pass}, offset: ${index})`);
    const receipts = await receiptsIn(context, inclusion);
    context.message(receiptsText(receipts));
  },
});

/** Looks for an operation in the head and so many blocks before it. */
async function lookUp(
  { l1 }: ClientContext,
  hash: OperationHash,
  predecessors: number,
): Promise<Inclusion | undefined> {
  for (let back = 0; back <= predecessors; back++) {
    const block = await l1.block(headMinus(back)).hash();
    const passes = await l1.block(block).operationHashes();
    for (const [pass, hashes] of passes.entries()) {
      const index = hashes.findIndex((one) => hashEquals(one, hash));
      if (index >= 0) return { block, pass, index };
    }
  }
  return undefined;
}

const waitFor = command({
  summary: "Wait until an operation is included in a block",
  options: {
    confirmations: optionOr(
      {
        long: "confirmations",
        placeholder: "num_blocks",
        default: "0",
        doc: "wait until 'N' additional blocks after the operation appears in the considered chain",
      },
      nonNegative,
    ),
    predecessors: checkPrevious,
    branch: option(
      {
        long: "branch",
        placeholder: "block_hash",
        doc: "hash of the oldest block where we should look for the operation",
      },
      branch,
    ),
  },
  phrase: [
    ...words("wait", "for"),
    argument("operation", "Operation to be included", operation),
    ...words("to", "be", "included"),
  ],
  run: async ([hash], options, context) => {
    await included(context, hash, options.confirmations, options.branch, options.predecessors);
  },
});

export const contextCommands: readonly Command<ClientContext>[] = [
  getTimestamp,
  getBalance,
  getFullBalance,
  getStorage,
  getCode,
  getReceipt,
  waitFor,
  listRollups,
];
