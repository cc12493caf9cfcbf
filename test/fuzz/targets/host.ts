// Kernels that call host functions with hostile arguments: the quick machine and the one that goes tick by tick, against a model written from
// pvm.md §5 and §6. Compared are the tick and the way the run ends, the memory, the storage, the outbox and what is left of the inputs.
import { toHex } from "../../../src/encoding/hex.js";
import type { TreeNode } from "../../../src/merkle/node.js";
import { END_OF_LEVEL, infoPerLevel, START_OF_LEVEL, ZERO_LEVEL_INFO } from "../../../src/protocol/level-frame.js";
import { outboxMessages } from "../../../src/pvm/buffers.js";
import { genesis } from "../../../src/pvm/genesis.js";
import { Machine } from "../../../src/pvm/machine.js";
import { run } from "../../../src/pvm/run.js";
import { printStuck } from "../../../src/pvm/stuck.js";
import { PVM_VERSIONS, type PvmVersion } from "../../../src/pvm/versions.js";
import { built, type Source } from "../choices.js";
import { type Ending, HostModel, type ModelMessage } from "../host/model.js";
import { ModelNode, ModelValue } from "../host/model-storage.js";
import {
  type HostCall,
  instructionsAround,
  kernelOf,
  makeProgram,
  type Program,
  printHostCall,
  resultAddress,
} from "../host/program.js";
import { type Described, Difference, type Result, type Target } from "../target.js";

const TICKS_PER_SNAPSHOT = 20_000_000n;
const MAX_REBOOTS = 0n;
/** Ticks of a plain instruction; of a call until its function runs, and to its end. */
const PLAIN = 6;
const TO_CALL = 8;
const CALL = 11;
/** Ticks of the first call, and of the end of the run: pvm.md §4.5. */
const BEGIN = 8;
const END = 12;

interface Case {
  readonly version: PvmVersion;
  readonly program: Program;
  readonly kernel: Uint8Array;
  readonly messages: readonly Uint8Array[];
  readonly level: number;
  readonly outboxLimit: number;
  /** Whether the level begins as it should: else there is no outbox. */
  readonly isStarted: boolean;
}

function makeCase(source: Source): Case {
  const version = source.below(4) < 3 ? PVM_VERSIONS.indexOf("2.0.0-r6") : source.below(PVM_VERSIONS.length);
  const program = makeProgram(source, version);
  const size = (): number => source.pick([0, 1, 10, 40, 511, 2047, 4094, 4095, 4096, 5000]);
  return {
    version: PVM_VERSIONS[version] ?? "2.0.0",
    program,
    kernel: kernelOf(program),
    messages: source.list(3, (index) => Uint8Array.of(1, ...new Uint8Array(size()).fill(0x61 + index))),
    level: source.pick([0, 1, 1000, 2 ** 31 - 1]),
    outboxLimit: source.pick([100, 1, 2]),
    isStarted: source.below(8) < 7,
  };
}

/** The answer to any request. */
function reveal(request: Uint8Array): Uint8Array {
  const sum = request.reduce((total, byte) => (total * 31 + byte) >>> 0, request.length);
  return new Uint8Array([0, 24, 100, 4096, 5000][sum % 5] ?? 0).fill(sum & 0xff);
}

function messagesOf({ messages, level, isStarted }: Case): ModelMessage[] {
  const info = infoPerLevel(ZERO_LEVEL_INFO);
  const all = [...(isStarted ? [START_OF_LEVEL] : []), info, ...messages, END_OF_LEVEL];
  return all.map((payload, counter) => ({ level, counter, payload }));
}

function int32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

/** The storage when the kernel begins to run: pvm.md §1.2, §1.4 row 16, §1.5. */
function storageAtStart({ version, kernel }: Case): ModelNode {
  const value = (bytes: Uint8Array): ModelValue => ModelValue.of(bytes);
  return ModelNode.empty
    .withValue(["readonly", "wasm_version"], value(Buffer.from(version)))
    .withValue(["kernel", "boot.wasm"], value(kernel))
    .withValue(["readonly", "kernel", "boot.wasm"], value(kernel))
    .withValue(["readonly", "kernel", "env", "reboot_counter"], value(int32(Number(MAX_REBOOTS))));
}

interface Prediction {
  readonly model: HostModel;
  /** Null: the run ends by itself. */
  readonly ending: Exclude<Ending, { tag: "result" | "revealed" }> | null;
  /** Ticks from the beginning of the evaluation to that end. */
  readonly ticks: number;
}

function argumentsOf({ args }: HostCall, program: Program, model: HostModel): bigint[] {
  const view = new DataView(model.memory.buffer);
  return args.map((argument) => {
    if (argument.tag === "number") return argument.value;
    const at = resultAddress(argument.call);
    const isLong = program.calls[argument.call]?.signature.result === "i64";
    return isLong ? view.getBigInt64(at, true) : BigInt(view.getInt32(at, true));
  });
}

function predict(value: Case): Prediction {
  const { program, isStarted, outboxLimit } = value;
  const memory = new Uint8Array(program.pages * 65536);
  for (const { at, bytes } of program.data) memory.set(bytes, at);
  const limit = isStarted ? outboxLimit : null;
  const model = new HostModel(memory, storageAtStart(value), messagesOf(value), limit, reveal);
  const view = new DataView(memory.buffer);
  let ticks = BEGIN;
  for (const [index, call] of program.calls.entries()) {
    const { before, after } = instructionsAround(call);
    ticks += PLAIN * before;
    const ending = model.call(call.signature.name, argumentsOf(call, program, model));
    if (ending.tag === "stuck") return { model, ending, ticks: ticks + TO_CALL + 1 };
    if (ending.tag === "escape") return { model, ending, ticks: ticks + TO_CALL + (ending.atReveal ? 1 : 0) };
    ticks += CALL + ending.ticks + (ending.tag === "revealed" ? 1 : 0) + PLAIN * after;
    if (call.signature.result === "i32") view.setInt32(resultAddress(index), Number(ending.result), true);
    else if (call.signature.result === "i64") view.setBigInt64(resultAddress(index), ending.result, true);
  }
  return { model, ending: null, ticks: ticks + END };
}

/** What loads a machine: tests give one with a mistake. */
type Load = (root: TreeNode) => Machine;

function startMachine(value: Case, load: Load): Machine {
  const parameters = {
    ticksPerSnapshot: TICKS_PER_SNAPSHOT,
    outboxValidityPeriod: 10,
    outboxMessageLimit: BigInt(value.outboxLimit),
    maxReboots: MAX_REBOOTS,
  };
  const machine = load(genesis(value.kernel, value.version, parameters));
  for (const { level, counter, payload } of messagesOf(value)) {
    machine.setInput({ level, counter: BigInt(counter) }, payload);
  }
  while (machine.tickState.tag !== "eval") {
    if (run(machine, TICKS_PER_SNAPSHOT, { stopAtPhaseEnd: true }) === 0n) {
      const { tickState } = machine;
      throw new Difference(`no evaluation: ${tickState.tag === "stuck" ? printStuck(tickState.error) : tickState.tag}`);
    }
  }
  return machine;
}

function equal(what: string, ours: string, model: string): void {
  if (ours !== model) throw new Difference(`${what}: ours ${ours}, model ${model}`);
}

function compareMemories(ours: Uint8Array, model: Uint8Array): void {
  if (Buffer.compare(ours, model) === 0) return;
  const at = ours.findIndex((byte, index) => byte !== model[index]);
  const result = at >= resultAddress(0) ? `, result of call ${Math.floor((at - resultAddress(0)) / 8)}` : "";
  const [mine, other] = [ours, model].map((memory) => toHex(memory.subarray(at & ~7, (at & ~7) + 8)));
  throw new Difference(`memory at ${at & ~7}${result}: ours ${mine}, model ${other}`);
}

/** How the machine stands: one text for the ways a run can end. */
function standing(machine: Machine): string {
  const { tickState } = machine;
  if (tickState.tag === "eval") return tickState.config.stepKont.tag;
  return tickState.tag === "stuck" ? printStuck(tickState.error) : tickState.tag;
}

function compare(machine: Machine, prediction: Prediction, value: Case): void {
  const { model, ending } = prediction;
  const expected = ending === null ? "SK_Result" : ending.tag === "stuck" ? ending.text : "SK_Next";
  equal("the run ends as", standing(machine), expected);
  const { tickState } = machine;
  if (tickState.tag === "eval") {
    compareMemories(tickState.registry.get("main").memories.get(0).chunks.toBytes(), model.memory);
  }
  equal("storage", toHex(machine.durable.tree.hash), toHex(model.storage.hash()));
  const messages = value.isStarted ? outboxMessages(machine.buffers.output, value.level) : [];
  equal("outbox", messages.map(toHex).join(), model.outbox.map((message) => toHex(message)).join());
  equal("inputs left", String(machine.buffers.input.length), String(model.inputs.length));
}

/** Runs to the predicted end; an error that goes out of the machine must be the predicted one. */
function runToEnd(machine: Machine, { ending, ticks }: Prediction, singleSteps: boolean): void {
  const options = { reveal, singleSteps };
  const start = machine.currentTick;
  run(machine, BigInt(ticks), options);
  const isBehind = machine.currentTick - start !== BigInt(ticks);
  if (isBehind) throw new Difference(`after ${machine.currentTick - start} ticks of ${ticks}: ${standing(machine)}`);
  if (ending?.tag !== "escape") return;
  try {
    run(machine, 1n, options);
  } catch (error) {
    equal("error", String((error as { code?: unknown }).code), ending.code);
    return;
  }
  throw new Difference(`no error, but ${ending.code} is expected`);
}

export function hostTarget(load: Load = (root) => Machine.of(root)): Target<Case> {
  return {
    name: "host",
    title: "host functions with hostile arguments, against a model",
    share: 3,
    cases: built(makeCase, 1200),
    check(value): Result {
      const prediction = predict(value);
      const quick = startMachine(value, load);
      const ticked = load(quick.root());
      for (const [machine, singleSteps] of [
        [quick, false],
        [ticked, true],
      ] as const) {
        runToEnd(machine, prediction, singleSteps);
        compare(machine, prediction, value);
      }
      equal("state", toHex(quick.hash()), toHex(ticked.hash()));
      if (prediction.ending?.tag === "escape") return "passed";
      run(quick, 2n * TICKS_PER_SNAPSHOT, { reveal });
      run(ticked, 2n * TICKS_PER_SNAPSHOT, { reveal, singleSteps: true });
      equal(
        "last state",
        `${quick.currentTick} ${toHex(quick.hash())}`,
        `${ticked.currentTick} ${toHex(ticked.hash())}`,
      );
      return "passed";
    },
    describe(value): Described {
      const { version, level, outboxLimit, isStarted, messages } = value;
      const sizes = messages.map((message) => message.length).join(", ");
      const about = `version ${version}, level ${level}, outbox limit ${outboxLimit}, start of level: ${isStarted}`;
      return {
        module: value.kernel,
        lines: [about, `messages of ${sizes} bytes`, ...value.program.calls.map(printHostCall)],
      };
    },
  };
}
