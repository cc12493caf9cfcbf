// `tickproof codec`: octez-codec's `encode` and `decode`, for the encodings of codec-encodings.ts, and a short `describe`. Left
// out: schemas, slices, pretty printing.

import { existsSync, readFileSync } from "node:fs";
import { DecodeError, EncodeError } from "../encoding/binary.js";
import { fromHex, toHex } from "../encoding/hex.js";
import { JsonError } from "../encoding/json.js";
import { printOctezJson } from "../l1/client/octez-json.js";
import { fatal } from "./client/failures.js";
import type { ClientHost } from "./client/host.js";
import { anyText } from "./client/parameters.js";
import { finish, type PhraseProgram } from "./client/phrase-run.js";
import { ENCODINGS, type NamedEncoding } from "./codec-encodings.js";
import {
  argument,
  commandsIn,
  option,
  type Parameter,
  Phrasebook,
  parseGlobalOptions,
  words,
} from "./phrase-parser.js";

const CODEC_NAME = "tickproof codec";
const group = { name: "encoding", title: "Commands to handle encodings" };
const command = commandsIn<ClientHost>();

// ---- Values

const encoding: Parameter<NamedEncoding> = {
  parse: (name) => ENCODINGS.get(name) ?? fatal(`Unknown encoding id: ${name}`),
};

const known: Parameter<{ readonly id: string; readonly encoding: NamedEncoding }> = {
  parse: async (id) => ({ id, encoding: await encoding.parse(id, undefined) }),
};

/** What is the name of a file stands for what is in it. */
function dataOf(text: string): string {
  return existsSync(text) ? readFileSync(text, "utf8") : text;
}

const json: Parameter<unknown> = {
  parse: (text) => {
    try {
      return JSON.parse(dataOf(text)) as unknown;
    } catch (error) {
      if (error instanceof SyntaxError) return fatal(error.message);
      throw error;
    }
  },
};

const hex: Parameter<Uint8Array> = {
  parse: (text) => {
    const digits = dataOf(text).replace(/\r?\n/g, "");
    return /^([0-9a-fA-F]{2})*$/.test(digits) ? fromHex(digits) : fatal(`Invalid hex string: ${digits}`);
  },
};

const name = argument("id", "Encoding identifier", encoding);

// ---- Commands

const encodeCommand = command({
  group,
  summary: "Encode the given JSON data into binary using the provided encoding identifier.",
  phrase: [...words("encode"), name, ...words("from"), argument("data", "JSON file or data", json)],
  run: ([{ toBytes }, data], _options, host) => {
    try {
      host.out(`${toHex(toBytes(data))}\n`);
    } catch (error) {
      if (error instanceof JsonError || error instanceof EncodeError) fatal(error.message);
      throw error;
    }
  },
});

const decodeCommand = command({
  group,
  summary: "Decode the binary encoded data into JSON using the provided encoding identifier.",
  phrase: [
    ...words("decode"),
    name,
    ...words("from"),
    argument("data", "Hex-encoded binary-encoded data or name of file containing the data", hex),
  ],
  run: ([{ toJson }, bytes], _options, host) => {
    try {
      host.out(`${printOctezJson(toJson(bytes))}\n`);
    } catch (error) {
      if (error instanceof DecodeError) fatal("Cannot parse the binary with the given encoding");
      throw error;
    }
  },
});

const listCommand = command({
  group,
  summary: "List the registered encoding in Tezos.",
  phrase: words("list", "encodings"),
  run: (_none, _options, host) => {
    for (const [id, { description = "No description available." }] of ENCODINGS) {
      host.out(`${id}:\n  ${description}\n`);
    }
    host.out("\n");
  },
});

const SIZES = {
  dynamic: "as many bytes as the value needs; they tell where it ends",
  variable: "all bytes there are",
} as const;

function sizeText(size: NamedEncoding["shape"]["size"]): string {
  if (size === undefined) return SIZES.dynamic;
  return typeof size === "number" ? `${size} bytes` : SIZES[size];
}

const describeCommand = command({
  group,
  summary:
    "Describe an encoding in short.\nNot a command of octez-codec, whose schemas (`dump encoding`) there are none of here.",
  phrase: [...words("describe"), argument("id", "Encoding identifier", known)],
  run: ([{ id, encoding: found }], _options, host) => {
    const { description, shape } = found;
    const lines = [id, ...(description === undefined ? [] : [description]), `value: ${shape.name}`];
    host.out(`${[...lines, `size: ${sizeText(shape.size)}`].join("\n  ")}\n`);
  },
});

const globalOptions = {
  baseDir: option(
    { long: "base-dir", short: "d", placeholder: "path", doc: "data directory\nTaken, and of no effect." },
    anyText,
  ),
};

/** Runs a command line (without the word "codec"); gives the exit code. Raises only what is a bug. */
export function runCodec(args: readonly string[], context: PhraseProgram): Promise<number> {
  const { host } = context;
  return finish({ name: CODEC_NAME, globalOptions }, context, async () => {
    const { rest } = await parseGlobalOptions(globalOptions, args, undefined, host.env);
    await new Phrasebook([encodeCommand, decodeCommand, listCommand, describeCommand]).run(rest, host, host.env);
  });
}
