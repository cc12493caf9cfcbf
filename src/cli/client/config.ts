// The configuration of the client: its file, `config` in the key directory, and what the command line puts in place of it.

import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isJsonObject, type Json, type JsonObject } from "../../encoding/json.js";
import { printOctezJson } from "../../l1/client/octez-json.js";
import { fail } from "./failures.js";
import { defaultBaseDir, type GlobalValues } from "./global-options.js";
import type { ClientHost } from "./host.js";

export const DEFAULT_ENDPOINT = "http://localhost:8732";
const DEFAULT_WEB_PORT = 8080;

export interface Configuration {
  readonly baseDir: string;
  /** Whether the file exists or not. */
  readonly file: string;
  readonly endpoint: string;
  /** Undefined: do not wait. */
  readonly confirmations: number | undefined;
  readonly passwordFile: string | undefined;
  /** What `config update` writes. */
  readonly json: Json;
}

/** What `config reset` writes. */
export function defaultConfiguration(env: ClientHost["env"]): Json {
  return { base_dir: defaultBaseDir(env), web_port: DEFAULT_WEB_PORT, confirmations: 0 };
}

/** Raises TraceFailure. */
export function configure(host: ClientHost, options: GlobalValues): Configuration {
  if (options.mode !== "client") fail(`Mode ${options.mode} is not supported: tickproof speaks with a node only.`);
  if (options.remoteSigner !== undefined) fail("Remote signers are not supported.");
  const baseDir = findBaseDir(host, options.baseDir);
  const file = options.configFile ?? join(baseDir, "config");
  if (options.configFile !== undefined && !existsSync(file)) {
    fail("Config file specified in option does not exist. Use `client config init` to create one.");
  }
  const written = existsSync(file) ? readConfiguration(file) : undefined;
  const endpoint = findEndpoint(host, options, written ?? {});
  const waits = written === undefined ? 0 : numberIn(written, "confirmations");
  const confirmations = options.wait === undefined ? waits : options.wait === "none" ? undefined : options.wait;
  const passwordFile = options.passwordFile ?? textIn(written ?? {}, "password_filename");
  mkdirSync(dirname(file), { recursive: true });
  return {
    baseDir,
    file,
    endpoint,
    confirmations,
    passwordFile,
    json: merged(baseDir, written ?? {}, endpoint, confirmations, passwordFile),
  };
}

function findBaseDir({ env }: ClientHost, given: string | undefined): string {
  if (given === undefined) {
    const path = defaultBaseDir(env);
    mkdirSync(path, { recursive: true });
    return path;
  }
  if (!existsSync(given)) {
    fail("Specified --base-dir does not exist. Please create the directory and try again.");
  }
  if (!statSync(given).isDirectory()) fail("Specified --base-dir must be a directory");
  return given;
}

// ---- The file

function readConfiguration(file: string): JsonObject {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return fail(`Can't parse the configuration file as a JSON: ${file}\n${reason}`, { cause });
  }
  if (isJsonObject(json) && typeof json["base_dir"] === "string") return json;
  return fail(`Can't parse the configuration file: ${file}\nAn object with the field base_dir is expected.`);
}

function wrongField(name: string): never {
  return fail(`Can't parse the configuration file: unexpected value of the field ${name}.`);
}

function textIn(config: JsonObject, name: string): string | undefined {
  const value = config[name];
  return value === undefined || typeof value === "string" ? value : wrongField(name);
}

function numberIn(config: JsonObject, name: string): number | undefined {
  const value = config[name];
  const isFine = value === undefined || (typeof value === "number" && Number.isSafeInteger(value) && value >= 0);
  return isFine ? (value as number | undefined) : wrongField(name);
}

function booleanIn(config: JsonObject, name: string): boolean | undefined {
  const value = config[name];
  return value === undefined || typeof value === "boolean" ? value : wrongField(name);
}

/** The file's fields, with those of the command line in their place; in the order in which Octez writes them. */
function merged(
  baseDir: string,
  written: JsonObject,
  endpoint: string,
  confirmations: number | undefined,
  passwordFile: string | undefined,
): Json {
  const kept = (...names: string[]): Record<string, Json> =>
    Object.fromEntries(
      names.filter((name) => written[name] !== undefined).map((name) => [name, written[name] as Json]),
    );
  return {
    base_dir: textIn(written, "base_dir") ?? baseDir,
    ...kept("media_type"),
    endpoint,
    web_port: numberIn(written, "web_port") ?? DEFAULT_WEB_PORT,
    ...kept("remote_signer", "signing_version"),
    ...(confirmations === undefined ? {} : { confirmations }),
    ...(passwordFile === undefined ? {} : { password_filename: passwordFile }),
    ...kept("internal_events", "log", "profiling"),
  };
}

export function writeConfiguration(file: string, json: Json): void {
  writeFileSync(file, printOctezJson(json));
}

// ---- The node's address

const OLD_OPTIONS = {
  address: "-A/--addr ('node_addr' in config file)",
  port: "-P/--port ('node_port' in config file)",
  tls: "-S/--tls ('tls' in config file)",
} as const;

interface OldAddress {
  readonly address: string | undefined;
  readonly port: number | undefined;
  readonly tls: boolean | undefined;
}

function findEndpoint(host: ClientHost, options: GlobalValues, written: JsonObject): string {
  const given: OldAddress = { address: options.address, port: options.port, tls: options.tls ? true : undefined };
  const both: OldAddress = {
    address: given.address ?? textIn(written, "node_addr"),
    port: given.port ?? numberIn(written, "node_port"),
    tls: given.tls ?? booleanIn(written, "tls"),
  };
  if (Object.values(both).some((value) => value !== undefined)) {
    host.err("Warning:  the --addr --port --tls options are now deprecated; use --endpoint instead\n");
  }
  if (options.endpoint !== undefined) {
    refuseOld(given);
    return options.endpoint;
  }
  const inFile = textIn(written, "endpoint");
  if (inFile === undefined) return oldEndpoint(both);
  refuseOld(both);
  return inFile;
}

function refuseOld(old: OldAddress): void {
  const names = (["address", "port", "tls"] as const).filter((name) => old[name] !== undefined);
  if (names.length === 0) return;
  const options = names.map((name) => OLD_OPTIONS[name]).join(" and ");
  const [option, is] = names.length === 1 ? ["Option", "is"] : ["Options", "are"];
  fail(`${option} ${options} ${is} in conflict with -E/--endpoint ('endpoint' in config file)`);
}

function oldEndpoint({ address, port, tls }: OldAddress): string {
  const url = new URL(DEFAULT_ENDPOINT);
  const name = address ?? url.hostname;
  return `${tls === true ? "https" : "http"}://${name.includes(":") ? `[${name}]` : name}:${port ?? url.port}`;
}
