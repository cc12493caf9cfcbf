// What the program says that it was built from: what the build has written down, or that nobody knows.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { readBuildInfo, UNKNOWN_BUILD } from "../../src/cli/build-info.js";
import { buildInfo } from "../../src/cli/write-build-info.js";

const folder = mkdtempSync(join(tmpdir(), "tickproof-build-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const DATE = "2026-11-24T21:42:21Z";

/** A clone with one commit; gives its hash. */
function clone(path: string): string {
  mkdirSync(path);
  const who = { GIT_AUTHOR_NAME: "a", GIT_AUTHOR_EMAIL: "a@b", GIT_COMMITTER_NAME: "a", GIT_COMMITTER_EMAIL: "a@b" };
  const env = { ...process.env, ...who, GIT_AUTHOR_DATE: DATE, GIT_COMMITTER_DATE: DATE };
  const git = (...args: string[]): string => execFileSync("git", ["-C", path, ...args], { encoding: "utf8", env });
  git("init", "-q");
  git("commit", "-q", "--allow-empty", "-m", "first");
  return git("rev-parse", "HEAD").trim();
}

it("is the commit of the clone that was built, and of no other", () => {
  const path = join(folder, "clone");
  const commitHash = clone(path);
  expect(buildInfo(path, {})).toEqual({ commitHash, commitDate: "2026-11-24 21:42:21 +0000" });
  const inner = join(path, "node_modules");
  mkdirSync(inner);
  expect(buildInfo(inner, {})).toEqual(UNKNOWN_BUILD);
  expect(buildInfo(folder, {})).toEqual(UNKNOWN_BUILD);
  const env = { GIT_SHORTREF: "abcd", GIT_DATETIME: "yesterday" };
  expect(buildInfo(inner, env)).toEqual({ commitHash: "abcd", commitDate: "yesterday" });
});

it("is read from what the build wrote", () => {
  const file = join(folder, "build-info.json");
  expect(readBuildInfo(file)).toEqual(UNKNOWN_BUILD);
  for (const text of ["", "{}", "[]", '{"commitHash": 1, "commitDate": "x"}']) {
    writeFileSync(file, text);
    expect(readBuildInfo(file)).toEqual(UNKNOWN_BUILD);
  }
  const info = { commitHash: "abcd", commitDate: "2026-11-24 21:42:21 +0000" };
  writeFileSync(file, JSON.stringify(info));
  expect(readBuildInfo(file)).toEqual(info);
});
