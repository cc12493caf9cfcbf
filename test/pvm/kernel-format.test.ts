import { describe, expect, it } from "vitest";
import { MAX_KERNEL_BYTES, readKernel } from "../../src/pvm/kernel-format.js";

const MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
const text = (contents: string): Uint8Array => Uint8Array.from(Buffer.from(contents));

describe("kernel files", () => {
  it.each([
    ["a binary", MODULE],
    ["a binary cut short", MODULE.subarray(0, 5)],
    ["hexadecimal", text("0061736d01000000")],
    ["hexadecimal in capitals, in space", text("  0061736D01000000\r\n")],
    ["text", text("(module)")],
    ["text with comments", text(";; nothing\n(; at ;) (module)")],
  ])("as %s", async (name, file) => {
    const kernel = await readKernel(file, "kernel");
    expect(Buffer.from(kernel).toString("hex")).toBe(name.includes("short") ? "0061736d01" : "0061736d01000000");
  });

  it.each([
    ["nothing", new Uint8Array(), "pvm.kernel.empty"],
    ["a picture", Uint8Array.of(0x89, 0x50, 0x4e, 0x47), "pvm.kernel.not_wasm"],
    ["words", text("hello"), "pvm.kernel.not_wasm"],
    ["other hexadecimal", text("deadbeef"), "pvm.kernel.not_wasm"],
    ["broken hexadecimal", text("0061736d0100 0000"), "pvm.kernel.bad_hex"],
    ["odd hexadecimal", text("0061736d01000"), "pvm.kernel.bad_hex"],
    ["text that is none", text("(module (func (param i33)))"), "pvm.kernel.bad_text"],
    ["text in no encoding", Uint8Array.from([...text("(module) ;; "), 0xff]), "pvm.kernel.bad_text"],
  ])("of %s are refused", async (_, file, code) => {
    await expect(readKernel(file, "kernel.wat")).rejects.toThrow(
      expect.objectContaining({ name: "KernelError", code }),
    );
  });

  it("say where text is wrong, in one line", async () => {
    const error = await readKernel(text("(module\n  (func nonsense))"), "kernel.wat").catch(
      (caught: unknown) => caught,
    );
    expect(String(error)).toMatch(/kernel\.wat:2:9: [^\n]*$/);
  });

  it("that are too large are refused", async () => {
    const large = new Uint8Array(MAX_KERNEL_BYTES + 1);
    large.set(MODULE);
    await expect(readKernel(large, "large")).rejects.toThrow(
      /too large for a kernel: 67108865 bytes, at most 67108864/,
    );
  });
});
