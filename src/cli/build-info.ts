// Which commit the program was built from: told by the file that `npm run build` leaves beside this one (write-build-info.ts), and by nothing else.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export interface BuildInfo {
  readonly commitHash: string;
  /** As git prints dates: "2026-11-24 21:42:21 +0000". */
  readonly commitDate: string;
}

export const BUILD_INFO_FILE = fileURLToPath(new URL("./build-info.json", import.meta.url));

/** What Octez says where nobody knows. */
export const UNKNOWN_BUILD: BuildInfo = { commitHash: "unknown", commitDate: "not-available" };

/** Does not raise: not knowing it is no reason not to run. */
export function readBuildInfo(file = BUILD_INFO_FILE): BuildInfo {
  try {
    const { commitHash, commitDate } = JSON.parse(readFileSync(file, "utf8")) as Partial<Record<string, unknown>>;
    if (typeof commitHash === "string" && typeof commitDate === "string") return { commitHash, commitDate };
  } catch {
    // Not there, as in a program that was not built by npm, or no JSON.
  }
  return UNKNOWN_BUILD;
}
