// describeShared itself: run for real in a vitest of its own, on a throw-away suite, with data present, absent and required.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { missingShared, repositoryRoot, sharedPath } from "./shared-root.js";

interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly titles: readonly string[];
}

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly testResults: readonly { readonly assertionResults: readonly { readonly fullName: string }[] }[];
}

describe("describeShared", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "tickproof-shared-"));
    symlinkSync(join(repositoryRoot, "node_modules"), join(folder, "node_modules"));
    mkdirSync(join(folder, "present"));
    writeFileSync(join(folder, "present", "a.txt"), "present");
    writeFileSync(
      join(folder, "made-up.test.ts"),
      `import { readFileSync } from "node:fs";
       import { expect, it } from "vitest";
       import { describeShared, sharedPath } from ${JSON.stringify(join(repositoryRoot, "test", "shared-data.ts"))};
       describeShared("vectors", ["present", "present/a.txt"], () => {
         const text = readFileSync(sharedPath("present", "a.txt"), "utf8");
         it("are read", () => expect(text).toBe("present"));
       });`,
    );
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function run(shared: string, ci: string): Outcome {
    const output = join(folder, "report.json");
    const env = { ...process.env, CI: ci, TICKPROOF_SHARED: shared };
    const vitest = join(repositoryRoot, "node_modules", "vitest", "vitest.mjs");
    const flags = ["--root", folder, "--reporter=json", `--outputFile=${output}`];
    rmSync(output, { force: true });
    // A failing suite exits with 1; what it says is in the report.
    spawnSync(process.execPath, [vitest, "run", ...flags], {
      env,
      cwd: repositoryRoot,
      stdio: "ignore",
      timeout: 60_000,
    });
    const report = JSON.parse(readFileSync(output, "utf8")) as Report;
    const titles = report.testResults.flatMap((result) => result.assertionResults.map((test) => test.fullName));
    return { passed: report.numPassedTests, failed: report.numFailedTests, skipped: report.numPendingTests, titles };
  }

  it("runs the suite where the data is, CI or not", () => {
    const expected = { passed: 1, failed: 0, skipped: 0, titles: ["vectors are read"] };
    expect(run(folder, "")).toEqual(expected);
    expect(run(folder, "true")).toEqual(expected);
  });

  it("skips and names the missing path where it is not", () => {
    const outcome = run(join(folder, "nowhere"), "");
    expect(outcome).toMatchObject({ passed: 0, failed: 0, skipped: 1 });
    expect(outcome.titles[0]).toContain(join(folder, "nowhere", "present", "a.txt"));
  });

  it("fails where it is not and CI=true", () => {
    expect(run(join(folder, "nowhere"), "true")).toMatchObject({ passed: 0, failed: 1, skipped: 0 });
  });
});

describe("sharedPath", () => {
  it("lies under TICKPROOF_SHARED or beside the repository", () => {
    const saved = process.env["TICKPROOF_SHARED"];
    try {
      process.env["TICKPROOF_SHARED"] = "/somewhere/data";
      expect(sharedPath("vectors", "a.json")).toBe("/somewhere/data/vectors/a.json");
      expect(missingShared(["a", "b/c"])).toEqual(["/somewhere/data/a", "/somewhere/data/b/c"]);
      process.env["TICKPROOF_SHARED"] = "";
      expect(sharedPath("vectors")).toBe(join(repositoryRoot, "..", "shared", "vectors"));
    } finally {
      if (saved === undefined) delete process.env["TICKPROOF_SHARED"];
      else process.env["TICKPROOF_SHARED"] = saved;
    }
  });
});
