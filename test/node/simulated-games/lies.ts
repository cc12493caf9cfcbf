// What liars lie about, made up from a source of choices. A lie that changes nothing in the end becomes one about the number of ticks.
import type { LevelInput, PhaseSpan } from "../../../src/node/engine/engine.js";
import { durableKey } from "../../../src/pvm/durable.js";
import type { Machine } from "../../../src/pvm/machine.js";
import type { Source } from "../../fuzz/choices.js";
import { type Claims, lyingMachine, madeUpStates, otherTicks } from "./claims.js";
import type { World } from "./world.js";

export const LIES = ["state", "ticks", "inbox", "reveal", "padding", "storage"] as const;
export type LieKind = (typeof LIES)[number];

export interface Lie {
  readonly kind: LieKind;
  readonly claims: Claims;
}

const LIE_KEY = durableKey("/lie");
/** In these phases storage can be tampered with, and the machine goes on. */
const STORAGE_PHASES: readonly string[] = ["collect", "padding", "snapshot"];

function tickIn(span: PhaseSpan, source: Source): bigint {
  const place = source.below(4);
  if (place === 0) return span.first;
  if (place === 1) return span.first + span.ticks - 1n;
  return span.first + (source.u64() % span.ticks);
}

/** A tick of the stretch before its end: mostly one at which something is computed. */
async function someTick(world: World, source: Source): Promise<bigint> {
  if (source.below(4) === 0) return source.u64() % world.end.ticks;
  const spans = await world.phases();
  const busy = spans.filter(({ phase }) => phase !== "padding");
  return tickIn(source.pick(busy.length > 0 && source.below(4) > 0 ? busy : spans), source);
}

function tampered(world: World, source: Source): readonly LevelInput[] {
  const { levels } = world.stretch;
  const at = source.below(levels.length);
  return levels.map((level, i) =>
    i === at ? { ...level, messages: tamperedMessages(level.messages, source) } : level,
  );
}

/** The level's first and last messages stay: without them there is no level. */
function tamperedMessages(messages: readonly Uint8Array[], source: Source): readonly Uint8Array[] {
  const at = source.between(1, Math.max(1, messages.length - 2));
  const made = Uint8Array.of(1, ...source.bytes(source.below(20)), 0x99);
  switch (source.below(3)) {
    case 0:
      return messages.with(at, made);
    case 1:
      return messages.toSpliced(at, messages.length > 3 ? 1 : 0);
    default:
      return messages.toSpliced(at, 0, made);
  }
}

async function claimsOf(kind: LieKind, world: World, source: Source): Promise<Claims | undefined> {
  switch (kind) {
    case "state":
      return madeUpStates(world, 1n + (await someTick(world, source)), source.below(256));
    case "ticks": {
      const most = world.end.ticks - 1n;
      const few = 1n + (source.u64() % 1000n);
      const many = 1n + (source.u64() % (1n << BigInt(source.between(20, 62))));
      const extra = source.pick([few, -few, many, -many]);
      return otherTicks(world, extra < -most ? -most : extra);
    }
    case "inbox":
      return lyingMachine(world, { levels: tampered(world, source), forgesInbox: source.below(2) === 1 });
    case "reveal":
      return lyingMachine(world, { reveal: (_, answer) => answer.map((byte) => byte ^ 0x20) });
    case "padding": {
      const padding = (await world.phases()).filter(({ phase, ticks }) => phase === "padding" && ticks > 10n);
      if (padding.length === 0) return undefined;
      const span = source.pick(padding);
      const ahead = source.pick([1n, -1n, 3n]);
      const tick = span.first + 4n + (source.u64() % (span.ticks - 8n));
      const change = (machine: { currentTick: bigint }) => {
        machine.currentTick += ahead;
      };
      return lyingMachine(world, { deviation: { tick, ahead, change } });
    }
    case "storage": {
      const spans = (await world.phases()).filter(({ phase }) => STORAGE_PHASES.includes(phase));
      // A machine that is stuck from the start has none.
      if (spans.length === 0) return undefined;
      const tick = tickIn(source.pick(spans), source);
      const change = (machine: Machine) => {
        machine.durable.setValue(LIE_KEY, Uint8Array.of(1));
      };
      return lyingMachine(world, { deviation: { tick: tick === 0n ? 1n : tick, change } });
    }
  }
}

export async function makeLie(world: World, source: Source): Promise<Lie> {
  const kind = source.weighted<LieKind>([
    [6, "state"],
    [3, "ticks"],
    [4, "inbox"],
    [world.preimages.length > 0 ? 9 : 0, "reveal"],
    [2, "padding"],
    [2, "storage"],
  ]);
  const claims = await claimsOf(kind, world, source);
  if (claims !== undefined && !isTrue(claims, world)) return { kind, claims };
  return { kind: "ticks", claims: await otherTicks(world, 1n) };
}

function isTrue({ claim }: Claims, { end }: World): boolean {
  return claim.ticks === end.ticks && Buffer.compare(claim.state, end.state) === 0;
}
