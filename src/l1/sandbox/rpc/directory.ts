// Which service answers a path, as Octez's RPC server finds it (node.md §9; reference: resto's resto_directory.ml): segment by segment,
// each either a fixed word or an argument that is parsed on the way. The order shows in the answers: the first argument that
// cannot be read is a 400 that names it, whatever follows; a path that leads nowhere is a 404, one that leads to other methods
// a 405 that lists them. A place has fixed words below it or one argument, never both.

/** An argument of a path. */
export interface PathArgument<T> {
  /** Its name in Octez's messages: "block_id". */
  readonly type: string;
  /** Raises BadArgument for a text that is none, RpcFailure for one that stands for nothing. */
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

/** A service that was found, with the arguments of its path. */
export interface Found<S> {
  readonly service: S;
  readonly args: readonly unknown[];
}

export type Lookup<S> =
  | ({ readonly kind: "found" } & Found<S>)
  | { readonly kind: "not_found" }
  | { readonly kind: "method_not_allowed"; readonly allowed: readonly Method[] }
  /** `path`: what was read, the bad segment included. */
  | { readonly kind: "bad_argument"; readonly path: string; readonly reason: string; readonly type: string };

interface Place<S> {
  readonly words: Map<string, Place<S>>;
  argument: { readonly argument: PathArgument<unknown>; readonly below: Place<S> } | undefined;
  readonly services: Map<Method, S>;
}

function emptyPlace<S>(): Place<S> {
  return { words: new Map(), argument: undefined, services: new Map() };
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

export class Directory<S> {
  readonly #root: Place<S> = emptyPlace();

  /** Registers a service. Raises TypeError for a place that is taken, or that would have words and an argument below it. */
  add(method: Method, segments: readonly Segment[], service: S): void {
    let place = this.#root;
    for (const segment of segments)
      place = typeof segment === "string" ? wordBelow(place, segment) : below(place, segment);
    if (place.services.has(method)) throw new TypeError(`two services at one path: ${method} ${describe(segments)}`);
    place.services.set(method, service);
  }

  /** Finds the service of a path. What an argument's `parse` raises, BadArgument aside, passes through. */
  lookup(method: Method, segments: readonly string[]): Lookup<S> {
    if (segments.length > MAX_SEGMENTS) return { kind: "not_found" };
    const args: unknown[] = [];
    let place = this.#root;
    for (const [i, segment] of segments.entries()) {
      const { argument } = place;
      if (argument === undefined) {
        const next = place.words.get(segment);
        if (next === undefined) return { kind: "not_found" };
        place = next;
        continue;
      }
      try {
        args.push(argument.argument.parse(segment));
      } catch (error) {
        if (!(error instanceof BadArgument)) throw error;
        const path = segments.slice(0, i + 1).join("/");
        return { kind: "bad_argument", path, reason: error.message, type: argument.argument.type };
      }
      place = argument.below;
    }
    const service = place.services.get(method);
    if (service !== undefined) return { kind: "found", service, args };
    if (place.services.size === 0) return { kind: "not_found" };
    return { kind: "method_not_allowed", allowed: [...place.services.keys()] };
  }

  /** The methods at a path; what `lookup` says where there are none. */
  methodsAt(segments: readonly string[]): readonly Method[] {
    const allowed = METHODS.filter((method) => this.lookup(method, segments).kind === "found");
    return allowed;
  }
}

function wordBelow<S>(place: Place<S>, word: string): Place<S> {
  if (place.argument !== undefined) throw new TypeError(`an argument stands where ${word} should`);
  const found = place.words.get(word) ?? emptyPlace<S>();
  place.words.set(word, found);
  return found;
}

function below<S>(place: Place<S>, argument: PathArgument<unknown>): Place<S> {
  if (place.words.size > 0) throw new TypeError(`words stand where the argument ${argument.type} should`);
  if (place.argument !== undefined && place.argument.argument !== argument) {
    throw new TypeError(`two arguments at one place: ${place.argument.argument.type}, ${argument.type}`);
  }
  place.argument ??= { argument, below: emptyPlace() };
  return place.argument.below;
}

function describe(segments: readonly Segment[]): string {
  return segments.map((segment) => `/${typeof segment === "string" ? segment : `<${segment.type}>`}`).join("");
}
