// Command lines that read like sentences, as the programs of Octez take them: "transfer 1 from alice to bob --burn-cap 0.1".
// A command is a phrase of fixed words and arguments, and may end in a list; its options follow the phrase. Global options
// stand before it. node.md §1.1 has options anywhere in the phrase, but Octez takes them after it only (and among the items
// of a list). Left out: lists in the middle of a phrase, options whose value may be missing, completion for shells.

/** Reads one word of the command line. */
export interface Parameter<T, C = unknown> {
  /** Raises BadValue, or any other error, for a text that it does not take. */
  readonly parse: (text: string, context: C) => T | Promise<T>;
}

/** The value of an option is not what it should be. The lines are printed below the name of the option. */
export class BadValue extends Error {
  override readonly name = "BadValue";
}

// ---- Phrases

export interface Word {
  readonly part: "word";
  readonly text: string;
}

export interface Argument<T, C> {
  readonly part: "argument";
  readonly name: string;
  readonly doc: string;
  readonly parameter: Parameter<T, C>;
}

export interface Rest<T, C> {
  readonly part: "rest";
  readonly name: string;
  readonly doc: string;
  readonly parameter: Parameter<T, C>;
}

/** A part that needs a context `C`; `never` stands for any. */
export type Part<C = never> = Word | Argument<unknown, C> | Rest<unknown, C>;

export function words<const W extends readonly string[]>(...texts: W): { readonly [K in keyof W]: Word } {
  return texts.map((text) => ({ part: "word", text })) as unknown as { readonly [K in keyof W]: Word }; // one for each
}

export function argument<T, C>(name: string, doc: string, parameter: Parameter<T, C>): Argument<T, C> {
  return { part: "argument", name, doc, parameter };
}

/** Any number of words, at the end of a phrase. */
export function rest<T, C>(name: string, doc: string, parameter: Parameter<T, C>): Rest<T, C> {
  return { part: "rest", name, doc, parameter };
}

/** The values of the arguments of a phrase, in order. */
export type ArgumentsOf<P extends readonly Part[]> = P extends readonly [infer H, ...infer R extends readonly Part[]]
  ? H extends Argument<infer T, never>
    ? [T, ...ArgumentsOf<R>]
    : H extends Rest<infer T, never>
      ? [readonly T[]]
      : ArgumentsOf<R>
  : [];

// ---- Options

interface OptionNames {
  /** Without dashes; one dash and two are the same. */
  readonly long: string;
  readonly short?: string;
  readonly doc: string;
}

export interface Flag extends OptionNames {
  readonly option: "flag";
}

interface Valued<C> extends OptionNames {
  readonly placeholder: string;
  readonly parameter: Parameter<unknown, C>;
  /** Environment variable that gives the value when the command line does not. */
  readonly env?: string;
}

export interface ValueOption<T, C> extends Valued<C> {
  readonly option: "value";
  readonly parameter: Parameter<T, C>;
}

export interface DefaultOption<T, C> extends Valued<C> {
  readonly option: "default";
  readonly parameter: Parameter<T, C>;
  readonly default: string;
}

/** As `Part`. */
export type Option<C = never> = Flag | ValueOption<unknown, C> | DefaultOption<unknown, C>;
export type OptionSet<C = never> = Readonly<Record<string, Option<C>>>;

export function flag(names: OptionNames): Flag {
  return { option: "flag", ...names };
}

type ValuedNames = OptionNames & { readonly placeholder: string; readonly env?: string };

export function option<T, C>(names: ValuedNames, parameter: Parameter<T, C>): ValueOption<T, C> {
  return { option: "value", ...names, parameter };
}

export function optionOr<T, C>(
  names: ValuedNames & { readonly default: string },
  parameter: Parameter<T, C>,
): DefaultOption<T, C> {
  return { option: "default", ...names, parameter };
}

type OptionValue<O> = O extends Flag
  ? boolean
  : O extends ValueOption<infer T, never>
    ? T | undefined
    : O extends DefaultOption<infer T, never>
      ? T
      : never;

export type OptionValues<O extends OptionSet> = { readonly [K in keyof O]: OptionValue<O[K]> };

// ---- Commands

export interface Group {
  readonly name: string;
  readonly title: string;
}

export interface Command<C> {
  readonly group?: Group;
  /** First line, and further lines of explanation. */
  readonly summary: string;
  readonly options: OptionSet<C>;
  readonly phrase: readonly Part<C>[];
  /** Runs with the arguments and options read. */
  readonly run: (values: readonly unknown[], options: Readonly<Record<string, unknown>>, context: C) => Promise<void>;
}

export interface CommandDefinition<C, P extends readonly Part<C>[], O extends OptionSet<C>> {
  readonly group?: Group;
  readonly summary: string;
  readonly phrase: P;
  readonly options?: O;
  readonly run: (values: ArgumentsOf<P>, options: OptionValues<O>, context: C) => Promise<void> | void;
}

/** Makes commands that run in a context `C`. */
export function commandsIn<C>() {
  return <const P extends readonly Part<C>[], const O extends OptionSet<C> = Record<never, never>>(
    definition: CommandDefinition<C, P, O>,
  ): Command<C> => {
    const { group, summary, phrase, options, run } = definition;
    return {
      ...(group === undefined ? {} : { group }),
      summary,
      phrase,
      options: options ?? {},
      // The dispatcher reads values by this phrase and these options.
      run: async (values, read, context) => run(values as ArgumentsOf<P>, read as OptionValues<O>, context),
    };
  };
}

// ---- Faults of a command line

export type PhraseFault<C> =
  /** The phrase ends too early; `commands`: how it could go on. */
  | { readonly kind: "unterminated"; readonly commands: readonly Command<C>[] }
  /** No command has these words; `commands`: those that start with the same `known` words, if there are any. */
  | { readonly kind: "unknown_command"; readonly known: readonly string[]; readonly commands: readonly Command<C>[] }
  | { readonly kind: "unknown_option"; readonly option: string; readonly command?: Command<C> }
  | { readonly kind: "missing_value"; readonly option: string; readonly command?: Command<C> }
  | { readonly kind: "bad_option"; readonly option: string; readonly command?: Command<C>; readonly cause: unknown }
  | {
      readonly kind: "bad_variable";
      readonly variable: string;
      readonly command?: Command<C>;
      readonly cause: unknown;
    }
  | { readonly kind: "repeated_option"; readonly option: string; readonly command?: Command<C> }
  | { readonly kind: "extra_arguments"; readonly extra: readonly string[]; readonly command: Command<C> }
  /** `position` counts words of the command line from 1. */
  | { readonly kind: "bad_argument"; readonly position: number; readonly text: string; readonly cause: unknown }
  /** Not a fault: somebody asks for help, on a command or in general. */
  | { readonly kind: "help"; readonly command?: Command<C> }
  | { readonly kind: "version" };

export class PhraseError<C = unknown> extends Error {
  override readonly name = "PhraseError";
  readonly code: string;

  constructor(readonly fault: PhraseFault<C>) {
    super(fault.kind, "cause" in fault ? { cause: fault.cause } : {});
    this.code = `cli.phrase.${fault.kind}`;
  }
}

// ---- The tree of phrases

/** Where the phrases that have started in the same way go on: with words, with one argument, or nowhere. */
interface Node<C> {
  /** The command whose phrase ends here. */
  stop?: Command<C>;
  /** The command whose phrase goes on with a list. */
  list?: Command<C>;
  words?: Map<string, Node<C>>;
  argument?: Node<C>;
}

function insert<C>(root: Node<C>, command: Command<C>): void {
  let node = root;
  for (const part of command.phrase) {
    if (part.part === "rest") {
      if (node.list ?? node.stop ?? node.words ?? node.argument) throw conflict(command);
      node.list = command;
      return;
    }
    if (node.list !== undefined) throw conflict(command);
    if (part.part === "argument") {
      if (node.words !== undefined) throw conflict(command);
      node.argument ??= {};
      node = node.argument;
    } else {
      if (node.argument !== undefined) throw conflict(command);
      node.words ??= new Map();
      const next = node.words.get(part.text) ?? {};
      node.words.set(part.text, next);
      node = next;
    }
  }
  if (node.stop !== undefined || node.list !== undefined) throw conflict(command);
  node.stop = command;
}

function conflict<C>(command: Command<C>): Error {
  const phrase = command.phrase.map((part) => (part.part === "word" ? part.text : `<${part.name}>`)).join(" ");
  return new Error(`conflicting commands: ${phrase}`);
}

/** All commands below a node, last ones first, as Octez lists them. */
function commandsBelow<C>(node: Node<C>): Command<C>[] {
  const found: Command<C>[] = [];
  const visit = (at: Node<C>): void => {
    if (at.stop !== undefined) found.push(at.stop);
    if (at.list !== undefined) found.push(at.list);
    for (const next of at.words?.values() ?? []) visit(next);
    if (at.argument !== undefined) visit(at.argument);
  };
  visit(node);
  return found.reverse();
}

// ---- Reading

type Environment = Readonly<Record<string, string | undefined>>;

function isHelp(text: string | undefined): boolean {
  return text === "-h" || text === "--help";
}

function looksLikeOption(text: string): boolean {
  return /^-[A-Za-z]$/.test(text) || text.startsWith("--");
}

/** What the command line gives for each option: values, or undefined for a flag. */
type Given = Map<Option, (string | undefined)[]>;

class OptionReader<C> {
  readonly #byName = new Map<string, Option<C>>();
  readonly given: Given = new Map();

  constructor(
    readonly options: OptionSet<C>,
    readonly command?: Command<C>,
  ) {
    for (const one of Object.values(options)) {
      this.#byName.set(`-${one.long}`, one).set(`--${one.long}`, one);
      if (one.short !== undefined) this.#byName.set(`-${one.short}`, one);
    }
  }

  #about(): { readonly command?: Command<C> } {
    return this.command === undefined ? {} : { command: this.command };
  }

  /** Takes an option and its value off `args` at `at`; gives how many words it takes, none if there is no option. */
  take(args: readonly string[], at: number): number {
    const name = args[at] as string; // callers stay below the length
    const found = this.#byName.get(name);
    if (found === undefined) return 0;
    if (isHelp(args[at + 1])) throw new PhraseError({ kind: "help", ...this.#about() });
    const value = found.option === "flag" ? undefined : args[at + 1];
    if (found.option !== "flag" && value === undefined) {
      throw new PhraseError({ kind: "missing_value", option: name, ...this.#about() });
    }
    this.given.set(found, [...(this.given.get(found) ?? []), value]);
    return found.option === "flag" ? 1 : 2;
  }

  /** Takes all options off `args`; gives the rest. */
  filter(args: readonly string[]): readonly string[] {
    const others: string[] = [];
    for (let at = 0; at < args.length; ) {
      const text = args[at] as string; // below the length
      if (isHelp(text)) throw new PhraseError({ kind: "help", ...this.#about() });
      const taken = this.take(args, at);
      if (taken === 0) others.push(text);
      at += Math.max(taken, 1);
    }
    return others;
  }

  async values(context: C, env: Environment): Promise<Record<string, unknown>> {
    const values: Record<string, unknown> = {};
    for (const [property, one] of Object.entries(this.options)) {
      values[property] = await this.#value(one, this.given.get(one) ?? [], context, env);
    }
    return values;
  }

  async #value(one: Option<C>, given: readonly (string | undefined)[], context: C, env: Environment): Promise<unknown> {
    // Octez names options with a default without their dashes here.
    const shown = one.option === "default" ? one.long : `--${one.long}`;
    if (given.length > 1) throw new PhraseError({ kind: "repeated_option", option: shown, ...this.#about() });
    if (one.option === "flag") return given.length === 1;
    const [text] = given;
    if (text !== undefined) {
      return this.#parse(one, text, context, (cause) => ({
        kind: "bad_option",
        option: shown,
        ...this.#about(),
        cause,
      }));
    }
    const { env: variable } = one;
    const fromEnv = variable === undefined ? undefined : env[variable];
    if (variable !== undefined && fromEnv !== undefined) {
      return this.#parse(one, fromEnv, context, (cause) => ({
        kind: "bad_variable",
        variable,
        ...this.#about(),
        cause,
      }));
    }
    return one.option === "default" ? one.parameter.parse(one.default, context) : undefined;
  }

  async #parse(
    { parameter }: Valued<C>,
    text: string,
    context: C,
    fault: (cause: Error) => PhraseFault<C>,
  ): Promise<unknown> {
    try {
      return await parameter.parse(text, context);
    } catch (cause) {
      if (!(cause instanceof Error)) throw cause;
      throw new PhraseError(fault(cause));
    }
  }
}

/** Reads the options at the start of a command line. Raises PhraseError. */
export async function parseGlobalOptions<C, O extends OptionSet<C>>(
  options: O,
  args: readonly string[],
  context: C,
  env: Environment,
): Promise<{ readonly values: OptionValues<O>; readonly rest: readonly string[] }> {
  const reader = new OptionReader<C>(options);
  let at = 0;
  for (; at < args.length; ) {
    const text = args[at] as string; // below the length
    if (isHelp(text)) throw new PhraseError({ kind: "help" });
    if (text === "--version") throw new PhraseError({ kind: "version" });
    if (!text.startsWith("-")) break;
    const taken = reader.take(args, at);
    if (taken === 0) throw new PhraseError({ kind: "unknown_option", option: text });
    at += taken;
  }
  const values = (await reader.values(context, env)) as OptionValues<O>; // read by these options
  return { values, rest: args.slice(at) };
}

/** A set of commands, ready to take command lines. */
export class Phrasebook<C> {
  readonly #root: Node<C> = {};

  /** Raises Error for two commands that cannot be told apart. */
  constructor(readonly commands: readonly Command<C>[]) {
    for (const command of commands) insert(this.#root, command);
  }

  /** Finds and runs the command of a command line without global options. Raises PhraseError and what the command raises. */
  async run(args: readonly string[], context: C, env: Environment): Promise<void> {
    const root = this.#root;
    if (args.length === 0 && root.stop === undefined && root.list === undefined)
      throw new PhraseError({ kind: "help" });
    if (args.length === 1 && isHelp(args[0])) throw new PhraseError({ kind: "help" });
    const { command, options, positional } = this.#find(args);
    const read = await options.values(context, env);
    const values = await readArguments(command.phrase, positional, context);
    await command.run(values, read, context);
  }

  #find(args: readonly string[]): Found<C> {
    let node = this.#root;
    for (let at = 0; ; at++) {
      const text = args[at];
      if (isHelp(text) && (node.stop ?? node.list) !== undefined) throw helpOn(node.stop ?? node.list);
      if (node.list !== undefined) return foundList(node.list, args, at);
      const isEnd = text === undefined || isHelp(text);
      if (node.stop !== undefined && (isEnd || endsHere(node, text))) return foundStop(node.stop, args, at);
      if (isEnd) throw new PhraseError({ kind: "unterminated", commands: commandsBelow(node) });
      const next = node.argument ?? node.words?.get(text);
      if (next === undefined) {
        throw new PhraseError({
          kind: "unknown_command",
          known: args.slice(0, at),
          commands: commandsBelow(below(node)),
        });
      }
      node = next;
    }
  }
}

interface Found<C> {
  readonly command: Command<C>;
  readonly options: OptionReader<C>;
  readonly positional: readonly string[];
}

/** The phrases that go on from a node, without the one that ends there. */
function below<C>(node: Node<C>): Node<C> {
  return { ...(node.words === undefined ? {} : { words: node.words }) };
}

function helpOn<C>(command: Command<C> | undefined): PhraseError<C> {
  return new PhraseError(command === undefined ? { kind: "help" } : { kind: "help", command });
}

/** Whether the phrase ends at a node although others go on, the next word being `text`. */
function endsHere<C>(node: Node<C>, text: string): boolean {
  if (node.argument !== undefined) return looksLikeOption(text);
  return node.words === undefined || text.startsWith("-");
}

function foundStop<C>(command: Command<C>, args: readonly string[], at: number): Found<C> {
  const options = new OptionReader(command.options, command);
  const [extra, ...more] = options.filter(args.slice(at));
  if (extra !== undefined) {
    if (extra.startsWith("-")) throw new PhraseError({ kind: "unknown_option", option: extra, command });
    throw new PhraseError({ kind: "extra_arguments", extra: [extra, ...more], command });
  }
  return { command, options, positional: args.slice(0, at) };
}

function foundList<C>(command: Command<C>, args: readonly string[], at: number): Found<C> {
  const items = args.slice(at);
  if (items.some(isHelp)) throw helpOn(command);
  const options = new OptionReader(command.options, command);
  return { command, options, positional: [...args.slice(0, at), ...options.filter(items)] };
}

async function readArguments<C>(phrase: readonly Part<C>[], texts: readonly string[], context: C): Promise<unknown[]> {
  const values: unknown[] = [];
  for (const [i, part] of phrase.entries()) {
    if (part.part === "argument") {
      values.push(await readArgument(part.parameter, i, texts[i] as string, context)); // the phrase was found by these
    } else if (part.part === "rest") {
      const items: unknown[] = [];
      for (let at = i; at < texts.length; at++) {
        items.push(await readArgument(part.parameter, at, texts[at] as string, context)); // below the length
      }
      values.push(items);
    }
  }
  return values;
}

async function readArgument<C>(
  parameter: Parameter<unknown, C>,
  at: number,
  text: string,
  context: C,
): Promise<unknown> {
  try {
    return await parameter.parse(text, context);
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    throw new PhraseError({ kind: "bad_argument", position: at + 1, text, cause });
  }
}
