// The debugger's chapter of the manual, its commands replayed in order on a kernel that echoes; its older forms are accepted, the
// program's are printed (debugger.md §0).
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { PROTOCOL_PARAMETERS } from "../../src/pvm/genesis.js";
import { describeShared, sharedPath } from "../shared-data.js";
import { repositoryRoot } from "../shared-root.js";
import { optionsOf, script } from "./support.js";

describeShared("the manual's chapter on the debugger", "manual.txt", () => {
  const manual = readFileSync(sharedPath("manual.txt"), "utf8");
  const chapter = manual.slice(
    manual.indexOf("Testing your Kernel#"),
    manual.indexOf("reveal preimage of <hex encoded value>"),
  );
  const inputs = /\n(\[\n {2}\[\n {4}\{\n {6}"external":[\s\S]*?\n\])\n/.exec(chapter)?.[1] ?? "";
  const commands = [...chapter.matchAll(/^> (.*)$/gm)].map(([, line]) => line ?? "");
  const kernel = readFileSync(join(repositoryRoot, "examples", "kernels", "echo.wat"));

  it("is understood command by command", async () => {
    expect(commands).toEqual(
      expect.arrayContaining([
        "show status",
        "load inputs",
        "show inbox",
        "step kernel_run",
        "show keys /store",
        "step result",
        "step inbox",
        "profile",
      ]),
    );
    // What stands for the reader's own values, and the answer to a question.
    const typed = commands
      .filter((line) => !/^[0-9a-f]{10,}$/.test(line))
      .map((line) =>
        line
          .replace("at p for l bytes", "at 0 for 8 bytes")
          .replace("/store/key", "/kernel/env/reboot")
          .replace("/store", "/kernel"),
      );
    // The manual loads the second inbox without saying so.
    typed.splice(typed.indexOf("step result"), 0, "load inputs");
    const options = { ...optionsOf(kernel, JSON.parse(inputs)), parameters: PROTOCOL_PARAMETERS };
    const { out, err, failures } = await script(typed, options);
    expect(err).toBe("");
    expect(failures).toBeLessThanOrEqual(1);
    const programs = (text: string): string => text.replaceAll("Internal state:", "Internal_status:");
    const shown = chapter
      .slice(chapter.indexOf("Inbox has 4"), chapter.indexOf("The first input of an inbox"))
      .trimEnd();
    expect(out).toContain(programs("Status: Waiting for input\nInternal state: Collect\n"));
    expect(out).toContain(programs("Status: Evaluating\nInternal state: Snapshot\n"));
    expect(out).toContain(`${shown}\n`);
    expect(out).toContain(
      "Evaluation took 50000000000000 ticks so far\nStatus: Waiting for input\nInternal_status: Collect\n",
    );
    expect(out).toContain("Status: Evaluating\nInternal_status: Evaluation succeeded\n");
    expect(out).toContain("Starting the profiling until new messages are expected. Please note");
  });
});
