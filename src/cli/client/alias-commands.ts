// Commands about the names of contracts and rollups in the key directory.

import type { AliasFile } from "../../l1/client/alias-file.js";
import { argument, type Command, commandsIn, words } from "../phrase-parser.js";
import { checkNew, forceFlag, knownName, newName, sourceDoc } from "./arguments.js";
import type { ClientContext } from "./context.js";
import { fail } from "./failures.js";
import { alternatives, parseContract, parseRollup } from "./parameters.js";

const command = commandsIn<ClientContext>();

// ---- Rollups

const rollups = { name: "smart rollup", title: "Commands for managing the record of known smart rollup" };
const rollupFile = ({ wallet }: ClientContext) => wallet.rollups;

function sourceOf<T extends string>(
  entity: string,
  file: (context: ClientContext) => AliasFile<T>,
  read: (text: string) => T,
) {
  return argument(
    "src",
    sourceDoc(`source ${entity}`, entity),
    alternatives<T>([
      ["alias", (name, context) => file(context).get(name)],
      ["file", async (path, context) => read((await context.readText(path)).trim())],
      ["text", read],
    ]),
  );
}

const rememberRollup = command({
  group: rollups,
  summary: "Add a smart rollup to the wallet.",
  options: { force: forceFlag("smart rollup") },
  phrase: [
    ...words("remember", "smart", "rollup"),
    newName("smart rollup"),
    sourceOf("smart rollup", rollupFile, parseRollup),
  ],
  run: async ([name, address], { force }, { wallet }) => {
    await checkNew(wallet.rollups, name, force, (known) => known);
    await wallet.rollups.add(name, address, force);
  },
});

const forgetRollup = command({
  group: rollups,
  summary: "Remove a smart rollup from the wallet.",
  phrase: [...words("forget", "smart", "rollup"), knownName("smart rollup", rollupFile)],
  run: ([{ name }], _options, { wallet }) => wallet.rollups.remove(name),
});

const listRollups = command({
  group: rollups,
  summary: "Lists all known smart rollup in the wallet.",
  phrase: words("list", "known", "smart", "rollups"),
  run: async (_none, _options, context) => {
    for (const { name, value } of await context.wallet.rollups.load()) context.message(`${name}: ${value}`);
  },
});

const forgetRollups = command({
  group: rollups,
  summary: "Forget the entire wallet of known smart rollups.",
  options: { force: forceFlag("smart rollup") },
  phrase: words("forget", "all", "smart", "rollups"),
  run: async (_none, { force }, { wallet }) => {
    if (!force) fail("this can only be used with option --force");
    await wallet.rollups.save([]);
  },
});

const showRollup = command({
  group: rollups,
  summary: "Display a smart rollup from the wallet.",
  phrase: [...words("show", "known", "smart", "rollup"), knownName("smart rollup", rollupFile)],
  run: ([{ value }], _options, context) => context.message(`${value}\n`),
});

export const rollupAliasCommands: readonly Command<ClientContext>[] = [
  rememberRollup,
  forgetRollup,
  listRollups,
  forgetRollups,
  showRollup,
];

// ---- Contracts

const contracts = { name: "contracts", title: "Commands for managing the record of known contracts" };
const contractFile = ({ wallet }: ClientContext) => wallet.contracts;

const rememberContract = command({
  group: contracts,
  summary: "Add a contract to the wallet.",
  options: { force: forceFlag("contract") },
  phrase: [...words("remember", "contract"), newName("contract"), sourceOf("contract", contractFile, parseContract)],
  run: async ([name, address], { force }, { wallet }) => {
    await checkNew(wallet.contracts, name, force, (known) => known);
    await wallet.contracts.add(name, address, force);
  },
});

const forgetContract = command({
  group: contracts,
  summary: "Remove a contract from the wallet.",
  phrase: [...words("forget", "contract"), knownName("contract", contractFile)],
  run: ([{ name }], _options, { wallet }) => wallet.contracts.remove(name),
});

const listContracts = command({
  group: contracts,
  summary: "Lists all known contracts in the wallet.",
  phrase: words("list", "known", "contracts"),
  run: async (_none, _options, context) => {
    const known = await context.wallet.contracts.load();
    for (const { name, value } of known) context.message(`${name}: ${value}`);
    const taken = new Set(known.map(({ name }) => name));
    for (const { name, value } of await context.wallet.hashes.load()) {
      context.message(`${taken.has(name) ? "key:" : ""}${name}: ${value}`);
    }
  },
});

const forgetContracts = command({
  group: contracts,
  summary: "Forget the entire wallet of known contracts.",
  options: { force: forceFlag("contract") },
  phrase: words("forget", "all", "contracts"),
  run: async (_none, { force }, { wallet }) => {
    if (!force) fail("this can only used with option -force");
    await wallet.contracts.save([]);
  },
});

const showContract = command({
  group: contracts,
  summary: "Display a contract from the wallet.",
  phrase: [...words("show", "known", "contract"), knownName("contract", contractFile)],
  run: ([{ value }], _options, context) => context.message(`${value}\n`),
});

export const contractAliasCommands: readonly Command<ClientContext>[] = [
  rememberContract,
  forgetContract,
  listContracts,
  forgetContracts,
  showContract,
];
