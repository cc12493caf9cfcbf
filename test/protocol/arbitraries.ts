// Random protocol values for property tests.
import fc from "fast-check";
import { encodeBase58Check } from "../../src/encoding/base58check.js";
import { LazyMicheline, type Micheline } from "../../src/encoding/micheline.js";
import { MICHELSON_PRIMITIVES } from "../../src/encoding/michelson-primitives.js";
import { type Chunk, chunkOf } from "../../src/protocol/dissection.js";
import { makeStakers } from "../../src/protocol/game.js";
import type {
  CommitmentHash,
  ContractHash,
  ProtocolHash,
  PublicKey,
  PublicKeyHash,
  RollupAddress,
  Signature,
  StateHash,
} from "../../src/protocol/identifiers.js";
import type { InputProof } from "../../src/protocol/input-proof.js";
import type { Content, ManagerContent } from "../../src/protocol/operation-contents.js";
import type { Refutation } from "../../src/protocol/refutation.js";

export function bytesOf<T extends Uint8Array>(length: number): fc.Arbitrary<T> {
  return fc.uint8Array({ minLength: length, maxLength: length }) as fc.Arbitrary<Uint8Array> as fc.Arbitrary<T>;
}

export const someBytes = (maxLength = 40): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength });
export const stateHash = bytesOf<StateHash>(32);
export const commitmentHash = bytesOf<CommitmentHash>(32);
export const publicKeyHash: fc.Arbitrary<PublicKeyHash> = fc
  .tuple(fc.constantFrom("tz1", "tz2", "tz3", "tz4", "tz5"), bytesOf(20))
  .map(([kind, payload]) => encodeBase58Check(kind, payload) as PublicKeyHash);
export const contractHash: fc.Arbitrary<ContractHash> = bytesOf(20).map(
  (payload) => encodeBase58Check("KT1", payload) as ContractHash,
);
export const rollupAddress: fc.Arbitrary<RollupAddress> = bytesOf(20).map(
  (payload) => encodeBase58Check("rollupAddress", payload) as RollupAddress,
);
export const contract = fc.oneof(publicKeyHash, contractHash);
export const publicKey: fc.Arbitrary<PublicKey> = fc.oneof(
  bytesOf(32).map((raw) => encodeBase58Check("ed25519PublicKey", raw) as PublicKey),
  bytesOf(33).map((raw) => encodeBase58Check("secp256k1PublicKey", raw) as PublicKey),
  bytesOf(33).map((raw) => encodeBase58Check("p256PublicKey", raw) as PublicKey),
  bytesOf(48).map((raw) => encodeBase58Check("blsPublicKey", raw) as PublicKey),
);
export const level = fc.nat({ max: 0x7fffffff });
export const mutez = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
export const tick = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 80n }), fc.bigInt({ min: 0n, max: 200n }));

const annotation = fc
  .tuple(fc.constantFrom("@", ":", "$", "&", "%", "!", "?"), fc.stringMatching(/^[A-Za-z0-9_.%@]{0,12}$/))
  .map(([sigil, name]) => sigil + name);

export const micheline: fc.Arbitrary<Micheline> = fc.letrec<{ node: Micheline; application: Micheline }>((tie) => ({
  node: fc.oneof(
    { depthSize: "small" },
    fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map((int) => ({ int: int.toString() })),
    fc.string({ unit: "grapheme", maxLength: 12 }).map((string) => ({ string })),
    someBytes(12).map((bytes) => ({ bytes: Buffer.from(bytes).toString("hex") })),
    fc.array(tie("node"), { maxLength: 4 }),
    tie("application"),
  ),
  application: fc
    .tuple(
      fc.constantFrom(...MICHELSON_PRIMITIVES),
      fc.array(tie("node"), { maxLength: 4 }),
      fc.array(annotation, { maxLength: 3 }),
    )
    .map(([prim, args, annots]) => ({
      prim,
      ...(args.length > 0 ? { args } : {}),
      ...(annots.length > 0 ? { annots } : {}),
    })),
})).node;

export const lazyMicheline = micheline.map(LazyMicheline.ofValue);

export const chunk: fc.Arbitrary<Chunk> = fc
  .tuple(tick, fc.option(stateHash, { nil: undefined }))
  .map(([at, state]) => chunkOf(at, state));

export const inputProof: fc.Arbitrary<InputProof> = fc.oneof(
  fc.record({
    kind: fc.constant("inbox" as const),
    level,
    messageCounter: tick,
    serializedProof: someBytes(),
  }),
  fc.record({
    kind: fc.constant("reveal" as const),
    proof: fc.oneof(
      fc.record({ kind: fc.constant("rawData" as const), rawData: someBytes(300) }),
      fc.constant({ kind: "metadata" as const }),
      fc.constant({ kind: "dalParameters" as const }),
      fc.record({
        kind: fc.constant("dalPage" as const),
        pageId: fc.record({
          publishedLevel: level,
          slotIndex: fc.nat({ max: 255 }),
          pageIndex: fc.integer({ min: -0x8000, max: 0x7fff }),
        }),
        proof: someBytes(),
      }),
    ),
  }),
  fc.constant({ kind: "firstInput" as const }),
);

/** A record in which the fields of `optional` may be absent. */
function withOptional<T extends object, O extends object>(
  required: fc.Arbitrary<T>,
  optional: fc.Arbitrary<O>,
): fc.Arbitrary<T & O> {
  return fc.tuple(required, optional).map(([a, b]) => ({ ...a, ...b }));
}

function maybe<K extends string, T>(key: K, value: fc.Arbitrary<T>): fc.Arbitrary<{ readonly [P in K]?: T }> {
  return fc
    .option(value, { nil: undefined })
    .map((given) => (given === undefined ? {} : { [key]: given })) as fc.Arbitrary<{
    readonly [P in K]?: T;
  }>;
}

export const refutation: fc.Arbitrary<Refutation> = fc.oneof(
  fc.record({
    kind: fc.constant("start" as const),
    playerCommitmentHash: commitmentHash,
    opponentCommitmentHash: commitmentHash,
  }),
  fc.record({
    kind: fc.constant("move" as const),
    choice: tick,
    step: fc.oneof(
      fc.array(chunk, { maxLength: 34 }),
      withOptional(fc.record({ pvmStep: someBytes() }), maybe("inputProof", inputProof)),
    ),
  }),
);

const header = fc.record({
  source: publicKeyHash,
  fee: mutez,
  counter: fc.bigInt({ min: 0n, max: 2n ** 70n - 1n }),
  gasLimit: fc.bigInt({ min: 0n, max: 2n ** 50n }),
  storageLimit: fc.bigInt({ min: 0n, max: 2n ** 70n - 1n }),
});

const entrypoint = fc.oneof(
  fc.constantFrom("default", "root", "do", "stake", "set_delegate_parameters"),
  fc.stringMatching(/^[a-z_]{1,31}$/),
);
const commitment = fc.record({
  compressedState: stateHash,
  inboxLevel: level,
  predecessor: commitmentHash,
  numberOfTicks: mutez,
});
const signature = bytesOf<Signature>(96);

function manager<K extends ManagerContent["kind"], T extends object>(
  kind: K,
  fields: fc.Arbitrary<T>,
): fc.Arbitrary<{ readonly kind: K } & T> {
  return fc.tuple(header, fields).map(([common, own]) => ({ kind, ...common, ...own }));
}

export const managerContent = fc.oneof(
  manager("reveal", withOptional(fc.record({ publicKey }), maybe("proof", signature))),
  manager(
    "transaction",
    withOptional(
      fc.record({ amount: mutez, destination: contract }),
      maybe("parameters", fc.record({ entrypoint, value: lazyMicheline })),
    ),
  ),
  manager(
    "origination",
    withOptional(
      fc.record({ balance: mutez, script: fc.record({ code: lazyMicheline, storage: lazyMicheline }) }),
      maybe("delegate", publicKeyHash),
    ),
  ),
  manager("delegation", maybe("delegate", publicKeyHash)),
  manager("register_global_constant", fc.record({ value: lazyMicheline })),
  manager("set_deposits_limit", maybe("limit", mutez)),
  manager(
    "increase_paid_storage",
    fc.record({ amount: fc.bigInt({ min: -100n, max: 2n ** 65n }), destination: contractHash }),
  ),
  manager("update_consensus_key", withOptional(fc.record({ publicKey }), maybe("proof", signature))),
  manager("update_companion_key", withOptional(fc.record({ publicKey }), maybe("proof", signature))),
  manager(
    "transfer_ticket",
    fc.record({
      ticketContents: lazyMicheline,
      ticketType: lazyMicheline,
      ticketTicketer: contract,
      ticketAmount: fc.bigInt({ min: 1n, max: 2n ** 65n }),
      destination: contract,
      entrypoint,
    }),
  ),
  manager(
    "smart_rollup_originate",
    withOptional(
      fc.record({
        pvmKind: fc.constantFrom("arith", "wasm_2_0_0", "riscv"),
        kernel: someBytes(200),
        parametersType: lazyMicheline,
      }),
      maybe("whitelist", fc.array(publicKeyHash, { maxLength: 5 })),
    ),
  ),
  manager("smart_rollup_add_messages", fc.record({ messages: fc.array(someBytes(60), { maxLength: 5 }) })),
  manager("smart_rollup_cement", fc.record({ rollup: rollupAddress })),
  manager("smart_rollup_publish", fc.record({ rollup: rollupAddress, commitment })),
  manager("smart_rollup_refute", fc.record({ rollup: rollupAddress, opponent: publicKeyHash, refutation })),
  manager(
    "smart_rollup_timeout",
    fc.record({
      rollup: rollupAddress,
      stakers: fc.tuple(publicKeyHash, publicKeyHash).map(([a, b]) => makeStakers(a, b)),
    }),
  ),
  manager(
    "smart_rollup_execute_outbox_message",
    fc.record({ rollup: rollupAddress, cementedCommitment: commitmentHash, outputProof: someBytes(100) }),
  ),
  manager("smart_rollup_recover_bond", fc.record({ rollup: rollupAddress, staker: publicKeyHash })),
) as fc.Arbitrary<ManagerContent>; // each of the kind its name says: the compiler loses track of optional fields

const int32 = fc.integer({ min: -0x80000000, max: 0x7fffffff });

export const loneContent: fc.Arbitrary<Content> = fc.oneof(
  fc.record({ kind: fc.constant("seed_nonce_revelation" as const), level, nonce: bytesOf(32) }),
  fc.record({ kind: fc.constant("activate_account" as const), publicKeyHash: bytesOf(20), secret: bytesOf(20) }),
  fc.record({
    kind: fc.constant("proposals" as const),
    source: publicKeyHash,
    period: int32,
    proposals: fc.array(bytesOf<ProtocolHash>(32), { maxLength: 20 }),
  }),
  fc.record({
    kind: fc.constant("ballot" as const),
    source: publicKeyHash,
    period: int32,
    proposal: bytesOf<ProtocolHash>(32),
    ballot: fc.constantFrom("yay" as const, "nay" as const, "pass" as const),
  }),
  fc.record({
    kind: fc.constant("drain_delegate" as const),
    consensusKey: publicKeyHash,
    delegate: publicKeyHash,
    destination: publicKeyHash,
  }),
  fc.record({ kind: fc.constant("failing_noop" as const), arbitrary: someBytes() }),
);

/** The contents of an operation: several of managers, or one. */
export const group: fc.Arbitrary<readonly Content[]> = fc.oneof(
  fc.array(managerContent, { minLength: 1, maxLength: 4 }),
  loneContent.map((content) => [content]),
);
