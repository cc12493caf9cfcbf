/**
 * The decoder of kernels as a tick machine (pvm.md §2): one step a tick, each a function of the state and of the few bytes of the kernel it
 * reads. Errors of the kernel are thrown as `GuestError`; the machine around this one turns them into a stuck state.
 *
 * Modules are not validated, here or later (pvm.md §2.5).
 */
import { ChunkedBytes } from "../../merkle/chunked-bytes.js";
import { LazyVector } from "../../merkle/lazy-vector.js";
import { GuestError } from "../guest-errors.js";
import type { Instruction, Module } from "../syntax.js";
import { BLOCK_START, blockStep } from "./block.js";
import { ByteStream } from "./byte-stream.js";
import { CODE_START, codeStep } from "./code.js";
import { checkSize, emptyFilling, type Filling, fill, isFull, readSize, type Size } from "./containers.js";
import { DecodeContext } from "./context.js";
import { DATA_START, dataStep } from "./data.js";
import { buildStep, elaborateStep } from "./elaborate.js";
import { ELEM_START, elemStep } from "./elem.js";
import { StepError } from "./errors.js";
import { FUNC_TYPE_START, funcTypeStep } from "./func-type.js";
import { EXPORT_START, exportStep, IMPORT_START, importStep } from "./import-export.js";
import { MAX_NAME_BYTES, readCharacter } from "./name.js";
import {
  CUSTOM_SECTION_ID,
  EMPTY_BUILDING_STATE,
  type Field,
  MAX_SECTION_ID,
  SECTIONS,
  type SectionFilling,
  type VectorField,
  withSection,
} from "./sections.js";
import type { DecodeState, ModuleKont } from "./state.js";
import { type DecodeLevel, globalType, memoryType, tableType } from "./types.js";

const MAGIC = 0x6d736100;
const VERSION = 1;

function headerStep(stream: ByteStream): ModuleKont {
  if (stream.u32() !== MAGIC) throw GuestError.withMessage("magic header not detected");
  if (stream.u32() !== VERSION) throw GuestError.withMessage("unknown binary version");
  return { tag: "MKSkipCustom", next: "TypeField" };
}

/** The id of the section that comes next, unread; `END_OF_KERNEL` if none does. */
function peekSectionId(stream: ByteStream): number {
  const id = stream.peek();
  if (id > MAX_SECTION_ID) throw GuestError.withMessage("malformed section id");
  return id;
}

/**
 * The name of a custom section. Of what is wrong with it, the reference notices a length that is no integer and malformed characters, but
 * not that it is too long for the kernel or for a name: then nothing of it is read, and what follows counts as the section's content.
 */
function skipCustomName(stream: ByteStream): void {
  const left = stream.length - stream.position;
  const bytes = stream.unsigned(32);
  if (bytes > left || bytes > MAX_NAME_BYTES) return;
  let rest = bytes;
  while (rest !== 0) {
    const start = stream.position;
    readCharacter(stream);
    rest -= stream.position - start;
  }
}

function skipCustomSection(stream: ByteStream): void {
  stream.position++;
  const { size, start } = readSize(stream);
  skipCustomName(stream);
  stream.skip(size - (stream.position - start));
}

function skipCustomStep({ stream, building }: DecodeContext, kont: ModuleKont & { tag: "MKSkipCustom" }): ModuleKont {
  if (peekSectionId(stream) === CUSTOM_SECTION_ID) {
    skipCustomSection(stream);
    return kont;
  }
  if (kont.next !== null) return { tag: "MKFieldStart", field: kont.next };
  const { vars, code: bodies } = building;
  if (vars.length !== bodies.length) return { tag: "MKBuild", funcs: null, noDatas: true };
  return {
    tag: "MKElaborateFunc",
    vars,
    bodies,
    funcs: emptyFilling(vars.length),
    traversal: null,
    noDatas: true,
  };
}

/** Consumes the id of a section if it is the one that comes next. */
function enterSection(stream: ByteStream, field: Field): boolean {
  if (peekSectionId(stream) !== SECTIONS[field].id) return false;
  stream.position++;
  return true;
}

/** The start function, or the number of data segments: a section that is one index, or absent. */
function singleSection(stream: ByteStream, field: Field): number | null {
  if (!enterSection(stream, field)) return null;
  const size = readSize(stream);
  const value = stream.index();
  checkSize(size, stream);
  return value;
}

function fieldStartStep(context: DecodeContext, field: Field): ModuleKont {
  const { stream } = context;
  if (field === "StartField" || field === "DataCountField") {
    const value = singleSection(stream, field);
    context.building = { ...context.building, [field === "StartField" ? "start" : "dataCount"]: value };
    return { tag: "MKSkipCustom", next: SECTIONS[field].next };
  }
  if (!enterSection(stream, field)) return fieldKont(field, emptyFilling(0), { size: 0, start: stream.position });
  const size = readSize(stream);
  return fieldKont(field, emptyFilling(stream.count()), size);
}

/** The continuation of a section. Elements and field must belong together. */
function fieldKont(tag: VectorField, elements: Filling<unknown>, size: Size): ModuleKont {
  return { tag: "MKField", section: { tag, elements } as SectionFilling, size };
}

/** The next element of a section: read at once, or entered. */
function elementStep(context: DecodeContext, section: SectionFilling, size: Size): ModuleKont {
  const { stream, level } = context;
  const pos = stream.position;
  switch (section.tag) {
    case "TypeField":
      return { tag: "MKTypes", kont: FUNC_TYPE_START, pos, size, elements: section.elements };
    case "ImportField":
      return { tag: "MKImport", kont: IMPORT_START, pos, size, elements: section.elements };
    case "FuncField":
      return fieldKont("FuncField", fill(section.elements, stream.index()), size);
    case "TableField":
      return fieldKont("TableField", fill(section.elements, tableType(stream)), size);
    case "MemoryField":
      return fieldKont("MemoryField", fill(section.elements, memoryType(stream)), size);
    case "GlobalField": {
      const type = globalType(stream, level);
      return { tag: "MKGlobal", type, kont: BLOCK_START, pos: stream.position, size, elements: section.elements };
    }
    case "ExportField":
      return { tag: "MKExport", kont: EXPORT_START, pos, size, elements: section.elements };
    case "ElemField":
      return { tag: "MKElem", kont: ELEM_START, pos, size, elements: section.elements };
    case "CodeField":
      return { tag: "MKCode", kont: CODE_START, pos, size, elements: section.elements };
    case "DataField":
      return { tag: "MKData", kont: DATA_START, pos, size, elements: section.elements };
  }
}

function fieldStep(context: DecodeContext, { section, size }: ModuleKont & { tag: "MKField" }): ModuleKont {
  if (!isFull(section.elements)) return elementStep(context, section, size);
  checkSize(size, context.stream);
  context.building = withSection(context.building, section);
  return { tag: "MKSkipCustom", next: SECTIONS[section.tag].next };
}

function globalStep(context: DecodeContext, kont: ModuleKont & { tag: "MKGlobal" }): ModuleKont {
  if (kont.kont.tag !== "BlockStop") return { ...kont, kont: blockStep(context, kont.kont) };
  context.stream.end();
  return fieldKont("GlobalField", fill(kont.elements, { type: kont.type, init: kont.kont.label }), kont.size);
}

function moduleStep(context: DecodeContext, kont: ModuleKont): ModuleKont {
  switch (kont.tag) {
    case "MKStart":
      return headerStep(context.stream);
    case "MKSkipCustom":
      return skipCustomStep(context, kont);
    case "MKFieldStart":
      return fieldStartStep(context, kont.field);
    case "MKField":
      return fieldStep(context, kont);
    case "MKTypes":
      if (kont.kont.tag !== "FKStop") return { ...kont, kont: funcTypeStep(context, kont.kont) };
      return fieldKont("TypeField", fill(kont.elements, kont.kont.type), kont.size);
    case "MKImport":
      if (kont.kont.tag !== "ImpKStop") return { ...kont, kont: importStep(context, kont.kont) };
      return fieldKont("ImportField", fill(kont.elements, kont.kont.import), kont.size);
    case "MKExport":
      if (kont.kont.tag !== "ExpKStop") return { ...kont, kont: exportStep(context, kont.kont) };
      return fieldKont("ExportField", fill(kont.elements, kont.kont.export), kont.size);
    case "MKGlobal":
      return globalStep(context, kont);
    case "MKElem":
      if (kont.kont.tag !== "EKStop") return { ...kont, kont: elemStep(context, kont.kont) };
      return fieldKont("ElemField", fill(kont.elements, kont.kont.segment), kont.size);
    case "MKData":
      if (kont.kont.tag !== "DKStop") return { ...kont, kont: dataStep(context, kont.kont) };
      return fieldKont("DataField", fill(kont.elements, kont.kont.segment), kont.size);
    case "MKCode":
      if (kont.kont.tag !== "CKStop") return { ...kont, kont: codeStep(context, kont.kont) };
      return fieldKont("CodeField", fill(kont.elements, kont.kont.func), kont.size);
    case "MKElaborateFunc":
      return elaborateStep(context, kont);
    case "MKBuild":
      return buildStep(context, kont);
    case "MKStop":
      throw new StepError("Module_step");
  }
}

/** The state before the first tick. Label 0 of the tables is an empty block and an empty data. */
export function initialDecodeState(): DecodeState {
  return {
    building: EMPTY_BUILDING_STATE,
    kont: { tag: "MKStart" },
    allocations: {
      blocks: LazyVector.of([LazyVector.empty<Instruction>()]),
      datas: LazyVector.of([ChunkedBytes.allocate(0)]),
    },
    streamPos: 0,
    streamName: "main",
  };
}

/** The module, once it is complete. */
export function decodedModule(state: DecodeState): Module | null {
  return state.kont.tag === "MKStop" ? state.kont.module : null;
}

/** The state one tick later. Throws `GuestError` for a wrong kernel. Of the kernel only the chunks needed are read. */
export function decodeStep(state: DecodeState, kernel: ChunkedBytes, level: DecodeLevel): DecodeState {
  return stepOnStream(state, ByteStream.ofChunks(kernel, state.streamPos), level);
}

/** The same, over a stream that stands where the state says. */
export function stepOnStream(state: DecodeState, stream: ByteStream, level: DecodeLevel): DecodeState {
  const context = new DecodeContext(stream, level, state);
  const kont = moduleStep(context, state.kont);
  return context.stateWith(kont, state.streamName);
}
