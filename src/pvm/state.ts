/**
 * The state of the PVM and where each part of it lives in the tree: pvm.md §1.1.
 *
 * Everything under `wasm` is written anew each time; the durable storage, the buffers and the parameters are updated in place, in the
 * reference's order, because what that reads is part of step proofs.
 */
import { int32 as int32Leaf, integer, natural, text } from "../merkle/leaves.js";
import { Directory, type TreeNode } from "../merkle/node.js";
import { at, buildNode, leaf, optionalLeaf, record, type Schema, saveInto, tagged, View } from "../merkle/schema.js";
import type { Tree } from "../merkle/tree.js";
import { type DecodeState, decodeStateSchema } from "../wasm/decode/state.js";
import { type Config, configSchema } from "../wasm/eval/config.js";
import { type InitState, initStateSchema } from "../wasm/init/state.js";
import { leafCodec } from "../wasm/leaf-codec.js";
import { type LinkState, linkStateSchema } from "../wasm/link/state.js";
import { type Registry, registrySchema } from "../wasm/runtime.js";
import { type Buffers, buffersSchema, emptyBuffers } from "./buffers.js";
import { type StuckError, stuckLeaf } from "./stuck.js";

/** The last input read: its level, and its index in the inbox of that level. */
export interface InputInfo {
  readonly level: number;
  readonly counter: bigint;
}

export type TickState =
  | { readonly tag: "snapshot" }
  | { readonly tag: "decode"; readonly decode: DecodeState }
  | { readonly tag: "link"; readonly link: LinkState }
  | { readonly tag: "init"; readonly init: InitState }
  | { readonly tag: "eval"; readonly config: Config; readonly registry: Registry }
  | { readonly tag: "stuck"; readonly error: StuckError }
  | { readonly tag: "collect" }
  | { readonly tag: "padding" };

export interface PvmState {
  readonly lastInput: InputInfo | null;
  readonly currentTick: bigint;
  readonly rebootCounter: bigint;
  /** The durable storage. */
  readonly durable: TreeNode;
  readonly buffers: Buffers;
  readonly tickState: TickState;
  readonly lastTopLevelCall: bigint;
  /** Ticks of a top-level call ("ticks per snapshot"). */
  readonly maxTicks: bigint;
  readonly maxReboots: bigint;
  readonly outboxValidityPeriod: number;
  readonly outboxMessageLimit: bigint;
}

export const DEFAULT_MAX_REBOOTS = 1000n;

const inputInfoLeaf = leafCodec<InputInfo>(
  (out, info) => {
    out.i32(info.level);
    out.raw(natural.encode(info.counter).bytes);
  },
  (input) => {
    const level = input.i32();
    return { level, counter: natural.decode(input.raw(input.remaining)) };
  },
);

const tickStateSchema: Schema<TickState> = tagged<TickState>(text, {
  snapshot: "nothing",
  decode: { decode: decodeStateSchema },
  link: { link: linkStateSchema },
  init: { init: initStateSchema },
  eval: { config: at("config", configSchema), registry: at("modules", registrySchema) },
  stuck: { error: leaf(stuckLeaf) },
  collect: "nothing",
  padding: "nothing",
});

interface WasmPart {
  readonly input: InputInfo | null;
  readonly currentTick: bigint;
  readonly rebootCounter: bigint | null;
}

const wasmPartSchema: Schema<WasmPart> = record<WasmPart>({
  input: at("input", optionalLeaf(inputInfoLeaf)),
  currentTick: at("current_tick", optionalNatural(0n)),
  rebootCounter: at("reboot_counter", optionalLeaf(natural)),
});

/** A natural with a default when its leaf is absent. */
function optionalNatural(absent: bigint): Schema<bigint> {
  const stored = optionalLeaf(natural);
  return { save: (slot, value) => stored.save(slot, value), load: (view) => stored.load(view) ?? absent };
}

interface Parameters {
  readonly lastTopLevelCall: bigint;
  readonly maxTicks: bigint;
  readonly maxReboots: bigint;
  readonly outboxValidityPeriod: number;
  readonly outboxMessageLimit: bigint;
}

const parametersSchema: Schema<Parameters> = record<Parameters>({
  lastTopLevelCall: at("last_top_level_call", optionalNatural(0n)),
  maxTicks: at("max_nb_ticks", leaf(natural)),
  maxReboots: at("maximum_reboots_per_input", optionalNatural(DEFAULT_MAX_REBOOTS)),
  outboxValidityPeriod: at("outbox_validity_period", leaf(int32Leaf)),
  outboxMessageLimit: at("outbox_message_limit", leaf(integer)),
});

/** Reads the whole state, lazily where the reference is lazy. Throws `KeyNotFound`, `MalformedState`, `MissingNode`. */
export function loadState(tree: Tree): PvmState {
  const root = View.of(tree.root, tree.access);
  const wasmView = root.at("wasm");
  const wasm = wasmPartSchema.load(wasmView);
  const durable = root.at("durable").node;
  const buffers = buffersSchema.load(root);
  const tickState =
    wasmView.at("tag").optionalLeaf() === undefined ? { tag: "collect" as const } : tickStateSchema.load(wasmView);
  const parameters = parametersSchema.load(root.at("pvm"));
  return {
    lastInput: wasm.input,
    currentTick: wasm.currentTick,
    rebootCounter: wasm.rebootCounter ?? parameters.maxReboots + 1n,
    durable: durable ?? Directory.fresh(new Map(), tree.access.exact),
    buffers: buffers ?? emptyBuffers(parameters.outboxValidityPeriod, parameters.outboxMessageLimit),
    tickState,
    ...parameters,
  };
}

/** Writes the whole state into the tree. */
export function saveState(tree: Tree, state: PvmState): void {
  tree.remove(["wasm"]);
  const wasm: WasmPart = { input: state.lastInput, currentTick: state.currentTick, rebootCounter: state.rebootCounter };
  const exact = tree.access.exact;
  const node = buildNode(
    {
      save(slot, value: PvmState) {
        wasmPartSchema.save(slot, wasm);
        tickStateSchema.save(slot, value.tickState);
      },
      load: () => state,
    },
    state,
    exact,
  );
  if (node !== undefined) tree.addTree(["wasm"], node);
  tree.addTree(["durable"], state.durable);
  saveInto(tree, [], buffersSchema, state.buffers);
  saveInto<Parameters>(tree, ["pvm"], parametersSchema, state);
}

/** Reads the buffers only: what an output proof shows. Null when there are none yet. */
export function loadBuffers(tree: Tree): Buffers | null {
  return buffersSchema.load(View.of(tree.root, tree.access));
}
