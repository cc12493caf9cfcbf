// Whole states of the reference: what the schemas of the evaluator read they write back, and one state steps to the next.
import { expect, it } from "vitest";
import { toHex } from "../../../src/encoding/hex.js";
import type { TreeNode } from "../../../src/merkle/node.js";
import { buildNode, loadFrom, type Schema, View } from "../../../src/merkle/schema.js";
import { type Access, EXACT_UNOBSERVED, PLAIN_ACCESS, type Tree } from "../../../src/merkle/tree.js";
import { type Config, configSchema } from "../../../src/wasm/eval/config.js";
import { evalStep, pendingReveal, revealStep } from "../../../src/wasm/eval/machine.js";
import type { Host } from "../../../src/wasm/host.js";
import { type Registry, registrySchema } from "../../../src/wasm/runtime.js";
import { describeShared } from "../../shared-data.js";
import { readState, STATES, stateFiles, stateTree } from "./stored-states.js";

const CONFIG = ["wasm", "value", "config"];
const MODULES = ["wasm", "value", "modules"];
const ACCESSES: readonly (readonly [name: string, access: Access])[] = [
  ["plain", PLAIN_ACCESS],
  ["exact", EXACT_UNOBSERVED],
];

const noHost: Host = {
  resolve: () => null,
  call: (name) => {
    throw new Error(`no host function ${name}`);
  },
};
const phase = { init: false, level: "pvm" } as const;

interface EvalState {
  readonly config: Config;
  readonly registry: Registry;
}

function load(tree: Tree): EvalState {
  return { config: loadFrom(tree, CONFIG, configSchema), registry: loadFrom(tree, MODULES, registrySchema) };
}

function hashOf<T>(schema: Schema<T>, value: T, exact: boolean): string {
  return toHex((buildNode(schema, value, exact) as TreeNode).hash);
}

function hashes({ config, registry }: EvalState, access: Access): { config: string; modules: string } {
  return {
    config: hashOf(configSchema, config, access.exact),
    modules: hashOf(registrySchema, registry, access.exact),
  };
}

function storedHashes(file: string): { config: string; modules: string } {
  const tree = stateTree(readState(file), PLAIN_ACCESS);
  return {
    config: toHex((tree.findTree(CONFIG) as TreeNode).hash),
    modules: toHex((tree.findTree(MODULES) as TreeNode).hash),
  };
}

/** Saves a state and loads it again from what was saved. */
function stored({ config, registry }: EvalState, access: Access): EvalState {
  const again = <T>(schema: Schema<T>, value: T): T => {
    const node = buildNode(schema, value, access.exact) as TreeNode;
    node.hash;
    return schema.load(View.of(node, access));
  };
  return { config: again(configSchema, config), registry: again(registrySchema, registry) };
}

describeShared("stored evaluator states", STATES, () => {
  const files = stateFiles("eval");

  it("are there", () => expect(files.length).toBeGreaterThan(40));

  it.each(files)("%s has the hash its listing gives", (file) => {
    const state = readState(file);
    expect(toHex(stateTree(state, PLAIN_ACCESS).hash)).toBe(state.hash);
  });

  it.each(files.flatMap((file) => ACCESSES.map(([name, access]) => ({ file, name, access }))))(
    "$file is written back as it was read ($name)",
    ({ file, access }) => {
      const state = load(stateTree(readState(file), access));
      expect(hashes(state, access)).toEqual(storedHashes(file));
    },
  );

  const chains = [
    ["link_store_create", 5177, 5178, 5179, 5180, 5181, 5182, 5183, 5184],
    ["link_store_create", 5197, 5198],
    ["custom_trap", 60210, 60212, 60213],
  ] as const;

  it.each(chains.flatMap(([kernel, ...ticks]) => ACCESSES.map(([name, access]) => ({ kernel, ticks, name, access }))))(
    "$kernel steps through $ticks ($name)",
    ({ kernel, ticks, access }) => {
      const [first, ...others] = ticks.map((tick) => ({ tick, file: `eval-${kernel}-${tick}.json` }));
      if (first === undefined) throw new Error("no tick");
      let state = load(stateTree(readState(first.file), access));
      let at = first.tick;
      for (const { tick, file } of others) {
        for (; at < tick; at++) {
          state = evalStep(state.config, state.registry, noHost, phase);
          if (access.exact) state = stored(state, access);
        }
        expect(hashes(state, access), file).toEqual(storedHashes(file));
      }
    },
  );

  it.each(ACCESSES)("a reveal is answered (%s)", (_name, access) => {
    const { config, registry } = load(stateTree(readState("eval-custom_reveal-60498.json"), access));
    expect(toHex(pendingReveal(config) as Uint8Array)).toBe("01");
    const answered = revealStep(config, registry, Buffer.from("revealed payload"));
    expect(hashes(answered, access)).toEqual(storedHashes("eval-custom_reveal-60499.json"));
    expect(pendingReveal(answered.config)).toBeNull();
  });
});
