// The manual: all commands, or those that have all of some words.

import { type Command, commandsIn, option, optionOr, type Parameter, rest, words } from "../phrase-parser.js";
import { type Detail, matching, type Program, parseDetail, usageText } from "../phrase-usage.js";
import type { ClientContext } from "./context.js";
import { fail } from "./failures.js";
import { anyText } from "./parameters.js";

const command = commandsIn<ClientContext>();

const detail: Parameter<Detail> = { parse: (text) => parseDetail(text) ?? fail("Level of details out of range") };

const FORMATS = ["plain", "colors", "html"];

/** Left out: any format but plain text. */
const format: Parameter<"plain"> = {
  parse: (text) => {
    if (!FORMATS.includes(text)) fail("Unknown manual format");
    return text === "plain" ? text : fail(`The manual format ${text} is not supported.`);
  },
};

/** Few commands are told about in full. */
function detailFor(count: number): Detail {
  if (count <= 1) return "full";
  return count <= 3 ? "details" : "short";
}

/** The commands, and the one that tells about them all. */
export function withManual(
  program: Program,
  commands: readonly Command<ClientContext>[],
): readonly Command<ClientContext>[] {
  const manual = command({
    group: { name: "man", title: "Access the documentation" },
    summary:
      "Print documentation of commands.\nAdd search keywords to narrow list.\n" +
      "Will display only the commands by default, unless [-verbosity <2|3>] is passed or the list of matching commands if " +
      "less than 3.",
    options: {
      verbosity: option(
        {
          long: "verbosity",
          short: "v",
          placeholder: "0|1|2|3",
          doc:
            "level of details\n0. Only shows command mnemonics, without documentation.\n" +
            "1. Shows command mnemonics with short descriptions.\n" +
            "2. Show commands and arguments with short descriptions\n3. Show everything",
        },
        detail,
      ),
      format: optionOr(
        { long: "format", placeholder: FORMATS.join("|"), default: "plain", doc: "the manual's output format" },
        format,
      ),
    },
    phrase: [
      ...words("man"),
      rest("keyword", "keyword to search for\nIf several are given they must all appear in the command.", anyText),
    ],
    run: ([keywords], { verbosity }, { host }) => {
      const found = matching(all, keywords);
      if (found.length === 0) fail(`No manual entry that match ${listed(keywords)}.`);
      host.out(usageText(program, found, verbosity ?? detailFor(found.length), host.outMargin));
    },
  });
  const all: readonly Command<ClientContext>[] = [manual, ...commands];
  return all;
}

function listed(keywords: readonly string[]): string {
  const [first = "", ...others] = keywords;
  return others.length === 0 ? first : `${others.join(", ")} and ${first}`;
}
