// Commands that look at contracts besides their balance, code and storage (context-commands.ts): entrypoints, space, delegate, tickets.

import { DEFAULT_ENTRYPOINT } from "../../protocol/entrypoint.js";
import { argument, type Command, commandsIn, flag, words } from "../phrase-parser.js";
import { contractArgument, originatedArgument } from "./arguments.js";
import type { ClientContext } from "./context.js";
import { contextGroup as group, NOT_A_CONTRACT } from "./context-commands.js";
import { fatal } from "./failures.js";
import { printMicheline, putMicheline } from "./micheline-text.js";
import { parseExpression } from "./michelson-source.js";
import { type ClientParameter, contract, entrypointName, rollup } from "./parameters.js";

const command = commandsIn<ClientContext>();
const source = originatedArgument("src", "source contract");

const normalizeTypes = flag({
  long: "normalize-types",
  doc:
    "Whether types should be normalized (annotations removed, combs flattened) or kept as they appeared in the original " +
    "script.",
});

// ---- Entrypoints

const getEntrypointType = command({
  group,
  summary: "Get the type of an entrypoint of a contract.",
  options: { normalizeTypes },
  phrase: [
    ...words("get", "contract", "entrypoint", "type", "of"),
    argument("entrypoint", "the entrypoint to describe", entrypointName),
    ...words("for"),
    source,
  ],
  run: async ([name, address], options, context) => {
    const asked = context.l1.block(context.settings.block).contract(address);
    const type = await asked.entrypointType(name, options.normalizeTypes);
    context.messageBoxes((boxes) => {
      if (type === undefined) {
        boxes.text(`No entrypoint named ${name} for contract ${address}\n`);
      } else {
        boxes.box("v", 2, () => putMicheline(boxes.text(`Entrypoint ${name}: `), type));
        boxes.text("\n");
      }
    });
  },
});

const getEntrypoints = command({
  group,
  summary: "Get the entrypoint list of a contract.",
  options: { normalizeTypes },
  phrase: [...words("get", "contract", "entrypoints", "for"), source],
  run: async ([address], options, context) => {
    const asked = context.l1.block(context.settings.block).contract(address);
    const { entrypoints } = await asked.entrypoints(options.normalizeTypes);
    const list = [...entrypoints];
    if (!list.some(({ name }) => name === DEFAULT_ENTRYPOINT)) {
      const type = await asked.entrypointType(DEFAULT_ENTRYPOINT, options.normalizeTypes);
      if (type !== undefined) list.unshift({ name: DEFAULT_ENTRYPOINT, type });
    }
    context.messageBoxes((boxes) => {
      boxes.box("v", 2, () => {
        boxes.text(`Entrypoints for contract ${address}: `).cut();
        boxes.list(list, ({ name, type }) => {
          boxes.text(`${name}: `).box("v", 0, () => putMicheline(boxes, type));
        });
      });
      boxes.text("\n");
    });
  },
});

const getUnreachable = command({
  group,
  summary: "Get the list of unreachable paths in a contract's parameter type.",
  phrase: [...words("get", "contract", "unreachable", "paths", "for"), source],
  run: async ([address], _options, context) => {
    const { unreachable } = await context.l1.block(context.settings.block).contract(address).entrypoints();
    if (unreachable.length === 0) {
      context.message("None.\n");
      return;
    }
    const paths = unreachable.map((path) => ` ${path.join("/")} `).join("\n  ");
    context.message(`Unreachable paths in the argument of contract ${address}: ${paths}\n`);
  },
});

// ---- Space

function getSpace(kind: "used" | "paid"): Command<ClientContext> {
  return command({
    group,
    summary: `Get the ${kind} storage space of a contract.`,
    phrase: [...words("get", "contract", kind, "storage", "space", "for"), source],
    run: async ([address], _options, context) => {
      const bytes = await context.l1.block(context.settings.block).contract(address).storageSpace(kind);
      context.message(String(bytes ?? fatal(NOT_A_CONTRACT)));
    },
  });
}

// ---- Delegate

const getDelegate = command({
  group,
  summary: "Get the delegate of a contract.",
  phrase: [...words("get", "delegate", "for"), contractArgument("src", "source contract")],
  run: async ([address], _options, context) => {
    const delegate = await context.l1.block(context.settings.block).contract(address).delegate();
    if (delegate === undefined) {
      context.message("none");
      return;
    }
    const name = await context.wallet.hashes.nameOf(delegate);
    context.message(`${delegate} (${name === undefined ? "unknown" : `known as ${name}`})`);
  },
});

// ---- Tickets

/** A contract, an account or a rollup. */
const ticketOwner: ClientParameter<string> = {
  parse: async (text, context) => {
    if (text.startsWith("sr1")) return rollup.parse(text, context);
    const known = await context.wallet.rollups.find(text);
    return known ?? contract.parse(text, context);
  },
};

const expression = { parse: parseExpression };

const getTicketBalance = command({
  group,
  summary: "Get contract's balance of ticket with specified ticketer, content type, and content.",
  phrase: [
    ...words("get", "ticket", "balance", "for"),
    argument("src", "Source address.", ticketOwner),
    ...words("with", "ticketer"),
    contractArgument("ticketer", "Ticketer contract of the ticket."),
    ...words("and", "type"),
    argument("ticket content type", "Type of the content of the ticket.", expression),
    ...words("and", "content"),
    argument("ticket content", "Content of the ticket.", expression),
  ],
  run: async ([owner, ticketer, contentType, content], _options, context) => {
    const block = context.l1.block(context.settings.block);
    const kind = { ticketer, contentType, content };
    const balance = owner.startsWith("sr1")
      ? await block.rollup(await rollup.parse(owner, context)).ticketBalance(kind)
      : await block.contract(await contract.parse(owner, context)).ticketBalance(kind);
    context.message(String(balance));
  },
});

const getAllTicketBalances = command({
  group,
  summary: "Get the complete list of tickets owned by a given contract.",
  phrase: [...words("get", "all", "ticket", "balances", "for"), source],
  run: async ([address], _options, context) => {
    const all = await context.l1.block(context.settings.block).contract(address).allTicketBalances();
    const texts = all.map(
      ({ ticketer, contentType, content, amount }) =>
        `Ticketer: ${ticketer}\nContent type: ${printMicheline(contentType)}\nContent: ${printMicheline(content)}\n` +
        `Amount: ${amount}`,
    );
    context.message(texts.join("\n\n"));
  },
});

export const contractCommands: readonly Command<ClientContext>[] = [
  getEntrypointType,
  getEntrypoints,
  getUnreachable,
  getSpace("used"),
  getSpace("paid"),
  getDelegate,
  getTicketBalance,
  getAllTicketBalances,
];
