// Options of the commands that inject operations, as octez-client has them, and what is read from them.

import { type FeeRates, type Rational, rational } from "../../l1/client/fees.js";
import { flag, type OptionValues, option, optionOr, type Parameter } from "../phrase-parser.js";
import type { ClientContext } from "./context.js";
import { fatal } from "./failures.js";
import { minimalFees, nanotez, natural, tez, tezOrFail } from "./parameters.js";

export const fee = option({ long: "fee", placeholder: "amount", doc: "fee in ꜩ to pay to the baker" }, tez("--fee"));

export const dryRun = flag({
  long: "dry-run",
  short: "D",
  doc: "don't inject the operation, just display it",
});

export const verboseSigning = flag({
  long: "verbose-signing",
  doc: "display extra information before signing the operation",
});

export const simulation = flag({
  long: "simulation",
  doc: "Simulate the execution of the command, without needing any signatures.",
});

export const forceFailing = flag({
  long: "force",
  doc:
    "Inject the operation even if the simulation results in a failure. This switch requires --gas-limit, --storage-limit, " +
    "and --fee.",
});

const gas: Parameter<bigint> = natural("invalid gas limit (must be a positive number)");

export const gasLimit = option(
  {
    long: "gas-limit",
    short: "G",
    placeholder: "amount",
    doc: "Set the gas limit of the transaction instead of letting the client decide based on a simulation",
  },
  gas,
);

export const safetyGuard = option(
  {
    long: "safety-guard",
    placeholder: "extra_gas",
    doc:
      "Amount of gas to add to value computed by simulation. The gas safety guard allows operations that consume a little " +
      "more gas than expected to be successful",
  },
  gas,
);

export const storageLimit = option(
  {
    long: "storage-limit",
    short: "S",
    placeholder: "amount",
    doc: "Set the storage limit of the transaction instead of letting the client decide based on a simulation",
  },
  natural("invalid storage limit (must be a positive number of bytes)"),
);

export const counter = option(
  { long: "counter", short: "C", placeholder: "counter", doc: "Set the counter to be used by the transaction" },
  natural("Invalid counter, must be a non-negative number."),
);

export const noPrintSource = flag({
  long: "no-print-source",
  short: "q",
  doc:
    "don't print the source code\n" +
    "If an error is encountered, the client will print the contract's source code by default.\n" +
    "This option disables this behaviour.",
});

export const replace = flag({
  long: "replace",
  doc:
    "Replace an existing pending transaction from the same source, if any, with another one with higher fees. There are no " +
    "guarantees that the first operation will not be included or that the second one will be. But, only one of the " +
    "operations at most will end in a block (in precheck mode).",
});

export const successorLevel = flag({
  long: "simulate-successor-level",
  doc: "Make the simulate on the successor level of the current head.",
});

const rateDoc = (what: string): string =>
  `Set the fee per ${what} threshold (in nanotez) used to compute operation fees. If not provided, the value is fetched ` +
  "from the node's mempool filter configuration.";

/** What is paid. */
export const feeOptions = {
  minimalFees: optionOr(
    {
      long: "minimal-fees",
      placeholder: "amount",
      default: "0.0001",
      doc: "exclude operations with fees lower than this threshold (in tez)",
    },
    minimalFees,
  ),
  nanotezPerByte: option({ long: "minimal-nanotez-per-byte", placeholder: "amount", doc: rateDoc("byte") }, nanotez),
  nanotezPerGasUnit: option(
    { long: "minimal-nanotez-per-gas-unit", placeholder: "amount", doc: rateDoc("gas unit") },
    nanotez,
  ),
  forceLowFee: flag({
    long: "force-low-fee",
    doc: "Don't check that the fee is lower than the estimated default value",
  }),
  feeCap: optionOr(
    { long: "fee-cap", placeholder: "amount", default: "1.0", doc: "Set the fee cap" },
    tezOrFail("Bad fee cap"),
  ),
  burnCap: optionOr(
    { long: "burn-cap", placeholder: "amount", default: "0", doc: "Set the burn cap" },
    tezOrFail("Bad burn cap"),
  ),
};

export type FeeChoices = OptionValues<typeof feeOptions>;

/** What a command may leave to simulation, or to the account: everything but fees. */
export interface InjectionChoices extends FeeChoices {
  readonly fee?: bigint | undefined;
  readonly dryRun: boolean;
  readonly verboseSigning: boolean;
  readonly simulation?: boolean;
  readonly force?: boolean;
  readonly gasLimit?: bigint | undefined;
  readonly safetyGuard?: bigint | undefined;
  readonly storageLimit?: bigint | undefined;
  readonly counter?: bigint | undefined;
  readonly replace?: boolean;
  readonly successorLevel?: boolean;
}

/** Options of most commands about rollups. */
export const operationOptions = { fee, dryRun, verboseSigning, simulation, ...feeOptions, storageLimit, counter };

/** Raises FatalFailure unless an operation that fails can be forced with these choices. */
export function checkForce({ force = false, simulation: isSimulation = false, ...choices }: InjectionChoices): void {
  if (!force || isSimulation) return;
  const needed = { "--gas-limit": choices.gasLimit, "--storage-limit": choices.storageLimit, "--fee": choices.fee };
  for (const [name, value] of Object.entries(needed)) {
    if (value === undefined) fatal(`When the --force switch is used, the ${name} option is required.`);
  }
}

// ---- Rates

const PER_BYTE = rational(1000n);
const PER_GAS_UNIT = rational(100n);

/** The rates to reckon fees by: those given, or else the node's, or else those that bakers use by default. */
export async function resolveRates(context: ClientContext, choices: FeeChoices): Promise<FeeRates> {
  const { minimalFees: fixed, nanotezPerByte, nanotezPerGasUnit } = choices;
  if (nanotezPerByte !== undefined && nanotezPerGasUnit !== undefined) {
    return { minimalFees: fixed, nanotezPerByte, nanotezPerGasUnit };
  }
  const fetched = await context.l1.feeRates().catch(() => undefined);
  if (fetched === undefined) {
    const defaults: string[] = [];
    if (nanotezPerByte === undefined) defaults.push("1000 nanotez/byte");
    if (nanotezPerGasUnit === undefined) defaults.push("100 nanotez/gas_unit");
    context.warning(
      `Failed to fetch mempool filter configuration from the node's RPC. Using defaults: ${defaults.join(", ")}.`,
    );
  }
  const pick = (given: Rational | undefined, node: Rational | undefined, otherwise: Rational): Rational =>
    given ?? node ?? otherwise;
  return {
    minimalFees: fixed,
    nanotezPerByte: pick(nanotezPerByte, fetched?.nanotezPerByte, PER_BYTE),
    nanotezPerGasUnit: pick(nanotezPerGasUnit, fetched?.nanotezPerGasUnit, PER_GAS_UNIT),
  };
}
