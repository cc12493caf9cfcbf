/**
 * Validation of a decoded module: the rules of WebAssembly 2.0 (MVP, multiple values, references, bulk memory, sign extension, saturating
 * conversions, vectors). The machine never validates (pvm.md §2.5); this is for the tools around it and for the test suite.
 *
 * Rules about bytes are the decoder's: sections, counts, the presence of a data count.
 */
import type { DataSegment, ElemSegment, Func, Limits, Module, TableType, ValueType } from "../syntax.js";
import { CodeChecker, type CodeType } from "./code.js";
import {
  type Context,
  checkMemory,
  constantContext,
  contextOf,
  functionAt,
  globalAt,
  tableAt,
  typeAt,
} from "./context.js";
import { type CodePlace, Fault, type Place, ValidationError } from "./errors.js";
import { mnemonic } from "./mnemonic.js";

const MAX_MEMORY_PAGES = 65536;

const NO_LOCAL = (): null => null;

/** Text of a global's or a segment's whereabouts in the error. */
type Where = Pick<Place, "part" | "index"> & Partial<Pick<Place, "name" | "expression">>;

class ModuleChecker {
  readonly errors: ValidationError[] = [];
  readonly #module: Module;
  readonly #context: Context;
  readonly #constants: Context;
  readonly #exportNames = new Map<number, string>();

  constructor(module: Module) {
    this.#module = module;
    this.#context = contextOf(module);
    this.#constants = constantContext(this.#context);
    for (const { kind, index, name } of module.exports.toArray()) {
      const isFirst = kind === "Func" && !this.#exportNames.has(index >>> 0);
      if (isFirst) this.#exportNames.set(index >>> 0, name);
    }
  }

  run(): void {
    this.imports();
    this.tablesAndMemories();
    this.globals();
    this.segments();
    this.functions();
    this.startFunction();
    this.exports();
  }

  /** Runs a check; a fault in it becomes an error at this place. */
  private guard(where: Where, check: () => void, code?: () => CodePlace | null): void {
    try {
      check();
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      const { part, index, name = null, expression = null } = where;
      this.errors.push(new ValidationError({ part, index, name, expression, code: code?.() ?? null }, error));
    }
  }

  private code(where: Where, label: number, context: Context, type: CodeType): void {
    const checker = new CodeChecker(this.#module, context, type);
    this.guard(
      where,
      () => checker.check(label),
      () => checker.place(),
    );
  }

  /** A constant expression: a sequence of constant instructions that leaves one value. */
  private constant(where: Where, label: number, type: ValueType): void {
    const faults = this.errors.length;
    this.constantForm(where, label);
    if (this.errors.length === faults) this.code(where, label, this.#constants, { results: [type], local: NO_LOCAL });
  }

  private constantForm(where: Where, label: number): void {
    const code = this.#module.allocations.blocks.get(label);
    let index = 0;
    const isConstant = (): boolean => {
      const instruction = code.get(index);
      switch (instruction.tag) {
        case "Const":
        case "VecConst":
        case "RefNull":
        case "RefFunc":
          return true;
        case "GlobalGet":
          return !globalAt(this.#constants, instruction.index).mutable;
        default:
          return false;
      }
    };
    const check = (): void => {
      for (; index < code.length; index++) if (!isConstant()) throw new Fault("constant expression required");
    };
    this.guard(where, check, () => ({
      path: [{ block: "body", index }],
      instruction: mnemonic(code.get(index)),
      ordinal: index, // before it there are no blocks
    }));
  }

  private limits({ min, max }: Limits, range: number, message: string): void {
    if (min >>> 0 > range || (max !== null && max >>> 0 > range)) throw new Fault(message);
    if (max !== null && max >>> 0 < min >>> 0) throw new Fault("size minimum must not be greater than maximum");
  }

  private memoryType(limits: Limits): void {
    this.limits(limits, MAX_MEMORY_PAGES, "memory size must be at most 65536 pages (4GiB)");
  }

  private tableType({ limits }: TableType): void {
    this.limits(limits, 0xffff_ffff, "table size must be at most 2^32-1");
  }

  private imports(): void {
    this.#module.imports.toArray().forEach(({ module, item, desc }, index) => {
      this.guard({ part: "import", index, name: `${module}.${item}` }, () => {
        if (desc.tag === "Func") typeAt(this.#context, desc.type);
        else if (desc.tag === "Table") this.tableType(desc.type);
        else if (desc.tag === "Memory") this.memoryType(desc.type);
      });
    });
  }

  private tablesAndMemories(): void {
    const { tables, memories } = this.#module;
    const firstTable = this.#context.tables.length - tables.length;
    const firstMemory = this.#context.memories - memories.length;
    tables.toArray().forEach((type, index) => {
      this.guard({ part: "table", index: firstTable + index }, () => this.tableType(type));
    });
    memories.toArray().forEach((type, index) => {
      this.guard({ part: "memory", index: firstMemory + index }, () => this.memoryType(type));
    });
    this.guard({ part: "module", index: null }, () => {
      if (this.#context.memories > 1) throw new Fault(`multiple memories (${this.#context.memories})`);
    });
  }

  private globals(): void {
    this.#module.globals.toArray().forEach(({ type, init }, index) => {
      this.constant({ part: "global", index: this.#context.importedGlobals + index }, init, type.type);
    });
  }

  private segments(): void {
    this.#module.elems.toArray().forEach((segment, index) => {
      this.elemSegment(segment, index);
    });
    this.#module.datas.toArray().forEach((segment, index) => {
      this.dataSegment(segment, index);
    });
  }

  private elemSegment({ type, init, mode }: ElemSegment, index: number): void {
    const where: Where = { part: "element segment", index };
    init.toArray().forEach((block, item) => {
      this.constant({ ...where, expression: { item } }, block, type);
    });
    if (mode.tag !== "Active") return;
    this.guard(where, () => {
      const table = tableAt(this.#context, mode.index);
      if (table.type !== type) throw new Fault("type mismatch", `elements of ${table.type}`, `elements of ${type}`);
    });
    this.constant({ ...where, expression: "offset" }, mode.offset, "i32");
  }

  private dataSegment({ mode }: DataSegment, index: number): void {
    const where: Where = { part: "data segment", index };
    if (mode.tag === "Declarative")
      this.guard(where, () => {
        throw new Fault("declarative data segment");
      });
    if (mode.tag !== "Active") return;
    this.guard(where, () => checkMemory(this.#context, mode.index));
    this.constant({ ...where, expression: "offset" }, mode.offset, "i32");
  }

  private functions(): void {
    const { funcs } = this.#module;
    const first = this.#context.functions.length - funcs.length;
    for (let index = 0; index < funcs.length; index++) this.func(funcs.get(index), first + index);
  }

  private func({ type, locals, body }: Func, index: number): void {
    const where: Where = { part: "function", index, name: this.#exportNames.get(index) ?? null };
    const signature = this.#context.types[type >>> 0];
    if (signature === undefined) {
      this.guard(where, () => typeAt(this.#context, type));
      return;
    }
    const { params, results } = signature;
    const local = (at: number): ValueType | null => {
      if (at < params.length) return params[at] ?? null;
      return at - params.length < locals.length ? locals.get(at - params.length) : null;
    };
    this.code(where, body, this.#context, { results, local });
  }

  private startFunction(): void {
    const { start } = this.#module;
    if (start === null) return;
    this.guard({ part: "start function", index: start >>> 0 }, () => {
      const type = functionAt(this.#context, start);
      if (type !== null && type.params.length + type.results.length > 0) {
        throw new Fault("start function must not have parameters or results");
      }
    });
  }

  private exports(): void {
    const names = new Set<string>();
    this.#module.exports.toArray().forEach(({ name, kind, index }, at) => {
      this.guard({ part: "export", index: at, name }, () => {
        if (kind === "Func") functionAt(this.#context, index);
        else if (kind === "Table") tableAt(this.#context, index);
        else if (kind === "Memory") checkMemory(this.#context, index);
        else globalAt(this.#context, index);
        if (names.has(name)) throw new Fault("duplicate export name");
        names.add(name);
      });
    });
  }
}

/** The errors of a module in the order of its parts, at most one for each function or expression; none: it is valid. */
export function validationErrors(module: Module): ValidationError[] {
  const checker = new ModuleChecker(module);
  checker.run();
  return checker.errors;
}

/** Throws the first `ValidationError` of a module that is not valid. */
export function validateModule(module: Module): void {
  const [first] = validationErrors(module);
  if (first !== undefined) throw first;
}
