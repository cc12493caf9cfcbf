// Which service answers a path, as Octez's server finds it (reference: resto_directory.ml): segment by segment, each a fixed word or an
// argument that is parsed on the way. The order shows: the first argument that cannot be read is a 400 that names it, whatever follows;
// a path that leads nowhere is a 404, one that leads to other methods a 405 that lists them.

/** An argument of a path. */
export interface PathArgument<T> {
  /** Its name, in messages and in descriptions: "block_id". */
  readonly name: string;
  readonly description?: string;
  /** Raises BadArgument. */
  parse(text: string): T;
}

/** A segment that is not of its argument's type. The message is the one that Octez shows. */
export class BadArgument extends Error {
  override readonly name = "BadArgument";
}

export const METHODS = ["GET", "POST", "DELETE", "PUT", "PATCH"] as const;
export type Method = (typeof METHODS)[number];

export function isMethod(text: string): text is Method {
  return (METHODS as readonly string[]).includes(text);
}

export type Segment = string | PathArgument<unknown>;

/** The values of the arguments among segments. */
export type ArgumentsOf<S extends readonly Segment[]> = S extends readonly [infer H, ...infer R extends Segment[]]
  ? H extends PathArgument<infer T>
    ? [T, ...ArgumentsOf<R>]
    : ArgumentsOf<R>
  : [];

export type Lookup<S> =
  /** `ending`: segments beyond the path of a service that takes any. */
  | {
      readonly kind: "found";
      readonly service: S;
      readonly args: readonly unknown[];
      readonly ending: readonly string[];
    }
  | { readonly kind: "not_found" }
  | { readonly kind: "method_not_allowed"; readonly allowed: readonly Method[] }
  /** `path`: what was read, the bad segment included. */
  | { readonly kind: "bad_argument"; readonly path: string; readonly reason: string; readonly type: string };

/** A place in the tree of paths: fixed words below it, or one argument, never both. */
export interface Place<S> {
  readonly words: ReadonlyMap<string, Place<S>>;
  readonly argument?: { readonly argument: PathArgument<unknown>; readonly below: Place<S> };
  readonly services: ReadonlyMap<Method, S>;
}

class OpenPlace<S> implements Place<S> {
  readonly words = new Map<string, OpenPlace<S>>();
  argument?: { readonly argument: PathArgument<unknown>; readonly below: OpenPlace<S> };
  readonly services = new Map<Method, S>();

  below(segment: Segment): OpenPlace<S> {
    return typeof segment === "string" ? this.#belowWord(segment) : this.#belowArgument(segment);
  }

  #belowWord(word: string): OpenPlace<S> {
    if (this.argument !== undefined) throw new TypeError(`an argument stands where ${word} should`);
    const found = this.words.get(word) ?? new OpenPlace<S>();
    this.words.set(word, found);
    return found;
  }

  #belowArgument(argument: PathArgument<unknown>): OpenPlace<S> {
    if (this.words.size > 0) throw new TypeError(`words stand where the argument ${argument.name} should`);
    this.argument ??= { argument, below: new OpenPlace() };
    if (this.argument.argument === argument) return this.argument.below;
    throw new TypeError(`two arguments at one place: ${this.argument.argument.name}, ${argument.name}`);
  }
}

/** Longer paths than any service has are not looked at. */
const MAX_SEGMENTS = 64;

/** Non-empty segments, percent-decoded; one that is not valid percent-encoding stays as it is. */
export function splitPath(path: string): string[] {
  return path
    .split("/")
    .filter((segment) => segment !== "")
    .map(decodeSegment);
}

function decodeSegment(segment: string): string {
  if (!segment.includes("%")) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

export class Directory<S extends { readonly takesAnyEnding: boolean }> {
  readonly #root = new OpenPlace<S>();

  get root(): Place<S> {
    return this.#root;
  }

  /** Raises TypeError for a place that is taken, or that would have words and an argument below it. */
  add(method: Method, segments: readonly Segment[], service: S): void {
    let place = this.#root;
    for (const segment of segments) place = place.below(segment);
    if (place.services.has(method))
      throw new TypeError(`two services at one path: ${method} ${pathTemplate(segments)}`);
    place.services.set(method, service);
  }

  /** Finds the service of a path. */
  lookup(method: Method, segments: readonly string[]): Lookup<S> {
    if (segments.length > MAX_SEGMENTS) return { kind: "not_found" };
    const args: unknown[] = [];
    let place: Place<S> = this.#root;
    for (const [i, segment] of segments.entries()) {
      const open = place.services.get(method);
      if (open?.takesAnyEnding === true) return { kind: "found", service: open, args, ending: segments.slice(i) };
      const { argument, below } = place.argument ?? {};
      const next = argument === undefined ? place.words.get(segment) : below;
      if (next === undefined) return { kind: "not_found" };
      if (argument !== undefined) {
        try {
          args.push(argument.parse(segment));
        } catch (error) {
          if (!(error instanceof BadArgument)) throw error;
          const path = segments.slice(0, i + 1).join("/");
          return { kind: "bad_argument", path, reason: error.message, type: argument.name };
        }
      }
      place = next;
    }
    const service = place.services.get(method);
    if (service !== undefined) return { kind: "found", service, args, ending: [] };
    if (place.services.size === 0) return { kind: "not_found" };
    return { kind: "method_not_allowed", allowed: [...place.services.keys()] };
  }

  /** The place at a path of words and of arguments' names; undefined when nothing is there. */
  placeAt(segments: readonly string[]): Place<S> | undefined {
    let place: Place<S> | undefined = this.#root;
    for (const segment of segments) place = place?.argument?.below ?? place?.words.get(segment);
    return place;
  }
}

/** "/global/block/{block_id}/hash" */
export function pathTemplate(segments: readonly Segment[]): string {
  return segments.map((segment) => `/${typeof segment === "string" ? segment : `{${segment.name}}`}`).join("");
}
