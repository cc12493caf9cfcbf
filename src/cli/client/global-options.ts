// Options that stand before the command: which node, which key directory, which block, how long to wait. Left out: the modes
// "light", "proxy" and "mockup", remote signers; answers are always asked for as JSON, whatever --media-type says.

import { encodeBase58Check } from "../../encoding/base58check.js";
import { type BlockPath, type ChainName, parseBlockId, parseChainName } from "../../l1/client/block-id.js";
import { TextBoxes } from "../../l1/client/text-boxes.js";
import { PROTOCOLS } from "../../l1/sandbox/protocols.js";
import type { ProtocolHash } from "../../protocol/identifiers.js";
import { BadValue, flag, type OptionValues, option, optionOr, type Parameter } from "../phrase-parser.js";
import { anyText } from "./parameters.js";

type Environment = Readonly<Record<string, string | undefined>>;

/** Where the directory is, unless told otherwise. */
export function defaultBaseDir(env: Environment): string {
  return env["TEZOS_CLIENT_DIR"] ?? `${env["HOME"] ?? "/root"}/.tezos-client`;
}

// ---- Values

function parameter<T>(read: (text: string) => T | undefined, otherwise: (text: string) => string): Parameter<T> {
  return {
    parse: (text) => {
      const value = read(text);
      if (value === undefined) throw new BadValue(otherwise(text));
      return value;
    },
  };
}

const chain: Parameter<ChainName> = parameter(
  parseChainName,
  (text) => `Value ${text} is not a value chain reference.`,
);

const block: Parameter<BlockPath> = parameter(parseBlockId, (text) => `Value ${text} is not a value block reference.`);

/** Blocks to wait for; "none" not to wait. */
export type Wait = number | "none";

const wait: Parameter<Wait> = parameter<Wait>(
  (text) => {
    if (text === "no" || text === "none") return "none";
    return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
  },
  (text) => `Value ${text} is not a valid number of confirmation, nor 'none'.`,
);

/** The start of the hash of a protocol we know. */
const protocol: Parameter<ProtocolHash> = parameter(
  (text) => PROTOCOLS.find(({ hash }) => encodeBase58Check("protocolHash", hash).startsWith(text))?.hash,
  (text) => `Value ${text} does not correspond to any known protocol.`,
);

const port: Parameter<number> = parameter(
  (text) => (/^\d{1,5}$/.test(text) ? Number(text) : undefined),
  (text) => `Value ${text} is not a valid TCP port.`,
);

const mediaType: Parameter<string> = parameter(
  (text) => (["json", "binary", "any"].includes(text) ? text : undefined),
  (text) => `media_type parameter must be 'json', 'binary' or 'any'. Got: ${text}`,
);

const coloring: Parameter<boolean> = parameter(
  (text) => (text === "true" ? true : text === "false" ? false : undefined),
  (text) => `Value ${text} is not a boolean.`,
);

const MODES = ["client", "light", "mockup", "proxy"];

const mode: Parameter<string> = parameter(
  (text) => (MODES.includes(text) ? text : undefined),
  (text) => `Value "${text}" is invalid. It should be one of: ${MODES.map((name) => `"${name}"`).join(" or ")}`,
);

/** The address of a node: scheme, host, port and path. */
const endpoint: Parameter<string> = {
  parse: (text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) {
      throw new BadValue(`only http and https endpoints are supported: ${text}`);
    }
    if (url.search !== "" || url.hash !== "") {
      throw new BadValue(`endpoint uri should not have query string or fragment: ${text}`);
    }
    return text;
  },
};

// ---- Options

const BLOCK_DOC =
  "block on which to apply contextual commands (commands dependent on the context associated with the specified block). " +
  "Possible tags include 'head' and 'genesis' +/- an optional offset (e.g. \"octez-client -b head-1 get timestamp\"). " +
  "Note that block queried must exist in node's storage.";

const CHAIN_DOC =
  "chain on which to apply contextual commands (commands dependent on the context associated with the specified chain). " +
  "Possible tags are 'main' and 'test'.";

const MEDIA_TYPE_DOC =
  'Sets the "media-type" value for the "accept" header for RPC requests to the node. The media accept header indicates to ' +
  'the node which format of data serialisation is supported. Use the value "json" for serialisation to the JSON format.\n' +
  '          Use the value "binary" for faster but less human-readable binary serialisation format.';

const BETTER_ERRORS_DOC =
  "Error reporting is more detailed. Can be used if a call to an RPC fails or if you don't know the input accepted by the " +
  "RPC. It may happen that the RPC calls take more time however.";

/** A description that Octez lays out beforehand. */
function baseDirDoc(env: Environment): string {
  const name = "TEZOS_CLIENT_DIR";
  const lines = [
    `client data directory (absent: ${name} env)`,
    "The directory where the Tezos client will store all its data.",
    `If absent, its value is the value of the ${name}`,
    `environment variable. If ${name} is itself not specified,`,
    `defaults to ${defaultBaseDir(env)}`,
  ];
  const boxes = new TextBoxes();
  boxes.box("v", 0, () => boxes.box("b", 2, () => boxes.list(lines, (line) => boxes.text(line))));
  return `${boxes.finish()}\n`;
}

export function globalOptions(env: Environment) {
  return {
    baseDir: option({ long: "base-dir", short: "d", placeholder: "path", doc: baseDirDoc(env) }, anyText),
    noBaseDirWarnings: flag({
      long: "no-base-dir-warnings",
      short: "n",
      doc: "silence warnings about client data directory",
    }),
    configFile: option({ long: "config-file", short: "c", placeholder: "path", doc: "configuration file" }, anyText),
    timings: flag({ long: "timings", short: "t", doc: "show RPC request times" }),
    chain: optionOr({ long: "chain", placeholder: "hash|tag", doc: CHAIN_DOC, default: "main" }, chain),
    block: optionOr(
      { long: "block", short: "b", placeholder: "hash|level|tag", doc: BLOCK_DOC, default: "head" },
      block,
    ),
    wait: option(
      {
        long: "wait",
        short: "w",
        placeholder: "none|<int>",
        doc: "how many confirmation blocks are needed before an operation is considered included",
      },
      wait,
    ),
    protocol: option(
      { long: "protocol", short: "p", placeholder: "hash", doc: "use commands of a specific protocol" },
      protocol,
    ),
    logRequests: flag({ long: "log-requests", short: "l", doc: "log all requests to the node" }),
    betterErrors: flag({ long: "better-errors", doc: BETTER_ERRORS_DOC }),
    address: option(
      {
        long: "addr",
        short: "A",
        placeholder: "IP addr|host",
        doc: "[DEPRECATED: use --endpoint instead] IP address of the node",
      },
      anyText,
    ),
    port: option(
      {
        long: "port",
        short: "P",
        placeholder: "number",
        doc: "[DEPRECATED: use --endpoint instead] RPC port of the node",
      },
      port,
    ),
    tls: flag({
      long: "tls",
      short: "S",
      doc: "[DEPRECATED: use --endpoint instead] use TLS to connect to node.",
    }),
    mediaType: option(
      { long: "media-type", short: "m", placeholder: "json, binary, any or default", doc: MEDIA_TYPE_DOC },
      mediaType,
    ),
    endpoint: option(
      {
        long: "endpoint",
        short: "E",
        placeholder: "uri",
        doc: "HTTP(S) endpoint of the node RPC interface; e.g. 'http://localhost:8732'",
      },
      endpoint,
    ),
    remoteSigner: option(
      { long: "remote-signer", short: "R", placeholder: "uri", doc: "URI of the remote signer" },
      anyText,
    ),
    passwordFile: option(
      { long: "password-filename", short: "f", placeholder: "filename", doc: "path to the password filename" },
      anyText,
    ),
    mode: optionOr(
      {
        long: "mode",
        short: "M",
        placeholder: MODES.join("|"),
        doc: "how to interact with the node",
        default: "client",
      },
      mode,
    ),
    logColoring: option(
      {
        long: "log-coloring",
        placeholder: "true|false",
        doc: "Enable or disable light coloring in default stdout logs. Coloring is enabled by default.",
      },
      coloring,
    ),
  };
}

export type GlobalValues = OptionValues<ReturnType<typeof globalOptions>>;
