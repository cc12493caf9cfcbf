// Runs tickproof client in this process against a sandbox of its own, over HTTP: a machine that remembers what is printed and
// answers questions as told.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll } from "vitest";
import type { ClientHost } from "../../../src/cli/client/host.js";
import { runClient } from "../../../src/cli/client.js";
import { blake2b256 } from "../../../src/crypto/blake2b.js";
import { addressOf } from "../../../src/crypto/keys.js";
import { publicKeyUri, unencryptedUri } from "../../../src/l1/client/key-uri.js";
import { Wallet } from "../../../src/l1/client/wallet.js";
import { BOOTSTRAP_KEYS } from "../../../src/l1/sandbox/bootstrap.js";
import { MichelsonRuntime } from "../../../src/l1/sandbox/michelson/runtime.js";
import { RpcServer } from "../../../src/l1/sandbox/rpc/server.js";
import { SandboxService, type ServeOptions } from "../../../src/l1/sandbox/serve.js";
import { publicKeyHash } from "../../../src/protocol/identifiers.js";
import { QUICK, type TestChain } from "../../l1/sandbox/chain.js";
import type { Ran } from "../harness.js";

export const [BOOTSTRAP1, BOOTSTRAP2, BOOTSTRAP3] = BOOTSTRAP_KEYS.map(({ secretKey }) =>
  addressOf(secretKey.publicKey),
) as [string, string, string];

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** What is typed when a question is asked, in turn. */
  readonly answers?: readonly string[];
}

/** Random bytes handed out in this file: the same in each run. */
let randoms = 0;

/** A host without a terminal. */
export function testHost({ env = {}, answers = [] }: RunOptions = {}): {
  host: ClientHost;
  said: Ran;
  asked: string[];
} {
  const said = { code: 0, out: "", err: "" };
  const asked: string[] = [];
  const left = [...answers];
  const answer = async (question: string): Promise<string | undefined> => {
    asked.push(question);
    return left.shift();
  };
  const host: ClientHost = {
    env: { TEZOS_CLIENT_UNSAFE_DISABLE_DISCLAIMER: "y", ...env },
    out: (text) => {
      said.out += text;
    },
    err: (text) => {
      said.err += text;
    },
    errMargin: 95,
    outMargin: 95,
    ask: answer,
    askSecret: answer,
    random: (count) => blake2b256(Uint8Array.of(randoms++ & 0xff, randoms >> 8)).slice(0, count),
    sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
    now: () => 0,
  };
  return { host, said, asked };
}

/** A key directory and a way to run commands on it. */
export class TestClient {
  readonly directory: string;
  /** Questions of the last run. */
  asked: readonly string[] = [];

  constructor(readonly endpoint: string) {
    this.directory = mkdtempSync(join(tmpdir(), "tickproof-client-"));
    afterAll(() => rmSync(this.directory, { recursive: true, force: true }));
  }

  /** `line`: words separated by blanks, or a list of words. */
  async run(line: string | readonly string[], options: RunOptions = {}): Promise<Ran> {
    const words = typeof line === "string" ? line.split(" ") : line;
    return this.raw(["-d", this.directory, "-E", this.endpoint, ...words], options);
  }

  /** Without options that say where things are. */
  async raw(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
    const { host, said, asked } = testHost(options);
    const code = await runClient(args, { host, version: "tickproof 0" });
    this.asked = asked;
    return { ...said, code };
  }

  /** Standard output of a command that must succeed without a word on standard error. */
  async ok(line: string | readonly string[], options: RunOptions = {}): Promise<string> {
    const { code, out, err } = await this.run(line, options);
    if (code !== 0 || err !== "") throw new Error(`exit code ${code}: ${err}${out}`);
    return out;
  }

  /** Standard error of a command that must fail. */
  async fails(line: string | readonly string[], options: RunOptions = {}): Promise<string> {
    const { code, err, out } = await this.run(line, options);
    if (code !== 1) throw new Error(`exit code ${code}: ${err}${out}`);
    return err;
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  read(name: string): string {
    return readFileSync(this.path(name), "utf8");
  }

  write(name: string, contents: string | Uint8Array): string {
    writeFileSync(this.path(name), contents);
    return this.path(name);
  }

  async addBootstrapKeys(): Promise<void> {
    const wallet = new Wallet(this.directory);
    for (const { alias, secretKey } of [...BOOTSTRAP_KEYS].reverse()) {
      const { publicKey } = secretKey;
      const hash = publicKeyHash(addressOf(publicKey));
      await wallet.register(
        alias,
        hash,
        { locator: publicKeyUri(publicKey), key: publicKey },
        unencryptedUri(secretKey),
      );
    }
  }
}

export interface TestNetwork {
  readonly service: SandboxService;
  readonly endpoint: string;
  readonly client: TestClient;
}

/** A sandbox that makes a block whenever an operation arrives, and a client with the bootstrap keys. Stopped after the tests. */
export async function startNetwork(sandbox: ServeOptions["sandbox"] = {}): Promise<TestNetwork> {
  const bugs: unknown[] = [];
  const { service, endpoint } = await SandboxService.start({
    sandbox: { constants: QUICK, contracts: new MichelsonRuntime(), ...sandbox },
    blockTime: 0,
    rpc: { onBug: (error) => bugs.push(error) },
  });
  afterAll(async () => {
    await service.stop();
    if (bugs.length > 0) throw new AggregateError(bugs, "bugs of the sandbox");
  });
  const client = new TestClient(endpoint);
  await client.addBootstrapKeys();
  return { service, endpoint, client };
}

/** As `startNetwork`, for a chain that a test has a hand in too. */
export async function serveChain(
  chain: TestChain,
): Promise<{ readonly endpoint: string; readonly client: TestClient }> {
  const server = new RpcServer(chain.sandbox, {
    onBug: (error) => {
      throw error;
    },
  });
  server.pool.onInjection(() => setImmediate(() => chain.sandbox.pending().length > 0 && chain.bake()));
  const endpoint = await server.listen();
  afterAll(() => server.close());
  const client = new TestClient(endpoint);
  await client.addBootstrapKeys();
  return { endpoint, client };
}
