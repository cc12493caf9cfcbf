/** The commands of Octez's debugger, with its words and its output (debugger.md §3, §4); `profile`, `time` and `help` are elsewhere. */
import { fromHex, toHex } from "../encoding/hex.js";
import type { Json } from "../encoding/json.js";
import {
  type CommandContext,
  type CommandResult,
  type CommandSpec,
  command,
  done,
  failed,
  int32,
  matchWords,
  parseInteger,
  statusJson,
  stopJson,
  stopNote,
} from "./command.js";
import type { StepKind } from "./session.js";
import { inboxJson, outboxJson, printInbox, printOutbox, printStatus, readRequest } from "./show-state.js";
import { keyValue, printDurableStorage, readMemory, subkeys, valuesBelow } from "./show-storage.js";
import { integerBytes, integerKind, isKind, showValue } from "./values.js";

function isStepKind(text: string): text is StepKind {
  return text === "tick" || text === "result" || text === "kernel_run" || text === "inbox";
}

async function step({ session, print }: CommandContext, kind: StepKind, count: bigint): Promise<CommandResult> {
  const request = session.machine.inputRequest();
  const level = session.nextLevel;
  const hasInbox = session.inputs.inboxes.length > session.timeline.history.levelsBefore(session.tick).length;
  const isKnown = session.timeline.history.inputAt(session.tick) !== undefined;
  if (kind === "inbox" && request.tag === "input" && !hasInbox && !isKnown) print(`No more inputs at level ${level}\n`);
  const moved = await session.step(kind, count);
  const note = stopNote(moved);
  return {
    ...done(`Evaluation took ${moved.ticks} ticks so far\n${printStatus(session.machine)}`, {
      ticks: String(moved.ticks),
      stop: stopJson(moved),
      ...statusJson(session),
    }),
    isOk: moved.stop.tag !== "interrupted",
    ...(note === null ? {} : { note }),
  };
}

async function loadInputs({ session }: CommandContext): Promise<CommandResult> {
  const level = session.nextLevel;
  switch (await session.loadInputs()) {
    case "loaded":
      return done("", { loaded: true, ...statusJson(session) });
    case "no_more_inputs":
      return failed(`No more inputs at level ${level}`);
    case "busy":
      return failed("The PVM is not expecting inputs yet. You can `step inbox` to evaluate the current inbox.");
    case "reveal":
      return failed(
        "The PVM is expecting a reveal. `reveal preimage`, `reveal metadata` or a step that answers it go on.",
      );
  }
}

function showKey({ session, decoders }: CommandContext, key: string, kind: string): CommandResult {
  const found = keyValue(session.machine, key);
  if (found.tag === "invalid") return failed("Invalid key", { key });
  if (found.tag !== "value") return failed("Key not found", { key });
  const text = showValue(found.bytes, kind, decoders);
  return done(text, { key, kind, length: found.bytes.length, hex: toHex(found.bytes), value: text });
}

function showSubkeys({ session }: CommandContext, path: string): CommandResult {
  const found = subkeys(session.machine, path);
  if (found.tag === "invalid") return failed("Invalid path, it must start with '/'", { path });
  if (found.tag === "missing")
    return failed(`The path /${found.path} is not available in the durable storage`, { path });
  return done(found.keys.map((key) => `/${key}`).join("\n"), { path, keys: found.keys, hasValue: found.hasValue });
}

function showMemory({ session }: CommandContext, address: number, length: number, kind: string): CommandResult {
  const bytes = readMemory(session.machine, address, length);
  if (typeof bytes === "string") return failed(`Error: ${bytes}`);
  return done(showValue(bytes, kind), { address: address >>> 0, hex: toHex(bytes), value: showValue(bytes, kind) });
}

function dumpSymbols({ session }: CommandContext): CommandResult {
  const names = [...session.moduleMap.names.functions].sort(([a], [b]) => a - b);
  const lines = names.map(([index, name]) => ` - func[${index}] <${name}>`);
  return done(`Functions:\n${lines.join("\n")}`, { functions: names.map(([index, name]) => ({ index, name })) });
}

async function revealPreimage({ session }: CommandContext, hex: string | null): Promise<CommandResult> {
  const request = session.machine.inputRequest();
  if (request.tag !== "reveal") return failed("Error: not a reveal step");
  const read = readRequest(request.request);
  if (read.kind !== "rawData") return failed("Error: not the expected reveal step");
  let data: Uint8Array | null;
  if (hex !== null) {
    try {
      data = fromHex(hex);
    } catch {
      return failed("Error: the data is not a valid hexadecimal value.");
    }
  } else data = await session.reveals.answer(request.request, null);
  if (data === null) return failed(`Error: preimage ${toHex(read.hash)} not found in ${session.reveals.preimageDir}`);
  session.answerReveal(data);
  return done("", { revealed: toHex(data), ...statusJson(session) });
}

function revealMetadata({ session }: CommandContext): CommandResult {
  const request = session.machine.inputRequest();
  if (request.tag !== "reveal") return failed("Error: Not in a reveal step");
  if (readRequest(request.request).kind !== "metadata") return failed("Error: Not the expected reveal step");
  session.answerReveal(session.reveals.metadata);
  return done("", { revealed: toHex(session.reveals.metadata), ...statusJson(session) });
}

const STOP = command(
  "stop",
  "stop: Stops the execution of the current session.",
  ["stop", "quit", "exit", "q"],
  () => () => ({
    ...done(""),
    isEnd: true,
  }),
);

/** Those that `help` shows before `profile`. */
export const OCTEZ_COMMANDS: readonly CommandSpec[] = [
  command(
    "show inbox",
    "show inbox: Prints the current input buffer and the number of messages it contains.",
    ["show inbox"],
    () =>
      ({ session }) =>
        done(printInbox(session.machine), { messages: inboxJson(session.machine) }),
  ),
  command(
    "show outbox at level <level>",
    "show outbox at level <level>: Prints the outbox messages for <level>.",
    ["show outbox at level LEVEL"],
    ([text]) => {
      const level = int32(text);
      if (level === null) return null;
      return ({ session }) => {
        const messages = outboxJson(session.machine, level);
        const shown = printOutbox(session.machine, level);
        return messages === null ? failed(shown, { level }) : done(shown, { level, messages });
      };
    },
  ),
  command(
    "show status",
    "show status: Shows the state of the PVM.",
    ["show status"],
    () =>
      ({ session }) =>
        done(printStatus(session.machine), statusJson(session)),
  ),
  command(
    "show durable storage",
    "show durable storage: Prints the durable storage from the root of the tree.",
    ["show durable storage"],
    () =>
      ({ session }) => {
        const values = [...valuesBelow(session.machine.durable.tree.root, "/")].map(([key, bytes]) => [
          key,
          toHex(bytes),
        ]);
        return done(printDurableStorage(session.machine), { values: Object.fromEntries(values) as Json });
      },
  ),
  command(
    "show subkeys [<path>]",
    "show subkeys [<path>] | ls [<path>]: Prints the direct subkeys under <path> (default '/')",
    ["show subkeys PATH", "ls PATH", "show subkeys", "ls", "show keys PATH", "show keys"],
    ([path = "/"]) =>
      (context) =>
        showSubkeys(context, path),
  ),
  {
    usage: "show key <key> [as <kind>]",
    help: "show key <key> [as <kind>]: Looks for given <key> in durable storage and prints its value in <kind> format. Prints errors if <key> is invalid or not existing.",
    parse: (words) => {
      const [key = "", kind = "hex"] =
        matchWords(words, "show key KEY") ?? matchWords(words, "show key KEY as KIND") ?? [];
      if (key === "") return null;
      return (context) =>
        isKind(kind, context.decoders) ? showKey(context, key, kind) : failed(`Unknown kind \`${kind}\``);
    },
  },
  command(
    "dump function symbols",
    "dump function symbols: Pretty-prints the parsed functions custom section. The result will be empty if the kernel has been stripped of its custom sections.",
    ["dump function symbols"],
    () => dumpSymbols,
  ),
  command(
    "step <eval_step>",
    "step <eval_step>: Depending on <eval_step>:\n          - tick [N]: Run for a tick, or N.\n          - result: Run up to the end of `kernel_run` but before rebooting or waiting for inputs, before the memory is flushed.\n          - kernel_run: Run up to the end of the current `kernel_run` with padding up to the maximum ticks per reboot for the current version of the PVM.\n          - inbox: Run until the next inbox level. Loads the next inbox if the interpreter is waiting for inputs.",
    ["step KIND", "step tick N", "stepi N", "stepi", "s N", "s"],
    (args) => {
      const [kind = "tick", count = "1"] = args;
      if (isStepKind(kind)) {
        const ticks = parseInteger(count);
        return ticks === null || ticks < 1n ? null : (context) => step(context, kind, ticks);
      }
      const ticks = parseInteger(kind);
      return ticks === null || ticks < 1n ? null : (context) => step(context, "tick", ticks);
    },
  ),
  command(
    "load inputs",
    "load inputs: If the kernel is waiting for inputs, go the the next level and load the next inbox.",
    ["load inputs"],
    () => loadInputs,
  ),
  command(
    "reveal preimage [<hex_encoded_preimage>]",
    "reveal preimage [<hex_encoded_preimage>]: Checks the current state is waiting for a preimage, parses <hex_encoded_preimage> as an hexadecimal representation of the data or uses the builtin if none is given, and does a reveal step.",
    ["reveal preimage", "reveal preimage HEX", "reveal preimage of HEX"],
    ([hex = null]) =>
      (context) =>
        revealPreimage(context, hex),
  ),
  command(
    "reveal metadata",
    "reveal metadata: While in a reveal step, gives the kernel the metadata of the rollup.",
    ["reveal metadata"],
    () => revealMetadata,
  ),
  STOP,
];

/** The one that it shows after. */
export const SHOW_MEMORY: CommandSpec = {
  usage: "show memory at <address> for <length> bytes [as string]",
  help: "show memory at <address> for <length> bytes [as string] | show memory at <address> as <kind>: Loads the <length> bytes at <address> in the memory, and prints it in its hexadecimal (or string) representation.\nThe command is only available if the memory hasn't been flushed and during the evaluation of the kernel, i.e. after `step result` or `step tick`.",
  parse: (words) => {
    const plain = matchWords(words, "show memory at ADDRESS for LENGTH bytes");
    const typed = matchWords(words, "show memory at ADDRESS for LENGTH bytes as KIND");
    const integer = matchWords(words, "show memory at ADDRESS as KIND");
    const address = int32((plain ?? typed ?? integer)?.[0]);
    if (address === null) return null;
    if (integer !== null) {
      const kind = integerKind(integer[1] ?? "");
      return kind === null ? null : (context) => showMemory(context, address, integerBytes(kind), kind);
    }
    const length = int32((plain ?? typed)?.[1]);
    const kind = typed?.[2] ?? "hex";
    return length === null || !isKind(kind, new Map()) ? null : (context) => showMemory(context, address, length, kind);
  },
};
