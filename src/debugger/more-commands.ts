/** The commands that Octez's debugger does not have: going back, breakpoints, looking into an evaluation, differences, proofs. */
import { readFileSync, writeFileSync } from "node:fs";
import { encodeBase58Check } from "../encoding/base58check.js";
import { toHex } from "../encoding/hex.js";
import type { Json } from "../encoding/json.js";
import { MerkleError } from "../merkle/errors.js";
import { decodeProof } from "../merkle/proof-encoding.js";
import { verifyProof } from "../merkle/prove.js";
import type { Tree } from "../merkle/tree.js";
import { PvmError } from "../pvm/errors.js";
import { Machine } from "../pvm/machine.js";
import { PatternError, StepPattern } from "../pvm/step-pattern.js";
import { verifyStep } from "../pvm/step-proof.js";
import { type BreakpointKind, describeBreakpoint, parseConditions } from "./breakpoints.js";
import { callStack, printValue, type StackFrame } from "./call-stack.js";
import {
  type CommandContext,
  type CommandResult,
  type CommandSpec,
  command,
  done,
  failed,
  int32,
  parseInteger,
  statusJson,
  stopJson,
  stopNote,
} from "./command.js";
import { type Difference, diffMemory, diffStorage, diffTree } from "./diff.js";
import { hostStateName, importName, keyAccesses } from "./durable-access.js";
import { DebuggerError } from "./errors.js";
import type { DebugSession, Moved } from "./session.js";
import { printStatus } from "./show-state.js";
import { memoryOf } from "./show-storage.js";

function bad(message: string): DebuggerError {
  return new DebuggerError("debugger.bad_argument", message);
}

function hashText(hash: Uint8Array): string {
  return encodeBase58Check("stateHash", hash);
}

// Motion

function moved(session: DebugSession, result: Moved): CommandResult {
  const note = stopNote(result);
  return {
    ...done(`At tick ${session.tick}\n${printStatus(session.machine)}`, {
      ticks: String(result.ticks),
      stop: stopJson(result),
      ...statusJson(session),
    }),
    isOk: result.stop.tag !== "interrupted",
    ...(note === null ? {} : { note }),
  };
}

async function goTo({ session }: CommandContext, where: string): Promise<CommandResult> {
  const number = parseInteger(where);
  const tick = number ?? session.tickOf(where);
  const result = await session.goTo(tick);
  if (session.tick === tick || result.stop.tag === "interrupted") return moved(session, result);
  const reason =
    result.stop.tag === "reveal" ? "a reveal nobody answers" : result.stop.tag === "start" ? "its start" : "its end";
  return {
    ...moved(session, result),
    isOk: false,
    note: `Tick ${tick} is out of reach: the run comes to ${reason} at tick ${session.tick}`,
  };
}

const MOTIONS: readonly CommandSpec[] = [
  command(
    "step back [N]",
    "step back [N] | back [N] | step back tick: Goes back a tick, or N. States on the way are kept, so that it is quick.",
    ["step back", "step back tick", "back", "rsi", "step back N", "step back N ticks", "back N", "rsi N"],
    ([text = "1"]) => {
      const count = parseInteger(text);
      return count === null || count < 1n ? null : async ({ session }) => moved(session, await session.back(count));
    },
  ),
  command(
    "goto <tick>",
    "goto <tick> | goto tick <tick> | goto <place>: Goes to a tick, before or after the present one, or to a place: start, end (of what was run), snapshot, decode, link, init, eval, result, padding (of the kernel run under way).",
    ["goto tick WHERE", "goto WHERE", "g WHERE"],
    ([where = ""]) =>
      (context) =>
        goTo(context, where),
  ),
  command(
    "continue",
    "continue | c: Goes on through all the inputs, up to a breakpoint.",
    ["continue", "c"],
    () =>
      async ({ session }) =>
        moved(session, await session.continue()),
  ),
  command(
    "reverse continue",
    "reverse continue | rc: Goes back to the last place a breakpoint was met, or to the start.",
    ["reverse continue", "reverse-continue", "rc"],
    () =>
      async ({ session }) =>
        moved(session, await session.reverseContinue()),
  ),
  command(
    "finish",
    "finish | fin: As `step result`.",
    ["finish", "fin"],
    () =>
      async ({ session }) =>
        moved(session, await session.step("result")),
  ),
];

// Breakpoints

const PHASES = ["collect", "padding", "snapshot", "decode", "link", "init", "eval", "result", "stuck"];

function breakpointKind(session: DebugSession, words: readonly string[]): BreakpointKind {
  const [what = "", ...rest] = words;
  const [first = ""] = rest;
  switch (what) {
    case "host": {
      const stateName = hostStateName(first);
      if (stateName === null) throw bad(`no host function \`${first}\``);
      return { tag: "host", stateName };
    }
    case "function":
      return session.functionBreakpoint(rest.join(" "));
    case "key":
    case "read":
    case "write": {
      if (!first.startsWith("/")) throw bad("a key begins with '/'");
      const isPrefix = /\/\*?$/.test(first);
      const key = first.replace(/\/\*?$/, "");
      return { tag: "key", key: key === "" ? "/" : key, isPrefix, mode: what === "key" ? "access" : what };
    }
    case "memory": {
      const address = int32(first);
      const length = int32(rest[1] === "for" ? rest[2] : (rest[1] ?? "1"));
      if (address === null || length === null || length < 1) throw bad("`break memory <address> [for] <length>`");
      return { tag: "memory", range: { address: address >>> 0, length } };
    }
    case "tick":
      return tickBreakpoint(rest.join(""));
    case "trap":
      return { tag: "trap" };
    case "phase":
      if (!PHASES.includes(first)) throw bad(`no phase \`${first}\`; there are ${PHASES.join(", ")}`);
      return { tag: "phase", phase: first };
    default:
      if (/^[=%]/.test(what)) return tickBreakpoint(words.join(""));
      return session.functionBreakpoint(words.join(" "));
  }
}

function tickBreakpoint(text: string): BreakpointKind {
  try {
    const pattern = StepPattern.parse(/^[0-9]/.test(text) ? `=${text}` : text);
    return { tag: "tick", text, pattern };
  } catch (error) {
    if (error instanceof PatternError) throw bad(error.message);
    throw error;
  }
}

function addBreakpoint({ session }: CommandContext, words: readonly string[]): CommandResult {
  const at = words.indexOf("if");
  const conditions = at < 0 ? [] : parseConditions(words.slice(at + 1).join(" "));
  if (conditions === null) throw bad("conditions are like `if arg0 == 5 && arg1 > 0x10`");
  const made = session.addBreakpoint(breakpointKind(session, at < 0 ? words : words.slice(0, at)), conditions);
  return done(`Breakpoint ${made.id}: ${describeBreakpoint(made)}`, {
    breakpoint: made.id,
    on: describeBreakpoint(made),
  });
}

function listBreakpoints({ session }: CommandContext): CommandResult {
  const all = session.breakpoints;
  const lines = all.map((one) => `${one.id}: ${describeBreakpoint(one)}${one.isEnabled ? "" : " (disabled)"}`);
  return done(lines.length === 0 ? "No breakpoints" : lines.join("\n"), {
    breakpoints: all.map((one) => ({ breakpoint: one.id, on: describeBreakpoint(one), enabled: one.isEnabled })),
  });
}

function changeBreakpoint({ session }: CommandContext, text: string, change: (id: number) => boolean): CommandResult {
  const ids = text === "all" ? session.breakpoints.map(({ id }) => id) : [Number(parseInteger(text) ?? -1n)];
  const missing = ids.find((id) => !change(id));
  return missing === undefined ? done("", { breakpoints: ids }) : failed(`No breakpoint ${text}`);
}

const BREAKPOINTS: readonly CommandSpec[] = [
  {
    usage: "break <where>",
    help: "break <where> [if arg0 == N && …] | b <where>: Stops before: a function (`break run`, `break function 12`), a host function (`break host store_write`), a durable key (`break key /a/b`, `break read /a/*`, `break write /a`), a tick (`break tick 500`, `break %1000`), a phase (`break phase init`); after a change of memory (`break memory 1024 for 8`); at a trap (`break trap`).",
    parse: (words) => {
      if (!["break", "b"].includes(words[0] ?? "") || words.length < 2) return null;
      return (context) => addBreakpoint(context, words.slice(1));
    },
  },
  command(
    "breakpoints",
    "breakpoints | info breakpoints: Lists the breakpoints.",
    ["breakpoints", "info breakpoints", "info b", "i b"],
    () => listBreakpoints,
  ),
  command(
    "delete <n>",
    "delete <n> | delete all: Removes breakpoints.",
    ["delete N", "d N"],
    ([id = ""]) =>
      (context) =>
        changeBreakpoint(context, id, (n) => context.session.removeBreakpoint(n)),
  ),
  command(
    "disable <n>",
    "disable <n>: Keeps a breakpoint from stopping anything.",
    ["disable N"],
    ([id = ""]) =>
      (context) =>
        changeBreakpoint(context, id, (n) => context.session.enableBreakpoint(n, false)),
  ),
  command(
    "enable <n>",
    "enable <n>: Undoes `disable`.",
    ["enable N"],
    ([id = ""]) =>
      (context) =>
        changeBreakpoint(context, id, (n) => context.session.enableBreakpoint(n, true)),
  ),
];

// Looking

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
    if (frame === undefined) throw bad(`there is no frame ${text}; there are ${frames.length}`);
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
  const present = session.tick;
  const stateAt = async (tick: bigint) => {
    await session.goTo(tick);
    if (session.tick !== tick) throw bad(`tick ${tick} is out of reach`);
    const memory = memoryOf(session.machine);
    const root = session.machine.root();
    return { root, durable: session.machine.durable.tree.root, memory: typeof memory === "string" ? null : memory };
  };
  try {
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
  } finally {
    await session.goTo(present);
  }
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

const VIEWS: readonly CommandSpec[] = [
  command(
    "backtrace",
    "backtrace | bt: Shows the calls under way, the innermost first, each with its instruction and the byte of the kernel where that stands.",
    ["backtrace", "bt", "where"],
    () => backtrace,
  ),
  command(
    "locals [frame]",
    "locals [frame]: Shows the locals of a call.",
    ["locals", "info locals", "locals FRAME"],
    ([frame = "0"]) => frameAt(frame, ({ locals }) => locals.map(({ name, value }) => `${name} = ${value}`), "locals"),
  ),
  command(
    "stack [frame]",
    "stack [frame]: Shows the operands of a call's innermost block, the topmost last.",
    ["stack", "info stack", "stack FRAME"],
    ([frame = "0"]) => frameAt(frame, ({ operands }) => operands, "operands"),
  ),
  command(
    "hash",
    "hash: Shows the hash of the present state.",
    ["hash"],
    () =>
      ({ session }) =>
        done(`${hashText(session.stateHash)} at tick ${session.tick}`, {
          tick: String(session.tick),
          stateHash: hashText(session.stateHash),
        }),
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
  command("limits", "limits: Shows the ticks and reboots used and left.", ["limits", "info history"], () => limits),
];

// Proofs

async function prove({ session }: CommandContext, tick: bigint | null, file: string | null): Promise<CommandResult> {
  const present = session.tick;
  if (tick !== null) await session.goTo(tick);
  try {
    if (tick !== null && session.tick !== tick) throw bad(`tick ${tick} is out of reach`);
    const { proof, input } = session.prove();
    const { before, after } = verifyStep(proof.bytes, input);
    if (file !== null) writeFileSync(file, proof.bytes);
    const at = session.tick;
    const lines = [
      `Proof of tick ${at}: ${proof.bytes.length} bytes, verified${file === null ? "" : `, written to ${file}`}`,
      `  from ${hashText(before)}`,
      `  to   ${hashText(after)}`,
    ];
    return done(lines.join("\n"), {
      tick: String(at),
      bytes: proof.bytes.length,
      before: hashText(before),
      after: hashText(after),
      ...(file === null ? { proof: toHex(proof.bytes) } : { file }),
    });
  } finally {
    if (session.tick !== present) await session.goTo(present);
  }
}

async function provePhases({ session }: CommandContext): Promise<CommandResult> {
  const present = session.tick;
  const rows: { phase: string; tick: string; bytes: number }[] = [];
  try {
    for (const { tick, phase } of [...session.timeline.marks]) {
      await session.goTo(tick);
      rows.push({ phase, tick: String(tick), bytes: session.prove().proof.bytes.length });
    }
  } finally {
    await session.goTo(present);
  }
  return done(rows.map(({ phase, tick, bytes }) => `${phase.padEnd(9)} tick ${tick}: ${bytes} bytes`).join("\n"), {
    phases: rows,
  });
}

function verify({ session }: CommandContext, file: string): CommandResult {
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(readFileSync(file));
  } catch (error) {
    throw new DebuggerError("debugger.file", `${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  try {
    const tick = tickOfProof(bytes);
    const input =
      (tick === null ? undefined : session.timeline.history.inputAt(tick)) ??
      (tick === session.tick ? session.nextInput() : null);
    const verified = verifyStep(bytes, input);
    const { before, after, outcome } = verified;
    const text = `The proof holds: tick ${outcome.tick}\n  from ${hashText(before)}\n  to   ${hashText(after)}`;
    return done(text, { holds: true, tick: String(outcome.tick), before: hashText(before), after: hashText(after) });
  } catch (error) {
    if (error instanceof MerkleError || error instanceof PvmError)
      return failed(`The proof does not hold: ${error.message}`, { holds: false });
    throw error;
  }
}

/** The tick of the state that a proof shows; null when it shows none. What it claims is not checked here. */
function tickOfProof(bytes: Uint8Array): bigint | null {
  let tick: bigint | null = null;
  const look = (tree: Tree): void => {
    tick = Machine.load(tree).currentTick;
  };
  try {
    verifyProof(decodeProof(bytes), look);
  } catch (error) {
    // Its end is not the state it begins with, of course.
    if (!(error instanceof MerkleError || error instanceof PvmError)) throw error;
  }
  return tick;
}

const PROOFS: readonly CommandSpec[] = [
  command(
    "prove phases",
    "prove phases: Shows the size of the proof of the first tick of each phase that was run through.",
    ["prove phases"],
    () => provePhases,
  ),
  command(
    "prove [<tick>] [to <file>]",
    "prove [<tick>] [to <file>]: Makes and checks the proof of the present tick, or of another; in Octez's binary form.",
    ["prove", "prove TICK"],
    ([text]) => {
      const tick = text === undefined ? null : parseInteger(text);
      return text !== undefined && tick === null ? null : (context) => prove(context, tick, null);
    },
  ),
  command(
    "prove to <file>",
    "prove to <file> | prove <tick> to <file>: Writes it to a file.",
    ["prove to FILE"],
    ([file = ""]) =>
      (context) =>
        prove(context, null, file),
  ),
  command(
    "prove <tick> to <file>",
    "prove <tick> to <file>: Writes it to a file.",
    ["prove TICK to FILE"],
    ([text = "", file = ""]) => {
      const tick = parseInteger(text);
      return tick === null ? null : (context) => prove(context, tick, file);
    },
  ),
  command(
    "verify <file>",
    "verify <file>: Checks the proof in a file, without the kernel.",
    ["verify FILE"],
    ([file = ""]) =>
      (context) =>
        verify(context, file),
  ),
];

export const MORE_COMMANDS: readonly CommandSpec[] = [...MOTIONS, ...BREAKPOINTS, ...VIEWS, ...PROOFS];
