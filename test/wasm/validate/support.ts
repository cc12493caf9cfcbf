import loadWabt from "wabt";
import { decodeModule } from "../../../src/wasm/decode/many.js";
import type { ValidationError } from "../../../src/wasm/validate/errors.js";
import { locate } from "../../../src/wasm/validate/locate.js";
import { validationErrors } from "../../../src/wasm/validate/validate.js";

const wabt = await loadWabt();

/** The binary of a module text, valid or not. */
export function assemble(text: string): Uint8Array {
  const module = wabt.parseWat("test.wat", text);
  try {
    return module.toBinary({}).buffer;
  } finally {
    module.destroy();
  }
}

/** The errors of a binary, each with its byte. */
export function errorsOf(bytes: Uint8Array): ValidationError[] {
  const module = decodeModule(bytes, "full");
  return validationErrors(module).map((error) => locate(error, module, bytes));
}

/** wabt's listing of a binary. */
export function listing(bytes: Uint8Array): string {
  const module = wabt.readWasm(bytes, { check: false });
  try {
    return module.toText({ foldExprs: false, inlineExport: false });
  } finally {
    module.destroy();
  }
}
