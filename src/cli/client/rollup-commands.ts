// Commands of those who run rollups and of those who use them: origination, messages, commitments, outboxes, bonds.

import { LazyMicheline } from "../../encoding/micheline.js";
import { makeStakers } from "../../protocol/game.js";
import { argument, type Command, commandsIn, words } from "../phrase-parser.js";
import { accountArgument, checkNew, forceFlag, newName, rollupArgument } from "./arguments.js";
import type { ClientContext } from "./context.js";
import { contextGroup as group } from "./context-commands.js";
import { fatal } from "./failures.js";
import { inject, type Outcome } from "./injecting.js";
import { feeOptions, gasLimit, operationOptions, safetyGuard } from "./injection-options.js";
import { expression } from "./michelson-source.js";
import { commitmentHash, level, numberOfTicks, prefixedBytes, stateHash } from "./parameters.js";
import { kernel, kernelBytes, messages, pvmKind, whitelist } from "./rollup-parameters.js";

const command = commandsIn<ClientContext>();
const SOURCE = "Name of the source contract.";

// ---- Origination

/** `withWords`: what stands before the kernel. "booting with" is what Octez called it before. */
function originateRollup(withWords: readonly [string, string]): Command<ClientContext> {
  return command({
    group,
    summary: "Originate a new smart rollup.",
    options: { ...operationOptions, forceName: forceFlag("keys"), whitelist },
    phrase: [
      ...words("originate", "smart", "rollup"),
      newName("smart rollup", "alias", "name of the new smart rollup"),
      ...words("from"),
      accountArgument("src", "Name of the account originating the smart rollup."),
      ...words("of", "kind"),
      argument("smart_rollup_kind", "Kind of the smart rollup to be originated.", pvmKind),
      ...words("of", "type"),
      argument(
        "parameters_type",
        "The interface of the smart rollup including its entrypoints and their signatures.",
        expression,
      ),
      ...words(...withWords),
      argument("kernel", "The kernel for the smart rollup.", kernel),
    ],
    run: async ([name, source, kind, type, given], options, context) => {
      await checkNew(context.wallet.rollups, name, options.forceName, (known) => known);
      const body = {
        kind: "smart_rollup_originate" as const,
        pvmKind: kind,
        kernel: kernelBytes(kind, given),
        parametersType: LazyMicheline.ofValue(type),
        ...(options.whitelist === undefined ? {} : { whitelist: options.whitelist }),
      };
      const outcome = await inject(context, source, [body], options);
      if (options.dryRun || options.simulation) return;
      await memorize(context, name, options.forceName, outcome);
    },
  });
}

async function memorize(context: ClientContext, name: string, force: boolean, { receipts }: Outcome): Promise<void> {
  const [receipt] = receipts;
  if (receipt?.content.kind !== "smart_rollup_originate") return;
  const { operationResult } = receipt.metadata;
  if (operationResult.status !== "applied" || !("genesisCommitmentHash" in operationResult.applied)) return;
  const { address } = operationResult.applied;
  await context.wallet.rollups.add(name, address, force);
  context.message(`Smart rollup ${address} memorized as "${name}"`);
}

// ---- Messages

const sendMessage = command({
  group,
  summary: "Send one or more messages to a smart rollup.",
  options: { ...operationOptions, ...feeOptions, gasLimit, safetyGuard },
  phrase: [
    ...words("send", "smart", "rollup", "message"),
    argument(
      "messages",
      "The message(s) to be sent to the rollup (syntax: bin:<path_to_binary_file>|text:<json list of raw string messages>|" +
        "hex:<json list of hex-encoded messages>|file:<json_file>).",
      messages,
    ),
    ...words("from"),
    accountArgument("src", SOURCE),
  ],
  run: async ([list, source], options, context) => {
    await inject(context, source, [{ kind: "smart_rollup_add_messages", messages: list }], options);
  },
});

// ---- Commitments

const publish = command({
  group,
  summary: "Publish a commitment for a smart rollup",
  options: operationOptions,
  phrase: [
    ...words("publish", "commitment", "from"),
    accountArgument("src", SOURCE),
    ...words("for", "smart", "rollup"),
    rollupArgument("The address of the smart rollup where the commitment will be published."),
    ...words("with", "compressed", "state"),
    argument("compressed_state", "The compressed state of the smart rollup for the commitment.", stateHash),
    ...words("at", "inbox", "level"),
    argument("inbox_level", "The inbox level for the commitment.", level),
    ...words("and", "predecessor"),
    argument("predecessor", "The hash of the commitment's predecessor", commitmentHash),
    ...words("and", "number", "of", "ticks"),
    argument("number_of_ticks", "The number of ticks for the commitment.", numberOfTicks),
  ],
  run: async ([source, rollup, compressedState, inboxLevel, predecessor, ticks], options, context) => {
    const commitment = { compressedState, inboxLevel, predecessor, numberOfTicks: ticks };
    await inject(context, source, [{ kind: "smart_rollup_publish", rollup, commitment }], options);
  },
});

const cement = command({
  group,
  summary: "Cement a commitment for a smart rollup.",
  options: operationOptions,
  phrase: [
    ...words("cement", "commitment", "from"),
    accountArgument("src", SOURCE),
    ...words("for", "smart", "rollup"),
    rollupArgument("The address of the smart rollup of which the commitment will be cemented."),
  ],
  run: async ([source, rollup], options, context) => {
    await inject(context, source, [{ kind: "smart_rollup_cement", rollup }], options);
  },
});

const timeout = command({
  group,
  summary: "Timeout a staker from dispute on a smart rollup.",
  options: operationOptions,
  phrase: [
    ...words("timeout", "dispute", "on", "smart", "rollup"),
    rollupArgument("The address of the smart rollup where the staker of the dispute has timed-out."),
    ...words("with"),
    accountArgument("staker1", "The staker that has timed out."),
    ...words("against"),
    accountArgument("staker2", "The opponent of this staker."),
    ...words("from"),
    accountArgument("src", SOURCE),
  ],
  run: async ([rollup, first, second, source], options, context) => {
    const stakers = makeStakers(first, second);
    const games = await context.l1.block(context.settings.block).rollup(rollup).games(first);
    if (!games.some(({ alice, bob }) => alice === stakers.alice && bob === stakers.bob)) {
      fatal("Couldn't find an ongoing dispute for this staker on this rollup.");
    }
    await inject(context, source, [{ kind: "smart_rollup_timeout", rollup, stakers }], options);
  },
});

// ---- What rollups give back

const executeOutboxMessage = command({
  group,
  summary: "Execute a message from a smart rollup's outbox of a cemented commitment.",
  options: operationOptions,
  phrase: [
    ...words("execute", "outbox", "message", "of", "smart", "rollup"),
    rollupArgument("The address of the smart rollup where the message resides."),
    ...words("from"),
    accountArgument("source", "The account used for executing the outbox message."),
    ...words("for", "commitment", "hash"),
    argument("cemented commitment", "The hash of the cemented commitment of the rollup.", commitmentHash),
    ...words("and", "output", "proof"),
    argument("output proof", "The output proof containing the outbox level, index and message.", prefixedBytes),
  ],
  run: async ([rollup, source, cementedCommitment, outputProof], options, context) => {
    const body = { kind: "smart_rollup_execute_outbox_message" as const, rollup, cementedCommitment, outputProof };
    await inject(context, source, [body], options);
  },
});

const recoverBond = command({
  group,
  summary: "Recover commitment bond from a smart rollup.",
  options: operationOptions,
  phrase: [
    ...words("recover", "bond", "of"),
    accountArgument("staker", "The implicit account that owns the frozen bond."),
    ...words("for", "smart", "rollup"),
    rollupArgument("The address of the smart rollup of the bond."),
    ...words("from"),
    accountArgument("src", "The implicit account that triggers the operation."),
  ],
  run: async ([staker, rollup, source], options, context) => {
    await inject(context, source, [{ kind: "smart_rollup_recover_bond", rollup, staker }], options);
  },
});

export const rollupCommands: readonly Command<ClientContext>[] = [
  originateRollup(["with", "kernel"]),
  originateRollup(["booting", "with"]),
  sendMessage,
  publish,
  cement,
  timeout,
  executeOutboxMessage,
  recoverBond,
];
