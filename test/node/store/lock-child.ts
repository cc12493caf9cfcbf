// Program of another process: takes the lock of a file, says so, and keeps it until it is killed.
// Arguments: file, "wait" or "fail".

import { DataDirError } from "../../../src/node/store/data-dir-error.js";
import { acquireLock } from "../../../src/node/store/file-lock.js";

const [, , file = "", how = "fail"] = process.argv;
try {
  await acquireLock(file, { wait: how === "wait" });
  process.stdout.write("locked\n");
  setInterval(() => undefined, 1000);
} catch (error) {
  process.stdout.write(`${error instanceof DataDirError ? error.code : String(error)}\n`);
}
