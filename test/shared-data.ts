// Suites that need shared data (see shared-root.ts): run where it is present, skipped with the missing path named where
// it is not, failed where it must be.
import { describe, expect, it } from "vitest";
import { missingShared, sharedIsRequired } from "./shared-root.js";

export { sharedPath } from "./shared-root.js";

/**
 * A `describe` for a suite that reads `files` (paths relative to the shared root, files or folders). Where one is
 * missing `fn` is not called, so it may read them while the tests are collected; one test named after the missing path
 * stands in for the suite, skipped, or failing under CI=true.
 */
export function describeShared(name: string, files: string | readonly string[], fn: () => void): void {
  const missing = missingShared(typeof files === "string" ? [files] : files);
  if (missing.length === 0) {
    describe(name, fn);
    return;
  }
  const message = `missing shared data: ${missing.join(", ")} (set TICKPROOF_SHARED)`;
  describe(name, () => {
    if (sharedIsRequired())
      it(message, () => {
        expect.fail(message);
      });
    else
      it(message, (context) => {
        // The note reaches the reports; the line reaches whoever runs only this file.
        console.warn(`skipped "${name}": ${message}`);
        context.skip(message);
      });
  });
}
