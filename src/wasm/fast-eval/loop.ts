/**
 * Runs whole instructions on the fast evaluator's state, counting the ticks each takes in the tick machine (pvm.md §4.5). Stops at an
 * instruction boundary when the budget does not suffice for the next one ("budget"), or when the next one is for the tick machine to
 * execute ("micro"): what is rare, what fails, what leaves the module.
 *
 * Nothing is changed before it is certain that the instruction runs whole: types, bounds and ticks are checked first.
 *
 * Reads of typed arrays are in bounds: a block reserves one slot an instruction when it is entered, hence `as number` throughout. The
 * switch is one function, however long, because that is what the compiler of V8 makes fast. Its cases are literals, since only for literals
 * is a switch a jump; a test holds the names beside them and opcodes.ts together.
 */
import type { Instruction } from "../syntax.js";
import type { BlockArity } from "./compile.js";
import { branch, callFunction, enterBlock, leaveBlock, MICRO, returnCall, SHORT } from "./control.js";
import { type FastEvaluator, type FastLabel, TAG } from "./engine.js";
import type { FlatMemory } from "./flat-memory.js";
import { callHost } from "./host-call.js";
import { int64Instruction } from "./int64-instructions.js";
import { memoryInstruction } from "./memory-instruction.js";
import { OP, STRIDE } from "./opcodes.js";
import { int32Instruction, memoryAccess } from "./rare-instructions.js";

const { NONE, I32, I64, V128 } = TAG;
const HAS_OBJECT = V128;
/** Ticks of a plain instruction: three to take it out of its block, three to execute it. */
const PLAIN = 6;
const NO_VIEW = new DataView(new ArrayBuffer(0));
const NO_CHUNKS = new Uint8Array(0);

/** Runs at most `budget` ticks; gives those left. `engine.stop` says why it stopped. */
export function runLoop(engine: FastEvaluator, budget: number): number {
  let left = budget;
  const { objects, labels, globalTag, globalLo, globalHi, memory } = engine;
  const flat = memory as FlatMemory; // only used where memoryLength is not 0
  const globalMutable = engine.globalMutable;
  let stop: "budget" | "micro" = "budget";
  engine.globalsChanged = true;

  reload: for (;;) {
    const label = labels[labels.length - 1] as FastLabel;
    const frame = engine.topFrame;
    const { lo, hi, tag } = engine;
    const view = memory === null ? NO_VIEW : memory.view;
    const memoryLength = memory === null ? 0 : memory.length;
    const dirty = memory === null ? NO_CHUNKS : memory.dirty;
    const code = label.block.words;
    const { start } = label;
    const { locals, localCount } = frame;
    const stale = label.staleEnd;
    let ip = label.ip;
    let sp = label.sp;
    let outcome: number;

    // biome-ignore lint/suspicious/noConfusingLabels: the way out of the loop and the switch, past what follows them
    run: {
      control: for (;;) {
        if (left < PLAIN && code[ip] !== OP.END) break run;
        switch (code[ip]) {
          case 2: // NOP
            break;
          case 3: // DROP
            if (sp <= start) {
              stop = "micro";
              break run;
            }
            tag[--sp] = NONE;
            break;
          case 4: {
            // SELECT
            if (sp - 3 < start || tag[sp - 1] !== I32) {
              stop = "micro";
              break run;
            }
            if (lo[sp - 1] === 0) {
              const from = sp - 2;
              const to = sp - 3;
              tag[to] = tag[from] as number;
              lo[to] = lo[from] as number;
              hi[to] = hi[from] as number;
              if ((tag[from] as number) >= HAS_OBJECT) objects[to] = objects[from];
            }
            tag[--sp] = NONE;
            tag[--sp] = NONE;
            break;
          }
          case 14: {
            // LOCAL_GET
            const index = code[ip + 1] as number;
            if (index >>> 0 >= localCount) {
              stop = "micro";
              break run;
            }
            const from = locals + index;
            const kind = tag[from] as number;
            tag[sp] = kind;
            lo[sp] = lo[from] as number;
            hi[sp] = hi[from] as number;
            if (kind >= HAS_OBJECT) objects[sp] = objects[from];
            sp++;
            break;
          }
          case 15: // LOCAL_SET
          case 16: {
            // LOCAL_TEE
            const index = code[ip + 1] as number;
            if (index >>> 0 >= localCount || sp <= start) {
              stop = "micro";
              break run;
            }
            const to = locals + index;
            const kind = tag[sp - 1] as number;
            tag[to] = kind;
            lo[to] = lo[sp - 1] as number;
            hi[to] = hi[sp - 1] as number;
            if (kind >= HAS_OBJECT) objects[to] = objects[sp - 1];
            if (code[ip] === OP.LOCAL_SET) tag[--sp] = NONE;
            break;
          }
          case 17: {
            // GLOBAL_GET
            const index = code[ip + 1] as number;
            if (index >>> 0 >= globalTag.length || globalTag[index] === NONE) {
              stop = "micro";
              break run;
            }
            tag[sp] = globalTag[index] as number;
            lo[sp] = globalLo[index] as number;
            hi[sp] = globalHi[index] as number;
            sp++;
            break;
          }
          case 18: {
            // GLOBAL_SET
            const index = code[ip + 1] as number;
            if (
              index >>> 0 >= globalTag.length ||
              globalMutable[index] === 0 ||
              sp <= start ||
              globalTag[index] !== tag[sp - 1]
            ) {
              stop = "micro";
              break run;
            }
            sp--;
            globalLo[index] = lo[sp] as number;
            globalHi[index] = hi[sp] as number;
            tag[sp] = NONE;
            break;
          }
          case 19: // I32_CONST
            tag[sp] = I32;
            lo[sp] = code[ip + 1] as number;
            sp++;
            break;
          case 20: // I64_CONST
            tag[sp] = I64;
            lo[sp] = code[ip + 1] as number;
            hi[sp] = code[ip + 2] as number;
            sp++;
            break;
          case 21: // MEMORY_SIZE
            if (memory === null) {
              stop = "micro";
              break run;
            }
            tag[sp] = I32;
            lo[sp] = memory.pages;
            sp++;
            break;
          case 22: // MEMORY_GROW
          case 23: // MEMORY_FILL
          case 24: // MEMORY_COPY
          case 25: {
            // MEMORY_INIT
            label.sp = sp;
            label.staleEnd = stale;
            const ticks = memoryInstruction(engine, left, code[ip] as number, code[ip + 1] as number);
            if (ticks < 0) {
              stop = ticks === MICRO ? "micro" : "budget";
              break run;
            }
            left = ticks;
            label.ip = ip + STRIDE;
            continue reload;
          }
          case 30: {
            // I32_LOAD
            const address = (lo[sp - 1] as number) >>> 0;
            const at = address + ((code[ip + 1] as number) >>> 0);
            if (sp <= start || tag[sp - 1] !== I32 || at + 4 > memoryLength) {
              stop = "micro";
              break run;
            }
            lo[sp - 1] = view.getInt32(at, true);
            break;
          }
          case 31: {
            // I64_LOAD
            const address = (lo[sp - 1] as number) >>> 0;
            const at = address + ((code[ip + 1] as number) >>> 0);
            if (sp <= start || tag[sp - 1] !== I32 || at + 8 > memoryLength) {
              stop = "micro";
              break run;
            }
            tag[sp - 1] = I64;
            lo[sp - 1] = view.getInt32(at, true);
            hi[sp - 1] = view.getInt32(at + 4, true);
            break;
          }
          case 33: {
            // I32_LOAD8_U
            const address = (lo[sp - 1] as number) >>> 0;
            const at = address + ((code[ip + 1] as number) >>> 0);
            if (sp <= start || tag[sp - 1] !== I32 || at + 1 > memoryLength) {
              stop = "micro";
              break run;
            }
            lo[sp - 1] = view.getUint8(at);
            break;
          }
          case 35: {
            // I32_LOAD16_U
            const address = (lo[sp - 1] as number) >>> 0;
            const at = address + ((code[ip + 1] as number) >>> 0);
            if (sp <= start || tag[sp - 1] !== I32 || at + 2 > memoryLength) {
              stop = "micro";
              break run;
            }
            lo[sp - 1] = view.getUint16(at, true);
            break;
          }
          case 42: {
            // I32_STORE
            const address = (lo[sp - 2] as number) >>> 0;
            const at = address + ((code[ip + 1] as number) >>> 0);
            if (sp - 2 < start || tag[sp - 1] !== I32 || tag[sp - 2] !== I32 || at + 4 > memoryLength) {
              stop = "micro";
              break run;
            }
            if (dirty[at >>> 9] === 0) flat.touch(at >>> 9);
            if (dirty[(at + 3) >>> 9] === 0) flat.touch((at + 3) >>> 9);
            view.setInt32(at, lo[sp - 1] as number, true);
            tag[--sp] = NONE;
            tag[--sp] = NONE;
            break;
          }
          case 43: {
            // I64_STORE
            const address = (lo[sp - 2] as number) >>> 0;
            const at = address + ((code[ip + 1] as number) >>> 0);
            if (sp - 2 < start || tag[sp - 1] !== I64 || tag[sp - 2] !== I32 || at + 8 > memoryLength) {
              stop = "micro";
              break run;
            }
            if (dirty[at >>> 9] === 0) flat.touch(at >>> 9);
            if (dirty[(at + 7) >>> 9] === 0) flat.touch((at + 7) >>> 9);
            view.setInt32(at, lo[sp - 1] as number, true);
            view.setInt32(at + 4, hi[sp - 1] as number, true);
            tag[--sp] = NONE;
            tag[--sp] = NONE;
            break;
          }
          case 44: {
            // I32_STORE8
            const address = (lo[sp - 2] as number) >>> 0;
            const at = address + ((code[ip + 1] as number) >>> 0);
            if (sp - 2 < start || tag[sp - 1] !== I32 || tag[sp - 2] !== I32 || at + 1 > memoryLength) {
              stop = "micro";
              break run;
            }
            if (dirty[at >>> 9] === 0) flat.touch(at >>> 9);
            view.setInt8(at, lo[sp - 1] as number);
            tag[--sp] = NONE;
            tag[--sp] = NONE;
            break;
          }
          case 51: {
            // I32_EQ
            if (sp - 2 < start || tag[sp - 1] !== I32 || tag[sp - 2] !== I32) {
              stop = "micro";
              break run;
            }
            sp--;
            const a = lo[sp - 1] as number;
            const b = lo[sp] as number;
            lo[sp - 1] = a === b ? 1 : 0;
            tag[sp] = NONE;
            break;
          }
          case 52: {
            // I32_NE
            if (sp - 2 < start || tag[sp - 1] !== I32 || tag[sp - 2] !== I32) {
              stop = "micro";
              break run;
            }
            sp--;
            const a = lo[sp - 1] as number;
            const b = lo[sp] as number;
            lo[sp - 1] = a === b ? 0 : 1;
            tag[sp] = NONE;
            break;
          }
          case 53: {
            // I32_LT_S
            if (sp - 2 < start || tag[sp - 1] !== I32 || tag[sp - 2] !== I32) {
              stop = "micro";
              break run;
            }
            sp--;
            const a = lo[sp - 1] as number;
            const b = lo[sp] as number;
            lo[sp - 1] = a < b ? 1 : 0;
            tag[sp] = NONE;
            break;
          }
          case 54: {
            // I32_LT_U
            if (sp - 2 < start || tag[sp - 1] !== I32 || tag[sp - 2] !== I32) {
              stop = "micro";
              break run;
            }
            sp--;
            const a = lo[sp - 1] as number;
            const b = lo[sp] as number;
            lo[sp - 1] = a >>> 0 < b >>> 0 ? 1 : 0;
            tag[sp] = NONE;
            break;
          }
          case 55: {
            // I32_GT_S
            if (sp - 2 < start || tag[sp - 1] !== I32 || tag[sp - 2] !== I32) {
              stop = "micro";
              break run;
            }
            sp--;
            const a = lo[sp - 1] as number;
            const b = lo[sp] as number;
            lo[sp - 1] = a > b ? 1 : 0;
            tag[sp] = NONE;
            break;
          }
          case 56: {
            // I32_GT_U
            if (sp - 2 < start || tag[sp - 1] !== I32 || tag[sp - 2] !== I32) {
              stop = "micro";
              break run;
            }
            sp--;
            const a = lo[sp - 1] as number;
            const b = lo[sp] as number;
            lo[sp - 1] = a >>> 0 > b >>> 0 ? 1 : 0;
            tag[sp] = NONE;
            break;
          }
          case 57: {
            // I32_LE_S
            if (sp - 2 < start || tag[sp - 1] !== I32 || tag[sp - 2] !== I32) {
              stop = "micro";
              break run;
            }
            sp--;
            const a = lo[sp - 1] as number;
            const b = lo[sp] as number;
            lo[sp - 1] = a <= b ? 1 : 0;
            tag[sp] = NONE;
            break;
          }
          case 58: {
            // I32_LE_U
            if (sp - 2 < start || tag[sp - 1] !== I32 || tag[sp - 2] !== I32) {
              stop = "micro";
              break run;
            }
            sp--;
            const a = lo[sp - 1] as number;
            const b = lo[sp] as number;
            lo[sp - 1] = a >>> 0 <= b >>> 0 ? 1 : 0;
            tag[sp] = NONE;
            break;
          }
          case 59: {
            // I32_GE_S
            if (sp - 2 < start || tag[sp - 1] !== I32 || tag[sp - 2] !== I32) {
              stop = "micro";
              break run;
            }
            sp--;
            const a = lo[sp - 1] as number;
            const b = lo[sp] as number;
            lo[sp - 1] = a >= b ? 1 : 0;
            tag[sp] = NONE;
            break;
          }
          case 60: {
            // I32_GE_U
            if (sp - 2 < start || tag[sp - 1] !== I32 || tag[sp - 2] !== I32) {
              stop = "micro";
              break run;
            }
            sp--;
            const a = lo[sp - 1] as number;
            const b = lo[sp] as number;
            lo[sp - 1] = a >>> 0 >= b >>> 0 ? 1 : 0;
            tag[sp] = NONE;
            break;
          }
          case 64: {
            // I32_ADD
            if (sp - 2 < start || tag[sp - 1] !== I32 || tag[sp - 2] !== I32) {
              stop = "micro";
              break run;
            }
            sp--;
            const a = lo[sp - 1] as number;
            const b = lo[sp] as number;
            lo[sp - 1] = a + b;
            tag[sp] = NONE;
            break;
          }
          case 65: {
            // I32_SUB
            if (sp - 2 < start || tag[sp - 1] !== I32 || tag[sp - 2] !== I32) {
              stop = "micro";
              break run;
            }
            sp--;
            const a = lo[sp - 1] as number;
            const b = lo[sp] as number;
            lo[sp - 1] = a - b;
            tag[sp] = NONE;
            break;
          }
          case 66: {
            // I32_MUL
            if (sp - 2 < start || tag[sp - 1] !== I32 || tag[sp - 2] !== I32) {
              stop = "micro";
              break run;
            }
            sp--;
            const a = lo[sp - 1] as number;
            const b = lo[sp] as number;
            lo[sp - 1] = Math.imul(a, b);
            tag[sp] = NONE;
            break;
          }
          case 71: {
            // I32_AND
            if (sp - 2 < start || tag[sp - 1] !== I32 || tag[sp - 2] !== I32) {
              stop = "micro";
              break run;
            }
            sp--;
            const a = lo[sp - 1] as number;
            const b = lo[sp] as number;
            lo[sp - 1] = a & b;
            tag[sp] = NONE;
            break;
          }
          case 72: {
            // I32_OR
            if (sp - 2 < start || tag[sp - 1] !== I32 || tag[sp - 2] !== I32) {
              stop = "micro";
              break run;
            }
            sp--;
            const a = lo[sp - 1] as number;
            const b = lo[sp] as number;
            lo[sp - 1] = a | b;
            tag[sp] = NONE;
            break;
          }
          case 73: {
            // I32_XOR
            if (sp - 2 < start || tag[sp - 1] !== I32 || tag[sp - 2] !== I32) {
              stop = "micro";
              break run;
            }
            sp--;
            const a = lo[sp - 1] as number;
            const b = lo[sp] as number;
            lo[sp - 1] = a ^ b;
            tag[sp] = NONE;
            break;
          }
          case 74: {
            // I32_SHL
            if (sp - 2 < start || tag[sp - 1] !== I32 || tag[sp - 2] !== I32) {
              stop = "micro";
              break run;
            }
            sp--;
            const a = lo[sp - 1] as number;
            const b = lo[sp] as number;
            lo[sp - 1] = a << b;
            tag[sp] = NONE;
            break;
          }
          case 75: {
            // I32_SHR_S
            if (sp - 2 < start || tag[sp - 1] !== I32 || tag[sp - 2] !== I32) {
              stop = "micro";
              break run;
            }
            sp--;
            const a = lo[sp - 1] as number;
            const b = lo[sp] as number;
            lo[sp - 1] = a >> b;
            tag[sp] = NONE;
            break;
          }
          case 76: {
            // I32_SHR_U
            if (sp - 2 < start || tag[sp - 1] !== I32 || tag[sp - 2] !== I32) {
              stop = "micro";
              break run;
            }
            sp--;
            const a = lo[sp - 1] as number;
            const b = lo[sp] as number;
            lo[sp - 1] = a >>> b;
            tag[sp] = NONE;
            break;
          }
          case 50: {
            // I32_EQZ
            if (sp <= start || tag[sp - 1] !== I32) {
              stop = "micro";
              break run;
            }
            const a = lo[sp - 1] as number;
            lo[sp - 1] = a === 0 ? 1 : 0;
            break;
          }
          case 81: {
            // I32_WRAP
            if (sp <= start || tag[sp - 1] !== I64) {
              stop = "micro";
              break run;
            }
            tag[sp - 1] = I32;
            break;
          }
          case 1: // END
            label.ip = ip;
            label.sp = sp;
            label.staleEnd = stale;
            outcome = leaveBlock(engine, left);
            break control;
          case 5: // BLOCK
          case 6: {
            // LOOP
            label.ip = ip;
            label.sp = sp;
            label.staleEnd = stale;
            const isLoop = code[ip] === OP.LOOP;
            const params = code[ip + 2] as number;
            const arity = isLoop ? params : (code[ip + 3] as number);
            const breakTo = isLoop ? (label.block.instructions[ip / STRIDE] as Instruction) : null;
            outcome = enterBlock(engine, left, PLAIN, sp, code[ip + 1] as number, params, arity, breakTo);
            break control;
          }
          case 7: {
            // IF
            if (sp <= start || tag[sp - 1] !== I32) {
              stop = "micro";
              break run;
            }
            label.ip = ip;
            label.sp = sp - 1;
            label.staleEnd = stale;
            const { params, results } = engine.tables.arities[code[ip + 3] as number] as BlockArity;
            const body = code[ip + (lo[sp - 1] === 0 ? 2 : 1)] as number;
            outcome = enterBlock(engine, left, PLAIN + 3, sp, body, params, results, null);
            break control;
          }
          case 8: // BR
            label.sp = sp;
            label.staleEnd = stale;
            outcome = branch(engine, left, PLAIN, sp, code[ip + 1] as number);
            break control;
          case 9: // BR_IF
            if (sp <= start || tag[sp - 1] !== I32) {
              stop = "micro";
              break run;
            }
            if (lo[sp - 1] === 0) {
              tag[--sp] = NONE;
              break;
            }
            label.sp = sp - 1;
            label.staleEnd = stale;
            outcome = branch(engine, left, PLAIN + 3, sp, code[ip + 1] as number);
            break control;
          case 10: {
            // BR_TABLE
            if (sp <= start || tag[sp - 1] !== I32) {
              stop = "micro";
              break run;
            }
            label.sp = sp - 1;
            label.staleEnd = stale;
            const depths = engine.tables.branchTables[code[ip + 1] as number] as Int32Array;
            const index = Math.min((lo[sp - 1] as number) >>> 0, depths.length - 1);
            outcome = branch(engine, left, PLAIN + 3, sp, depths[index] as number);
            break control;
          }
          case 11: // RETURN
            label.sp = sp;
            label.staleEnd = stale;
            outcome = returnCall(engine, left);
            break control;
          case 12: {
            // CALL
            const callee = engine.functionAt(code[ip + 1] as number);
            if (callee === null) {
              stop = "micro";
              break run;
            }
            label.ip = ip;
            label.sp = sp;
            label.staleEnd = stale;
            outcome = callee.isHost ? callHost(engine, left, callee) : callFunction(engine, left, PLAIN, sp, callee);
            if (callee.isHost && outcome === SHORT) outcome = MICRO;
            break control;
          }
          case 13: {
            // CALL_INDIRECT
            if (sp <= start || tag[sp - 1] !== I32) {
              stop = "micro";
              break run;
            }
            const callee = engine.functionInTable(code[ip + 1] as number, lo[sp - 1] as number);
            if (callee === null || callee.isHost || callee.type !== engine.typeText(code[ip + 2] as number)) {
              stop = "micro";
              break run;
            }
            label.ip = ip;
            label.sp = sp - 1;
            label.staleEnd = stale;
            outcome = callFunction(engine, left, PLAIN, sp, callee);
            break control;
          }
          default: {
            const op = code[ip] as number;
            let next: number = MICRO;
            if (op >= 90) next = int64Instruction(op, lo, hi, tag, sp, start);
            else if (op >= 50) next = int32Instruction(op, lo, tag, sp, start);
            else if (op >= 30 && memory !== null) {
              next = memoryAccess(op, code[ip + 1] as number, memory, lo, hi, tag, sp, start);
            }
            if (next < 0) {
              stop = "micro";
              break run;
            }
            sp = next;
          }
        }
        left -= PLAIN;
        ip += STRIDE;
      }
      // A control instruction was executed, or not.
      if (outcome >= 0) {
        left = outcome;
        continue;
      }
      stop = outcome === MICRO ? "micro" : "budget";
    }
    label.ip = ip;
    label.sp = sp;
    label.staleEnd = stale;
    engine.stop = stop;
    return left;
  }
}
