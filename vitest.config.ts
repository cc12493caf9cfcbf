import { defineConfig } from "vitest/config";

/**
 * Tests of what a process is or has: its death, its memory, its locks, its threads and children, its environment. Each file of them has a
 * process of its own. The others share one per worker: its modules are loaded once instead of once a file, which is most of what importing
 * costs. That asks of src/ and test/ that their modules keep nothing but caches.
 */
const OWN_PROCESS = [
  "test/*.test.ts",
  "test/cli/node/**/*.test.ts",
  "test/e2e/**/*.test.ts",
  "test/golden/**/*.test.ts",
  "test/l1/sandbox/rpc/hostile.test.ts",
  "test/l1/sandbox/store/**/*.test.ts",
  "test/node/{agreement,faults,load,simulated-games,store}/**/*.test.ts",
];

export default defineConfig({
  test: {
    // Processes, not threads: the engine's own worker threads and hash-wasm instances stay apart from the runner.
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // In the order of their names: the long ones first.
    projects: [
      { extends: true, test: { name: "alone", include: OWN_PROCESS } },
      {
        extends: true,
        test: { name: "together", include: ["test/**/*.test.ts"], exclude: OWN_PROCESS, isolate: false },
      },
    ],
  },
});
