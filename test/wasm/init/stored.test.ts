// Link and init states recorded from the reference: loading and saving them changes nothing.
import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { toHex } from "../../../src/encoding/hex.js";
import { buildNode, type Schema, View } from "../../../src/merkle/schema.js";
import { type Access, EXACT_UNOBSERVED, PLAIN_ACCESS } from "../../../src/merkle/tree.js";
import { initStateSchema } from "../../../src/wasm/init/state.js";
import { linkStateSchema } from "../../../src/wasm/link/state.js";
import { describeShared, sharedPath } from "../../shared-data.js";
import { STATES_FOLDER, storedState } from "./stored-states.js";

/** The hash of the part of the state at `wasm/value` after loading and saving it. */
function reloaded<T>(name: string, schema: Schema<T>, access: Access): string {
  const view = View.of(storedState(name).tree.findTree(["wasm", "value"]), access);
  const node = buildNode(schema, schema.load(view), access.exact);
  if (node === undefined) throw new Error("nothing saved");
  return toHex(node.hash);
}

describeShared("recorded states", STATES_FOLDER, () => {
  const names = readdirSync(sharedPath(STATES_FOLDER))
    .filter((name) => /^(link|init)-/.test(name))
    .map((name) => name.replace(/\.json$/, ""));

  it("are there", () => {
    expect(names.length).toBe(23);
  });

  describe.each(names)("%s", (name) => {
    const schema: Schema<unknown> = name.startsWith("link") ? linkStateSchema : initStateSchema;

    it("has the recorded hash", () => {
      const state = storedState(name);
      expect(toHex(state.tree.hash)).toBe(state.hash);
    });

    it.each([
      ["plain", PLAIN_ACCESS],
      ["exact", EXACT_UNOBSERVED],
    ] as const)("is saved as it was loaded (%s)", (_, access) => {
      const expected = storedState(name).tree.findTree(["wasm", "value"]);
      expect(reloaded(name, schema, access)).toBe(toHex(expected?.hash ?? new Uint8Array(0)));
    });
  });
});
