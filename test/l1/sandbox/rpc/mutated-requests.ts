// Requests that a hostile or broken client might send, made from good ones by a seeded generator: other paths, methods, headers, queries and
// bodies, JSON that is nearly right, and bytes that are no HTTP.
import fc from "fast-check";

/** A request as it goes over a socket, and what may come back. */
export interface HostileRequest {
  readonly bytes: Uint8Array;
  /** Statuses that are right for it. */
  readonly statuses: readonly number[];
  /** Whether its answer is a stream, which does not end by itself. */
  readonly streams: boolean;
}

export interface Samples {
  /** Paths of services without a body, with their queries. */
  readonly gets: readonly string[];
  /** Paths of services that take a body, and a good body of each. */
  readonly posts: readonly (readonly [path: string, body: string])[];
}

const STATUSES = [200, 400, 404, 405, 406, 413, 414, 415, 431, 500, 501, 503, 505] as const;

function httpBytes(method: string, target: string, headers: readonly string[], body: string | Uint8Array): Uint8Array {
  const payload = typeof body === "string" ? Buffer.from(body, "utf8") : Buffer.from(body);
  const head = [`${method} ${target} HTTP/1.1`, "host: sandbox", "connection: close", ...headers].join("\r\n");
  return Buffer.concat([Buffer.from(`${head}\r\ncontent-length: ${payload.length}\r\n\r\n`, "latin1"), payload]);
}

// ---- Texts

const nasty = fc.constantFrom(
  "",
  "/",
  "..",
  "%00",
  "%2e%2e%2f",
  "%zz",
  "%",
  "%ff%fe",
  "null",
  "__proto__",
  "constructor",
  "-1",
  "99999999999999999999",
  "1e9",
  "0x10",
  "head~99999999",
  "head~-1",
  "genesis",
  "a".repeat(5000),
  "€",
  "'\"<>",
  "?a=b",
  "#",
  ";",
  "*",
);

/** A text with some characters replaced, removed, doubled or added. */
function garbled(text: string): fc.Arbitrary<string> {
  const change = fc.tuple(
    fc.nat({ max: Math.max(0, text.length - 1) }),
    fc.constantFrom(0, 1, 2, 3),
    fc.nat({ max: 127 }),
  );
  return fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) =>
    changes.reduce((now, [at, how, code]) => {
      const [before, here, after] = [now.slice(0, at), now.slice(at, at + 1), now.slice(at + 1)];
      const other = String.fromCharCode(33 + (code % 94));
      return before + [other, "", here + here, here + other][how] + after;
    }, text),
  );
}

function path(samples: Samples): fc.Arbitrary<string> {
  const good = fc.constantFrom(...samples.gets, ...samples.posts.map(([target]) => target));
  const withSegment = fc.tuple(good, fc.nat(), nasty).map(([target, at, other]) => {
    const segments = target.split("/");
    segments[at % segments.length] = other;
    return segments.join("/");
  });
  const withQuery = fc
    .tuple(
      good,
      fc.constantFrom("version", "metadata", "length", "head", "chain", "offset", "protocol", "level", "x"),
      nasty,
    )
    .map(([target, name, value]) => `${target}${target.includes("?") ? "&" : "?"}${name}=${value}`);
  const all = fc.oneof(good, withSegment, withQuery, good.chain(garbled), nasty);
  // What cannot be in a request line at all is another family of requests.
  return all.map((target) => `/${target.replace(/^\//, "")}`.replace(/[\s#]/g, "_")).map(encodeNonAscii);
}

function encodeNonAscii(target: string): string {
  return target.replace(/[^\x21-\x7e]/g, (char) => encodeURIComponent(char));
}

// ---- JSON

const scalar = fc.constantFrom<unknown>(null, true, 0, -1, 1e308, "", "0", "-1", "sig", {}, [], [[]], {
  kind: "transaction",
});

/** A JSON value with one place changed. */
function mutatedJson(text: string): fc.Arbitrary<string> {
  return fc.tuple(fc.nat(), scalar, fc.constantFrom("replace", "drop", "add", "repeat")).map(([at, value, how]) => {
    const json: unknown = JSON.parse(text);
    const places: (readonly [object: Record<string, unknown>, key: string])[] = [];
    const walk = (node: unknown): void => {
      if (typeof node !== "object" || node === null) return;
      for (const key of Object.keys(node)) {
        places.push([node as Record<string, unknown>, key]);
        walk((node as Record<string, unknown>)[key]);
      }
    };
    walk(json);
    const place = places[at % Math.max(1, places.length)];
    if (place === undefined) return JSON.stringify(value);
    const [object, key] = place;
    if (how === "replace") object[key] = value;
    else if (how === "drop" && !Array.isArray(object)) delete object[key];
    else if (how === "add") object[`${key}x`] = value;
    else object[key] = [object[key], object[key]];
    return JSON.stringify(json);
  });
}

function body(good: string): fc.Arbitrary<string | Uint8Array> {
  return fc.oneof(
    { weight: 1, arbitrary: fc.constant(good) },
    { weight: 8, arbitrary: mutatedJson(good) },
    { weight: 3, arbitrary: garbled(good) },
    { weight: 1, arbitrary: fc.nat({ max: good.length }).map((length) => good.slice(0, length)) },
    { weight: 1, arbitrary: fc.integer({ min: 1000, max: 100_000 }).map((n) => `${"[".repeat(n)}${"]".repeat(n)}`) },
    {
      weight: 1,
      arbitrary: fc.integer({ min: 1000, max: 50_000 }).map((n) => `{"a":${'{"b":'.repeat(n)}1${"}".repeat(n)}}`),
    },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom("", "null", "[]", "{}", '""', "0", '{"__proto__":{"x":1}}', '"\\ud800"', "NaN"),
    },
  );
}

// ---- Requests

const methods = fc.constantFrom("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "LOCK");

const headers = fc.array(
  fc.constantFrom(
    "accept: application/json",
    "accept: text/html",
    "accept: */*;q=0",
    "accept: ,,,;;;q=",
    "accept: application/octet-stream",
    "content-type: application/json",
    "content-type: application/json; charset=utf-16",
    "content-type: text/plain",
    "content-type: ;",
    "content-type: a/b/c/d",
    "origin: http://evil.example",
    "expect: 100-continue",
    "content-encoding: gzip",
    "if-none-match: *",
    "range: bytes=0-1",
    `x-long: ${"y".repeat(6000)}`,
    "upgrade: h2c",
    "cookie: a=b",
  ),
  { maxLength: 3 },
);

/** Bytes that are no request of HTTP, or only nearly. */
const raw: fc.Arbitrary<Uint8Array> = fc
  .oneof(
    fc.uint8Array({ minLength: 1, maxLength: 200 }).map((bytes) => Buffer.concat([bytes, Buffer.from("\r\n\r\n")])),
    fc
      .constantFrom(
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET /version HTTP/1.1\r\n\r\n",
        "GET /version HTTP/1.0\r\n\r\n",
        "GET http://else.where/version HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        "GET * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        "POST /injection/operation HTTP/1.1\r\nhost: x\r\ncontent-length: -5\r\n\r\n",
        'POST /injection/operation HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\n"00"',
        "POST /injection/operation HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\nzz\r\n",
        "POST /injection/operation HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n0\r\n\r\n",
        'POST /injection/operation HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n4\r\n"00"\r\n0\r\n\r\n',
        `GET /${"a".repeat(100_000)} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`,
        `GET /version HTTP/1.1\r\nhost: x\r\n${"a: b\r\n".repeat(5000)}connection: close\r\n\r\n`,
        "GET /version\u0000 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        "BREW /coffee HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
      )
      .map((text) => Buffer.from(text, "latin1")),
  )
  .map((bytes) => bytes as Uint8Array);

export function hostileRequest(samples: Samples): fc.Arbitrary<HostileRequest> {
  const streaming = (target: string): boolean => /monitor/.test(decodeLenient(target));
  const anyRequest = fc
    .tuple(methods, path(samples), headers, fc.constantFrom("", "{}", "x"))
    .map(([method, target, more, payload]) => ({
      bytes: httpBytes(method, target, more, payload),
      statuses: STATUSES,
      streams: streaming(target),
    }));
  const posts = fc.constantFrom(...samples.posts).chain(([target, good]) =>
    body(good).map((payload) => ({
      bytes: httpBytes("POST", target, ["content-type: application/json"], payload),
      statuses: [200, 400, 404, 500],
      streams: false,
    })),
  );
  const gets = path(samples).map((target) => ({
    bytes: httpBytes("GET", target, [], ""),
    statuses: [200, 400, 404, 405, 500],
    streams: streaming(target),
  }));
  // A connection may also be closed without an answer when what came is no HTTP: that is status 0.
  const noHttp = raw.map((bytes) => ({ bytes, statuses: [0, ...STATUSES], streams: false }));
  return fc.oneof(
    { weight: 5, arbitrary: posts },
    { weight: 4, arbitrary: gets },
    { weight: 3, arbitrary: anyRequest },
    { weight: 1, arbitrary: noHttp },
  );
}

function decodeLenient(target: string): string {
  try {
    return decodeURIComponent(target);
  } catch {
    return target;
  }
}
