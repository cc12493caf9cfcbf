// The machine the client really runs on.

import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { Terminal } from "../terminal.js";
import { type ClientHost, PLAIN_MARGIN, terminalMargin } from "./host.js";

export function processHost(terminal: Terminal): ClientHost {
  const { stdin, stdout, stderr, env } = process;
  return {
    env,
    out: (text) => terminal.out(text),
    err: (text) => terminal.err(text),
    outMargin: stdout.isTTY === true ? terminalMargin(stdout.columns) : PLAIN_MARGIN,
    errMargin: stderr.isTTY === true ? terminalMargin(stderr.columns) : PLAIN_MARGIN,
    ask: (question) => readLine(terminal, stdin, question, true),
    askSecret: (question) => readLine(terminal, stdin, question, false),
    random: (count) => randomBytes(count),
    sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
    now: () => Date.now() / 1000,
  };
}

/** Lines that have been read but not asked for yet: a pipe gives many at once. */
const read: string[] = [];

/** Undefined at the end of the input. What is typed at a terminal is shown only if `echo` says so. */
async function readLine(
  terminal: Terminal,
  stdin: NodeJS.ReadStream,
  question: string,
  echo: boolean,
): Promise<string | undefined> {
  terminal.out(question);
  const waiting = read.shift();
  if (waiting !== undefined) return waiting;
  const isTerminal = stdin.isTTY === true;
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({
    input: stdin,
    output: echo && isTerminal ? process.stdout : nowhere,
    terminal: isTerminal,
  });
  try {
    const line = await new Promise<string | undefined>((resolve) => {
      lines.on("line", (text) => {
        read.push(text);
        resolve(read[0]);
      });
      lines.on("close", () => resolve(undefined));
      lines.on("SIGINT", () => resolve(undefined));
    });
    if (line !== undefined) read.shift();
    return line;
  } finally {
    lines.close();
    if (isTerminal && !echo) terminal.out("\n");
  }
}
