// A kernel with names that calls, stores, reads and writes; and a session driven by lines as a terminal would.
import { type ConsoleOptions, DebugConsole } from "../../src/debugger/console.js";
import { DebugSession, type DebugSessionOptions } from "../../src/debugger/session.js";
import { parseInputs } from "../../src/protocol/inputs/inputs.js";
import { PROTOCOL_PARAMETERS } from "../../src/pvm/genesis.js";

export const NAMED_KERNEL = `(module
  (import "smart_rollup_core" "read_input" (func $read_input (param i32 i32 i32) (result i32)))
  (import "smart_rollup_core" "write_debug" (func $write_debug (param i32 i32)))
  (import "smart_rollup_core" "store_write" (func $store_write (param i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (table 2 funcref) (elem (i32.const 0) $leaf $work)
  (type $t (func (param i32) (result i32)))
  (data (i32.const 100) "/a/b") (data (i32.const 120) "hi\\n")
  (func $leaf (param $x i32) (result i32) (i32.add (local.get $x) (i32.const 1)))
  (func $work (param $n i32) (result i32)
    (local $i i32)
    (loop $again
      (local.set $i (call $leaf (local.get $i)))
      (i32.store (i32.const 200) (local.get $i))
      (br_if $again (i32.lt_s (local.get $i) (local.get $n))))
    (local.get $i))
  (func $main (export "kernel_run")
    (call $write_debug (i32.const 120) (i32.const 3))
    (drop (call_indirect (type $t) (i32.const 50) (i32.const 1)))
    (drop (call $read_input (i32.const 400) (i32.const 300) (i32.const 64)))
    (drop (call $store_write (i32.const 100) (i32.const 4) (i32.const 0) (i32.const 200) (i32.const 4)))
    (drop (call $work (i32.const 3)))))`;

export const TRAP_KERNEL = `(module (memory (export "memory") 1)
  (func $deep unreachable) (func (export "kernel_run") (call $deep)))`;

export const TICKS_PER_SNAPSHOT = 20_000n;

export function optionsOf(
  kernel: string | Uint8Array,
  inboxes: unknown = [[], [{ external: "aabb" }]],
): DebugSessionOptions {
  return {
    kernel: typeof kernel === "string" ? Buffer.from(kernel) : kernel,
    inputs: parseInputs(JSON.stringify(inboxes)),
    parameters: { ...PROTOCOL_PARAMETERS, ticksPerSnapshot: TICKS_PER_SNAPSHOT },
    now: () => 0,
  };
}

export function openSession(
  kernel: string | Uint8Array,
  inboxes?: unknown,
  more: Partial<DebugSessionOptions> = {},
): Promise<DebugSession> {
  return DebugSession.open({ ...optionsOf(kernel, inboxes), ...more });
}

export interface Transcript {
  readonly out: string;
  /** What was printed after each line, before the next. */
  readonly pieces: readonly string[];
  readonly err: string;
  readonly failures: number;
}

export interface ScriptOptions extends Pick<ConsoleOptions, "isJson" | "isLenient" | "record"> {
  readonly flamechartsDir?: string;
  readonly now?: () => number;
}

/** Runs lines; prompts are left out of the output. */
export async function script(
  lines: readonly string[],
  options: DebugSessionOptions,
  more: ScriptOptions = {},
): Promise<Transcript> {
  const left = [...lines];
  const starts: number[] = [];
  let out = "";
  let err = "";
  const dialogue = new DebugConsole({
    readLine: () => {
      if (left.length > 0) starts.push(out.length);
      return Promise.resolve(left.shift() ?? null);
    },
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    ...(more.isJson === undefined ? {} : { isJson: more.isJson }),
    ...(more.isLenient === undefined ? {} : { isLenient: more.isLenient }),
    ...(more.record === undefined ? {} : { record: more.record }),
  });
  const session = await DebugSession.open({
    ...options,
    onDebug: dialogue.onDebug,
    onTell: dialogue.onTell,
    ask: dialogue.ask,
  });
  const context = { session, decoders: new Map(), date: () => 0, now: more.now ?? (() => 0), print: dialogue.print };
  await dialogue.run(more.flamechartsDir === undefined ? context : { ...context, flamechartsDir: more.flamechartsDir });
  const pieces = starts.map((start, index) => out.slice(start, starts[index + 1] ?? out.length));
  return { out, pieces, err, failures: dialogue.failures };
}
