// A hundred step proofs of all phases: of the example kernels, and of a file that is no kernel, for stuck states.
import { frameLevel } from "../../src/protocol/level-frame.js";
import { PROTOCOL_PARAMETERS } from "../../src/pvm/genesis.js";
import { type Phase, Session } from "../../src/pvm/session.js";
import { StepPattern } from "../../src/pvm/step-pattern.js";
import type { StepInput } from "../../src/pvm/step-proof.js";
import { stops } from "../../src/pvm/stops.js";
import { EXAMPLES, startExample } from "../golden/examples.js";

export type Kind = Phase | "reveal";

export interface SampleProof {
  readonly name: string;
  readonly kind: Kind;
  readonly tick: bigint;
  readonly input: StepInput | null;
  readonly bytes: Uint8Array;
}

/** Proofs taken of each kind and kernel, spread evenly over the ticks of the kind. */
const PROOFS_OF_KIND: Readonly<Record<Kind, number>> = {
  collect: 4,
  padding: 3,
  snapshot: 1,
  decode: 6,
  link: 2,
  init: 5,
  eval: 6,
  reveal: 2,
  stuck: 3,
};

interface Source {
  readonly name: string;
  readonly start: () => Promise<Session>;
}

async function startNoKernel(): Promise<Session> {
  const inboxes = [0, 1].map((level) => ({ level, messages: frameLevel([Uint8Array.of(1, level)]) }));
  const bytes = Uint8Array.from(Buffer.from("0061736d ff no kernel"));
  return Session.start(bytes, "2.0.0-r6", PROTOCOL_PARAMETERS, { inboxes, reveals: new Map() });
}

const SOURCES: readonly Source[] = [
  ...EXAMPLES.map((example) => ({ name: example.name, start: () => startExample(example) })),
  { name: "no kernel", start: startNoKernel },
];

function kindOf(session: Session): Kind {
  return session.nextInput()?.tag === "reveal" ? "reveal" : session.phase;
}

/** The ticks of a run by kind: every state, but of padding only the last two before each kernel run. */
function ticksByKind(session: Session): Map<Kind, bigint[]> {
  const ticks = new Map<Kind, bigint[]>();
  const note = (kind: Kind, ...found: bigint[]): void => {
    const known = ticks.get(kind);
    if (known === undefined) ticks.set(kind, found);
    else known.push(...found);
  };
  for (const tick of stops(session, StepPattern.parse("always"))) {
    if (session.isOver) break;
    if (session.phase === "snapshot") note("padding", tick - 2n, tick - 1n);
    note(kindOf(session), tick);
  }
  return ticks;
}

function chosenTicks(byKind: ReadonlyMap<Kind, readonly bigint[]>): bigint[] {
  const chosen = new Set<bigint>();
  for (const [kind, ticks] of byKind) {
    const count = Math.min(PROOFS_OF_KIND[kind], ticks.length);
    for (let part = 0; part < count; part++) {
      const tick = ticks[Math.floor((ticks.length * (2 * part + 1)) / (2 * count))];
      if (tick !== undefined) chosen.add(tick);
    }
  }
  return [...chosen].sort((a, b) => (a < b ? -1 : 1));
}

/** The same proofs every time. */
export async function sampleProofs(): Promise<SampleProof[]> {
  const proofs: SampleProof[] = [];
  for (const { name, start } of SOURCES) {
    const ticks = chosenTicks(ticksByKind(await start()));
    const session = await start();
    for (const tick of ticks) {
      if (!session.goTo(tick)) throw new Error(`the run of ${name} ends before tick ${tick}`);
      const [kind, input] = [kindOf(session), session.nextInput()];
      proofs.push({ name: `${name} ${tick} ${kind}`, kind, tick, input, bytes: session.prove().bytes });
    }
  }
  return proofs;
}
