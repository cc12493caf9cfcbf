// The metrics of a node (node.md §8): names, kinds, help and labels as Octez has them, in the order in which it lists them.

export interface MetricInfo {
  readonly kind: "gauge" | "counter";
  readonly help: string;
  readonly labels?: readonly string[];
}

const NODE = "octez_sc_rollup_node_";

function gauge(help: string, ...labels: readonly string[]): MetricInfo {
  return labels.length === 0 ? { kind: "gauge", help } : { kind: "gauge", help, labels };
}

const GAME_LABELS = ["opponent", "start_level"] as const;

const INJECTOR_METRICS = {
  included_size: gauge("injector included operations size", "tags", "index"),
  injected_size: gauge("injector injected operations size", "tags", "index"),
  queue_size: gauge("injector worker queue size", "tags", "index"),
  signer_balance: gauge("injector signer balance", "tags", "index", "pkh"),
} as const;

const NODE_METRICS = {
  batcher_batches_size: gauge("Batcher batches sent"),
  batcher_get_time: gauge("Time to fetch batches"),
  batcher_inject_time: gauge("Time to inject batches"),
  batcher_last_batch_level: gauge("Last batch level"),
  batcher_last_batch_time: gauge("Last batch time"),
  batcher_message_queue_size: gauge("Batcher message queue size"),
  batcher_messages_size: gauge("Batcher messages size in batches"),
  block_timeout: gauge("Number of block before player timeout", ...GAME_LABELS),
  challenge_window: gauge("Current challenge window"),
  commitment_period: gauge("Current commitment period"),
  dal_attestation_lag: gauge("DAL attestation lag"),
  dal_batcher_queue_length: gauge("Number of messages waiting for publication on the DAL"),
  dal_enabled: gauge("DAL enabled in protocol"),
  dal_injections_queue_length: gauge("Number of recently published DAL slots, who have not yet been forgotten"),
  dal_number_of_slots: gauge("DAL number of slots"),
  gc_oldest_available_level: gauge("Oldest Available Level after GC"),
  gc_process_time: gauge("GC processing time"),
  genesis_level: gauge("Rollup genesis level"),
  inbox_external_messages_number: gauge("Number of external messages in inbox"),
  inbox_fetch_time: gauge("The time the rollup node spent fetching the inbox"),
  inbox_internal_messages_number: gauge("Number of internal messages in inbox"),
  inbox_level: gauge("Level of last inbox"),
  inbox_process_time: gauge("The time the rollup node spent processing the head"),
  inbox_total_time: gauge("The total time the rollup node spent handling the inbox"),
  lcc_level_l1: gauge("Last cemented commitment level on L1"),
  lcc_level_local: gauge("Last cemented commitment level locally"),
  lpc_level_l1: gauge("Last published commitment on L1"),
  lpc_level_local: gauge("Last published commitment by operator"),
  node_info: {
    kind: "counter",
    help: "General information on the node",
    labels: ["version", "commit_hash", "commit_date"],
  },
  number_of_conflicts: gauge("Number of conflicts"),
  performance_connections: gauge("Open connections"),
  performance_context: gauge("Disk usage: context"),
  performance_cpu_percentage: gauge("CPU Percentage"),
  performance_data: gauge("Disk Usage"),
  performance_disk_percentage: gauge("Disk Usage Percentage"),
  performance_elapsed_time: { kind: "counter", help: "Number of seconds since the node is running" },
  performance_file_descriptors: gauge("Open file descriptors"),
  performance_logs: gauge("Disk usage: daily_logs"),
  performance_mem_percentage: gauge("Memory Percentage"),
  performance_resident: gauge("Resident Memory Stats"),
  performance_storage: gauge("Disk usage: storage"),
  performance_virtual: gauge("Size Memory Stats"),
  performance_wasm: gauge("Disk usage: wasm_2_0_0"),
  protocol: { kind: "counter", help: "Rollup node current protocol", labels: ["protocol"] },
  riscv_states: gauge("Number of live RISC-V PVM states", "kind"),
  rollup_node_info: {
    kind: "counter",
    help: "Rollup node info",
    labels: ["rollup_address", "mode", "genesis_level", "genesis_hash", "pvm_kind", "history_mode"],
  },
  state_of_refutation_game: gauge("State of refutation game", ...GAME_LABELS),
} as const satisfies Readonly<Record<string, MetricInfo>>;

export type InjectorMetric = keyof typeof INJECTOR_METRICS;
export type NodeMetric = keyof typeof NODE_METRICS;
export type MetricName = `octez_injector_${InjectorMetric}` | `octez_sc_rollup_node_${NodeMetric}`;

export interface NamedMetric extends MetricInfo {
  readonly name: string;
}

const ALL: readonly NamedMetric[] = [
  ...Object.entries<MetricInfo>(INJECTOR_METRICS).map(([name, info]) => ({ name: `octez_injector_${name}`, ...info })),
  ...Object.entries<MetricInfo>(NODE_METRICS).map(([name, info]) => ({ name: `${NODE}${name}`, ...info })),
];

/** The metrics, those of the machine's load only when asked for. */
export function metricsListed(withPerformance: boolean): readonly NamedMetric[] {
  return ALL.filter(({ name }) => withPerformance || !name.startsWith(`${NODE}performance_`));
}

/** What `list metrics` prints: the comments of an exposition. */
export function listing(withPerformance: boolean): string {
  return metricsListed(withPerformance)
    .flatMap(({ name, help, kind }) => [`# HELP ${name} ${help}`, `# TYPE ${name} ${kind}`])
    .join("\n");
}

/** What `dump-metrics` prints: the node's own metrics, without those of its injectors and of the machine's load. */
export function csvListing(): string {
  const rows = metricsListed(false)
    .filter(({ name }) => name.startsWith(NODE))
    .map(({ name, kind, help, labels = [] }) => {
      const type = kind === "gauge" ? "Gauge" : "Counter";
      return `${name},${type},"${help}",${labels.join(";")}`;
    });
  return ["Name,Type,Description,Labels", ...rows].join("\n");
}
