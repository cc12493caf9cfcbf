// .ci/run in a make-believe repository, with an `npm` that does what each case wants: how stages are counted, left out,
// retried and summed up. Every case costs a few processes, no real install or test run.
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { repositoryRoot } from "./shared-root.js";

interface Outcome {
  readonly status: number | null;
  readonly output: string;
  readonly lastLine: string;
}

const REPORT = {
  numPassedTests: 5,
  numFailedTests: 0,
  numPendingTests: 1,
  numTodoTests: 0,
  testResults: [] as object[],
};
const ENTRIES = ["test/golden/run.ts", "spec-tests/run.ts", "test/fuzz/run.ts"];

describe(".ci/run", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "tickproof-ci-test-"));
    put(".ci/run", "");
    copyFileSync(join(repositoryRoot, ".ci", "run"), join(folder, ".ci", "run"));
    put("biome.json", "{}");
    put("tsconfig.json", "{}");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function put(path: string, content: string): void {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  /** `commands`: what a call of npm does, by its name ("ci", "test", "lint", ...), as shell text; otherwise nothing. */
  function run(commands: Readonly<Record<string, string>>, options: { ci?: string; report?: object } = {}): Outcome {
    put("report.json", JSON.stringify({ ...REPORT, ...options.report }));
    const all = { test: 'cp report.json "$report"', ...commands };
    const cases = Object.entries(all).map(([name, command]) => `${name}) ${command} ;;`);
    put(
      "bin/npm",
      `#!/usr/bin/env bash
      if [ "$1" = run ]; then shift; fi
      echo "npm $*" >> calls
      for word in "$@"; do case $word in --outputFile.json=*) report=\${word#*=} ;; esac; done
      case $1 in ${cases.join("\n")} esac`,
    );
    chmodSync(join(folder, "bin", "npm"), 0o755);
    const env = { ...process.env, PATH: `${join(folder, "bin")}:${process.env["PATH"]}`, CI: options.ci ?? "" };
    const { status, stdout } = spawnSync("bash", [join(folder, ".ci", "run")], {
      env,
      encoding: "utf8",
      timeout: 60_000,
    });
    return { status, output: stdout, lastLine: stdout.trimEnd().split("\n").at(-1) ?? "" };
  }

  it("sums up tests, lint and type check, and leaves out what does not exist yet", () => {
    const outcome = run({ golden: "exit 1" });
    expect(outcome).toMatchObject({ status: 0, lastLine: "7 passed, 0 failed, 1 skipped" });
    for (const entry of ENTRIES) expect(outcome.output).toContain(`left out, there is no ${entry} yet`);
  });

  it("adds the last lines of golden, spec-tests and fuzz", () => {
    for (const entry of ENTRIES) put(entry, "");
    const outcome = run({
      golden: 'echo "3 passed, 9 failed so far"; echo "10 passed, 0 failed"',
      "spec-tests": 'echo "20 passed, 0 failed"',
      fuzz: '[[ "$*" =~ ^fuzz\\ --\\ --minutes\\ 2\\ --seed\\ [0-9]+$ ]] && echo "30 passed, 0 failed, 2 skipped"',
    });
    expect(outcome).toMatchObject({ status: 0, lastLine: "67 passed, 0 failed, 3 skipped" });
  });

  it.each([
    ["a failing linter", { lint: "exit 1" }, "6 passed, 1 failed, 1 skipped"],
    ["a failing type check", { "type-check": "exit 2" }, "6 passed, 1 failed, 1 skipped"],
    ["tests that leave no report", { test: "exit 1" }, "2 passed, 1 failed, 0 skipped"],
    [
      "a clean report with a bad exit code",
      { test: 'cp report.json "$report"; exit 1' },
      "7 passed, 1 failed, 1 skipped",
    ],
    ["a golden run that crashes", { golden: 'echo "4 passed, 0 failed"; exit 3' }, "11 passed, 1 failed, 1 skipped"],
    ["a golden run that says nothing", { golden: "true" }, "7 passed, 1 failed, 1 skipped"],
    ["golden failures", { golden: 'echo "4 passed, 2 failed"; exit 1' }, "11 passed, 2 failed, 1 skipped"],
    [
      "golden failures with a good exit code",
      { golden: 'echo "4 passed, 2 failed"' },
      "11 passed, 2 failed, 1 skipped",
    ],
  ])("fails on %s", (_, commands, lastLine) => {
    if ("golden" in commands) put("test/golden/run.ts", "");
    expect(run(commands)).toMatchObject({ status: 1, lastLine });
  });

  it("counts failed tests, and a test file that does not load as one", () => {
    const testResults = [
      { status: "failed", assertionResults: [{ status: "failed" }, { status: "passed" }] },
      { status: "failed", assertionResults: [] },
    ];
    const outcome = run({}, { report: { numFailedTests: 1, testResults } });
    expect(outcome).toMatchObject({ status: 1, lastLine: "7 passed, 2 failed, 1 skipped" });
  });

  it("takes what suites skip for failures when CI=true", () => {
    put("test/golden/run.ts", "");
    const golden = 'echo "4 passed, 0 failed, 2 skipped"';
    expect(run({ golden })).toMatchObject({ status: 0, lastLine: "11 passed, 0 failed, 3 skipped" });
    expect(run({ golden }, { ci: "true" })).toMatchObject({ status: 1, lastLine: "11 passed, 2 failed, 1 skipped" });
  });

  it("takes a suite that ran nothing for skipped, or for failed when CI=true", () => {
    put("test/golden/run.ts", "");
    const golden = 'echo "0 passed, 0 failed"';
    expect(run({ golden })).toMatchObject({ status: 0, lastLine: "7 passed, 0 failed, 2 skipped" });
    expect(run({ golden }, { ci: "true" })).toMatchObject({ status: 1, lastLine: "7 passed, 1 failed, 1 skipped" });
  });

  it("tries to install twice and gives up then", () => {
    const once = run({ ci: "if [ ! -e tried ]; then touch tried; exit 1; fi" });
    expect(once).toMatchObject({ status: 0, lastLine: "7 passed, 0 failed, 1 skipped" });
    const never = run({ ci: "exit 1" });
    expect(never).toMatchObject({ status: 1, lastLine: "0 passed, 1 failed, 0 skipped" });
    expect(never.output.match(/=== install: npm ci/g)).toHaveLength(2);
    expect(never.output).not.toContain("=== test");
  });

  it("shows each stage with its time", () => {
    const { output } = run({ lint: "echo linting; exit 1" });
    expect(output).toMatch(/=== test: ok, \d+s\n/);
    expect(output).toMatch(/=== lint: npm run lint\nlinting\n=== lint: exit code 1, \d+s\n/);
  });
});
