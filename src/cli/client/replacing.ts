// Fees that make the node's pool drop an operation of an account for a new one (--replace).

import { expectObject } from "../../encoding/json.js";
import type { PublicKeyHash } from "../../protocol/identifiers.js";
import { contentForm, isManagerContent, type ManagerContent } from "../../protocol/operation-contents.js";
import type { ClientContext } from "./context.js";
import { fatal } from "./failures.js";
import { printTez } from "./tez.js";

/** A new operation must pay so much more than the old one, in hundredths. */
const FACTOR = 105n;
const HUNDRED = 100n;

interface Price {
  readonly fee: bigint;
  readonly gas: bigint;
}

function priceOf(contents: readonly ManagerContent[]): Price {
  return contents.reduce<Price>(({ fee, gas }, content) => ({ fee: fee + content.fee, gas: gas + content.gasLimit }), {
    fee: 0n,
    gas: 0n,
  });
}

/** Contents with fees high enough; `hasFee`: the fee was given by hand. Raises FatalFailure. */
export async function withReplacementFee(
  context: ClientContext,
  source: PublicKeyHash,
  contents: readonly ManagerContent[],
  hasFee: boolean,
): Promise<readonly ManagerContent[]> {
  const own = priceOf(contents);
  const needed = replacementFee(priceOf(await pendingContents(context, source)), own.gas);
  if (needed <= own.fee) return contents;
  if (hasFee) {
    fatal(
      "The fee provided by the user is lower than the expected replacement fee. " +
        `Threshold is ${printTez(needed)} but got ${printTez(own.fee)}.\n`,
    );
  }
  return contents.map((content, i) => (i === 0 ? { ...content, fee: content.fee + needed - own.fee } : content));
}

/** As much for a unit of gas as the old operation pays, never less in all, and five per cent more. */
function replacementFee(old: Price, gas: bigint): bigint {
  const oldGas = old.gas > 0n ? old.gas : 1n;
  const most = old.fee * (gas > oldGas ? gas : oldGas);
  const scale = HUNDRED * oldGas;
  return (most * FACTOR + scale - 1n) / scale;
}

async function pendingContents(context: ClientContext, source: PublicKeyHash): Promise<readonly ManagerContent[]> {
  const pending = await context.l1.pendingOperations();
  const [own, ...others] = pending.filter(({ contents }) => contents[0]?.["source"] === source);
  if (own === undefined) {
    return fatal(`Cannot replace! No validated manager operation found for ${source} in mempool\n`);
  }
  if (others.length > 0) {
    const count = others.length + 1;
    fatal(`More than one validated manager operation found for ${source} in mempool. Found ${count} operations.\n`);
  }
  return own.contents.map((content) => contentForm.fromJson(expectObject(content))).filter(isManagerContent);
}
