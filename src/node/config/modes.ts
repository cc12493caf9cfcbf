// What a node may be run for (node.md §2), as data: modes, the purposes that operators serve, the kinds of operations that each purpose
// signs, and the workers that each mode needs.

/** Kinds of operations that a node injects, in Octez's order. */
export const OPERATION_KINDS = [
  "publish",
  "add_messages",
  "cement",
  "timeout",
  "refute",
  "recover",
  "execute_outbox_message",
  "publish_dal_commitment",
] as const;

export type OperationKind = (typeof OPERATION_KINDS)[number];

export function isOperationKind(text: string): text is OperationKind {
  return (OPERATION_KINDS as readonly string[]).includes(text);
}

interface PurposeInfo {
  readonly kinds: readonly OperationKind[];
  /** Whether several keys may serve it. */
  readonly hasManyKeys: boolean;
  /** Names that older configuration files use. */
  readonly formerNames: readonly string[];
}

/** In Octez's order. */
export const PURPOSES = {
  operating: {
    kinds: ["publish", "refute", "timeout"],
    hasManyKeys: false,
    formerNames: ["publish", "refute", "timeout"],
  },
  batching: { kinds: ["add_messages", "publish_dal_commitment"], hasManyKeys: true, formerNames: ["add_messages"] },
  cementing: { kinds: ["cement"], hasManyKeys: false, formerNames: ["cement"] },
  recovering: { kinds: ["recover"], hasManyKeys: false, formerNames: [] },
  executing_outbox: { kinds: ["execute_outbox_message"], hasManyKeys: false, formerNames: [] },
} as const satisfies Record<string, PurposeInfo>;

export type Purpose = keyof typeof PURPOSES;

export const PURPOSE_NAMES = Object.keys(PURPOSES) as readonly Purpose[]; // the keys of a constant

export function isPurpose(text: string): text is Purpose {
  return Object.hasOwn(PURPOSES, text);
}

/** The purpose of this name, former names included. */
export function purposeNamed(text: string): Purpose | undefined {
  if (isPurpose(text)) return text;
  return PURPOSE_NAMES.find((purpose) => (PURPOSES[purpose].formerNames as readonly string[]).includes(text));
}

interface ModeInfo {
  readonly purposes: readonly Purpose[];
  /** Publishes and cements commitments. */
  readonly publisher: boolean;
  readonly batcher: boolean;
  /** Looks for conflicts, and plays. */
  readonly refutations: boolean;
  readonly description: string;
}

/** In Octez's order. */
export const SIMPLE_MODES = {
  observer: {
    purposes: [],
    publisher: false,
    batcher: false,
    refutations: false,
    description: "Only follows the chain, reconstructs and interprets inboxes",
  },
  accuser: {
    purposes: ["operating"],
    publisher: false,
    batcher: false,
    refutations: true,
    description: "Only publishes commitments for conflicts and play refutation games",
  },
  bailout: {
    purposes: ["operating", "cementing", "recovering"],
    publisher: true,
    batcher: false,
    refutations: true,
    description: "Only defends and cements, does not publish any new commitments",
  },
  batcher: {
    purposes: ["batching"],
    publisher: false,
    batcher: true,
    refutations: false,
    description: "Accepts transactions in its queue and batches them on the L1",
  },
  maintenance: {
    purposes: ["operating", "cementing", "executing_outbox"],
    publisher: true,
    batcher: false,
    refutations: true,
    description: "Follows the chain and publishes commitments, cement and refute",
  },
  operator: {
    purposes: ["operating", "cementing", "executing_outbox", "batching"],
    publisher: true,
    batcher: true,
    refutations: true,
    description: "Equivalent to maintenance + batcher",
  },
} as const satisfies Record<string, ModeInfo>;

export type SimpleMode = keyof typeof SIMPLE_MODES;

/** As configuration files have it. */
export type Mode = SimpleMode | { readonly custom: readonly OperationKind[] };

export function isSimpleMode(text: string): text is SimpleMode {
  return Object.hasOwn(SIMPLE_MODES, text);
}

/** "operator", …, "custom". */
export function modeName(mode: Mode): SimpleMode | "custom" {
  return typeof mode === "string" ? mode : "custom";
}

export const MODE_NAMES: readonly string[] = [...Object.keys(SIMPLE_MODES), "custom"];

export function modeDescription(mode: Mode): string {
  if (typeof mode === "string") return SIMPLE_MODES[mode].description;
  return (
    `In this mode, the system handles only the specific operation kinds: [${mode.custom.join(", ")}]. ` +
    "This allows for tailored control and flexibility."
  );
}

const CUSTOM_PREFIX = "custom:";

/**
 * A mode as command lines have it: "operator", "custom:publish,cement"; "custom" is one without kinds, which no node runs in.
 * Raises RangeError.
 */
export function parseMode(text: string): Mode {
  if (isSimpleMode(text)) return text;
  if (text === "custom") return { custom: [] };
  if (!text.startsWith(CUSTOM_PREFIX)) throw new RangeError("Invalid mode");
  const kinds = text.slice(CUSTOM_PREFIX.length).split(",");
  const custom = kinds.map((kind) => {
    if (!isOperationKind(kind)) throw new RangeError(`operation_kind_of_string ${kind}`);
    return kind;
  });
  return { custom };
}

/** Purposes that a mode needs operators for. */
export function purposesOf(mode: Mode): readonly Purpose[] {
  if (typeof mode === "string") return SIMPLE_MODES[mode].purposes;
  return PURPOSE_NAMES.filter((purpose) => PURPOSES[purpose].kinds.some((kind) => mode.custom.includes(kind)));
}

export function operationKindsOf(mode: Mode): readonly OperationKind[] {
  return typeof mode === "string" ? purposesOf(mode).flatMap((purpose) => PURPOSES[purpose].kinds) : mode.custom;
}

/** Whether a node of this configuration injects operations of a kind at all. */
export function canInject({ mode }: { readonly mode: Mode }, kind: OperationKind): boolean {
  return operationKindsOf(mode).includes(kind);
}

export type Worker = "publisher" | "batcher" | "refutations";

const WORKER_PURPOSES: { readonly [W in Worker]: readonly Purpose[] } = {
  publisher: ["operating", "cementing"],
  batcher: ["batching"],
  refutations: ["operating"],
};

/** Whether a worker is started in a mode. */
export function startsIn(mode: Mode, worker: Worker): boolean {
  if (typeof mode === "string") return SIMPLE_MODES[mode][worker];
  const purposes = purposesOf(mode);
  return WORKER_PURPOSES[worker].some((purpose) => purposes.includes(purpose));
}
