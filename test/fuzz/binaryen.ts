// binaryen's translate-to-fuzz: a valid module from any bytes. Its JavaScript interface does not have it, only the program `wasm-opt`, which
// is run here inside this process: starting one anew takes a second, most of it to compile ten megabytes of WebAssembly.
import { constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { compileFunction } from "node:vm";

/** WebAssembly 2.0. NaNs are kept away (--denan): which one an operator gives is up to the engine. */
const OPTIONS = [
  "--translate-to-fuzz",
  "--denan",
  "--mvp-features",
  "--enable-mutable-globals",
  "--enable-nontrapping-float-to-int",
  "--enable-sign-ext",
  "--enable-simd",
  "--enable-bulk-memory",
  "--enable-reference-types",
  "--enable-multivalue",
];

/** The program's names for what it finds around it. */
const PARAMETERS = ["require", "module", "exports", "__filename", "__dirname", "process", "WebAssembly", "console"];

type Program = (...args: unknown[]) => void;

export class TranslateToFuzz {
  readonly #program: Program;
  readonly #path: string;
  readonly #require: NodeJS.Require;
  readonly #folder = mkdtempSync(join(tmpdir(), "tickproof-fuzz-"));
  #compiled: WebAssembly.Module | null = null;

  constructor() {
    const require = createRequire(import.meta.url);
    this.#path = join(dirname(require.resolve("binaryen")), "bin", "wasm-opt");
    this.#require = createRequire(this.#path);
    const text = readFileSync(this.#path, "utf8").replace(/^#!.*\n/, "");
    this.#program = compileFunction(text, PARAMETERS, { filename: this.#path }) as Program;
  }

  /** The module that some bytes (not none) stand for: always the same. */
  async translate(bytes: Uint8Array): Promise<Uint8Array> {
    const [input, output] = [join(this.#folder, "input"), join(this.#folder, "output.wasm")];
    writeFileSync(input, bytes);
    const code = await this.run([input, ...OPTIONS, "-o", output]);
    if (code !== 0) throw new Error(`wasm-opt ended with exit code ${code}`);
    return new Uint8Array(readFileSync(output));
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Runs the program, which ends by setting the exit code. */
  private run(args: readonly string[]): Promise<number> {
    return new Promise((resolve, reject) => {
      const { env, versions, platform, stdout, stderr } = process;
      const around = {
        argv: ["node", this.#path, ...args],
        ...{ env, versions, platform, stdout, stderr },
        binding: () => ({ fs: constants }),
        set exitCode(code: number) {
          resolve(code);
        },
      };
      const engine = {
        ...{ Module: WebAssembly.Module, Memory: WebAssembly.Memory, Table: WebAssembly.Table },
        ...{ Global: WebAssembly.Global, RuntimeError: WebAssembly.RuntimeError },
        instantiate: (binary: Uint8Array<ArrayBuffer>, imports: WebAssembly.Imports) => {
          this.#compiled ??= new WebAssembly.Module(binary);
          return { module: this.#compiled, instance: new WebAssembly.Instance(this.#compiled, imports) };
        },
      };
      const errors: unknown[] = [];
      const console = {
        log: () => {},
        warn: () => {},
        error: (text: unknown) => errors.push(text),
      };
      try {
        this.#program(this.#require, {}, {}, this.#path, dirname(this.#path), around, engine, console);
      } catch (error) {
        reject(error);
      }
    });
  }
}
