// How sinks write events (reference: file_descriptor_sink.ml): JSON a line, and two layouts for people.

import type { Json } from "../../encoding/json.js";
import { DEFAULT_MARGIN, TextBoxes } from "../../l1/client/text-boxes.js";
import type { EventLevel, NodeEvent } from "../events.js";

/** An event, and when it took place: milliseconds since 1970. */
export interface Occurrence {
  readonly event: NodeEvent;
  readonly at: number;
}

export interface LayoutOptions {
  readonly hostname: string;
  readonly advertiseLevels: boolean;
  readonly colors: boolean;
  /** Width of a terminal. */
  readonly columns?: number;
}

/** The event under its name and version; of one with a single field, the value alone. */
export function eventJson({ name, fields }: NodeEvent): Json {
  const values = Object.values(fields);
  const [only] = values;
  return { [`${name}.v0`]: values.length === 1 && only !== undefined ? only : fields };
}

export function oneLine({ event, at }: Occurrence, { hostname, advertiseLevels }: LayoutOptions): string {
  const item = {
    ...(advertiseLevels ? { level: event.level.toLowerCase() } : {}),
    hostname,
    time_stamp: at / 1000,
    section: event.section,
    event: eventJson(event),
  };
  return JSON.stringify({ "fd-sink-item.v0": item });
}

const PRIORITIES: { readonly [L in EventLevel]: number } = {
  Debug: 7,
  Info: 6,
  Notice: 5,
  Warning: 4,
  Error: 3,
  Fatal: 0,
};

/** "2023-04-27T08:29:09.777-00:00 [section.name] message". */
export function rfc5424({ event, at }: Occurrence, { advertiseLevels }: LayoutOptions): string {
  const priority = advertiseLevels ? `<00${PRIORITIES[event.level]}> ` : "";
  const time = new Date(at).toISOString().replace("Z", "-00:00");
  return `${priority}${time} [${event.section.join(".")}.${event.name}] ${event.message}\n`;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;
const TAGS: { readonly [L in EventLevel]: string } = {
  Debug: "DEBUG",
  Info: "INFO",
  Notice: "NOTICE",
  Warning: "WARN",
  Error: "ERROR",
  Fatal: "FATAL",
};
const TAG_WIDTH = 8;
const RESET = "\u001b[0m";
const BOLD = "\u001b[1m";
const TAG_COLORS: { readonly [L in EventLevel]: string } = {
  Debug: "\u001b[35m",
  Info: "\u001b[36m",
  Notice: "\u001b[34m",
  Warning: "\u001b[33m",
  Error: "\u001b[31m",
  Fatal: "\u001b[7;31m",
};
const TEXT_COLORS: { readonly [L in EventLevel]?: string } = {
  Warning: "\u001b[33m",
  Error: "\u001b[31m",
  Fatal: "\u001b[31m",
};

/** "Apr 27 08:29:09.777 NOTICE │ message", in local time, broken at the margin; every line starts in the same way. */
export function short({ event, at }: Occurrence, { advertiseLevels, colors, columns }: LayoutOptions): string {
  const stamp = localStamp(at);
  const tag = TAGS[event.level];
  const coloured = colors ? `${TAG_COLORS[event.level]}${tag}${RESET}` : tag;
  const level = advertiseLevels ? `${" ".repeat(TAG_WIDTH - tag.length - 1)}${coloured} ` : "";
  const prefix = `${stamp}${level}${advertiseLevels ? "│ " : ": "}`;
  const width = stamp.length + (advertiseLevels ? TAG_WIDTH : 0) + 2;
  const lines = broken(event.message, columns === undefined ? undefined : Math.max(1, columns - width));
  const color = colors ? TEXT_COLORS[event.level] : undefined;
  return lines
    .map((line, i) => {
      const head = colors && i === 0 ? `${BOLD}${prefix}${RESET}` : prefix;
      return `${head}${color === undefined ? line : `${color}${line}${RESET}`}\n`;
    })
    .join("");
}

function localStamp(at: number): string {
  const time = new Date(at);
  const two = (n: number): string => String(n).padStart(2, "0");
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(":");
  const ms = String(time.getMilliseconds()).padStart(3, "0");
  return `${MONTHS[time.getMonth()] ?? ""} ${two(time.getDate())} ${clock}.${ms}`;
}

/** Margins below this are the terminal's fault: nothing is broken then. */
const MIN_MARGIN = 20;

function broken(message: string, margin: number = DEFAULT_MARGIN): readonly string[] {
  if (margin < MIN_MARGIN) return message.split("\n");
  const boxes = new TextBoxes(margin);
  boxes.box("hov", 2, () => {
    for (const [i, line] of message.split("\n").entries()) {
      if (i > 0) boxes.newline();
      for (const [j, word] of line.split(" ").entries()) {
        if (j > 0) boxes.space();
        boxes.text(word);
      }
    }
  });
  return boxes.finish().split("\n");
}
