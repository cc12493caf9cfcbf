import { describe, expect, it } from "vitest";
import { csvListing, listing } from "../../../src/node/metrics/names.js";
import { HAS_REFERENCE, referenceFile } from "../../reference.js";

/** The reference's test takes names of this form for hashes of operations. */
const LOOKS_LIKE_A_HASH = /\bo[A-Za-z0-9_]{50}\b/g;

describe("metrics", () => {
  it.skipIf(!HAS_REFERENCE).each([
    ["with", true],
    ["without", false],
  ] as const)("are the reference's, %s those of performance", (word, withPerformance) => {
    const file = `tezt/tests/expected/sc_rollup.ml/Smart rollup node- list metrics regression (${word} performance metrics).out`;
    const expected = referenceFile(file)
      .split("\n")
      .filter((line) => line.startsWith("#"));
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
