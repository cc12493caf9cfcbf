// Fields of the configuration that are accepted and kept but have no effect yet; the node says so by name when they are set.

import type { Configuration } from "./configuration.js";

interface Unserved {
  /** As config.json calls it. */
  readonly field: string;
  readonly reason: string;
  readonly isSet: (configuration: Configuration) => boolean;
}

const UNSERVED: readonly Unserved[] = [
  {
    field: "DAL node endpoint",
    reason: "data of the DAL is not fetched",
    isSet: ({ dalNodeEndpoint }) => dalNodeEndpoint !== undefined,
  },
  {
    field: "loser-mode",
    reason: "pages of the DAL are not fetched",
    isSet: ({ loserMode }) => loserMode.kind === "dal_page",
  },
  {
    field: "index_buffer_size",
    reason: "the store has no such indexes",
    isSet: ({ indexBufferSize }) => indexBufferSize !== undefined,
  },
  {
    field: "irmin_cache_size",
    reason: "the store is not Irmin's",
    isSet: ({ irminCacheSize }) => irminCacheSize !== undefined,
  },
  {
    field: "slow-vm-fallback",
    reason: "every level is run by the tick interpreter, which has nothing to fall back from",
    isSet: ({ slowVmFallback }) => slowVmFallback,
  },
  {
    field: "gc-parameters",
    reason: "nothing is collected yet",
    isSet: ({ gc }) => gc.frequency !== undefined || gc.contextSplittingPeriod !== undefined,
  },
  {
    field: "commit-on",
    reason: "the state of every block is kept",
    isSet: ({ commitOn }) => commitOn !== "block",
  },
  {
    field: "opentelemetry",
    reason: "no traces are sent",
    isSet: ({ opentelemetry }) => opentelemetry.enable,
  },
  {
    field: "etherlink",
    reason: "nothing is done for Etherlink in particular",
    isSet: ({ etherlink }) => etherlink,
  },
];

export interface UnservedField {
  readonly field: string;
  readonly reason: string;
}

/** The fields of this configuration that have no effect. */
export function unservedFields(configuration: Configuration): readonly UnservedField[] {
  return UNSERVED.filter(({ isSet }) => isSet(configuration)).map(({ field, reason }) => ({ field, reason }));
}
