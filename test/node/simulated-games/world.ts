// A rollup to play about, without a chain: a kernel, the inbox of its levels, and an honest operator's engine that has evaluated them, as
// the node would have. The same is made from a sandbox chain in chain-board.ts.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KnownState, LevelInput, PhaseSpan, Stretch } from "../../../src/node/engine/engine.js";
import { LocalEngine } from "../../../src/node/engine/local-engine.js";
import { MemoryRecords, StateStore, type WritableRecords } from "../../../src/node/engine/state-store.js";
import type { PlayerView } from "../../../src/node/games/next-move.js";
import type { RollupAddress, StateHash } from "../../../src/protocol/identifiers.js";
import type { LevelCell } from "../../../src/protocol/inbox.js";
import type { AsyncInboxHistory, InboxHistory } from "../../../src/protocol/inbox-proof.js";
import { frameLevel, ZERO_LEVEL_INFO } from "../../../src/protocol/level-frame.js";
import {
  type DalParameters,
  type RevealActivation,
  type RollupMetadata,
  revealHash,
  revealHashToHex,
} from "../../../src/protocol/reveal.js";
import type { PvmVersion } from "../../../src/pvm/versions.js";
import { inboxChain } from "../../protocol/inbox-chain.js";

export const ADDRESS = "sr163Lv22CdE8QagCwf48PWDTquk6isQwv57" as RollupAddress;
export const ORIGINATION_LEVEL = 10;
/** The first level of the inbox, before the rollup. */
const FIRST_LEVEL = 6;
/** Levels between the disputed period and the start of the game. */
const LEVELS_AFTER = 3;

export const ALL_ENABLED: RevealActivation = { rawData: 0, metadata: 0, dalPage: 0, dalParameters: 0 };
export const DAL_PARAMETERS: DalParameters = {
  numberOfSlots: 32n,
  attestationLag: 8n,
  slotSize: 65_536n,
  pageSize: 4096n,
};

/** What an honest operator knows when a game starts. */
export interface World {
  readonly name: string;
  readonly metadata: RollupMetadata;
  readonly activation: RevealActivation;
  readonly dalParameters: DalParameters;
  readonly engine: LocalEngine;
  /** Where the engine's states are. */
  readonly store: StateStore;
  /** The disputed levels, and the state before them. */
  readonly stretch: Stretch;
  /** Level of the disputed commitment. */
  readonly inboxLevel: number;
  readonly end: { readonly state: StateHash; readonly ticks: bigint };
  readonly history: InboxHistory;
  /** The inbox's newest cell when the game starts. */
  readonly snapshot: LevelCell;
  readonly preimages: readonly Uint8Array[];
  /** The phases of the stretch; worked out once. */
  phases(): Promise<readonly PhaseSpan[]>;
  dispose(): Promise<void>;
}

export interface WorldOptions {
  readonly name: string;
  readonly kernel: Uint8Array;
  readonly version?: PvmVersion;
  /** Messages of users, serialized, of the disputed levels. */
  readonly levels: readonly (readonly Uint8Array[])[];
  /** The same of the levels before them. */
  readonly before?: readonly (readonly Uint8Array[])[];
  /** Name of the protocol that starts at a disputed level, by the level's index. */
  readonly protocols?: Readonly<Record<number, string>>;
  readonly preimages?: readonly Uint8Array[];
  /** States that the engine keeps at hand. */
  readonly checkpoints?: number;
  /** Where its states go; into memory if absent. */
  readonly records?: WritableRecords;
}

function infoOf(level: number) {
  return { ...ZERO_LEVEL_INFO, predecessorTimestamp: BigInt(level), predecessor: new Uint8Array(32).fill(level) };
}

export interface Preimages {
  readonly directory: string;
  remove(): void;
}

/** A folder of preimages as nodes have one. */
export function writePreimages(pages: readonly Uint8Array[]): Preimages | undefined {
  if (pages.length === 0) return undefined;
  const directory = mkdtempSync(join(tmpdir(), "tickproof-games-"));
  for (const page of pages) writeFileSync(join(directory, revealHashToHex(revealHash(page))), page);
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

export interface EvaluatedWorld extends Omit<World, "end" | "engine" | "store" | "phases" | "dispose" | "stretch"> {
  readonly kernel: Uint8Array;
  readonly version?: PvmVersion | undefined;
  readonly levelsBefore: readonly LevelInput[];
  readonly levels: readonly LevelInput[];
  readonly checkpoints?: number | undefined;
  readonly records?: WritableRecords | undefined;
  /** Whether the player knows the states at the ends of levels, as a node's does; true unless given. */
  readonly knowsEnds?: boolean | undefined;
}

/** Evaluates a rollup's levels as a node does. Raises EngineError. */
export async function evaluateWorld(options: EvaluatedWorld): Promise<World> {
  const {
    kernel,
    version = "2.0.0-r6",
    levelsBefore,
    levels,
    checkpoints,
    records,
    knowsEnds = true,
    ...known
  } = options;
  const { metadata, activation, dalParameters } = known;
  const pages = writePreimages(known.preimages);
  const store = new StateStore(records ?? new MemoryRecords());
  const rules = { activation, dalParameters };
  const reveals = { metadata, rules, ...(pages === undefined ? {} : { directory: pages.directory }) };
  const engine = new LocalEngine({ store, reveals, ...(checkpoints === undefined ? {} : { checkpoints }) });
  let state = await engine.genesis(kernel, version, []);
  for (const level of levelsBefore) state = (await engine.evaluate({ before: state, ...level })).after;
  const before = state;
  const ends: KnownState[] = [];
  let ticks = 0n;
  for (const level of levels) {
    const evaluated = await engine.evaluate({ before: state, ...level });
    state = evaluated.after;
    ticks += evaluated.ticks;
    ends.push({ tick: ticks, state });
  }
  const stretch: Stretch = { before, levels, ...(knowsEnds ? { known: ends } : {}) };
  let spans: Promise<readonly PhaseSpan[]> | undefined;
  return {
    ...known,
    engine,
    store,
    stretch,
    end: { state, ticks },
    phases: () => {
      spans ??= engine.phases(stretch);
      return spans;
    },
    dispose: async () => {
      await engine.close();
      pages?.remove();
    },
  };
}

export async function makeWorld(options: WorldOptions): Promise<World> {
  const { name, kernel, version, checkpoints, records, levels, before = [], protocols = {}, preimages = [] } = options;
  const framed = (messages: readonly Uint8Array[], level: number, protocol?: string) =>
    frameLevel(messages, { info: infoOf(level), ...(protocol === undefined ? {} : { protocol }) });
  const first = ORIGINATION_LEVEL + 1 + before.length;
  const inboxLevel = first + levels.length - 1;
  const levelsBefore = before.map((messages, i) => level(ORIGINATION_LEVEL + 1 + i, messages));
  function level(at: number, messages: readonly Uint8Array[]): LevelInput {
    return { level: at, messages: framed(messages, at, protocols[at - first]) };
  }
  const disputed = levels.map((messages, i) => level(first + i, messages));
  const foreign = Array.from({ length: ORIGINATION_LEVEL + 1 - FIRST_LEVEL }, (_, i) =>
    framed([Uint8Array.of(1, i)], FIRST_LEVEL + i),
  );
  const later = Array.from({ length: LEVELS_AFTER }, (_, i) => framed([Uint8Array.of(1, i)], inboxLevel + 1 + i));
  const own = [...levelsBefore, ...disputed].map(({ messages }) => messages);
  const { history, inboxes } = inboxChain(FIRST_LEVEL, [...foreign, ...own, ...later]);
  const newest = inboxes.at(-1);
  if (newest === undefined) throw new Error("an inbox without levels");
  return evaluateWorld({
    name,
    kernel,
    version,
    metadata: { address: ADDRESS, originationLevel: ORIGINATION_LEVEL },
    activation: ALL_ENABLED,
    dalParameters: DAL_PARAMETERS,
    levelsBefore,
    levels: disputed,
    inboxLevel,
    history,
    snapshot: newest.oldLevelsMessages,
    preimages,
    checkpoints,
    records,
  });
}

export function asyncHistory({ levelCell, payloads }: InboxHistory): AsyncInboxHistory {
  return { levelCell: async (hash) => levelCell(hash), payloads: async (witness) => payloads(witness) };
}

/** What the honest player plays from. */
export function honestView({ engine, stretch, history, activation }: World): PlayerView {
  return { engine, stretch, history: asyncHistory(history), activation };
}
