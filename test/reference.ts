// The reference's sources, for tests that compare with them: a git directory named by TICKPROOF_REFERENCE, or the mirror beside the
// repository. Read in place; where there is none, such tests skip.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { repositoryRoot } from "./shared-root.js";

const CONFIGURED = process.env["TICKPROOF_REFERENCE"];
const MIRROR = join(dirname(repositoryRoot), ".mirror", "tezos+tezos-mirror", "repo");
const REPOSITORY = CONFIGURED === undefined || CONFIGURED === "" ? MIRROR : resolve(repositoryRoot, CONFIGURED);

export const HAS_REFERENCE: boolean = existsSync(REPOSITORY);

export function referenceGit(...args: readonly string[]): string {
  return execFileSync("git", [`--git-dir=${REPOSITORY}`, ...args], { encoding: "utf8", maxBuffer: 2 ** 26 });
}

/** The text of a file. */
export function referenceFile(path: string): string {
  return referenceGit("show", `HEAD:${path}`);
}
