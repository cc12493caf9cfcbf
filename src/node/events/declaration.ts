// How events are declared (node.md §8): name, section, level, fields, and a sentence with places for the values of fields. A declaration
// is a function from values to an event.

import type { Json } from "../../encoding/json.js";
import type { EventLevel, NodeEvent } from "../events.js";

/** How values of one type are told: to programs, and to people. */
export interface EventField<T> {
  json(value: T): Json;
  text(value: T): string;
}

type Fields = Readonly<Record<string, EventField<unknown>>>;
type ValueOf<F> = F extends EventField<infer T> ? T : never;

export type EventValues<F extends Fields> = { readonly [K in keyof F]: ValueOf<F[K]> };

/** Events without fields are made of nothing. */
type Maker<F extends Fields> = keyof F extends never ? () => NodeEvent : (values: EventValues<F>) => NodeEvent;

export interface Declaration<F extends Fields> {
  readonly name: string;
  readonly level: EventLevel;
  /** "Processing head {hash} at level {level}". */
  readonly message: string;
  readonly fields: F;
}

const PLACE = /\{([a-z0-9_]+)\}/g;

/** Declares events of a section. */
export function declareIn(...section: readonly string[]) {
  return <const F extends Fields>({ name, level, message, fields }: Declaration<F>): Maker<F> => {
    const entries = Object.entries<EventField<unknown>>(fields);
    const make = (values: Readonly<Record<string, unknown>> = {}): NodeEvent => ({
      name,
      level,
      section,
      fields: Object.fromEntries(entries.map(([field, form]) => [field, form.json(values[field])])),
      message: message.replace(PLACE, (place, field: string) => fields[field]?.text(values[field]) ?? place),
    });
    return make as Maker<F>; // reads just the fields that the values have
  };
}
