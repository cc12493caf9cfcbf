// Commands that move tez, call contracts, make contracts, and reveal keys. Left out: transfers from contracts ("manager.tz"),
// batches from a file, delegates, staking.

import { LazyMicheline } from "../../encoding/micheline.js";
import { revealOf } from "../../l1/client/injection.js";
import type { Contract, PublicKeyHash } from "../../protocol/identifiers.js";
import { argument, type Command, commandsIn, type OptionValues, option, optionOr, words } from "../phrase-parser.js";
import {
  accountArgument,
  amountArgument,
  checkNew,
  contractArgument,
  delegate,
  forceFlag,
  newName,
} from "./arguments.js";
import type { ClientContext } from "./context.js";
import { contextGroup as group } from "./context-commands.js";
import { fail, fatal } from "./failures.js";
import { inject } from "./injecting.js";
import {
  checkForce,
  counter,
  dryRun,
  fee,
  feeOptions,
  forceFailing,
  gasLimit,
  noPrintSource,
  replace,
  safetyGuard,
  simulation,
  storageLimit,
  successorLevel,
  verboseSigning,
} from "./injection-options.js";
import { parseExpression, script } from "./michelson-source.js";
import { anyText, entrypointName, naturalNumber } from "./parameters.js";
import { withScriptErrors } from "./script-errors.js";

const command = commandsIn<ClientContext>();

// ---- Transfers

const argumentOption = option(
  { long: "arg", placeholder: "data", doc: "argument passed to the contract's script, if needed" },
  anyText,
);

const entrypoint = option(
  { long: "entrypoint", placeholder: "name", doc: "entrypoint of the smart contract" },
  entrypointName,
);

const transferOptions = {
  fee,
  dryRun,
  verboseSigning,
  simulation,
  force: forceFailing,
  gasLimit,
  safetyGuard,
  storageLimit,
  counter,
  argument: argumentOption,
  noPrintSource,
  ...feeOptions,
  entrypoint,
  replace,
  successorLevel,
};

async function transferTez(
  context: ClientContext,
  amount: bigint,
  source: Contract,
  destination: Contract,
  options: OptionValues<typeof transferOptions>,
): Promise<void> {
  checkForce(options);
  await withScriptErrors(context, "transfer simulation failed", !options.noPrintSource, async () => {
    if (source.startsWith("KT1")) fail(`Transfers from a contract (${source}) are not supported.`);
    const value = options.argument === undefined ? undefined : parseExpression(options.argument);
    const call =
      value === undefined && options.entrypoint === undefined
        ? undefined
        : {
            entrypoint: options.entrypoint ?? "default",
            value: LazyMicheline.ofValue(value ?? { prim: "Unit" }),
          };
    const parameters = call === undefined ? {} : { parameters: call };
    const body = { kind: "transaction" as const, amount, destination, ...parameters };
    return inject(context, source as PublicKeyHash, [body], options); // no contract, by its prefix
  });
}

const transferSource = contractArgument("src", "name of the source contract");
const transferDestination = contractArgument("dst", "name/literal of the destination contract");

const transfer = command({
  group,
  summary: "Transfer tokens / call a smart contract.",
  options: transferOptions,
  phrase: [
    ...words("transfer"),
    amountArgument("qty", "amount taken from source"),
    ...words("from"),
    transferSource,
    ...words("to"),
    transferDestination,
  ],
  run: ([amount, source, destination], options, context) => transferTez(context, amount, source, destination, options),
});

const call = command({
  group,
  summary: "Call a smart contract (same as 'transfer 0').",
  options: transferOptions,
  phrase: [...words("call"), transferDestination, ...words("from"), transferSource],
  run: ([destination, source], options, context) => transferTez(context, 0n, source, destination, options),
});

// ---- Tickets

const transferTickets = command({
  group,
  summary: "Transfer tickets from an implicit account to a contract or another implicit account.",
  options: { fee, dryRun, verboseSigning, simulation, ...feeOptions, storageLimit, counter },
  phrase: [
    ...words("transfer"),
    argument("qty", "Amount of tickets to transfer.", naturalNumber),
    ...words("tickets", "from"),
    accountArgument("tickets owner", "Implicit account owning the tickets."),
    ...words("to"),
    contractArgument("recipient contract", "Contract receiving the tickets."),
    ...words("with", "entrypoint"),
    argument(
      "entrypoint",
      'Entrypoint to use on the receiving contract or implicit account. Needs to be "default" for implicit account ' +
        "destinations.",
      entrypointName,
    ),
    ...words("and", "contents"),
    argument("tickets content", "Content of the tickets.", anyText),
    ...words("and", "type"),
    argument("tickets type", "Type of the tickets.", anyText),
    ...words("and", "ticketer"),
    contractArgument("tickets ticketer", "Ticketer contract of the tickets."),
  ],
  run: async ([amount, source, destination, name, contents, type, ticketer], options, context) => {
    if (amount === 0n) fatal("ticket quantity should not be zero or negative");
    const body = {
      kind: "transfer_ticket" as const,
      ticketContents: LazyMicheline.ofValue(parseExpression(contents)),
      ticketType: LazyMicheline.ofValue(parseExpression(type)),
      ticketTicketer: ticketer,
      ticketAmount: amount,
      destination,
      entrypoint: name,
    };
    await inject(context, source, [body], options);
  },
});

// ---- Contracts

const originateContract = command({
  group,
  summary: "Launch a smart contract on the blockchain.",
  options: {
    fee,
    dryRun,
    verboseSigning,
    gasLimit,
    safetyGuard,
    storageLimit,
    delegate,
    forceName: forceFlag("keys"),
    init: optionOr(
      {
        long: "init",
        placeholder: "data",
        default: "Unit",
        doc: "initial value of the contract's storage",
      },
      anyText,
    ),
    noPrintSource,
    ...feeOptions,
  },
  phrase: [
    ...words("originate", "contract"),
    newName("contract", "new", "name of the new contract"),
    ...words("transferring"),
    amountArgument("qty", "amount taken from source"),
    ...words("from"),
    accountArgument("src", "name of the source contract"),
    ...words("running"),
    argument("prg", "script of the account\nCombine with -init if the storage type is not unit.", script),
  ],
  run: async ([name, balance, source, code], options, context) => {
    const { contracts } = context.wallet;
    await checkNew(contracts, name, options.forceName, (known) => known);
    const outcome = await withScriptErrors(context, "origination simulation failed", !options.noPrintSource, () =>
      inject(
        context,
        source,
        [
          {
            kind: "origination",
            balance,
            ...(options.delegate === undefined ? {} : { delegate: options.delegate }),
            script: {
              code: LazyMicheline.ofValue(code),
              storage: LazyMicheline.ofValue(parseExpression(options.init)),
            },
          },
        ],
        options,
      ),
    );
    const [contract, ...more] = outcome.contracts;
    if (contract === undefined || more.length > 0) {
      fail(`The origination introduced ${outcome.contracts.length} contracts instead of one.`);
    }
    if (options.dryRun) return;
    await contracts.add(name, contract, options.forceName);
    context.message(`Contract memorized as ${name}.`);
  },
});

// ---- Keys

const reveal = command({
  group,
  summary: "Reveal the public key of the contract manager.",
  options: { fee, dryRun, verboseSigning, ...feeOptions },
  phrase: [...words("reveal", "key", "for"), accountArgument("src", "name of the source contract")],
  run: async ([source], options, context) => {
    const { body } = revealOf(await context.wallet.signer(source));
    await inject(context, source, [body], options);
  },
});

export const transferCommands: readonly Command<ClientContext>[] = [
  originateContract,
  transfer,
  transferTickets,
  call,
  reveal,
];
