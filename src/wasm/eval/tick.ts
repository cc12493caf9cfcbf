/**
 * What one tick works on: the registry of instances, the frame that executes, and the host. Instances and frames are values; a tick that
 * changes one puts the new one back here, and the step picks the results up at its end. A tick that fails leaves nothing.
 *
 * Every access to the instance goes through the registry, as in the reference: what is looked up counts as read in a proof.
 */
import { type LazyVector, UnexpectedAccess, VectorBounds } from "../../merkle/lazy-vector.js";
import type { Host } from "../host.js";
import type { ElemInstance, FunctionInstance, Global, Memory, ModuleInstance, Registry, Table } from "../runtime.js";
import type { FuncType } from "../syntax.js";
import type { Frame } from "./config.js";
import { crash } from "./guest.js";

/**
 * Whether the module is being initialised, and its language level. At the level `full` evaluation leaves out where the reference departs from
 * the specification with valid modules: what `return` leaves over, vectors stored in part, tables without end.
 */
export interface Phase {
  readonly init: boolean;
  readonly level: "pvm" | "full";
}

/** The element at an index of one of an instance's vectors. Throws `GuestError`. */
export function lookUp<T>(vector: LazyVector<T>, index: number, what: string): T {
  try {
    return vector.get(index);
  } catch (error) {
    if (error instanceof VectorBounds) throw crash(`undefined ${what} ${index}`);
    if (error instanceof UnexpectedAccess) throw crash(`unexpected access in lazy map for ${what} ${index}`);
    throw error;
  }
}

export class Tick {
  registry: Registry;
  frame: Frame;
  readonly host: Host;
  readonly phase: Phase;

  constructor(registry: Registry, frame: Frame, host: Host, phase: Phase) {
    this.registry = registry;
    this.frame = frame;
    this.host = host;
    this.phase = phase;
  }

  /** The instance of the frame's module. */
  instance(): ModuleInstance {
    return this.registry.get(this.frame.module);
  }

  replaceInstance(instance: ModuleInstance): void {
    this.registry = this.registry.set(this.frame.module, instance);
  }

  // Lookups by index; each throws `GuestError`.

  type(index: number): FuncType {
    return lookUp(this.instance().types, index, "type");
  }

  func(index: number): FunctionInstance {
    return lookUp(this.instance().functions, index, "function");
  }

  table(index: number): Table {
    return lookUp(this.instance().tables, index, "table");
  }

  /** Instructions know only memory 0. */
  memory(): Memory {
    return lookUp(this.instance().memories, 0, "memory");
  }

  global(index: number): Global {
    return lookUp(this.instance().globals, index, "global");
  }

  elem(index: number): ElemInstance {
    return lookUp(this.instance().elems, index, "element segment");
  }

  /** The label of a data segment. */
  data(index: number): number {
    return lookUp(this.instance().datas, index, "data segment");
  }

  replaceTable(index: number, table: Table): void {
    const instance = this.instance();
    this.replaceInstance({ ...instance, tables: instance.tables.set(index, table) });
  }

  replaceMemory(memory: Memory): void {
    const instance = this.instance();
    this.replaceInstance({ ...instance, memories: instance.memories.set(0, memory) });
  }

  replaceGlobal(index: number, global: Global): void {
    const instance = this.instance();
    this.replaceInstance({ ...instance, globals: instance.globals.set(index, global) });
  }

  dropElem(index: number, dropped: ElemInstance): void {
    const instance = this.instance();
    this.replaceInstance({ ...instance, elems: instance.elems.set(index, dropped) });
  }

  dropData(index: number): void {
    const instance = this.instance();
    this.replaceInstance({ ...instance, datas: instance.datas.set(index, 0) });
  }
}
