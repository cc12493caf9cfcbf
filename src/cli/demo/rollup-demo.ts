// `tickproof demo`: the life of a rollup. A chain, the echo kernel on it, an operator's node and an observer's; messages go in through the
// batcher, commitments come out, are published and cemented, and a message of the outbox calls a contract of layer 1. What is asked of a
// node is asked over its RPC, as anybody would.

import { encodeBase58Check } from "../../encoding/base58check.js";
import { toHex } from "../../encoding/hex.js";
import { expectArray, expectObject, expectString } from "../../encoding/json.js";
import { LazyMicheline, type Micheline } from "../../encoding/micheline.js";
import type { AppliedOperation, Block } from "../../l1/sandbox/block.js";
import type { L2Block } from "../../node/l2-block.js";
import { DEFAULT_ENTRYPOINT } from "../../protocol/entrypoint.js";
import {
  type CommitmentHash,
  type ContractHash,
  commitmentHashForm,
  hashEquals,
  type RollupAddress,
} from "../../protocol/identifiers.js";
import { serializeOutboxMessage } from "../../protocol/outbox-message.js";
import type { ContentReceipt } from "../../protocol/receipt.js";
import { parseScript } from "../client/michelson-source.js";
import { counted, grouped } from "../text.js";
import { KERNEL, originationOfEcho } from "./originate.js";
import { Checklist, shortCommitment, shortState, type Teller, tez } from "./teller.js";
import { type DemoNode, type DemoWorld, nameOf, operationIn } from "./world.js";

/** Blocks between two messages of ours. */
const MESSAGE_EVERY = 4;
/** Messages that the protocol itself puts into every level. */
const PROTOCOL_MESSAGES = 3;
const GREETING = "sent from layer 2";

/** A contract that remembers the last text it was called with. */
const CONTRACT = "parameter string; storage string; code { CAR; NIL operation; PAIR }";

/** Periods so short that everything happens while one watches. */
export const ROLLUP_CONSTANTS = {
  smart_rollup_commitment_period_in_blocks: 5,
  smart_rollup_challenge_window_in_blocks: 10,
  smart_rollup_timeout_period_in_blocks: 20,
  smart_rollup_max_lookahead_in_blocks: 60,
  smart_rollup_max_active_outbox_levels: 200,
  max_operations_time_to_live: 60,
};

const SIGHTS = {
  levels: "levels evaluated, and the observer's states equal to the operator's",
  message: "an external message sent through the batcher, and included",
  outbox: "the kernel's answer in the outbox",
  published: "a commitment published",
  cemented: "a commitment cemented",
  executed: "an outbox message executed on layer 1, with its receipt",
  storage: "the contract's storage changed by it",
} as const;

export interface Ports {
  readonly operator: number;
  readonly observer: number;
}

/** The outbox message on its way: sent, in an outbox, being executed, done. */
type Errand =
  | { readonly stage: "unsent" }
  | { readonly stage: "sent"; readonly message: Uint8Array }
  | { readonly stage: "in outbox"; readonly level: number; readonly index: number }
  | { readonly stage: "executing"; readonly operation: Uint8Array }
  | { readonly stage: "done" };

export class RollupDemo {
  readonly #world: DemoWorld;
  readonly #teller: Teller;
  readonly #ports: Ports;
  readonly #seen = new Checklist(SIGHTS);
  #rollup: RollupAddress | undefined;
  #contract: ContractHash | undefined;
  #errand: Errand = { stage: "unsent" };
  #sent = 0;
  #blocks = 0;
  #isEndless = false;
  #hasDisagreed = false;
  #hasToldPhases = false;
  /** Ids of messages that the batcher has, and that are not known to be included. */
  readonly #waiting: string[] = [];

  constructor(world: DemoWorld, teller: Teller, ports: Ports) {
    this.#world = world;
    this.#teller = teller;
    this.#ports = ports;
  }

  /** Goes on for so many blocks, or until it is stopped. Whether all was seen. */
  async show(blocks: number | undefined): Promise<boolean> {
    const teller = this.#teller;
    this.#isEndless = blocks === undefined;
    teller.line(
      teller.styled("bold", "tickproof: a smart rollup, from its origination to a transfer that it makes on layer 1"),
    );
    teller.title("Layer 1");
    teller.line(`  A sandbox chain with the RPC of an Octez node: ${this.#world.endpoint}`);
    const next = async (): Promise<Block | undefined> => {
      if (blocks !== undefined && this.#blocks >= blocks) return undefined;
      this.#blocks++;
      return this.#world.nextBlock();
    };
    await this.#originate(next);
    if (this.#rollup !== undefined && this.#blocks !== blocks) {
      const nodes = await this.#startNodes(this.#rollup);
      for (let block = await next(); block !== undefined; block = await next()) await this.#level(block, ...nodes);
    }
    teller.title("What there was to see");
    this.#seen.tell(teller);
    return this.#seen.isComplete;
  }

  // ---- Origination

  async #originate(next: () => Promise<Block | undefined>): Promise<void> {
    const { draft, kernelBytes } = await originationOfEcho();
    const hash = await this.#world.inject(
      "bootstrap1",
      {
        body: {
          kind: "origination",
          balance: 0n,
          script: {
            code: LazyMicheline.ofValue(parseScript(CONTRACT)),
            storage: LazyMicheline.ofValue({ string: "nothing yet" }),
          },
        },
      },
      draft,
    );
    const block = await next();
    const operation = block && operationIn(block, hash);
    if (operation === undefined) return;
    for (const receipt of operation.receipts) this.#takeOrigination(receipt);
    const teller = this.#teller;
    teller.line(`  Level ${block?.shell.level}: bootstrap1 originates a contract  ${this.#contract ?? "?"}`);
    teller.line(`  ${" ".repeat(5)}   and a rollup, ${grouped(kernelBytes)} bytes of kernel  ${this.#rollup ?? "?"}`);
    teller.line(`  The kernel (${KERNEL}) answers every external message with its own bytes, in its outbox.`);
  }

  #takeOrigination({ content, metadata: { operationResult } }: ContentReceipt): void {
    if (operationResult.status !== "applied") return;
    if (content.kind === "origination" && "originatedContracts" in operationResult.applied) {
      [this.#contract] = operationResult.applied.originatedContracts as readonly ContractHash[]; // the result of an origination
    }
    if ("address" in operationResult.applied) this.#rollup = operationResult.applied.address;
  }

  // ---- Nodes

  async #startNodes(rollup: RollupAddress): Promise<readonly [DemoNode, DemoNode]> {
    const teller = this.#teller;
    teller.title("Layer 2");
    const operator = await this.#world.startNode({
      name: "operator",
      mode: "operator",
      rollup,
      operator: "bootstrap2",
      port: this.#ports.operator,
      config: { batcher: { minBatchElements: 1, minBatchSize: 1, maxBatchElements: 1000 } },
    });
    const observer = await this.#world.startNode({
      name: "observer",
      mode: "observer",
      rollup,
      port: this.#ports.observer,
    });
    teller.line(
      `  operator  ${operator.endpoint}  commits, publishes, cements, batches messages; its bond is bootstrap2's`,
    );
    teller.line(`  observer  ${observer.endpoint}  only follows, and must come to the same states`);
    teller.title("Try it, in another terminal");
    this.#suggest(operator, observer, rollup);
    teller.title("Levels");
    return [operator, observer];
  }

  #suggest(operator: DemoNode, observer: DemoNode, rollup: RollupAddress): void {
    const { endpoint, baseDir } = this.#world;
    this.#teller.commands([
      `curl -s ${operator.endpoint}/global/block/head`,
      `curl -s ${observer.endpoint}/local/proof/$(curl -s ${observer.endpoint}/global/tezos_level)/phases`,
      `curl -s ${operator.endpoint}/local/batcher/injection -H 'content-type: application/json' -d '["${toHex(Buffer.from("hello"))}"]'`,
      `npx tickproof client -d ${baseDir} -E ${endpoint} send smart rollup message 'text:["hello"]' from bootstrap3`,
      `npx tickproof watch --endpoint ${endpoint} --rollup ${rollup} --node ${observer.endpoint}`,
    ]);
  }

  // ---- Levels

  async #level(block: Block, operator: DemoNode, observer: DemoNode): Promise<void> {
    const teller = this.#teller;
    teller.errors(this.#world.takeErrors());
    for (const node of [operator, observer]) {
      if (node.failure !== undefined) throw node.failure;
    }
    const { level } = block.shell;
    const [ours, theirs] = await Promise.all([
      operator.running.context.store.blockAt(level),
      observer.running.context.store.blockAt(level),
    ]);
    await this.#tellLevel(block, ours, theirs);
    for (const operation of block.operations) this.#tellOperation(operation);
    if (ours !== undefined) await this.#readOutbox(operator, ours);
    await this.#followMessages(operator);
    await this.#send(operator, level);
    await this.#runErrand(block, operator);
  }

  async #tellLevel(block: Block, ours: L2Block | undefined, theirs: L2Block | undefined): Promise<void> {
    const teller = this.#teller;
    const { level } = block.shell;
    if (ours === undefined || theirs === undefined) {
      teller.line(teller.styled("dim", `  ${grouped(level).padStart(5)}  a node is behind`));
      return;
    }
    const isSame = hashEquals(ours.stateHash, theirs.stateHash);
    this.#hasDisagreed ||= !isSame;
    if (this.#hasDisagreed) this.#seen.unsee("levels");
    else this.#seen.see("levels");
    const messages = block.inboxMessages.length - PROTOCOL_MESSAGES;
    const parts = [
      grouped(level).padStart(5),
      `inbox ${(messages === 0 ? "empty" : counted(messages, "message")).padEnd(10)}`,
      `${grouped(ours.numTicks)} ticks`,
      `state ${shortState(ours.stateHash)}`,
      isSame ? "both nodes agree" : teller.styled("red", "THE OBSERVER DISAGREES"),
      ...(ours.commitmentHash === undefined ? [] : [`commitment ${shortCommitment(ours.commitmentHash)}`]),
    ];
    const line = `  ${parts.join("  ")}`;
    teller.line(messages === 0 ? teller.styled("dim", line) : line);
  }

  #tellOperation({ receipts }: AppliedOperation): void {
    for (const receipt of receipts) {
      const { operationResult } = receipt.metadata;
      if (operationResult.status !== "applied") continue;
      const text = this.#eventOf(receipt);
      if (text !== undefined) this.#news(text);
    }
  }

  /** What an applied operation means to the rollup. */
  #eventOf({ content, metadata: { operationResult } }: ContentReceipt): string | undefined {
    const who = nameOf(content.source);
    switch (content.kind) {
      case "smart_rollup_add_messages":
        return `${who} posts ${counted(content.messages.length, "external message")}: ${content.messages.map(shown).join(", ")}`;
      case "smart_rollup_publish": {
        this.#seen.see("published");
        const { inboxLevel, numberOfTicks } = content.commitment;
        return `${who} publishes the commitment of level ${grouped(inboxLevel)}, ${grouped(numberOfTicks)} ticks; bond ${tez(this.#world.bonds(who))}`;
      }
      case "smart_rollup_cement": {
        this.#seen.see("cemented");
        if (operationResult.status !== "applied" || !("inboxLevel" in operationResult.applied)) return undefined;
        const { inboxLevel, commitmentHash } = operationResult.applied;
        return `${who} cements the commitment ${shortCommitment(commitmentHash)} of level ${grouped(inboxLevel)}: it cannot be contested any more`;
      }
      default:
        return undefined;
    }
  }

  #news(text: string): void {
    this.#teller.line(`         ${this.#teller.styled("green", "*")} ${text}`);
  }

  // ---- Messages

  /** Sends a message now and then, and once the one that is to reach layer 1. */
  async #send(operator: DemoNode, level: number): Promise<void> {
    if (this.#blocks % MESSAGE_EVERY !== 0) return;
    if (this.#sent === 1 && this.#contract !== undefined) {
      const message = callOf(this.#contract);
      await this.#submit(operator, message);
      this.#errand = { stage: "sent", message };
      this.#news(`to the batcher: an outbox message of ${message.length} bytes, a call of ${this.#contract}`);
      return;
    }
    const text = `hello at level ${level}`;
    await this.#submit(operator, Buffer.from(text));
    this.#news(`to the batcher: ${JSON.stringify(text)}`);
  }

  async #submit({ rpc }: DemoNode, message: Uint8Array): Promise<void> {
    const [id] = expectArray(await rpc.post("/local/batcher/injection", [toHex(message)]));
    this.#waiting.push(expectString(id));
    this.#sent++;
  }

  /** Asks the batcher what has become of the messages. */
  async #followMessages({ rpc }: DemoNode): Promise<void> {
    for (const id of [...this.#waiting]) {
      const { status, layer1 } = expectObject(await rpc.get(`/local/batcher/queue/${id}`));
      if (status !== "included" && status !== "committed") continue;
      this.#waiting.splice(this.#waiting.indexOf(id), 1);
      this.#seen.see("message");
      this.#news(`batcher: message ${id.slice(0, 8)}… is ${status}, at level ${String(expectObject(layer1)["level"])}`);
    }
  }

  /** Once: where the ticks of a level went. */
  async #tellPhases({ rpc }: DemoNode, level: number): Promise<void> {
    if (this.#hasToldPhases) return;
    this.#hasToldPhases = true;
    const { phases } = expectObject(await rpc.get(`/local/proof/${level}/phases`));
    const sums = new Map<string, bigint>();
    for (const one of expectArray(phases)) {
      const phase = expectString(expectObject(one)["phase"]);
      sums.set(phase, (sums.get(phase) ?? 0n) + BigInt(expectString(expectObject(one)["ticks"])));
    }
    const told = [...sums].map(([phase, ticks]) => `${phase} ${grouped(ticks)}`).join(", ");
    this.#news(`its ticks, of each of which the node can give state and proof: ${told}`);
  }

  /** Looks what the level has put into its outbox. */
  async #readOutbox(operator: DemoNode, { level, stateHash }: L2Block): Promise<void> {
    const found = await operator.running.context.reader.outbox(stateHash, level);
    if (found.length > 0) await this.#tellPhases(operator, level);
    for (const [index, bytes] of found.entries()) {
      this.#seen.see("outbox");
      this.#news(`outbox of level ${grouped(level)}, message ${index}: ${shown(bytes)}`);
      const errand = this.#errand;
      if (errand.stage === "sent" && hashEquals(bytes, errand.message)) {
        this.#errand = { stage: "in outbox", level, index };
      }
    }
  }

  // ---- The message that reaches layer 1

  async #runErrand(block: Block, operator: DemoNode): Promise<void> {
    const errand = this.#errand;
    if (errand.stage === "in outbox" && operator.running.context.lcc.level >= errand.level) {
      await this.#execute(operator, errand.level, errand.index);
    }
    if (errand.stage !== "executing") return;
    const operation = operationIn(block, errand.operation);
    if (operation === undefined) return;
    this.#errand = { stage: "done" };
    for (const receipt of operation.receipts) this.#tellReceipt(receipt);
    await this.#tellStorage();
  }

  async #execute({ rpc }: DemoNode, level: number, index: number): Promise<void> {
    if (this.#rollup === undefined) return;
    const messages = expectArray(await rpc.get(`/global/block/cemented/outbox/${level}/messages`));
    const path = `/global/block/head/helpers/proofs/outbox/${level}/messages`;
    const answer = expectObject(await rpc.get(path, { query: { index } }));
    const outputProof = Buffer.from(expectString(answer["proof"]), "hex");
    const cementedCommitment: CommitmentHash = commitmentHashForm.fromJson(answer["commitment"]);
    this.#news(
      `level ${grouped(level)} is cemented with ${counted(messages.length, "outbox message")}; the node proves message ${index}: ${grouped(outputProof.length)} bytes`,
    );
    const operation = await this.#world.inject("bootstrap1", {
      body: { kind: "smart_rollup_execute_outbox_message", rollup: this.#rollup, cementedCommitment, outputProof },
    });
    this.#errand = { stage: "executing", operation };
    this.#news(`bootstrap1 asks layer 1 to execute it: ${encodeBase58Check("operationHash", operation)}`);
  }

  #tellReceipt({ content, metadata }: ContentReceipt): void {
    const { operationResult, internalOperationResults } = metadata;
    this.#news(`receipt: ${content.kind} ${operationResult.status}, fee ${tez(content.fee)}`);
    for (const internal of internalOperationResults) {
      if (internal.kind !== "transaction") continue;
      const value = internal.parameters?.value;
      const parameter =
        value === undefined ? "Unit" : JSON.stringify(value instanceof LazyMicheline ? value.value : value);
      this.#news(
        `  internal transaction ${internal.result.status}: ${internal.source} calls ${internal.destination} with ${parameter}`,
      );
      if (operationResult.status === "applied" && internal.result.status === "applied") this.#seen.see("executed");
    }
  }

  async #tellStorage(): Promise<void> {
    if (this.#contract === undefined) return;
    const storage = await this.#world.client.block().storage(this.#contract);
    this.#news(`storage of ${this.#contract}: ${JSON.stringify(storage)}`);
    if (JSON.stringify(storage) === JSON.stringify({ string: GREETING })) this.#seen.see("storage");
    if (!this.#seen.isComplete) return;
    const end = this.#isEndless ? " It goes on until you stop it, by Ctrl-C." : "";
    this.#news(this.#teller.styled("bold", `All there is to see has been seen.${end}`));
  }
}

/** The call of the contract, as layer 1 reads it from an outbox. */
function callOf(destination: ContractHash): Uint8Array {
  const parameters: Micheline = { string: GREETING };
  return serializeOutboxMessage({
    kind: "untyped",
    transactions: [{ parameters, destination, entrypoint: DEFAULT_ENTRYPOINT }],
  });
}

/** Text where it is text, else the number of bytes. */
function shown(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString("latin1");
  return /^[\x20-\x7e]{1,60}$/.test(text) ? JSON.stringify(text) : counted(bytes.length, "byte");
}
