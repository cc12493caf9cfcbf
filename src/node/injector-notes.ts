// What the injectors tell, as events of the node (node.md §8).

import { decodeBase58Check } from "../encoding/base58check.js";
import { contentOf } from "../l1/client/drafts.js";
import type { InjectorOperation } from "../l1/client/injector-queue.js";
import type { BlockHash, OperationHash } from "../protocol/identifiers.js";
import { contentForm } from "../protocol/operation-contents.js";
import type { Described } from "./events/fields.js";
import { injectorEvents } from "./events/injector-events.js";
import { describeError } from "./events/trace.js";
import type { Emit } from "./events.js";
import type { InjectorsEvent } from "./injectors.js";

/** Tells an event of an injector. `injectionTtl`: blocks after which an operation is given up. */
export function tellInjectorEvent(emit: Emit, { signers, tags, event }: InjectorsEvent, injectionTtl: number): void {
  const owner = { signers, tags };
  const describe = (operation: InjectorOperation): Described => describedOperation(operation, signers[0]);
  switch (event.kind) {
    case "added":
      emit(injectorEvents.injectorAddPending({ ...owner, operation: describe(event.operation) }));
      return;
    case "retried":
      emit(injectorEvents.injectorRetryOperation({ ...owner, operation: describe(event.operation) }));
      return;
    case "discarded":
    case "dropped": {
      const error = event.errors.length === 0 ? null : traceOf(event.errors);
      const operation = describe(event.operation);
      if (event.kind === "dropped") emit(injectorEvents.injectorDroppedOperation({ ...owner, operation, error }));
      else
        emit(injectorEvents.injectorDiscardErrorOperation({ ...owner, operation, count: event.errors.length, error }));
      return;
    }
    case "failed": {
      const { operation, failures: count, errors } = event;
      const values = { ...owner, operation: describe(operation), count, error: traceOf(errors) };
      emit(injectorEvents.injectorErrorSimulationOperation(values));
      return;
    }
    case "split":
      emit(
        injectorEvents.injectorBatchTooLargeSplitting({ ...owner, original_count: event.from, new_count: event.to }),
      );
      return;
    case "included": {
      const block = decodeBase58Check("blockHash", event.block) as BlockHash;
      emit(injectorEvents.injectorIncluded({ ...owner, block, level: event.level, operations: event.ids }));
      return;
    }
    case "reverted":
      emit(injectorEvents.injectorRevertOperations({ ...owner, operations: event.ids }));
      return;
    case "never_included":
      emit(injectorEvents.injectorNeverIncluded({ ...owner, operation: describe(event.operation), ttl: injectionTtl }));
      return;
    case "injected": {
      const oph = decodeBase58Check("operationHash", event.hash) as OperationHash;
      emit(injectorEvents.injectorInjected({ ...owner, nb: event.ids.length, oph }));
      emit(injectorEvents.injectorTotalInjectedOps({ ...owner, nb: event.ids.length }));
      return;
    }
    case "round_failed":
      emit(injectorEvents.injectorMonitoringError({ error: describeError(event.error) }));
      return;
  }
}

function traceOf(errors: readonly unknown[]): Described {
  return { json: errors as Described["json"], text: JSON.stringify(errors) }; // errors as layer 1 prints them
}

function describedOperation({ draft, tag }: InjectorOperation, source: string | undefined): Described {
  const { kind, ...fields } = contentForm.toJson(
    contentOf(draft, source as Parameters<typeof contentOf>[1], 0n), // an injector has a key
  ) as Readonly<Record<string, Described["json"]>>;
  return { json: { kind: tag, ...fields }, text: String(kind) };
}
