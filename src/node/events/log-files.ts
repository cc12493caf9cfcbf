// Files that events are written to: one, one a day, or one an event. Writes are done when they return, so that nothing is lost with the
// process.

import { createHash } from "node:crypto";
import { closeSync, mkdirSync, openSync, readdirSync, unlinkSync, writeFileSync, writeSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { eventJson, type Occurrence } from "./layout.js";
import { isAtLeast } from "./levels.js";
import type { FilesSink, StreamSink } from "./sink-uri.js";

export interface LogFile {
  write(text: string, at: number): void;
  close(): void;
}

/** "/a/daily.log" and "x" make "/a/daily-x.log". */
function withInsert(path: string, insert: string): string {
  const extension = extname(path);
  return `${path.slice(0, path.length - extension.length)}-${insert}${extension}`;
}

/** "20231127", in UTC. */
function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10).replaceAll("-", "");
}

/** Raises what the file system does. */
export function openLog(sink: StreamSink, pid: number, now: number): LogFile {
  const { path, createDirs, withPid, fresh, mode, dailyLogs } = sink;
  if (createDirs) mkdirSync(dirname(path), { recursive: true });
  if (dailyLogs !== undefined) return new DailyLog(path, mode, dailyLogs, now);
  const fd = openSync(withPid ? withInsert(path, String(pid)) : path, fresh ? "w" : "a", mode);
  return { write: (text) => writeAll(fd, text), close: () => closeSync(fd) };
}

function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
}

class DailyLog implements LogFile {
  #day: string;
  #fd: number;

  constructor(
    readonly path: string,
    readonly mode: number,
    readonly daysKept: number,
    now: number,
  ) {
    this.#day = dayOf(now);
    this.#fd = this.#open();
  }

  #open(): number {
    return openSync(withInsert(this.path, this.#day), "a", this.mode);
  }

  write(text: string, at: number): void {
    const day = dayOf(at);
    if (day !== this.#day) {
      closeSync(this.#fd);
      this.#day = day;
      this.#fd = this.#open();
      this.#removeOld();
    }
    writeAll(this.#fd, text);
  }

  #removeOld(): void {
    const name = basename(this.path);
    const extension = extname(name);
    const start = `${name.slice(0, name.length - extension.length)}-`;
    const isOurs = (file: string): boolean =>
      file.startsWith(start) &&
      file.endsWith(extension) &&
      /^\d{8}$/.test(file.slice(start.length, file.length - extension.length));
    const files = readdirSync(dirname(this.path)).filter(isOurs).sort().reverse();
    for (const file of files.slice(this.daysKept)) unlinkSync(join(dirname(this.path), file));
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** Whether a sink of single files is for an event. */
function wants({ level, sections, names, namePatterns }: FilesSink, { event }: Occurrence): boolean {
  if (level === undefined && sections.length + names.length + namePatterns.length === 0) return true;
  return (
    (level !== undefined && isAtLeast(event.level, level)) ||
    sections.some((section) => section.join(".") === event.section.join(".")) ||
    names.includes(event.name) ||
    namePatterns.some((pattern) => pattern.test(event.name))
  );
}

/** Writes "<path>/<section>/<name>/<date>/<time>/<date>_<time>_<tag>.json". Raises what the file system does. */
export function writeEventFile(sink: FilesSink, occurrence: Occurrence): void {
  if (!wants(sink, occurrence)) return;
  const { event, at } = occurrence;
  const micros = Math.floor(at * 1000);
  const iso = new Date(at).toISOString();
  const date = iso.slice(0, 10).replaceAll("-", "");
  const time = `${iso.slice(11, 19).replaceAll(":", "")}-${String(micros % 1_000_000).padStart(6, "0")}`;
  const json = JSON.stringify({
    "file-event-sink-item.v0": { time_stamp: String(micros), section: event.section, event: eventJson(event) },
  });
  const tag = createHash("md5").update(json).digest("hex").slice(0, 8);
  const directory = join(sink.path, event.section.join("."), event.name, date, time);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(join(directory, `${date}_${time}_${tag}.json`), json);
}
