// `…/context/contracts` (node.md §9.1 rows 25 to 27, §9.2; reference: contract_services.ml, RPC.ml of alpha): balances, counters, keys, code,
// storage, entrypoints, tickets. Accounts that nobody used have a balance of 0; a contract that does not exist is a 404, and so is
// a question that makes no sense for its kind of account. Nobody stakes here, so that everything about stakes is 0 or none.

import { type Micheline, michelineForm } from "../../../encoding/micheline.js";
import { isProtocolError } from "../../../protocol/errors.js";
import type { Contract, ContractHash, PublicKeyHash } from "../../../protocol/identifiers.js";
import { isContractHash, type OriginatedContract } from "../chain-state.js";
import { notFound, orNotFound } from "./answer.js";
import { contractArgument, entrypointArgument } from "./arguments.js";
import { addBigMapServices } from "./big-map-services.js";
import type { JsonFields } from "./block-metadata.js";
import { RequestFields, unparsingModeForm } from "./request-fields.js";
import { entrypointsToJson, runtimeOf, scriptToJson, storageIn, ticketAmountToJson, tokenFromJson } from "./scripts.js";
import type { BlockCall, Services } from "./services.js";

const CONTRACTS = ["context", "contracts"] as const;

export function addContractServices(services: Services): void {
  services.addForBlocks("GET", CONTRACTS, ({ context }) => context.contracts());
  addBalances(services);
  addAccounts(services);
  addScripts(services);
  addTickets(services);
  addBigMapServices(services);
}

type Amount = (call: BlockCall, contract: Contract) => bigint | undefined;

const balance: Amount = ({ context }, contract) => context.balance(contract);
const balanceAndBonds: Amount = ({ context }, contract) => context.fullBalance(contract);
const nothing: Amount = ({ context }, contract) => (context.balance(contract) === undefined ? undefined : 0n);

const AMOUNTS: Readonly<Record<string, Amount>> = {
  balance,
  spendable: balance,
  full_balance: balanceAndBonds,
  balance_and_frozen_bonds: balanceAndBonds,
  spendable_and_frozen_bonds: balanceAndBonds,
  frozen_bonds: (call, contract) =>
    nothing(call, contract) === undefined ? undefined : call.context.frozenBonds(contract),
  staking_numerator: nothing,
  estimated_own_pending_slashed_amount: () => 0n,
};

/** Stakes, which originated contracts cannot have. */
const STAKES = ["staked_balance", "unstaked_frozen_balance", "unstaked_finalizable_balance"];

function addBalances(services: Services): void {
  for (const [name, amount] of Object.entries(AMOUNTS)) {
    services.addForBlocks("GET", [...CONTRACTS, contractArgument, name], (call, [contract]) =>
      orNotFound(amount(call, contract)).toString(),
    );
  }
  for (const name of STAKES) {
    services.addForBlocks("GET", [...CONTRACTS, contractArgument, name], (call, [contract]) => {
      const amount = orNotFound(nothing(call, contract));
      return isContractHash(contract) ? null : amount.toString();
    });
  }
  services.addForBlocks("GET", [...CONTRACTS, contractArgument, "unstake_requests"], () => null);
}

function addAccounts(services: Services): void {
  services.addForBlocks("GET", [...CONTRACTS, contractArgument], (call, [contract]) =>
    isContractHash(contract) ? contractInfo(services, call, contract) : accountInfo(call, contract),
  );
  services.addForBlocks("GET", [...CONTRACTS, contractArgument, "manager_key"], ({ context }, [contract]) =>
    isContractHash(contract) ? noSuchField() : (context.managerKey(contract) ?? null),
  );
  services.addForBlocks("GET", [...CONTRACTS, contractArgument, "counter"], ({ context }, [contract]) =>
    isContractHash(contract) ? noSuchField() : context.counter(contract).toString(),
  );
  services.addForBlocks("GET", [...CONTRACTS, contractArgument, "delegate"], ({ context }, [contract]) =>
    orNotFound(context.delegate(contract)),
  );
}

function noSuchField(): never {
  throw notFound();
}

function accountInfo({ context }: BlockCall, account: PublicKeyHash): JsonFields {
  return {
    balance: (context.balance(account) ?? 0n).toString(),
    ...delegateField(context.delegate(account)),
    counter: context.counter(account).toString(),
    revealed: typeof context.managerKey(account) === "string",
  };
}

function contractInfo({ sandbox }: Services, call: BlockCall, contract: ContractHash): JsonFields {
  const found = originated(call, contract);
  return {
    balance: found.balance.toString(),
    ...delegateField(found.delegate),
    script: scriptToJson(found.script.code, storageIn("Readable", found, runtimeOf(sandbox.contracts))),
  };
}

function delegateField(delegate: PublicKeyHash | undefined): JsonFields {
  return delegate === undefined ? {} : { delegate };
}

/** Raises 404 for an implicit account, and for a contract that does not exist. */
function originated({ context }: BlockCall, contract: Contract): OriginatedContract {
  return orNotFound(isContractHash(contract) ? context.contract(contract) : undefined);
}

function addScripts(services: Services): void {
  const runtime = () => runtimeOf(services.sandbox.contracts);
  services.addForBlocks("GET", [...CONTRACTS, contractArgument, "script"], (call, [contract]) => {
    const { script } = originated(call, contract);
    return scriptToJson(script.code, script.storage);
  });
  services.addForBlocks("POST", [...CONTRACTS, contractArgument, "script", "normalized"], (call, [contract]) => {
    const fields = new RequestFields(call.body(), ["unparsing_mode", "normalize_types"]);
    const mode = fields.required("unparsing_mode", unparsingModeForm);
    const found = orNull(call, contract);
    return found === null ? null : scriptToJson(found.script.code, storageIn(mode, found, runtime()));
  });
  services.addForBlocks("GET", [...CONTRACTS, contractArgument, "storage"], (call, [contract]) =>
    michelineForm.toJson(storageIn("Readable", originated(call, contract), runtime())),
  );
  services.addForBlocks("POST", [...CONTRACTS, contractArgument, "storage", "normalized"], (call, [contract]) => {
    const mode = new RequestFields(call.body(), ["unparsing_mode"]).required("unparsing_mode", unparsingModeForm);
    const found = orNull(call, contract);
    return found === null ? null : michelineForm.toJson(storageIn(mode, found, runtime()));
  });
  services.addForBlocks("GET", [...CONTRACTS, contractArgument, "storage", "used_space"], (call, [contract]) =>
    isContractHash(contract) ? (call.context.contract(contract)?.usedBytes ?? 0n).toString() : null,
  );
  services.addForBlocks("GET", [...CONTRACTS, contractArgument, "storage", "paid_space"], (call, [contract]) =>
    isContractHash(contract) ? (call.context.contract(contract)?.paidBytes ?? 0n).toString() : null,
  );
  services.addForBlocks("GET", [...CONTRACTS, contractArgument, "entrypoints"], (call, [contract]) =>
    entrypointsToJson(originated(call, contract).script.code, runtime()),
  );
  services.addForBlocks(
    "GET",
    [...CONTRACTS, contractArgument, "entrypoints", entrypointArgument],
    (call, [contract, name]) => michelineForm.toJson(entrypointType(originated(call, contract), name)),
  );

  function entrypointType({ script }: OriginatedContract, name: string): Micheline {
    try {
      return runtime().entrypointType(script.code, name);
    } catch (error) {
      if (isProtocolError(error, "michelson_v1.no_such_entrypoint")) throw notFound();
      throw error;
    }
  }
}

/** Null for what has no script. */
function orNull({ context }: BlockCall, contract: Contract): OriginatedContract | null {
  return (isContractHash(contract) ? context.contract(contract) : undefined) ?? null;
}

function addTickets(services: Services): void {
  services.addForBlocks("POST", [...CONTRACTS, contractArgument, "ticket_balance"], ({ context, body }, [contract]) =>
    context.ticketBalance(contract, tokenFromJson(body(), runtimeOf(services.sandbox.contracts))).toString(),
  );
  services.addForBlocks("GET", [...CONTRACTS, contractArgument, "all_ticket_balances"], (call, [contract]) => {
    originated(call, contract);
    return call.context.allTicketBalances(contract).map(ticketAmountToJson);
  });
}
