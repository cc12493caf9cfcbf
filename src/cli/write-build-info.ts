// The last step of `npm run build`: writes down which commit was built. As for Octez, GIT_SHORTREF and GIT_DATETIME say it where there is no clone.
import { execFileSync } from "node:child_process";
import { realpathSync, writeFileSync } from "node:fs";
import { BUILD_INFO_FILE, type BuildInfo, UNKNOWN_BUILD } from "./build-info.js";
import { packageFile } from "./package-files.js";

/** What git knows of the commit that is checked out in a folder; `format`: of `git show`. Undefined unless the folder is a clone's own. */
function asked(folder: string, format: string): string | undefined {
  const git = (...args: string[]): string =>
    execFileSync("git", ["-C", folder, ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  try {
    // A package inside of another project's clone is not at that project's commit.
    if (realpathSync(git("rev-parse", "--show-toplevel")) !== realpathSync(folder)) return undefined;
    return git("show", "-s", `--pretty=format:${format}`);
  } catch {
    return undefined;
  }
}

export function buildInfo(folder: string, env: NodeJS.ProcessEnv): BuildInfo {
  return {
    commitHash: env["GIT_SHORTREF"] ?? asked(folder, "%H") ?? UNKNOWN_BUILD.commitHash,
    commitDate: env["GIT_DATETIME"] ?? asked(folder, "%ci") ?? UNKNOWN_BUILD.commitDate,
  };
}

if (process.argv[1] !== undefined && import.meta.filename === realpathSync(process.argv[1])) {
  writeFileSync(BUILD_INFO_FILE, `${JSON.stringify(buildInfo(packageFile(), process.env))}\n`);
}
