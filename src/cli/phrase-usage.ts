// How phrases are explained (phrase-parser.ts): usage, manual, and faults of the command line, laid out as the programs of
// Octez do. Left out: colours, HTML.
//
// Octez hides what is too detailed for the occasion, but lets it take its part in the layout; so do we, with marks around
// what is hidden that are taken out with it at the end.

import { TextBoxes } from "../l1/client/text-boxes.js";
import type { Command, Group, Option, OptionSet, Part, PhraseFault } from "./phrase-parser.js";

/** How much is told: the phrases; and what they do; and their arguments and options; everything. */
export type Detail = "terse" | "short" | "details" | "full";

const DETAILS: readonly Detail[] = ["terse", "short", "details", "full"];

export function parseDetail(text: string): Detail | undefined {
  return /^[0-3]$/.test(text) ? DETAILS[Number(text)] : undefined;
}

/** What commands are part of. */
export interface Program {
  /** As it is called on the command line. */
  readonly name: string;
  readonly globalOptions: OptionSet;
}

const HIDE = "\u{f0000}";
const SHOW = "\u{f0001}";

class Page {
  readonly boxes: TextBoxes;
  readonly #detail: Detail;
  readonly #levels: Detail[] = ["terse"];

  constructor(detail: Detail, margin: number) {
    this.boxes = new TextBoxes(margin);
    this.#detail = detail;
  }

  /** `inside` is shown from this amount of detail on. */
  from(level: Detail, inside: () => void): void {
    this.#levels.push(level);
    this.#mark(level);
    inside();
    this.#levels.pop();
    this.#mark(this.#levels.at(-1) ?? "terse");
  }

  #mark(level: Detail): void {
    this.boxes.mark(DETAILS.indexOf(level) <= DETAILS.indexOf(this.#detail) ? SHOW : HIDE);
  }

  finish(): string {
    const pieces = this.boxes.finish().split(/([\u{f0000}\u{f0001}])/u);
    let isShown = true;
    let text = "";
    for (const piece of pieces) {
      if (piece === HIDE) isShown = false;
      else if (piece === SHOW) isShown = true;
      else if (isShown) text += piece;
    }
    return text;
  }
}

// ---- Pieces

/** First line, and, in full, the others. */
function putDoc(page: Page, doc: string): void {
  const { boxes } = page;
  const end = doc.indexOf("\n");
  if (end < 0) {
    boxes.words(doc);
    return;
  }
  boxes.words(doc.slice(0, end));
  page.from("full", () => {
    boxes.newline();
    boxes.words(doc.slice(end + 1));
  });
}

function label({ long, short }: Option): string {
  return short === undefined ? `--${long}` : `-${short} --${long}`;
}

function labelAndPlace(one: Option): string {
  return one.option === "flag" ? label(one) : `${label(one)} <${one.placeholder}>`;
}

function docOf(one: Option): string {
  if (one.option === "flag") return one.doc;
  const variable = one.env === undefined ? "" : `the value of the environment variable \`$${one.env}\``;
  if (one.option === "value") return one.env === undefined ? one.doc : `${one.doc}\nIf set, defaults to ${variable}.`;
  if (one.env === undefined) return `${one.doc}\nDefaults to \`${one.default}\`.`;
  return `${one.doc}\nDefaults to ${variable} if it exists, or \`${one.default}\` otherwise.`;
}

function putOptions(page: Page, options: OptionSet): void {
  page.boxes.list(Object.values(options), (one, boxes) => {
    boxes.box("hov", 2, () => {
      boxes.text(`${labelAndPlace(one)}: `);
      putDoc(page, docOf(one));
    });
  });
}

function hasOptions(options: OptionSet): boolean {
  return Object.keys(options).length > 0;
}

/** The phrase, and in full its options. */
function putPhrase(page: Page, { phrase, options }: Command<never>): void {
  const { boxes } = page;
  boxes.box("hov", 4, () => {
    for (const [i, part] of phrase.entries()) {
      if (i > 0) boxes.space();
      boxes.text(partText(part));
    }
    if (!hasOptions(options)) return;
    const brief = (): void => {
      boxes.list(
        Object.values(options),
        (one) => boxes.text(`[${labelAndPlace(one)}]`),
        () => boxes.space(),
      );
    };
    if (phrase.at(-1)?.part === "rest") {
      page.from("full", () => {
        boxes.space();
        brief();
      });
    } else {
      boxes.space();
      page.from("full", brief);
    }
  });
}

function partText(part: Part): string {
  if (part.part === "word") return part.text;
  return part.part === "argument" ? `<${part.name}>` : `[<${part.name}>...]`;
}

/** Arguments, then options. */
function putArguments(page: Page, { phrase, options }: Command<never>): void {
  const { boxes } = page;
  const named = phrase.filter((part) => part.part !== "word");
  boxes.list(named, (part) => {
    boxes.box("hov", 2, () => {
      boxes.text(`<${part.name}>: `);
      putDoc(page, part.doc.trim());
    });
  });
  if (!hasOptions(options)) return;
  page.from("details", () => {
    if (named.length > 0) boxes.cut();
    putOptions(page, options);
  });
}

function putCommand(page: Page, command: Command<never>): void {
  const { boxes } = page;
  const hasMore = hasOptions(command.options) || command.phrase.some((part) => part.part !== "word");
  boxes.box("v", 0, () => {
    putPhrase(page, command);
    page.from("short", () => {
      boxes.cut();
      boxes.text("  ").box("v", 0, () => {
        boxes.box("hov", 0, () => putDoc(page, command.summary));
        if (!hasMore) return;
        page.from("details", () => {
          boxes.cut();
          putArguments(page, command);
        });
      });
    });
  });
}

const MISCELLANEOUS: Group = { name: "misc", title: "Miscellaneous commands" };

/** Commands by group, those without one last. */
function byGroup(commands: readonly Command<never>[]): ReadonlyMap<string, readonly [Group, Command<never>[]]> {
  const groups = new Map<string, readonly [Group, Command<never>[]]>();
  for (const grouped of [true, false]) {
    for (const command of commands) {
      if ((command.group !== undefined) !== grouped) continue;
      const group = command.group ?? MISCELLANEOUS;
      const known = groups.get(group.name) ?? ([group, []] as const);
      known[1].push(command);
      groups.set(group.name, known);
    }
  }
  return groups;
}

function putGroup(page: Page, title: string, commands: readonly Command<never>[]): void {
  const { boxes } = page;
  boxes.text(`${title}:`).cut();
  page.from("short", () => boxes.cut());
  boxes.text("  ").box("v", 0, () => {
    const separate = (): void => {
      boxes.cut();
      page.from("short", () => boxes.cut());
    };
    boxes.list(commands, (command) => putCommand(page, command), separate);
  });
}

function putLines(boxes: TextBoxes, title: string, lines: readonly string[]): void {
  boxes.text(`${title}:`).cut();
  boxes.text("  ").box("v", 0, () => {
    boxes.list(lines, (line) => boxes.box("v", 0, () => boxes.box("hov", 4, () => boxes.text(line))));
  });
  boxes.cut().cut();
}

function putUsage(page: Page, { name, globalOptions }: Program, commands: readonly Command<never>[]): void {
  const { boxes } = page;
  const globals = hasOptions(globalOptions) ? " [global options]" : "";
  boxes.box("v", 0, () => {
    putLines(boxes, "Usage", [
      `${name}${globals} command [command options]`,
      `${name} --help (for global options)`,
      `${name}${globals} command --help (for command options)`,
      `${name} --version (for version information)`,
    ]);
    putLines(boxes, "To browse the documentation", [
      `${name}${globals} man (for a list of commands)`,
      `${name}${globals} man -v 3 (for the full manual)`,
    ]);
    if (hasOptions(globalOptions)) {
      boxes.text("Global options (must come before the command):").cut();
      boxes.text("  ").box("v", 0, () => putOptions(page, globalOptions));
      if (commands.length > 0) boxes.cut().cut();
    }
    const groups = [...byGroup(commands).values()];
    boxes.list(
      groups,
      ([{ title }, list]) => putGroup(page, title, list),
      () => boxes.cut().cut(),
    );
  });
}

// ---- Pages

/** How to use a program and, of it, some commands. */
export function usageText(
  program: Program,
  commands: readonly Command<never>[],
  detail: Detail,
  margin: number,
): string {
  const page = new Page(detail, margin);
  putUsage(page, program, commands);
  return `${page.finish()}\n`;
}

/** The commands that have all of the words in some word of their phrases. */
export function matching<C>(commands: readonly Command<C>[], keywords: readonly string[]): readonly Command<C>[] {
  return commands.filter(({ phrase }) =>
    keywords.every((keyword) => phrase.some((part) => part.part === "word" && part.text.includes(keyword))),
  );
}

/** Prints one thing below the word "Error". */
export type PutError = (boxes: TextBoxes) => void;

/** What is wrong with a command line: usage of the command concerned, and the fault; `causes` follow it. */
export function faultText(
  program: Program,
  fault: PhraseFault<never>,
  causes: readonly PutError[],
  margin: number,
): string {
  const concerned = "command" in fault ? fault.command : undefined;
  const usage = concerned === undefined ? "" : usageText(program, [concerned], "details", margin);
  const page = new Page("details", margin);
  putErrors(page.boxes, [() => putFault(page, fault), ...causes]);
  return `${usage}${page.finish()}\n`;
}

/** "Error:", and below it what there is to say. */
export function errorText(errors: readonly PutError[], margin: number): string {
  const boxes = new TextBoxes(margin);
  putErrors(boxes, errors);
  return `${boxes.finish()}\n`;
}

function putErrors(boxes: TextBoxes, errors: readonly PutError[]): void {
  boxes.box("v", 2, () => {
    boxes.text("Error:").cut();
    boxes.list(errors, (put) => put(boxes));
  });
}

function putFault(page: Page, fault: PhraseFault<never>): void {
  const { boxes } = page;
  switch (fault.kind) {
    case "bad_argument":
      boxes.text(`Erroneous command line argument ${fault.position} (${fault.text}).`);
      return;
    case "missing_value":
      boxes.text(`Command line option ${fault.option} expects an argument.`);
      return;
    case "bad_option":
      boxes.text(`Wrong value for command line option ${fault.option}.`);
      return;
    case "bad_variable":
      boxes.text(`Wrong value for environment variable argument ${fault.variable}.`);
      return;
    case "repeated_option":
      boxes.text(`Command line option ${fault.option} appears multiple times.`);
      return;
    case "unknown_option":
      boxes.text(`Unexpected command line option ${fault.option}.`);
      return;
    case "extra_arguments":
      boxes.text("Extra command line arguments:").cut().text(" ");
      boxes.box("h", 0, () => {
        boxes.list(
          fault.extra,
          (text) => boxes.text(text),
          () => boxes.space(),
        );
      });
      boxes.text(".");
      return;
    case "unterminated":
      boxes.box("v", 2, () => {
        boxes.text("Unterminated command, here are possible completions.").cut();
        putCandidates(page, fault.commands);
      });
      return;
    case "unknown_command":
      putUnknown(page, fault.known, fault.commands);
      return;
    case "help":
    case "version":
  }
}

function putUnknown(page: Page, known: readonly string[], commands: readonly Command<never>[]): void {
  const { boxes } = page;
  boxes.box("v", 0, () => {
    boxes.text("Unrecognized command.").cut();
    if (known.length === 0) {
      boxes.text("Try using the man command to get more information.");
      return;
    }
    boxes.text("Did you mean one of the following?").cut();
    boxes.text("  ").box("v", 0, () => putCandidates(page, commands));
  });
}

/** Phrases; their options, which only the full manual shows, stay away. */
function putCandidates(page: Page, commands: readonly Command<never>[]): void {
  page.boxes.list(commands, (command) => putPhrase(page, command));
}
