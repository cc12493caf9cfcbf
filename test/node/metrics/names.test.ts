import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { csvListing, listing } from "../../../src/node/metrics/names.js";

const MIRROR = "/work/.mirror/tezos+tezos-mirror/repo";

/** The reference's test takes names of this form for hashes of operations. */
const LOOKS_LIKE_A_HASH = /\bo[A-Za-z0-9_]{50}\b/g;

describe("metrics", () => {
  it.skipIf(!existsSync(MIRROR)).each([
    ["with", true],
    ["without", false],
  ] as const)("are the reference's, %s those of performance", (word, withPerformance) => {
    const file = `tezt/tests/expected/sc_rollup.ml/Smart rollup node- list metrics regression (${word} performance metrics).out`;
    const text = execFileSync("git", [`--git-dir=${MIRROR}`, "show", `HEAD:${file}`], { encoding: "utf8" });
    const expected = text.split("\n").filter((line) => line.startsWith("#"));
    expect(listing(withPerformance).replaceAll(LOOKS_LIKE_A_HASH, "[OPERATION_HASH]").split("\n")).toEqual(expected);
  });

  it("are listed as CSV", () => {
    const [head, ...rows] = csvListing().split("\n");
    expect(head).toBe("Name,Type,Description,Labels");
    expect(rows).toContain('octez_sc_rollup_node_inbox_level,Gauge,"Level of last inbox",');
    expect(rows).toContain(
      'octez_sc_rollup_node_node_info,Counter,"General information on the node",version;commit_hash;commit_date',
    );
    expect(rows).toHaveLength(34);
  });
});
