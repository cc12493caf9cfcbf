// Commands that call an RPC as it is and print the answer, and a listing of RPCs. Left out: schemas and formats of RPCs, editors for
// what is to be sent.

import type { Json } from "../../encoding/json.js";
import type { Method, RawAnswer } from "../../l1/client/http-transport.js";
import { printOctezJson } from "../../l1/client/octez-json.js";
import { readTrace } from "../../l1/client/rpc-error.js";
import { TextBoxes } from "../../l1/client/text-boxes.js";
import { argument, type Command, commandsIn, words } from "../phrase-parser.js";
import type { ClientContext } from "./context.js";
import { fatal, putItem } from "./failures.js";
import { anyText } from "./parameters.js";
import { listingText, readTree } from "./rpc-list.js";

const group = { name: "rpc", title: "Commands for the low level RPC layer" };
const command = commandsIn<ClientContext>();
const url = argument("url", "the RPC URL", anyText);

// ---- Calls

async function call(context: ClientContext, method: Method, path: string, body?: Json): Promise<void> {
  const { transport } = context.l1;
  const answer = await transport.raw(method, `/${path.replace(/^\/+/, "")}`, body ?? bodyless(method));
  if (answer.status >= 200 && answer.status < 300) {
    context.message(printAnswer(answer));
  } else {
    fatal(refusal(answer, transport.endpoint));
  }
}

/** An RPC that takes a body gets an empty object when there is none. */
function bodyless(method: Method): Json | undefined {
  return method === "GET" || method === "DELETE" ? undefined : {};
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function printAnswer({ text }: RawAnswer): string {
  const json = parseJson(text);
  return json === undefined ? fatal("Unexpected server answer\n") : printOctezJson(json as Json);
}

/** What an answer that is none means. */
function refusal({ status, text }: RawAnswer, endpoint: string): string {
  if (status === 404) return "No service found at this URL\n";
  if (status === 410) {
    return "Requested data concerns a pruned block and target resource is no longer available\n";
  }
  if (status === 401 || status === 403) return `[HTTP 403] Access denied to: ${endpoint}\n`;
  const trace = status === 500 ? readTrace(parseJson(text)) : undefined;
  if (trace === undefined) return "Unexpected server answer\n";
  const boxes = new TextBoxes();
  boxes.box("v", 2, () => {
    boxes.text("Command failed: ");
    boxes.box("b", 0, () => boxes.list(trace, (json) => putItem({ json })(boxes)));
  });
  return `${boxes.finish()}\n`;
}

// ---- What is sent

async function bodyOf(context: ClientContext, input: string): Promise<Json> {
  const text = input.startsWith("file:") ? await context.readText(input.slice("file:".length)) : input;
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    return fatal(`Failed to parse the provided json: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}

const input = argument(
  "input",
  "the raw JSON input to the RPC\nFor instance, use `{}` to send the empty document.\n" +
    "Alternatively, use `file:path` to read the JSON data from a file.",
  anyText,
);

/** A method that sends something: without and with what it sends. */
function sending(method: "POST" | "PATCH" | "PUT"): readonly Command<ClientContext>[] {
  const word = method.toLowerCase();
  return [
    command({
      group,
      summary: `Call an RPC with the ${method} method.\nIt sends an empty object.`,
      phrase: [...words("rpc", word), url],
      run: ([path], _options, context) => call(context, method, path),
    }),
    command({
      group,
      summary: `Call an RPC with the ${method} method, providing input data via the command line.`,
      phrase: [...words("rpc", word), url, ...words("with"), input],
      run: async ([path, text], _options, context) => call(context, method, path, await bodyOf(context, text)),
    }),
  ];
}

function plain(method: "GET" | "DELETE"): Command<ClientContext> {
  return command({
    group,
    summary: `Call an RPC with the ${method} method.`,
    phrase: [...words("rpc", method.toLowerCase()), url],
    run: ([path], _options, context) => call(context, method, path),
  });
}

// ---- Listings

async function list(context: ClientContext, path: string): Promise<void> {
  const { transport } = context.l1;
  const segments = path.split("/").filter((segment) => segment !== "");
  const address = ["/describe", ...segments.map(encodeURIComponent)].join("/");
  const answer = await transport.raw("GET", `${address}?recurse`, undefined);
  if (answer.status < 200 || answer.status >= 300) fatal(refusal(answer, transport.endpoint));
  for (const text of listingText(segments, readTree(parseJson(answer.text)))) context.message(text);
}

const listBelow = command({
  group,
  summary:
    "List RPCs under a given URL prefix.\nSome parts of the RPC service hierarchy depend on parameters,\n" +
    "they are marked by a suffix `<dynamic>`.\nYou can list these sub-hierarchies by providing a concrete URL prefix whose " +
    "arguments are set to a valid value.",
  phrase: [...words("rpc", "list"), argument("url", "the URL prefix", anyText)],
  run: ([path], _options, context) => list(context, path),
});

const listAll = command({
  group,
  summary: "Alias to `rpc list /`.",
  phrase: words("rpc", "list"),
  run: (_none, _options, context) => list(context, "/"),
});

export const rpcCommands: readonly Command<ClientContext>[] = [
  listAll,
  listBelow,
  plain("GET"),
  ...sending("POST"),
  ...sending("PATCH"),
  ...sending("PUT"),
  plain("DELETE"),
];
