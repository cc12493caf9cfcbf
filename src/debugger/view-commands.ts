/** Commands that look into an evaluation: calls, locals, operands, host calls; and at what differs between two ticks. */
import { toHex } from "../encoding/hex.js";
import type { Json } from "../encoding/json.js";
import { callStack, printValue, type StackFrame } from "./call-stack.js";
import {
  badArgument,
  type CommandContext,
  type CommandResult,
  type CommandSpec,
  command,
  done,
  failed,
  int32,
  parseInteger,
} from "./command.js";
import { type Difference, diffMemory, diffStorage, diffTree } from "./diff.js";
import { importName, keyAccesses } from "./durable-access.js";
import { memoryOf, readMemory } from "./show-storage.js";

function frameLine(frame: StackFrame, index: number): string {
  const where = frame.offset === null ? "" : ` at 0x${frame.offset.toString(16)}`;
  const func = frame.func === null ? frame.name : `func[${frame.func}] <${frame.name}>`;
  return `#${index} ${func}${frame.instruction === null ? "" : `: ${frame.instruction}`}${where}`;
}

function withStack(
  show: (stack: NonNullable<ReturnType<typeof callStack>>) => { readonly text: string; readonly data: Json },
) {
  return ({ session }: CommandContext): CommandResult => {
    const stack = callStack(session.machine, session.moduleMap);
    if (stack === null) return failed("There is no call stack outside of an evaluation");
    const { text, data } = show(stack);
    return done(text, data);
  };
}

const backtrace = withStack(({ frames, doing }) => {
  const lines = frames.map(frameLine);
  if (doing !== null) lines.unshift(`(${doing})`);
  return {
    text: lines.join("\n"),
    data: {
      doing,
      frames: frames.map((frame) => ({ ...frame, locals: [...frame.locals], operands: [...frame.operands] })),
    } as Json,
  };
});

function frameAt(text: string, pick: (frame: StackFrame) => readonly string[], name: string) {
  const index = Number(parseInteger(text) ?? 0n);
  return withStack(({ frames }) => {
    const frame = frames[index];
    if (frame === undefined) throw badArgument(`there is no frame ${text}; there are ${frames.length}`);
    const lines = pick(frame);
    return { text: lines.length === 0 ? `No ${name}` : lines.join("\n"), data: { [name]: [...lines] } as Json };
  });
}

async function trace(context: CommandContext, from: bigint, to: bigint): Promise<CommandResult> {
  const calls = await context.session.trace(from, to);
  const rows = calls.map(({ tick, name, args, memory, result, ticks }) => {
    const keys = keyAccesses(name, args, memory).map(({ key }) => key);
    return {
      tick: String(tick),
      name: importName(name),
      args: args.map(printValue),
      keys,
      result: result === null ? null : printValue(result),
      ticks,
    };
  });
  const lines = rows.map(({ tick, name, args, keys, result, ticks }) => {
    const named = keys.length === 0 ? "" : ` ${keys.join(" ")}`;
    return `${tick}: ${name}(${args.join(", ")})${named} = ${result ?? (ticks === null ? "?" : "nothing")}${ticks === null ? "" : `, ${ticks} ticks`}`;
  });
  return done(lines.length === 0 ? "No host calls" : lines.join("\n"), { calls: rows });
}

const MAX_SHOWN_BYTES = 32;

function shown(bytes: Uint8Array | null): string {
  if (bytes === null) return "nothing";
  if (bytes.length <= MAX_SHOWN_BYTES) return bytes.length === 0 ? "empty" : toHex(bytes);
  return `${toHex(bytes.subarray(0, MAX_SHOWN_BYTES))}… (${bytes.length} bytes)`;
}

function differences(found: readonly Difference[]): { readonly lines: string[]; readonly data: Json } {
  return {
    lines: found.map(
      ({ path, before, after }) =>
        `${before === null ? "+" : after === null ? "-" : "~"} ${path}: ${shown(before)} -> ${shown(after)}`,
    ),
    data: found.map(({ path, before, after }) => ({
      path,
      before: before && toHex(before),
      after: after && toHex(after),
    })),
  };
}

async function diff({ session }: CommandContext, a: bigint, b: bigint, what: string): Promise<CommandResult> {
  const stateAt = (tick: bigint) =>
    session.at(tick, () => {
      const memory = memoryOf(session.machine);
      const root = session.machine.root();
      return { root, durable: session.machine.durable.tree.root, memory: typeof memory === "string" ? null : memory };
    });
  const before = await stateAt(a);
  const after = await stateAt(b);
  if (what === "memory") {
    const ranges = diffMemory(before.memory, after.memory);
    const lines = ranges.map((range) => `~ ${range.address}: ${shown(range.before)} -> ${shown(range.after)}`);
    return done(lines.length === 0 ? "No difference" : lines.join("\n"), {
      memory: ranges.map((range) => ({
        address: range.address,
        before: toHex(range.before),
        after: toHex(range.after),
      })),
    });
  }
  const found = what === "tree" ? diffTree(before.root, after.root) : diffStorage(before.durable, after.durable);
  const { lines, data } = differences(found);
  return done(lines.length === 0 ? "No difference" : lines.join("\n"), { [what]: data } as Json);
}

function limits({ session }: CommandContext): CommandResult {
  const { machine } = session;
  const used = machine.currentTick - machine.lastTopLevelCall;
  const { history } = session.timeline;
  const text = [
    `ticks of this kernel run: ${used} of ${machine.maxTicks}`,
    `reboots left: ${machine.rebootCounter} of ${machine.maxReboots + 1n}`,
    `history: ${history.size} states, ticks ${history.start} to ${history.furthest}`,
  ];
  return done(text.join("\n"), {
    ticks: String(used),
    maxTicks: String(machine.maxTicks),
    rebootsLeft: String(machine.rebootCounter),
    states: history.size,
  });
}

const BYTES_A_LINE = 16;
const DEFAULT_DUMP = 64n;
const MAX_DUMP = 1n << 16n;

/** Bytes as hexadecimal and characters, a line for sixteen. */
function dump(bytes: Uint8Array, address: number): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += BYTES_A_LINE) {
    const line = bytes.subarray(at, at + BYTES_A_LINE);
    const digits = [...line].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const characters = [...line]
      .map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "."))
      .join("");
    lines.push(`0x${(address + at).toString(16).padStart(8, "0")}  ${digits.padEnd(3 * BYTES_A_LINE)} ${characters}`);
  }
  return lines.join("\n");
}

function examine({ session }: CommandContext, address: number, length: number): CommandResult {
  const bytes = readMemory(session.machine, address, length);
  if (typeof bytes === "string") return failed(`Error: ${bytes}`);
  return done(dump(bytes, address), { address, hex: toHex(bytes) });
}

const UNITS: Readonly<Record<string, bigint>> = { b: 1n, h: 2n, w: 4n, g: 8n };

const EXAMINE: CommandSpec = {
  usage: "x[/N] <address>",
  help: "x[/N] <address>: Shows N bytes (64) of the memory in hexadecimal and as characters. As gdb's, `x/4xw` counts in words of four.",
  parse: ([first = "", where = "", ...rest]) => {
    const match = /^x(?:\/([0-9]{0,6})[xsdu]?([bhwg])?)?$/.exec(first);
    const address = int32(where);
    if (match === null || address === null || rest.length > 0) return null;
    const [, count = "", unit = "b"] = match;
    const length = (count === "" ? DEFAULT_DUMP : BigInt(count)) * (UNITS[unit] ?? 1n);
    return (context) =>
      length > MAX_DUMP
        ? failed(`At most ${MAX_DUMP} bytes are shown`)
        : examine(context, address >>> 0, Number(length));
  },
};

export const VIEW_COMMANDS: readonly CommandSpec[] = [
  command(
    "backtrace",
    "backtrace | bt | where: Shows the calls under way, the innermost first, each with its instruction and the byte of the kernel where that stands.",
    ["backtrace", "bt", "where", "info stack"],
    () => backtrace,
  ),
  command(
    "locals [frame]",
    "locals [frame]: Shows the locals of a call.",
    ["locals", "info locals", "info lo", "locals FRAME"],
    ([frame = "0"]) => frameAt(frame, ({ locals }) => locals.map(({ name, value }) => `${name} = ${value}`), "locals"),
  ),
  command(
    "stack [frame]",
    "stack [frame]: Shows the operands of a call's innermost block, the topmost last.",
    ["stack", "stack FRAME"],
    ([frame = "0"]) => frameAt(frame, ({ operands }) => operands, "operands"),
  ),
  command(
    "trace [<from> <to>]",
    "trace [<from> <to>]: Shows every host call between two ticks with its arguments, result and ticks; of all that was run if none are given.",
    ["trace", "trace FROM TO"],
    ([a, b]) => {
      const from = a === undefined ? null : parseInteger(a);
      const to = b === undefined ? null : parseInteger(b);
      if ((a !== undefined && from === null) || (b !== undefined && to === null)) return null;
      return (context) => trace(context, from ?? context.session.tickOf("start"), to ?? context.session.tickOf("end"));
    },
  ),
  command(
    "diff <from> <to> [storage|memory|tree]",
    "diff <from> <to> [storage|memory|tree]: Shows what differs between the states of two ticks.",
    ["diff A B", "diff A B WHAT"],
    ([a = "", b = "", what = "storage"]) => {
      const [from, to] = [parseInteger(a), parseInteger(b)];
      if (from === null || to === null || !["storage", "memory", "tree"].includes(what)) return null;
      return (context) => diff(context, from, to, what);
    },
  ),
  EXAMINE,
  command("limits", "limits: Shows the ticks and reboots used and left.", ["limits", "info history"], () => limits),
];
