// A client that nobody here wrote: Taquito, pointed at a sandbox's RPC and knowing nothing of it, does what wallets do.

import { PvmKind } from "@taquito/rpc";
import { InMemorySigner } from "@taquito/signer";
import { PollingSubscribeProvider, TezosToolkit } from "@taquito/taquito";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addressOf, printSecretKey } from "../../src/crypto/keys.js";
import { BOOTSTRAP_KEYS } from "../../src/l1/sandbox/bootstrap.js";
import { SandboxService } from "../../src/l1/sandbox/serve.js";

const TIMEOUT_MS = 60_000;

function bootstrap(i: number) {
  const named = BOOTSTRAP_KEYS[i];
  if (named === undefined) throw new RangeError(`no bootstrap account ${i}`);
  return { secret: printSecretKey(named.secretKey), address: addressOf(named.secretKey.publicKey) };
}

describe("Taquito against the sandbox", () => {
  let service: SandboxService;
  let tezos: TezosToolkit;
  const bugs: unknown[] = [];

  beforeAll(async () => {
    const started = await SandboxService.start({ blockTime: 0, rpc: { onBug: (error) => bugs.push(error) } });
    service = started.service;
    tezos = new TezosToolkit(started.endpoint);
    tezos.setSignerProvider(new InMemorySigner(bootstrap(0).secret));
    tezos.setStreamProvider(tezos.getFactory(PollingSubscribeProvider)({ pollingIntervalMilliseconds: 50 }));
  });

  afterAll(async () => {
    await service.stop();
    expect(bugs).toEqual([]);
  });

  it("reads balances", { timeout: TIMEOUT_MS }, async () => {
    expect((await tezos.tz.getBalance(bootstrap(1).address)).toString()).toBe("4000000000000");
    expect((await tezos.tz.getSpendable(bootstrap(1).address)).toString()).toBe("4000000000000");
  });

  it("transfers, and waits for the confirmation", { timeout: TIMEOUT_MS }, async () => {
    const before = await tezos.tz.getBalance(bootstrap(1).address);
    const operation = await tezos.contract.transfer({ to: bootstrap(1).address, amount: 2.5 });
    const level = await operation.confirmation(1);
    expect(operation.status).toBe("applied");
    expect(level).toBe(operation.includedInBlock);
    const after = await tezos.tz.getBalance(bootstrap(1).address);
    expect(after.minus(before).toString()).toBe("2500000");
  });

  it("originates a rollup and sends it messages", { timeout: TIMEOUT_MS }, async () => {
    const origination = await tezos.contract.smartRollupOriginate({
      pvmKind: PvmKind.WASM2,
      kernel: "0061736d01000000",
      parametersType: { prim: "bytes" },
    });
    await origination.confirmation(1);
    expect(origination.status).toBe("applied");
    const messages = await tezos.contract.smartRollupAddMessages({ message: ["00", "cafe"] });
    await messages.confirmation(1);
    expect(messages.status).toBe("applied");
  });
});
