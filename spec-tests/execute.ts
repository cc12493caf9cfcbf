// Runs the commands of one script. Every command gives one result; a command that goes wrong does not end the script.
import { type Engine, type External, type Instance, Store, Trap } from "../src/wasm/embedding/store.js";
import { GuestError } from "../src/wasm/guest-errors.js";
import type { Value } from "../src/wasm/runtime.js";
import type { Module } from "../src/wasm/syntax.js";
import { ValidationError } from "../src/wasm/validate/errors.js";
import { validateModule } from "../src/wasm/validate/validate.js";
import { type Assembler, AssemblyError } from "./assemble.js";
import { decodeBinary } from "./decode.js";
import type { Action, Command, ModuleAssertion, ModuleSource } from "./script.js";
import { createSpectest, SPECTEST, spectestHost } from "./spectest.js";
import { matches, printPattern, printValue } from "./values.js";

/** As deep as the reference lets calls nest. */
const STACK_LIMIT = 300;

export interface Result {
  readonly line: number;
  /** The command's name; malformed texts, which only wabt judges, have one of their own. */
  readonly kind: string;
  readonly passed: boolean;
  /** What went wrong. */
  readonly detail: string | null;
}

/** What a module does not get through. */
type Stage = "text" | "malformed" | "invalid" | "unlinkable" | "trap";

class Refused extends Error {
  readonly stage: Stage;
  constructor(stage: Stage, message: string) {
    super(message);
    this.stage = stage;
  }
}

/** A result that is not the asserted one. */
class Failure extends Error {}

const EXPECTED_STAGE: Readonly<Record<ModuleAssertion, Stage>> = {
  assert_malformed: "malformed",
  assert_invalid: "invalid",
  assert_unlinkable: "unlinkable",
  assert_uninstantiable: "trap",
};

/** The texts of all malformed modules that are not binaries are judged by wabt alone. */
export const TEXT_MALFORMED = "assert_malformed (text)";

function kindOf(command: Command): string {
  if (command.kind === "unknown") return command.head;
  if (command.kind === "assert_malformed" && command.source.form !== "binary") return TEXT_MALFORMED;
  return command.kind === "definition" || command.kind === "instance" ? "module" : command.kind;
}

/** A module and the store it was made in. */
interface Placed {
  readonly store: Store;
  readonly instance: Instance;
}

/** Whether a module shares nothing with others: of `spectest` it imports functions and immutable globals. */
function isAlone(module: Module): boolean {
  return module.imports
    .toArray()
    .every(({ module: name, desc }) => name === SPECTEST && (desc.tag === "Func" || desc.tag === "Global"));
}

class ScriptRun {
  readonly #assemble: Assembler;
  readonly #store = new Store(spectestHost, STACK_LIMIT);
  /** The engine for modules that share nothing. */
  readonly #engine: Engine;
  readonly #registered = new Map<string, ReadonlyMap<string, External>>([[SPECTEST, createSpectest()]]);
  readonly #named = new Map<string, Placed>();
  readonly #definitions = new Map<string, Module>();
  #last: Placed | null = null;
  #lastDefinition: Module | null = null;

  constructor(assemble: Assembler, engine: Engine) {
    this.#assemble = assemble;
    this.#engine = engine;
  }

  run(command: Command): Result {
    const { line } = command;
    const kind = kindOf(command);
    try {
      this.command(command);
      return { line, kind, passed: true, detail: null };
    } catch (error) {
      const detail = error instanceof Refused ? `${error.stage}: ${error.message}` : String(error);
      return { line, kind, passed: false, detail: error instanceof Failure ? error.message : detail };
    }
  }

  private command(command: Command): void {
    switch (command.kind) {
      case "module":
        // If it fails, the commands that follow must not reach the module before it.
        this.#last = null;
        this.name(command.id, this.instantiate(this.load(command.source)));
        return;
      case "definition":
        this.#lastDefinition = this.load(command.source);
        if (command.id !== null) this.#definitions.set(command.id, this.#lastDefinition);
        return;
      case "instance":
        this.name(command.id, this.instantiate(this.definition(command.definition)));
        return;
      case "register":
        this.#registered.set(command.name, this.placed(command.module).instance.exports);
        return;
      case "action":
        this.act(command.action);
        return;
      case "assert_return":
        this.assertReturn(command);
        return;
      case "assert_trap":
      case "assert_exhaustion":
        this.assertTrap(command);
        return;
      case "assert_malformed":
      case "assert_invalid":
      case "assert_unlinkable":
      case "assert_uninstantiable":
        this.assertRefused(command.source, EXPECTED_STAGE[command.kind], command.message);
        return;
      case "unknown":
        throw new Failure(command.reason);
    }
  }

  // Modules

  private name(id: string | null, placed: Placed): void {
    this.#last = placed;
    if (id !== null) this.#named.set(id, placed);
  }

  private placed(id: string | null): Placed {
    const found = id === null ? this.#last : this.#named.get(id);
    if (found === null || found === undefined) throw new Failure(`no module ${id ?? "before it"}`);
    return found;
  }

  private definition(id: string | null): Module {
    const found = id === null ? this.#lastDefinition : this.#definitions.get(id);
    if (found === null || found === undefined) throw new Failure(`no module definition ${id ?? "before it"}`);
    return found;
  }

  /** The module of a source, decoded and valid. Throws `Refused`. */
  private load(source: ModuleSource): Module {
    try {
      const module = decodeBinary(this.#assemble(source), this.#engine);
      validateModule(module);
      return module;
    } catch (error) {
      if (error instanceof AssemblyError) throw new Refused("text", error.message);
      if (error instanceof ValidationError) throw new Refused("invalid", error.reason);
      if (error instanceof GuestError) throw new Refused("malformed", error.message);
      throw error;
    }
  }

  private instantiate(module: Module): Placed {
    const imports = module.imports.toArray().map(({ module: name, item }) => {
      const found = this.#registered.get(name)?.get(item);
      if (found === undefined) throw new Refused("unlinkable", `unknown import ${name}.${item}`);
      return found;
    });
    const isFast = this.#engine === "fast" && isAlone(module);
    const store = isFast ? new Store(spectestHost, STACK_LIMIT, "fast") : this.#store;
    try {
      return { store, instance: store.instantiate(module, imports) };
    } catch (error) {
      if (!(error instanceof GuestError)) throw error;
      const isLinking = error.message.startsWith("incompatible import type");
      throw new Refused(isLinking ? "unlinkable" : "trap", error.message);
    }
  }

  // Assertions

  private act(action: Action): readonly Value[] {
    const { store, instance } = this.placed(action.module);
    const external = instance.exports.get(action.name);
    if (action.kind === "get") {
      if (external?.kind !== "Global") throw new Failure(`no global ${action.name}`);
      return [external.cell.value.value];
    }
    if (external?.kind !== "Func") throw new Failure(`no function ${action.name}`);
    return store.invoke(instance, external.func, action.args);
  }

  private assertReturn({ action, results }: Extract<Command, { kind: "assert_return" }>): void {
    const values = this.act(action);
    const isRight =
      values.length === results.length && results.every((pattern, index) => matches(values[index] as Value, pattern));
    if (isRight) return;
    throw new Failure(`${values.map(printValue).join(", ")} instead of ${results.map(printPattern).join(", ")}`);
  }

  private assertTrap({
    kind,
    subject,
    message,
  }: Extract<Command, { kind: "assert_trap" | "assert_exhaustion" }>): void {
    if ("form" in subject) {
      this.assertRefused(subject, "trap", message);
      return;
    }
    let values: readonly Value[];
    try {
      values = this.act(subject);
    } catch (error) {
      const isExpected = kind === "assert_trap" ? error instanceof Trap : error instanceof GuestError;
      if (!isExpected) throw error;
      checkMessage((error as Error).message, message);
      return;
    }
    throw new Failure(`returned ${values.map(printValue).join(", ")} instead of "${message}"`);
  }

  private assertRefused(source: ModuleSource, stage: Stage, message: string): void {
    try {
      this.instantiate(this.load(source));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      // What wabt refuses proves nothing of a module that ought to be well-formed. Its words are its own.
      if (error.stage === "text" && stage === "malformed" && source.form !== "binary") return;
      if (error.stage !== stage) throw error;
      checkMessage(error.message, message);
      return;
    }
    throw new Failure(`accepted instead of ${stage}: ${message}`);
  }
}

function checkMessage(actual: string, expected: string): void {
  if (!actual.startsWith(expected)) throw new Failure(`"${actual}" instead of "${expected}"`);
}

/**
 * The results of a script's commands, in order. The engine is for modules that share nothing; a script that registers modules runs tick by
 * tick.
 */
export function runScript(commands: readonly Command[], assemble: Assembler, engine: Engine = "ticks"): Result[] {
  const isShared = commands.some(({ kind }) => kind === "register");
  const run = new ScriptRun(assemble, isShared ? "ticks" : engine);
  return commands.map((command) => run.run(command));
}
