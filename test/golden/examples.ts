// Golden data of our own: the example kernels over a few inboxes, every seventh state but of padding. Their digests are in
// digests.json, so that a fresh clone without shared data can tell whether the engine still gives the same hashes.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import wabt from "wabt";
import { blake2b256 } from "../../src/crypto/blake2b.js";
import { encodeBase58Check } from "../../src/encoding/base58check.js";
import { toHex } from "../../src/encoding/hex.js";
import { frameLevel } from "../../src/protocol/level-frame.js";
import { PROTOCOL_PARAMETERS } from "../../src/pvm/genesis.js";
import { Session } from "../../src/pvm/session.js";
import { StepPattern } from "../../src/pvm/step-pattern.js";
import { stops } from "../../src/pvm/stops.js";
import type { PvmVersion } from "../../src/pvm/versions.js";
import { repositoryRoot } from "../shared-root.js";
import { digestOfLines } from "./replay.js";

export interface Example {
  readonly name: "counter" | "echo" | "reveal" | "storage";
  readonly version: PvmVersion;
  /** Messages without the protocol's, in hex, by level from 0. */
  readonly inboxes: readonly (readonly string[])[];
  /** Request → data, in hex. */
  readonly reveals: Readonly<Record<string, string>>;
}

const METADATA_REQUEST = "01";
const METADATA = `${"17".repeat(20)}0000002a`;
const PAGE = Buffer.from("Page!".repeat(60), "latin1");
const PAGE_HASH = `00${toHex(blake2b256(PAGE))}`;

export const EXAMPLES: readonly Example[] = [
  { name: "echo", version: "2.0.0", inboxes: [["0148656c6c6f", "01"], ["01aabbcc"]], reveals: {} },
  { name: "counter", version: "2.0.0-r3", inboxes: [["01ff"], []], reveals: {} },
  { name: "storage", version: "2.0.0-r6", inboxes: [["01022f610102", "01022f6203"], ["01022f61"]], reveals: {} },
  {
    name: "reveal",
    version: "2.0.0-r6",
    inboxes: [[`01${PAGE_HASH}`]],
    reveals: { [METADATA_REQUEST]: METADATA, [`00${PAGE_HASH}`]: toHex(PAGE) },
  },
];

/** What is remembered of an example's run. */
export interface ExampleDigest {
  readonly lines: number;
  /** The last line: `tick contextHash`. */
  readonly last: string;
  readonly blake2b256: string;
}

/** The binary of an example kernel. */
export async function assembleExample(name: string): Promise<Uint8Array> {
  const file = join(repositoryRoot, "examples", "kernels", `${name}.wat`);
  const module = (await wabt()).parseWat(file, readFileSync(file, "utf8"));
  try {
    return new Uint8Array(module.toBinary({}).buffer);
  } finally {
    module.destroy();
  }
}

/** A session at tick 0 of an example. */
export async function startExample(example: Example): Promise<Session> {
  const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));
  const inputs = {
    inboxes: example.inboxes.map((messages, level) => ({ level, messages: frameLevel(messages.map(bytes)) })),
    reveals: new Map(Object.entries(example.reveals).map(([request, data]) => [request, bytes(data)])),
  };
  return Session.start(await assembleExample(example.name), example.version, PROTOCOL_PARAMETERS, inputs);
}

/** Every state would take ten seconds; seven has no factor in common with what an instruction takes. */
const RECORDED = StepPattern.parse("%7");

/** Runs an example to its end: `tick contextHash` of each state recorded. */
export async function exampleDigest(example: Example): Promise<ExampleDigest> {
  const session = await startExample(example);
  const lines: string[] = [];
  for (const tick of stops(session, RECORDED)) {
    lines.push(`${tick} ${encodeBase58Check("contextHash", session.machine.hash())}`);
  }
  return { lines: lines.length, last: lines.at(-1) ?? "", blake2b256: digestOfLines(lines) };
}
