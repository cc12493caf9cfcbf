// The commands of a `.wast` script: modules, actions, assertions. Module texts stay texts; `assemble.ts` makes binaries of them.
import type { Value } from "../src/wasm/runtime.js";
import { type List, lineAt, type Node, parseNodes, type Text } from "./sexpr.js";
import { type Pattern, parsePattern, parseValue } from "./values.js";

export type ModuleSource =
  | { readonly form: "text"; readonly text: string }
  | { readonly form: "quote" | "binary"; readonly bytes: Uint8Array };

export type Action =
  | {
      readonly kind: "invoke";
      /** `$name` of the module; null: the last one. */
      readonly module: string | null;
      readonly name: string;
      readonly args: readonly Value[];
    }
  | { readonly kind: "get"; readonly module: string | null; readonly name: string };

/** Assertions that a module cannot be used. */
export type ModuleAssertion = "assert_malformed" | "assert_invalid" | "assert_unlinkable" | "assert_uninstantiable";

export type Command = {
  /** Where the command begins, from 1. */
  readonly line: number;
} & (
  | { readonly kind: "module"; readonly id: string | null; readonly source: ModuleSource }
  /** A module that is not instantiated yet. */
  | { readonly kind: "definition"; readonly id: string | null; readonly source: ModuleSource }
  | { readonly kind: "instance"; readonly id: string | null; readonly definition: string | null }
  | { readonly kind: "register"; readonly name: string; readonly module: string | null }
  | { readonly kind: "action"; readonly action: Action }
  | { readonly kind: "assert_return"; readonly action: Action; readonly results: readonly Pattern[] }
  | {
      readonly kind: "assert_trap" | "assert_exhaustion";
      /** A module that traps while it is instantiated, or an action. */
      readonly subject: Action | ModuleSource;
      readonly message: string;
    }
  | { readonly kind: ModuleAssertion; readonly source: ModuleSource; readonly message: string }
  /** What this runner cannot run, and why. */
  | { readonly kind: "unknown"; readonly head: string; readonly reason: string }
);

class CommandError extends Error {}

function headOf(node: Node | undefined): string | null {
  const head = node?.kind === "list" ? node.items[0] : undefined;
  return head?.kind === "word" ? head.text : null;
}

function stringOf(node: Node | undefined): string {
  if (node?.kind !== "string") throw new CommandError("a string is missing");
  return Buffer.from(node.bytes).toString("utf8");
}

function listOf(node: Node | undefined): List {
  if (node?.kind !== "list") throw new CommandError("a list is missing");
  return node;
}

/** The name `$x` that a list of nodes may begin with, and the others. */
function takeId(nodes: readonly Node[]): { readonly id: string | null; readonly rest: readonly Node[] } {
  const [first, ...rest] = nodes;
  if (first?.kind === "word" && first.text.startsWith("$")) return { id: first.text, rest };
  return { id: null, rest: nodes };
}

function joined(nodes: readonly Node[], separator: string): Buffer {
  const strings = nodes.filter((node): node is Text => node.kind === "string");
  return Buffer.concat(strings.flatMap(({ bytes }, at) => (at === 0 ? [bytes] : [Buffer.from(separator), bytes])));
}

class ScriptParser {
  readonly #source: string;

  constructor(source: string) {
    this.#source = source;
  }

  commands(): Command[] {
    const nodes = parseNodes(this.#source);
    const first = nodes[0];
    // A script may be the fields of one module.
    if (first !== undefined && !isCommand(headOf(first))) {
      const source = { form: "text", text: `(module ${this.#source}\n)` } as const;
      return [{ line: 1, kind: "module", id: null, source }];
    }
    return this.withLines(nodes).map(([node, line]) => this.command(node, line));
  }

  private withLines(nodes: readonly Node[]): (readonly [Node, number])[] {
    let offset = 0;
    let line = 1;
    return nodes.map((node) => {
      line += lineAt(this.#source.slice(offset, node.start), node.start - offset) - 1;
      offset = node.start;
      return [node, line];
    });
  }

  private command(node: Node, line: number): Command {
    const head = headOf(node) ?? "?";
    try {
      return { line, ...this.parts(head, listOf(node)) } as Command; // the parts are a command's but for the line
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { line, kind: "unknown", head, reason };
    }
  }

  private parts(head: string, list: List): object {
    const rest = list.items.slice(1);
    switch (head) {
      case "module":
        return this.module(list);
      case "register":
        return { kind: head, name: stringOf(rest[0]), module: takeId(rest.slice(1)).id };
      case "invoke":
      case "get":
        return { kind: "action", action: this.action(list) };
      case "assert_return":
        return {
          kind: head,
          action: this.action(listOf(rest[0])),
          results: rest.slice(1).map((item) => parsePattern(listOf(item))),
        };
      case "assert_trap":
      case "assert_exhaustion": {
        const subject = listOf(rest[0]);
        const isModule = headOf(subject) === "module";
        return {
          kind: head,
          subject: isModule ? this.source(subject) : this.action(subject),
          message: stringOf(rest[1]),
        };
      }
      case "assert_malformed":
      case "assert_invalid":
      case "assert_unlinkable":
      case "assert_uninstantiable":
        return { kind: head, source: this.source(listOf(rest[0])), message: stringOf(rest[1]) };
      default:
        throw new CommandError(`unknown command ${head}`);
    }
  }

  private module(list: List): object {
    const [, second, ...others] = list.items;
    const word = second?.kind === "word" ? second.text : null;
    if (word === "definition") {
      const { id } = takeId(others);
      return { kind: "definition", id, source: this.source(list) };
    }
    if (word === "instance") {
      const { id, rest } = takeId(others);
      return { kind: "instance", id, definition: takeId(rest).id };
    }
    return { kind: "module", id: takeId(list.items.slice(1)).id, source: this.source(list) };
  }

  private source(list: List): ModuleSource {
    if (headOf(list) !== "module") throw new CommandError("a module is missing");
    const [, ...items] = list.items;
    const [first] = items;
    const isDefinition = first?.kind === "word" && first.text === "definition";
    const { rest } = takeId(isDefinition ? items.slice(1) : items);
    const [form, ...strings] = rest;
    if (form?.kind === "word" && form.text === "binary") return { form: "binary", bytes: joined(strings, "") };
    if (form?.kind === "word" && form.text === "quote") return { form: "quote", bytes: joined(strings, " ") };
    const text = this.#source.slice(list.start, list.end);
    return { form: "text", text: isDefinition ? text.replace(/^\(\s*module\s+definition/, "(module") : text };
  }

  private action(list: List): Action {
    const head = headOf(list);
    const { id, rest } = takeId(list.items.slice(1));
    const name = stringOf(rest[0]);
    if (head === "get") return { kind: "get", module: id, name };
    if (head !== "invoke") throw new CommandError(`unknown action ${head}`);
    return { kind: "invoke", module: id, name, args: rest.slice(1).map((item) => parseValue(listOf(item))) };
  }
}

function isCommand(head: string | null): boolean {
  return head !== null && /^(module|register|invoke|get|assert_\w+|script|input|output|thread|wait)$/.test(head);
}

/** The commands of a script. Throws `ScriptSyntaxError`; a command that cannot be read is an `unknown` one. */
export function parseScript(source: string): Command[] {
  return new ScriptParser(source).commands();
}
