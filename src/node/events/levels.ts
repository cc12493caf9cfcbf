// Levels of events, and which events a sink is for (reference: internal_event.ml, level_config_rules.ml, file_descriptor_sink.ml).

import type { EventLevel, NodeEvent } from "../events.js";

const LEVELS: readonly EventLevel[] = ["Debug", "Info", "Notice", "Warning", "Error", "Fatal"];

/** Of sinks that are not told any. */
export const DEFAULT_LEVEL: EventLevel = "Info";

/** "debug", "Notice"; null for "none". Raises RangeError. */
export function parseLevel(text: string): EventLevel | null {
  const lower = text.toLowerCase();
  if (lower === "none") return null;
  const found = LEVELS.find((level) => level.toLowerCase() === lower);
  if (found === undefined) throw new RangeError(`Wrong level: ${JSON.stringify(text)}`);
  return found;
}

export function isAtLeast(level: EventLevel, bound: EventLevel): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(bound);
}

/** Events whose section starts with the prefix pass from this level on; null: never. "_" stands for any part. */
export interface SectionRule {
  readonly prefix: readonly string[];
  readonly level: EventLevel | null;
}

/** "a.b" as the parts of a section; what no section may contain becomes "_". */
export function parseSection(text: string): readonly string[] {
  return text === "" ? [] : text.split(".").map((part) => part.replaceAll(/[^0-9a-zA-Z@\-_+=~]/g, "_"));
}

/** "section -> level; level; …", as TEZOS_LOG has them. Raises RangeError. */
export function parseLogRules(text: string): readonly SectionRule[] {
  return text
    .split(";")
    .filter((rule) => rule.trim() !== "")
    .map((rule) => {
      const [first = "", second, ...more] = rule.split("->").map((part) => part.trim());
      if (second === undefined) return { prefix: [], level: parseLevel(first) };
      if (first === "" || second === "" || more.length > 0) throw new RangeError(`Incorrect log rule ${rule.trim()}`);
      return { prefix: first === "*" ? [] : parseSection(first), level: parseLevel(second) };
    });
}

/** The first rule whose prefix fits decides; without any, events from the default level on pass. */
export function passes(rules: readonly SectionRule[], event: NodeEvent): boolean {
  const path = [...event.section, simpleName(event)];
  const rule = rules.find(({ prefix }) =>
    prefix.every((part, i) => path[i] !== undefined && (part === "_" || part === path[i])),
  );
  if (rule === undefined) return isAtLeast(event.level, DEFAULT_LEVEL);
  return rule.level !== null && isAtLeast(event.level, rule.level);
}

/** Without the section that some names start with. */
function simpleName({ name, section }: NodeEvent): string {
  const prefix = `${section.join("_")}_`;
  return section[0] === "l1_crawler" && name.startsWith(prefix) ? name.slice(prefix.length) : name;
}
