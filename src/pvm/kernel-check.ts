/**
 * Whether bytes are a kernel that a rollup can be originated with and that will run: what the machine itself finds out late, as a stuck state
 * (decode, link, init), or never (it does not validate, pvm.md §2.5), told beforehand, one problem a line.
 */
import { ChunkedBytes } from "../merkle/chunked-bytes.js";
import { buildNode } from "../merkle/schema.js";
import { decodedModule, decodeStep, initialDecodeState } from "../wasm/decode/machine.js";
import { decodeMany } from "../wasm/decode/many.js";
import { GuestError } from "../wasm/guest-errors.js";
import { instructionSchema } from "../wasm/instruction-schema.js";
import { NoStoredForm } from "../wasm/leaf-codec.js";
import type { FuncType, Import, Instruction, Module, ValueType } from "../wasm/syntax.js";
import { ValidationError } from "../wasm/validate/errors.js";
import { locate } from "../wasm/validate/locate.js";
import { validationErrors } from "../wasm/validate/validate.js";
import { walk } from "../wasm/validate/walk.js";
import type { HostFunctionSpec } from "./host/function.js";
import { HOST_FUNCTIONS, HOST_MODULE, lookup } from "./host/registry.js";
import type { PvmVersion } from "./versions.js";

export const ENTRY_POINT = "kernel_run";

/** The decoder keeps its position in 31 bits, signed. */
const MAX_DECODABLE_BYTES = 2 ** 30 - 1;

export interface KernelProblem {
  /** A warning does not keep the kernel from running. */
  readonly severity: "error" | "warning";
  readonly rule: "size" | "magic" | "binary" | "float" | "type" | "import" | "export";
  readonly message: string;
  /** The byte of the kernel where the problem is or begins; null: no place of its own. */
  readonly offset: number | null;
}

export interface KernelCheck {
  readonly version: PvmVersion;
  /** Whether no problem is an error. */
  readonly valid: boolean;
  /** Bytes. */
  readonly size: number;
  readonly problems: readonly KernelProblem[];
}

export interface CheckOptions {
  readonly version: PvmVersion;
  /** Most bytes of a kernel that the protocol's largest operation has room for; larger ones need an installer. */
  readonly maxOriginationBytes: number;
}

type Report = (
  rule: KernelProblem["rule"],
  message: string,
  more?: { readonly offset?: number | null; readonly severity?: KernelProblem["severity"] },
) => void;

/** Checks a kernel at a version. Never throws for what the bytes are. */
export function checkKernel(bytes: Uint8Array, { version, maxOriginationBytes }: CheckOptions): KernelCheck {
  const problems: KernelProblem[] = [];
  const report: Report = (rule, message, { offset = null, severity = "error" } = {}) => {
    problems.push({ severity, rule, message, offset });
  };
  checkSize(bytes.length, maxOriginationBytes, report);
  const module = bytes.length > MAX_DECODABLE_BYTES ? null : decode(bytes, report);
  if (module !== null) {
    for (const error of validationErrors(module)) reportInvalid(locate(error, module, bytes), report);
    checkStoredForms(module, bytes, report);
    checkImports(module, version, report);
    checkExports(module, report);
  }
  const valid = problems.every(({ severity }) => severity === "warning");
  return { version, valid, size: bytes.length, problems };
}

function checkSize(size: number, maxOriginationBytes: number, report: Report): void {
  if (size > MAX_DECODABLE_BYTES) {
    report("size", `${size} bytes: the machine decodes at most ${MAX_DECODABLE_BYTES}`);
  } else if (size > maxOriginationBytes) {
    const message = `${size} bytes do not fit into an origination (at most ${maxOriginationBytes}): an installer kernel must bring it in`;
    report("size", message, { severity: "warning" });
  }
}

/** The module of a kernel; null if it has none, which is reported. */
function decode(bytes: Uint8Array, report: Report): Module | null {
  const kernel = ChunkedBytes.ofBytes(bytes);
  let { state } = decodeMany(initialDecodeState(), kernel, Number.MAX_SAFE_INTEGER, "pvm");
  for (let module = decodedModule(state); ; module = decodedModule(state)) {
    if (module !== null) return module;
    try {
      state = decodeStep(state, kernel, "pvm");
    } catch (error) {
      if (!(error instanceof GuestError)) throw error;
      const offset = state.streamPos;
      const rule = /^float/.test(error.message)
        ? "float"
        : /^(magic|unknown binary)/.test(error.message)
          ? "magic"
          : "binary";
      report(rule, `${error.message} (in what begins at byte ${offset})`, { offset });
      return null;
    }
  }
}

function reportInvalid(error: ValidationError, report: Report): void {
  report("type", error.message, { offset: error.offset });
}

const storable = new WeakMap<Instruction, boolean>();

/** Whether the state tree can hold an instruction: not all that the decoder lets pass can be held (pvm.md §2.5). */
function hasStoredForm(instruction: Instruction): boolean {
  const known = storable.get(instruction);
  if (known !== undefined) return known;
  let isStorable = true;
  try {
    buildNode(instructionSchema, instruction, false);
  } catch (error) {
    if (!(error instanceof NoStoredForm)) throw error;
    isStorable = false;
  }
  storable.set(instruction, isStorable);
  return isStorable;
}

/** Float instructions that decode but that no state can hold; the first of each function. */
function checkStoredForms(module: Module, bytes: Uint8Array, report: Report): void {
  const imported = module.imports.toArray().filter(({ desc }) => desc.tag === "Func").length;
  for (let index = 0; index < module.funcs.length; index++) {
    for (const { instruction, place } of walk(module.allocations.blocks, module.funcs.get(index).body)) {
      if (hasStoredForm(instruction)) continue;
      const where = { part: "function", index: imported + index, name: null, expression: null, code: place() } as const;
      const complaint = { reason: "the state cannot hold this instruction", expected: null, actual: null };
      const error = locate(new ValidationError(where, complaint), module, bytes);
      report("float", error.message, { offset: error.offset });
      break;
    }
  }
}

// Imports and exports

function printTypes(types: readonly ValueType[]): string {
  return `[${types.join(" ")}]`;
}

function printFuncType({ params, results }: FuncType): string {
  return `${printTypes(params.toArray())} -> ${printTypes(results.toArray())}`;
}

function specOfImport(item: string): HostFunctionSpec | undefined {
  return HOST_FUNCTIONS.find(({ importName }) => importName === item);
}

function checkImports(module: Module, version: PvmVersion, report: Report): void {
  for (const wanted of module.imports.toArray()) {
    const problem = importProblem(wanted, module, version);
    const name = JSON.stringify(`${wanted.module}.${wanted.item}`);
    if (problem !== null) report("import", `import ${name}: ${problem}`);
    else if (specOfImport(wanted.item)?.kind === "nds") {
      report("import", `import ${name}: no protocol has activated this function, and a call of it fails`, {
        severity: "warning",
      });
    }
  }
}

function importProblem(wanted: Import, module: Module, version: PvmVersion): string | null {
  if (wanted.module !== HOST_MODULE) return `only ${HOST_MODULE} can be imported from`;
  if (wanted.desc.tag !== "Func") return `a ${wanted.desc.tag.toLowerCase()}: only functions can be imported`;
  const known = lookup(version, wanted.item);
  if (known === null) {
    const later = specOfImport(wanted.item);
    return later === undefined ? "no such function" : `not before version ${later.since} (this is ${version})`;
  }
  const index = wanted.desc.type >>> 0;
  if (index >= module.types.length) return null; // reported as invalid
  const actual = printFuncType(module.types.get(index));
  const expected = printFuncType(known.type);
  return actual === expected ? null : `of type ${actual}, must be ${expected}`;
}

function checkExports(module: Module, report: Report): void {
  const exports = module.exports.toArray();
  const memories = exports.filter(({ kind }) => kind === "Memory");
  if (memories.length !== 1)
    report("export", `exports ${memories.length === 0 ? "no memory" : `${memories.length} memories`}, must export one`);
  const entry = exports.find(({ name }) => name === ENTRY_POINT);
  if (entry === undefined) {
    report("export", `does not export ${ENTRY_POINT}`);
    return;
  }
  if (entry.kind !== "Func") {
    report("export", `${ENTRY_POINT} is a ${entry.kind.toLowerCase()}, must be a function`);
    return;
  }
  const type = functionType(module, entry.index >>> 0);
  if (type !== null && type.params.length + type.results.length > 0) {
    report("export", `${ENTRY_POINT} has type ${printFuncType(type)}, must be [] -> []`);
  }
}

/** The type of a function, imports counted first; null if it or its type does not exist, which is reported as invalid. */
function functionType(module: Module, index: number): FuncType | null {
  const imported = module.imports.toArray().flatMap(({ desc }) => (desc.tag === "Func" ? [desc.type] : []));
  const own = index - imported.length;
  const type = own < 0 ? imported[index] : own < module.funcs.length ? module.funcs.get(own).type : undefined;
  return type !== undefined && type >>> 0 < module.types.length ? module.types.get(type) : null;
}
