/** Commands that go back, forth and anywhere, beside the steps of Octez's debugger. */
import {
  type CommandContext,
  type CommandResult,
  type CommandSpec,
  command,
  done,
  parseInteger,
  statusJson,
  stopJson,
  stopNote,
} from "./command.js";
import type { DebugSession, Moved } from "./session.js";
import { printStatus } from "./show-state.js";

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

export const MOTION_COMMANDS: readonly CommandSpec[] = [
  command(
    "step back [N]",
    "step back [N] | back [N] | step back tick: Goes back a tick, or N. States on the way are kept, so that it is quick.",
    [
      "step back",
      "step back tick",
      "back",
      "rsi",
      "step back N",
      "step back N ticks",
      "step back tick N",
      "back N",
      "rsi N",
    ],
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
