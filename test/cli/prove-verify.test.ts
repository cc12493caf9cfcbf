import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readBundle } from "../../src/pvm/proof-bundle.js";
import { exampleKernel, type Ran, temporaryFolder, tickproof, write } from "./harness.js";

const folder = temporaryFolder();
const echo = exampleKernel("echo");
const inputs = write(folder, "inboxes.json", JSON.stringify([[{ external: "68656c6c6f" }], []]));
const quick = ["--inputs", inputs, "--ticks-per-snapshot", "10000"];

async function fine(args: readonly string[]): Promise<string> {
  const { code, out, err } = await tickproof(args);
  expect({ args, code, err }).toEqual({ args, code: 0, err: "" });
  return out;
}

interface Listed {
  readonly tick: string;
  readonly phase: string;
  readonly bytes: number;
  readonly before: string;
  readonly after: string;
  readonly input?: string;
  readonly file?: string;
}

async function prove(kernel: string, at: string, ...more: string[]): Promise<readonly Listed[]> {
  const out = await fine(["prove", kernel, ...quick, "--at", at, "--json", ...more]);
  return (JSON.parse(out) as { proofs: readonly Listed[] }).proofs;
}

describe("tickproof prove", () => {
  it("writes the proof of each tick to its own file", async () => {
    const dir = join(folder, "some", "proofs");
    const listed = await prove(echo, "=10100,=3,=10_287", "-o", dir);
    expect(listed.map(({ tick, phase }) => [tick, phase])).toEqual([
      ["3", "collect"],
      ["10100", "decode"],
      ["10287", "link"],
    ]);
    expect(readdirSync(dir).sort()).toEqual(["10100.proof", "10287.proof", "3.proof"]);
    for (const { file = "", bytes } of listed) expect(readFileSync(file).length).toBe(bytes);
  });

  it("leads from the state hash of its tick to the next one's", async () => {
    const [proof] = await prove(echo, "=10100", "-o", folder);
    for (const [tick, hash] of [
      ["10100", proof?.before],
      ["10101", proof?.after],
    ]) {
      const out = await fine(["run", echo, ...quick, "--until", `=${tick}`, "--json"]);
      expect((JSON.parse(out) as { stateHash: string }).stateHash).toBe(hash);
    }
  });

  it("leaves padding out of periods unless told", async () => {
    const bundle = join(folder, "period.bundle");
    const phases = (listed: readonly Listed[]) => listed.map(({ tick, phase }) => `${tick} ${phase}`);
    expect(phases(await prove(echo, "%5000", "--bundle", bundle))).toEqual([
      "0 collect",
      "10000 snapshot",
      "20000 collect",
      "30000 snapshot",
      "40000 collect",
    ]);
    const padded = phases(await prove(echo, "%5000", "--padding", "--bundle", bundle));
    expect(padded).toContain("5000 padding");
    expect(padded).toContain("35000 padding");
    expect(phases(await prove(echo, "=5000", "--bundle", bundle))).toEqual(["5000 padding"]);
    expect(await prove(echo, "never", "--bundle", bundle)).toEqual([]);
  });

  it("puts many proofs into one bundle", async () => {
    const bundle = join(folder, "many.bundle");
    const listed = await prove(echo, "=0,%70,=40000", "--bundle", bundle, "-o", join(folder, "many"));
    expect(listed.length).toBeGreaterThan(50);
    const bundled = readBundle(readFileSync(bundle));
    expect(bundled.map(({ tick }) => String(tick))).toEqual(listed.map(({ tick }) => tick));
    for (const { tick, proof } of bundled.slice(0, 20)) {
      expect(proof).toEqual(new Uint8Array(readFileSync(join(folder, "many", `${tick}.proof`))));
    }
    const out = await fine(["verify", bundle]);
    expect(out).toMatch(new RegExp(`^${listed.length} proofs valid, 0 refused\n$`, "m"));
  });

  it("tells people where the proofs are and how to check those of inputs", async () => {
    const out = await fine(["prove", echo, ...quick, "--at", "=0,=10100", "-o", folder]);
    expect(out).toContain(`tick 10100 (decode): `);
    expect(out).toContain("  with --input 0:0:0001\n");
    expect(out).toContain(`2 proofs written to ${folder}, each of them verified\n`);
  });

  it("proves reveals", async () => {
    const level = { level: 1, messages: ["0001", `0003${"00".repeat(40)}`, "0002"] };
    const data = `${"17".repeat(20)}00000001`;
    const value = { originationLevel: 1, inboxes: [level], reveals: { "01": data } };
    const recorded = write(folder, "recorded.json", JSON.stringify(value));
    const kernel = exampleKernel("reveal");
    const start = ["run", kernel, "--ticks-per-snapshot", "10000", "--json", "--inputs"];
    const missing = write(folder, "missing.json", JSON.stringify({ ...value, reveals: {} }));
    const { tick } = JSON.parse(await fine([...start, missing])) as { tick: string };
    const dir = join(folder, "reveals");
    const args = ["prove", kernel, "--inputs", recorded, "--ticks-per-snapshot", "10000", "--at", `=${tick}`];
    await fine([...args, "-o", dir]);
    const file = join(dir, `${tick}.proof`);
    expect(await fine(["verify", file, "--reveal", data])).toContain("asks for a reveal");
    expect(await tickproof(["verify", file, "--reveal", `${data}00`])).toMatchObject({ code: 1 });
    expect(await tickproof(["verify", file])).toMatchObject({
      code: 1,
      err: `tickproof: ${file}: refused: the step takes an input that was not given: the reveal 01\n`,
    });
  });
});

describe("tickproof verify", () => {
  async function proofOf(tick: number): Promise<{ file: string; listed: Listed }> {
    const dir = join(folder, `verify-${tick}`);
    const [listed] = await prove(echo, `=${tick}`, "-o", dir);
    if (listed?.file === undefined) throw new Error("no proof");
    return { file: listed.file, listed };
  }

  function refused({ code, out, err }: Ran): string {
    expect(code).toBe(1);
    expect(out).toMatch(/: refused\n0 proofs valid, 1 refused\n$/);
    expect(err.split("\n")).toHaveLength(2);
    return err;
  }

  it("prints where a proof leads, without the kernel", async () => {
    const { file, listed } = await proofOf(10_200);
    const out = await fine(["verify", file]);
    expect(out).toBe(
      `${file}: valid: tick 10200\n  from ${listed.before}\n  to   ${listed.after}\n1 proof valid, 0 refused\n`,
    );
    const { proofs } = JSON.parse(await fine(["verify", "--json", file])) as { proofs: readonly object[] };
    expect(proofs).toMatchObject([{ valid: true, tick: "10200", before: listed.before, asksFor: "none" }]);
  });

  it("takes hashes of all forms, and refuses a proof for another root", async () => {
    const { file, listed } = await proofOf(10_200);
    const { file: next, listed: after } = await proofOf(10_201);
    expect(after.before).toBe(listed.after);
    await fine(["verify", file, "--before", listed.before, "--after", listed.after]);
    const hex = Buffer.from(readFileSync(file).subarray(3, 35)).toString("hex");
    await fine(["verify", file, "--before", hex]);
    expect(refused(await tickproof(["verify", next, "--before", listed.before]))).toBe(
      `tickproof: ${next}: refused: the proof starts at state ${listed.after}, not ${listed.before}\n`,
    );
    expect(refused(await tickproof(["verify", next, "--after", listed.after]))).toMatch(/leads to state srs1/);
  });

  it("wants the input of a step that takes one, and only of such a step", async () => {
    const { file, listed } = await proofOf(2);
    expect(listed.input).toBe("0:2:0168656c6c6f");
    await fine(["verify", file, "--input", "0:2:0168656c6c6f"]);
    expect(refused(await tickproof(["verify", file]))).toMatch(/an input that was not given: an inbox message/);
    for (const other of ["0:2:0168656c6c70", "1:2:0168656c6c6f", "0:3:0168656c6c6f"]) {
      expect(refused(await tickproof(["verify", file, "--input", other]))).toMatch(/invalid proof/);
    }
    refused(await tickproof(["verify", file, "--reveal", "00"]));
    const computing = await proofOf(10_200);
    expect(refused(await tickproof(["verify", computing.file, "--input", "0:0:00"]))).toMatch(/takes no input/);
  });

  it("refuses damaged proofs and bundles with a reason", async () => {
    const { file } = await proofOf(10_200);
    const bytes = readFileSync(file);
    const damaged = Uint8Array.from(bytes);
    damaged[bytes.length - 1] = (damaged[bytes.length - 1] as number) ^ 1; // the proof is not empty
    expect(refused(await tickproof(["verify", write(folder, "damaged", damaged)]))).toMatch(/refused: /);
    expect(refused(await tickproof(["verify", write(folder, "cut", bytes.subarray(0, 100))]))).toMatch(/at byte/);
    expect(refused(await tickproof(["verify", write(folder, "empty", "")]))).toMatch(/malformed proof/);
    const bundle = join(folder, "whole.bundle");
    await prove(echo, "=5,=10200", "--bundle", bundle);
    const contents = Uint8Array.from(readFileSync(bundle));
    contents[300] = (contents[300] as number) ^ 1; // a bundle is longer than that
    expect(refused(await tickproof(["verify", write(folder, "bundle", contents)]))).toMatch(/damaged/);
  });

  it("judges many files at once and reports every one", async () => {
    const [a, b] = [await proofOf(10_200), await proofOf(10_201)];
    const bad = write(folder, "bad", "nonsense");
    const { code, out } = await tickproof(["verify", a.file, bad, b.file, "--json"]);
    expect(code).toBe(1);
    const { refused: count, proofs } = JSON.parse(out) as { refused: number; proofs: readonly { valid: boolean }[] };
    expect([count, proofs.map(({ valid }) => valid)]).toEqual([1, [true, false, true]]);
  });
});
