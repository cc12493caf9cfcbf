// Operations of layer 1 as events tell them (reference: l1_operation.ml).

import { encodeBase58Check } from "../../encoding/base58check.js";
import { NO_PREDECESSOR } from "../../protocol/commitment.js";
import { hashEquals } from "../../protocol/identifiers.js";
import { isDissection } from "../../protocol/refutation.js";
import { type L1Operation, l1OperationForm } from "../rpc/l1-operation.js";
import type { Described } from "./fields.js";

export function describeOperation(operation: L1Operation): Described {
  return { json: l1OperationForm.toJson(operation), text: operationText(operation) };
}

function operationText(operation: L1Operation): string {
  switch (operation.kind) {
    case "add_messages":
      return `publishing ${operation.messages.length} messages to smart rollups' inbox`;
    case "cement":
      return hashEquals(operation.commitment, NO_PREDECESSOR)
        ? "cementing cementable commitment"
        : `cementing commitment ${encodeBase58Check("commitmentHash", operation.commitment)}`;
    case "publish":
      return `publish commitment for level ${operation.commitment.inboxLevel}`;
    case "refute":
      return refuteText(operation);
    case "timeout":
      return "timeout";
    case "recover":
      return "recover";
    case "execute_outbox_message":
      return "execute outbox message";
  }
}

function refuteText({ opponent, refutation }: L1Operation & { readonly kind: "refute" }): string {
  if (refutation.kind === "start") return `start refutation game against ${opponent}`;
  const { step } = refutation;
  if (!isDissection(step)) return `proof for tick ${refutation.choice}  (against ${opponent})`;
  const [first] = step;
  const last = step.at(-1);
  if (first === undefined || last === undefined) return `dissection (against ${opponent})`;
  return `dissection between ticks ${first.tick} and ${last.tick} (against ${opponent})`;
}
