// A client that nobody here wrote: Taquito, pointed at a sandbox's RPC and knowing nothing of it, does what wallets do.

import { PvmKind } from "@taquito/rpc";
import { InMemorySigner } from "@taquito/signer";
import { MichelsonMap, PollingSubscribeProvider, TezosToolkit } from "@taquito/taquito";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addressOf, printPublicKey, printSecretKey, secretKeyFromBytes } from "../../src/crypto/keys.js";
import { BOOTSTRAP_KEYS } from "../../src/l1/sandbox/bootstrap.js";
import { MichelsonRuntime } from "../../src/l1/sandbox/michelson/runtime.js";
import { SandboxService } from "../../src/l1/sandbox/serve.js";
import { KEEPER, REGISTER } from "../l1/sandbox/michelson/examples.js";

type ContractJson = Extract<Parameters<TezosToolkit["contract"]["originate"]>[0]["code"], object[]>;

const TIMEOUT_MS = 60_000;

function bootstrap(i: number) {
  const named = BOOTSTRAP_KEYS[i];
  if (named === undefined) throw new RangeError(`no bootstrap account ${i}`);
  return { secret: printSecretKey(named.secretKey), address: addressOf(named.secretKey.publicKey) };
}

describe("Taquito against the sandbox", () => {
  let service: SandboxService;
  let endpoint = "";
  let tezos: TezosToolkit;

  function toolkit(secret: string): TezosToolkit {
    const made = new TezosToolkit(endpoint);
    made.setSignerProvider(new InMemorySigner(secret));
    made.setStreamProvider(made.getFactory(PollingSubscribeProvider)({ pollingIntervalMilliseconds: 50 }));
    return made;
  }

  async function balanceOf(address: string): Promise<bigint> {
    return BigInt((await tezos.tz.getBalance(address)).toFixed());
  }

  const bugs: unknown[] = [];

  beforeAll(async () => {
    const started = await SandboxService.start({
      sandbox: { contracts: new MichelsonRuntime() },
      blockTime: 0,
      rpc: { onBug: (error) => bugs.push(error) },
    });
    service = started.service;
    endpoint = started.endpoint;
    tezos = toolkit(bootstrap(0).secret);
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

  it("originates a contract, and calls it", { timeout: TIMEOUT_MS }, async () => {
    const code = KEEPER as ContractJson;
    const origination = await tezos.contract.originate({ code, init: { int: "1" } });
    const contract = await origination.contract();
    expect(origination.status).toBe("applied");
    expect(String(await contract.storage())).toBe("1");
    const call = await contract.methodsObject["set"]?.(42).send();
    await call?.confirmation(1);
    expect(call?.status).toBe("applied");
    expect(String(await contract.storage())).toBe("42");
    expect((await tezos.rpc.getEntrypoints(contract.address)).entrypoints).toHaveProperty("set");
  });

  it("keeps big maps, and fails as contracts say", { timeout: TIMEOUT_MS }, async () => {
    const storage = { owner: bootstrap(0).address, ledger: MichelsonMap.fromLiteral({ first: 1 }) };
    const origination = await tezos.contract.originate({ code: REGISTER as ContractJson, storage });
    const contract = await origination.contract();
    const read = async (name: string) => {
      const { ledger } = await contract.storage<{ ledger: { get(key: string): Promise<unknown> } }>();
      return ledger.get(name);
    };
    expect(String(await read("first"))).toBe("1");
    expect(await read("second")).toBeUndefined();
    const call = await contract.methodsObject["default"]?.({ name: "second", number: 22 }).send();
    await call?.confirmation(1);
    expect(String(await read("second"))).toBe("22");
    const { owner } = await contract.storage<{ owner: string }>();
    expect(owner).toBe(bootstrap(0).address);
    const refused = contract.methodsObject["default"]?.({ name: "", number: 1 }).send();
    await expect(refused).rejects.toThrow("no name");
  });

  it("reveals keys of other curves, and signs with them", { timeout: TIMEOUT_MS }, async () => {
    for (const curve of ["secp256k1", "p256"] as const) {
      const key = secretKeyFromBytes(curve, new Uint8Array(32).fill(7));
      const funding = await tezos.contract.transfer({ to: addressOf(key.publicKey), amount: 10 });
      await funding.confirmation(1);
      const own = toolkit(printSecretKey(key));
      // Left to itself, Taquito would estimate both at once, with more gas than fits into a block of these constants.
      const reveal = await own.contract.reveal({});
      await reveal.confirmation(1);
      expect(reveal.status).toBe("applied");
      const operation = await own.contract.transfer({ to: bootstrap(2).address, amount: 1 });
      await operation.confirmation(1);
      expect(operation.status).toBe("applied");
      expect(await own.rpc.getManagerKey(addressOf(key.publicKey))).toBe(printPublicKey(key.publicKey));
    }
  });

  it("estimates, and sends several at once", { timeout: TIMEOUT_MS }, async () => {
    const to = bootstrap(3).address;
    const estimate = await tezos.estimate.transfer({ to, amount: 1 });
    expect(estimate.gasLimit).toBeGreaterThan(100);
    const batch = tezos.contract.batch().withTransfer({ to, amount: 1 }).withTransfer({ to, amount: 2 });
    const operation = await batch.send();
    await operation.confirmation(1);
    expect(operation.status).toBe("applied");
    expect(await balanceOf(to)).toBe(4_000_003_000_000n);
  });

  it("hears of what fails", { timeout: TIMEOUT_MS }, async () => {
    const tooMuch = tezos.contract.transfer({ to: bootstrap(3).address, amount: 5_000_000_000 });
    await expect(tooMuch).rejects.toMatchObject({
      errors: [{ id: "proto.alpha.contract.balance_too_low" }, { id: "proto.alpha.tez.subtraction_underflow" }],
    });
    const code = [{ prim: "parameter", args: [{ prim: "nat" }] }] as ContractJson;
    await expect(tezos.contract.originate({ code, init: { int: "1" } })).rejects.toThrow(
      "michelson_v1.missing_script_field",
    );
  });

  it("waits for several confirmations", { timeout: TIMEOUT_MS }, async () => {
    const operation = await tezos.contract.transfer({ to: bootstrap(1).address, amount: 1 });
    // Taquito looks at heads only: a block that comes and goes between two looks is one it never sees.
    await operation.confirmation(1);
    let isConfirmed = false;
    const confirmed = operation.confirmation(3).then((level) => {
      isConfirmed = true;
      return level;
    });
    while (!isConfirmed) {
      service.sandbox.bake();
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    expect(await confirmed).toBeGreaterThanOrEqual(operation.includedInBlock + 2);
  });

  it("works as a wallet", { timeout: TIMEOUT_MS }, async () => {
    const operation = await tezos.wallet.transfer({ to: bootstrap(1).address, amount: 1 }).send();
    const confirmation = await operation.confirmation(1);
    expect([confirmation?.completed, await operation.status()]).toEqual([true, "applied"]);
    expect((await operation.receipt()).totalFee.toNumber()).toBeGreaterThan(100);
  });

  it("reads what it has types for", { timeout: TIMEOUT_MS }, async () => {
    const { rpc } = tezos;
    const block = await rpc.getBlock();
    expect(block.header.level).toBe(service.sandbox.head.shell.level);
    expect(block.hash).toBe(await rpc.getBlockHash());
    expect((await rpc.getBlockHeader()).hash).toBe(block.hash);
    expect((await rpc.getBlockMetadata()).protocol).toBe(block.protocol);
    expect((await rpc.getConstants()).smart_rollup_stake_amount?.toString()).toBe("10000000000");
    expect(await rpc.getAllDelegates({ active: true })).toHaveLength(5);
    expect((await rpc.getDelegates(bootstrap(0).address)).deactivated).toBe(false);
    expect((await rpc.getContract(bootstrap(0).address)).balance.toNumber()).toBeGreaterThan(0);
    expect(await rpc.getLiveBlocks()).toContain(block.hash);
    expect((await rpc.getProtocols()).next_protocol).toBe(block.protocol);
    expect(await rpc.getProtocolActivations()).toHaveLength(2);
    expect((await rpc.getPendingOperations({ version: "2" })).branch_delayed).toEqual([]);
    expect((await rpc.getCurrentPeriod()).voting_period.kind).toBe("proposal");
    expect((await rpc.packData({ data: { int: "1" }, type: { prim: "nat" } })).packed).toBe("050001");
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
