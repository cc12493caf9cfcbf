import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  argument,
  BadValue,
  type Command,
  commandsIn,
  flag,
  option,
  optionOr,
  type Parameter,
  Phrasebook,
  PhraseError,
  parseGlobalOptions,
  rest,
  words,
} from "../../src/cli/phrase-parser.js";
import { faultText, matching, parseDetail, usageText } from "../../src/cli/phrase-usage.js";

const text: Parameter<string> = { parse: (word) => word };
const number: Parameter<number> = {
  parse: (word) => {
    if (!/^\d+$/.test(word)) throw new BadValue(`no number: ${word}`);
    return Number(word);
  },
};

type Log = unknown[];
const command = commandsIn<Log>();

const fee = option({ long: "fee", placeholder: "amount", doc: "what it costs" }, number);
const cap = optionOr({ long: "burn-cap", placeholder: "amount", default: "7", doc: "cap\nsecond line" }, number);
const dry = flag({ long: "dry-run", short: "D", doc: "do nothing" });
const fromEnv = option({ long: "who", placeholder: "name", doc: "somebody", env: "WHO" }, text);

const COMMANDS: readonly Command<Log>[] = [
  command({
    group: { name: "pay", title: "Paying" },
    summary: "Pay somebody.\nMore about it.",
    options: { fee, cap, dry, fromEnv },
    phrase: [...words("pay"), argument("qty", "how much", number), ...words("to"), argument("dst", "whom", text)],
    run: ([amount, to], options, log) => {
      log.push(["pay", amount, to, options]);
    },
  }),
  command({
    summary: "Show a thing.",
    phrase: [...words("show"), argument("name", "which", text)],
    run: ([name], _options, log) => {
      log.push(["show", name]);
    },
  }),
  command({
    summary: "Show part of a thing.",
    phrase: [...words("show"), argument("name", "which", text), ...words("in", "short")],
    run: ([name], _options, log) => {
      log.push(["show in short", name]);
    },
  }),
  command({
    summary: "List.",
    options: { dry },
    phrase: [...words("list"), rest("item", "what", number)],
    run: ([items], { dry: isDry }, log) => {
      log.push(["list", items, isDry]);
    },
  }),
];

const book = new Phrasebook(COMMANDS);
const program = { name: "prog", globalOptions: { dry } };

async function run(line: readonly string[], env: Record<string, string> = {}): Promise<unknown[]> {
  const log: Log = [];
  await book.run(line, log, env);
  return log;
}

async function faultOf(line: readonly string[], env: Record<string, string> = {}) {
  try {
    await run(line, env);
  } catch (error) {
    if (error instanceof PhraseError) return error.fault;
    throw error;
  }
  throw new Error(`no fault: ${line.join(" ")}`);
}

describe("phrases", () => {
  it("take arguments between their words, and options after them", async () => {
    expect(await run(["pay", "3", "to", "bob", "--fee", "2", "-burn-cap", "9", "-D"])).toEqual([
      ["pay", 3, "bob", { fee: 2, cap: 9, dry: true, fromEnv: undefined }],
    ]);
  });

  it("give options their defaults, from the environment too", async () => {
    expect(await run(["pay", "3", "to", "bob"], { WHO: "me" })).toEqual([
      ["pay", 3, "bob", { fee: undefined, cap: 7, dry: false, fromEnv: "me" }],
    ]);
    expect(await run(["pay", "3", "to", "bob", "--who", "you"], { WHO: "me" })).toEqual([
      ["pay", 3, "bob", { fee: undefined, cap: 7, dry: false, fromEnv: "you" }],
    ]);
  });

  it("may go on where another ends", async () => {
    expect(await run(["show", "it"])).toEqual([["show", "it"]]);
    expect(await run(["show", "it", "in", "short"])).toEqual([["show in short", "it"]]);
    // A word of the phrase is a word, in the place of an argument too.
    expect(await run(["show", "in"])).toEqual([["show", "in"]]);
  });

  it("may end in a list, with options among it", async () => {
    expect(await run(["list"])).toEqual([["list", [], false]]);
    expect(await run(["list", "1", "-D", "2"])).toEqual([["list", [1, 2], true]]);
  });

  it.each([
    [["pay", "3"], { kind: "unterminated" }],
    [["pay"], { kind: "unterminated" }],
    [["buy"], { kind: "unknown_command", known: [] }],
    [["pay", "3", "for"], { kind: "unknown_command", known: ["pay", "3"] }],
    [["pay", "x", "to", "bob"], { kind: "bad_argument", position: 2, text: "x" }],
    [["list", "1", "x"], { kind: "bad_argument", position: 3, text: "x" }],
    [["pay", "3", "to", "bob", "--tip", "1"], { kind: "unknown_option", option: "--tip" }],
    [["pay", "3", "to", "bob", "--fee"], { kind: "missing_value", option: "--fee" }],
    [["pay", "3", "to", "bob", "--fee", "x"], { kind: "bad_option", option: "--fee" }],
    [["pay", "3", "to", "bob", "--burn-cap", "x"], { kind: "bad_option", option: "burn-cap" }],
    [["pay", "3", "to", "bob", "-D", "--dry-run"], { kind: "repeated_option", option: "--dry-run" }],
    [["pay", "3", "to", "bob", "alice"], { kind: "extra_arguments", extra: ["alice"] }],
    [["pay", "3", "to", "bob", "--help"], { kind: "help" }],
    [["pay", "3", "to", "bob", "--fee", "-h"], { kind: "help" }],
    [["list", "1", "--help"], { kind: "help" }],
    [["--help"], { kind: "help" }],
    [[], { kind: "help" }],
  ])("refuse %j", async (line, fault) => {
    expect(await faultOf(line)).toMatchObject(fault);
  });

  it("refuse a variable that cannot be read", async () => {
    const bad = command({
      summary: "",
      options: { n: option({ long: "n", placeholder: "n", doc: "", env: "N" }, number) },
      phrase: words("go"),
      run: () => undefined,
    });
    const running = new Phrasebook([bad]).run(["go"], [], { N: "x" });
    await expect(running).rejects.toMatchObject({ code: "cli.phrase.bad_variable", fault: { variable: "N" } });
  });

  it.each([
    [[...words("a")], [...words("a")]],
    [[...words("a"), argument("x", "", text)], [...words("a", "b")]],
    [[...words("a"), rest("x", "", text)], [...words("a", "b")]],
    [[...words("a", "b")], [...words("a"), rest("x", "", text)]],
  ])("that cannot be told apart are refused (%#)", (one, other) => {
    const both = [one, other].map((phrase) => command({ summary: "", phrase, run: () => undefined }));
    expect(() => new Phrasebook(both)).toThrow("conflicting commands");
  });

  it("find their arguments again, whatever they are", async () => {
    const word = fc.string({ minLength: 1 }).filter((one) => !one.startsWith("-"));
    await fc.assert(
      fc.asyncProperty(fc.nat(), word, fc.option(fc.nat()), fc.boolean(), async (amount, to, paid, isDry) => {
        const options = [...(paid === null ? [] : ["--fee", String(paid)]), ...(isDry ? ["-D"] : [])];
        const [ran] = await run(["pay", String(amount), "to", to, ...options]);
        expect(ran).toEqual(["pay", amount, to, { fee: paid ?? undefined, cap: 7, dry: isDry, fromEnv: undefined }]);
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  it("answer any words with a fault or a command", async () => {
    const piece = fc.constantFrom(
      "pay",
      "3",
      "to",
      "bob",
      "show",
      "in",
      "short",
      "list",
      "--fee",
      "-D",
      "-h",
      "--",
      "",
      "x",
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 8 }), async (line) => {
        try {
          expect(await run(line)).toHaveLength(1);
        } catch (error) {
          if (!(error instanceof PhraseError)) throw error;
          const { fault } = error as PhraseError<never>;
          if (fault.kind !== "help" && fault.kind !== "version")
            expect(faultText(program, fault, [], 95)).toContain("Error:");
        }
      }),
      { seed: 8, numRuns: 2000 },
    );
  });
});

describe("global options", () => {
  const options = { dry, fee };

  it("end at the first word", async () => {
    const { values, rest: left } = await parseGlobalOptions(options, ["-D", "--fee", "3", "go", "-D"], undefined, {});
    expect([values, left]).toEqual([{ dry: true, fee: 3 }, ["go", "-D"]]);
  });

  it.each([
    [["--what", "go"], "unknown_option"],
    [["--fee"], "missing_value"],
    [["--fee", "x"], "bad_option"],
    [["--version"], "version"],
    [["-h"], "help"],
  ])("%j: %s", async (args, kind) => {
    await expect(parseGlobalOptions(options, args, undefined, {})).rejects.toMatchObject({ fault: { kind } });
  });
});

describe("explanations", () => {
  it("of a fault: how to use the command, and the fault", async () => {
    const fault = (await faultOf(["pay", "3", "to", "bob", "--fee", "x"])) as Parameters<typeof faultText>[1];
    expect(faultText(program, fault, [(boxes) => boxes.text("no number: x")], 95)).toBe(
      [
        "Usage:",
        "  prog [global options] command [command options]",
        "  prog --help (for global options)",
        "  prog [global options] command --help (for command options)",
        "  prog --version (for version information)",
        "",
        "To browse the documentation:",
        "  prog [global options] man (for a list of commands)",
        "  prog [global options] man -v 3 (for the full manual)",
        "",
        "Global options (must come before the command):",
        "  -D --dry-run: do nothing",
        "",
        "Paying:",
        "",
        // Octez too leaves a blank where the options would be.
        "  pay <qty> to <dst> ",
        "    Pay somebody.",
        "    <qty>: how much",
        "    <dst>: whom",
        "    --fee <amount>: what it costs",
        "    --burn-cap <amount>: cap",
        "    -D --dry-run: do nothing",
        "    --who <name>: somebody",
        "Error:",
        "  Wrong value for command line option --fee.",
        "  no number: x",
        "",
      ].join("\n"),
    );
  });

  it("of phrases that could go on", async () => {
    const fault = (await faultOf(["show"])) as Parameters<typeof faultText>[1];
    expect(faultText(program, fault, [], 95)).toBe(
      "Error:\n  Unterminated command, here are possible completions.\n    show <name> in short\n    show <name>\n",
    );
    const unknown = (await faultOf(["pay", "3", "for"])) as Parameters<typeof faultText>[1];
    expect(faultText(program, unknown, [], 95)).toContain("Did you mean one of the following?\n    pay <qty> to <dst>");
  });

  it("have four levels", () => {
    const texts = ["0", "1", "2", "3"].map((level) => usageText(program, COMMANDS, parseDetail(level) ?? "terse", 95));
    expect(texts.map((one) => one.includes("Pay somebody."))).toEqual([false, true, true, true]);
    expect(texts.map((one) => one.includes("<dst>: whom"))).toEqual([false, false, true, true]);
    expect(texts.map((one) => one.includes("More about it."))).toEqual([false, false, false, true]);
    expect(parseDetail("4")).toBeUndefined();
    for (const one of texts) expect(Math.max(...one.split("\n").map((line) => line.length))).toBeLessThanOrEqual(95);
  });

  it("find commands by words of their phrases", () => {
    expect(matching(COMMANDS, ["sho"])).toHaveLength(2);
    expect(matching(COMMANDS, ["show", "short"])).toHaveLength(1);
    expect(matching(COMMANDS, ["qty"])).toHaveLength(0);
  });
});
