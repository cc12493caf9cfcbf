// The validator on every module of the WebAssembly test suite that wabt assembles: what the suite calls invalid is refused, with the suite's
// words; everything else is accepted; and V8 thinks the same of each.
import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { type Assembler, AssemblyError, createAssembler } from "../../../spec-tests/assemble.js";
import { type Command, type ModuleSource, parseScript } from "../../../spec-tests/script.js";
import { decodeModule } from "../../../src/wasm/decode/many.js";
import { GuestError } from "../../../src/wasm/guest-errors.js";
import { locate } from "../../../src/wasm/validate/locate.js";
import { validationErrors } from "../../../src/wasm/validate/validate.js";
import { describeShared, sharedPath } from "../../shared-data.js";

const FOLDERS = ["testsuite/core", "testsuite/core/simd"] as const;

function sourceOf(command: Command): ModuleSource | null {
  if ("source" in command) return command.source;
  return "subject" in command && "form" in command.subject ? command.subject : null;
}

/** What is wrong with a module; null: nothing. */
function judge(bytes: Uint8Array): { readonly reason: string; readonly offset: number | null } | null {
  try {
    const module = decodeModule(bytes, "full");
    const [first] = validationErrors(module);
    return first === undefined ? null : locate(first, module, bytes);
  } catch (error) {
    if (error instanceof GuestError) return { reason: error.message, offset: null };
    throw error;
  }
}

/** Problems of one command, and what it was. */
function check(command: Command, assemble: Assembler): { readonly kind: string; readonly problems: string[] } | null {
  const source = sourceOf(command);
  const isText = source?.form !== "binary" && command.kind === "assert_malformed";
  if (source === null || isText) return null;
  let bytes: Uint8Array;
  try {
    bytes = assemble(source);
  } catch (error) {
    if (!(error instanceof AssemblyError)) throw error;
    return { kind: "not assembled", problems: [error.message] };
  }
  const wrong = judge(bytes);
  const problems: string[] = [];
  if (WebAssembly.validate(new Uint8Array(bytes)) !== (wrong === null))
    problems.push(`V8 disagrees with ${wrong?.reason}`);
  if (command.kind !== "assert_invalid" && command.kind !== "assert_malformed") {
    if (wrong !== null) problems.push(`refused: ${wrong.reason}`);
    return { kind: "valid", problems };
  }
  const isExcepted = command.message === "invalid result arity"; // see spec-tests/exceptions.ts
  if (wrong === null) problems.push("accepted");
  else if (!wrong.reason.startsWith(command.message) && !isExcepted)
    problems.push(`${wrong.reason}, not ${command.message}`);
  // Faults of code have a place in the binary, and it is inside.
  if (command.message === "type mismatch" && wrong?.offset !== null && (wrong?.offset ?? 0) >= bytes.length) {
    problems.push(`at byte ${wrong?.offset} of ${bytes.length}`);
  }
  return { kind: command.kind, problems };
}

describeShared("the modules of the test suite", FOLDERS, () => {
  it("are told apart as the suite and V8 do", async () => {
    const assemble = await createAssembler();
    const counts = new Map<string, number>();
    const problems: string[] = [];
    for (const folder of FOLDERS) {
      for (const file of readdirSync(sharedPath(folder)).filter((name) => name.endsWith(".wast"))) {
        for (const command of parseScript(readFileSync(sharedPath(folder, file), "utf8"))) {
          const checked = check(command, assemble);
          if (checked === null) continue;
          counts.set(checked.kind, (counts.get(checked.kind) ?? 0) + 1);
          problems.push(...checked.problems.map((problem) => `${file}:${command.line}: ${problem}`));
        }
      }
    }
    expect(problems).toEqual([]);
    expect(Object.fromEntries(counts)).toEqual({ valid: 1670, assert_invalid: 2132, assert_malformed: 736 });
  });
});
