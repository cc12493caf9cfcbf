// The package as others see it: its entry points, and what they can do with them alone.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import * as tickproof from "../src/index.js";
import * as verify from "../src/verify.js";
import { repositoryRoot } from "./shared-root.js";

interface Manifest {
  readonly name: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly files: readonly string[];
}

const manifest = JSON.parse(readFileSync(join(repositoryRoot, "package.json"), "utf8")) as Manifest;

describe("the package", () => {
  it("names the entry points that are built", () => {
    expect(manifest.exports["."]?.["default"]).toBe("./dist/src/index.js");
    expect(manifest.exports["./verify"]?.["default"]).toBe("./dist/src/verify.js");
    expect(manifest.bin["tickproof"]).toBe("dist/src/cli/main.js");
  });

  it("brings the kernel that the demonstration runs", () => {
    expect(manifest.files.some((file) => file === "examples" || file === "examples/kernels")).toBe(true);
  });

  it("exports everything of ./verify from . too", () => {
    for (const [name, value] of Object.entries(verify)) expect(tickproof).toHaveProperty(name, value);
  });

  it("runs and proves a kernel, and checks the proof with ./verify alone", async () => {
    const { parseInputs, PROTOCOL_PARAMETERS, readKernel, Session, StepPattern, stops } = tickproof;
    const file = readFileSync(join(repositoryRoot, "examples", "kernels", "echo.wat"));
    const kernel = await readKernel(file, "echo.wat");
    const inputs = parseInputs('[[{"external": "cafe"}]]');
    const session = Session.start(kernel, "2.0.0-r6", PROTOCOL_PARAMETERS, inputs);
    let checked = 0;
    for (const _ of stops(session, StepPattern.parse("=50_000_000_000_123,=3"))) {
      const { bytes } = session.prove();
      const { before } = verify.checkStep(bytes, session.nextInput());
      expect(before).toEqual(session.machine.hash());
      checked += 1;
    }
    expect(checked).toBe(2);
    session.goToEnd();
    expect(tickproof.outboxMessages(session.machine.buffers.output, 0)).toEqual([Uint8Array.of(0xca, 0xfe)]);
  });
});
