// Levels, kernels and settings for the engine's tests.
import { readFileSync } from "node:fs";
import type { Evaluated, LevelInput } from "../../../src/node/engine/engine.js";
import type { LocalEngine } from "../../../src/node/engine/local-engine.js";
import type { RevealSettings } from "../../../src/node/engine/reveals.js";
import type { RollupAddress, StateHash } from "../../../src/protocol/identifiers.js";
import { frameLevel } from "../../../src/protocol/level-frame.js";
import { ORIGINATION_VERSION } from "../../../src/pvm/versions.js";
import { sharedPath } from "../../shared-data.js";

export const ECHO = "vectors/kernels/echo.wasm";
export const TX = "vectors/kernels/regression/tx_no_verify.wasm";

export const ADDRESS = "sr163Lv22CdE8QagCwf48PWDTquk6isQwv57" as RollupAddress;

export function settings(more: Partial<RevealSettings> = {}): RevealSettings {
  return {
    metadata: { address: ADDRESS, originationLevel: 2 },
    rules: {
      activation: { rawData: 0, metadata: 0, dalPage: 0, dalParameters: 0 },
      dalParameters: { numberOfSlots: 32n, attestationLag: 8n, slotSize: 65536n, pageSize: 4096n },
    },
    ...more,
  };
}

export function kernel(path: string): Uint8Array {
  return new Uint8Array(readFileSync(sharedPath(path)));
}

/** Levels with some external messages each. */
export function levels(first: number, ...texts: readonly (readonly string[])[]): LevelInput[] {
  return texts.map((messages, i) => ({
    level: first + i,
    messages: frameLevel(messages.map((text) => Buffer.from(`\u0001${text}`, "latin1"))),
  }));
}

/** Evaluates levels one after another from the genesis of a kernel. */
export async function play(
  engine: Pick<LocalEngine, "genesis" | "evaluate">,
  bytes: Uint8Array,
  inputs: readonly LevelInput[],
): Promise<{ readonly genesis: StateHash; readonly results: readonly Evaluated[] }> {
  const genesis = await engine.genesis(bytes, ORIGINATION_VERSION, []);
  const results: Evaluated[] = [];
  let before = genesis;
  for (const input of inputs) {
    const result = await engine.evaluate({ before, ...input });
    results.push(result);
    before = result.after;
  }
  return { genesis, results };
}
