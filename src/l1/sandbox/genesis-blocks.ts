// The first two blocks (reference: config_file.ml, block_repr.ml, proto_genesis): the genesis block, whose hash is a given, not the hash of
// its header, and on top of it the block that activates the first protocol, with bootstrap accounts and the first inbox.

import { blake2b256 } from "../../crypto/blake2b.js";
import { addressOf, parsePublicKey, type SecretKey, sign } from "../../crypto/keys.js";
import { decodeBase58Check } from "../../encoding/base58check.js";
import { ByteWriter, encode } from "../../encoding/binary.js";
import { bsonCodec } from "../../encoding/bson.js";
import type { Json } from "../../encoding/json.js";
import { type Constants, SANDBOX_CONSTANTS } from "../../protocol/constants.js";
import { constantsForm } from "../../protocol/constants-form.js";
import {
  type BlockHash,
  type ChainId,
  type PublicKeyHash,
  publicKeyHash,
  SIGNATURE_BYTES,
  type Signature,
} from "../../protocol/identifiers.js";
import { genesisInbox } from "../../protocol/inbox.js";
import { frameLevel } from "../../protocol/level-frame.js";
import { PayloadList } from "../../protocol/payload-list.js";
import { FIRST_BIG_MAP } from "./big-maps.js";
import type { Block } from "./block.js";
import type { BootstrapAccount } from "./bootstrap.js";
import type { ChainState, ImplicitAccount } from "./chain-state.js";
import {
  type Activation,
  activationDataForm,
  blockWatermark,
  encodeHeader,
  hashHeader,
  makeFitness,
  type ShellHeader,
} from "./header.js";
import { NO_OPERATIONS_ROOT } from "./operations-hash.js";
import { PersistentMap } from "./persistent-map.js";
import { GENESIS_PROTOCOL, type Protocol } from "./protocols.js";

/** The genesis block of sandboxes of Octez. */
const GENESIS_HASH = decodeBase58Check("blockHash", "BLockGenesisGenesisGenesisGenesisGenesisf79b5d1CoW2") as BlockHash;
/** 2018-06-30T16:07:32Z. */
export const GENESIS_TIME = 1_530_374_852n;

const CHAIN_ID_BYTES = 4;

/** The chain of a genesis block: the first bytes of its hash's hash. */
export function chainIdOf(genesis: BlockHash): ChainId {
  return blake2b256(genesis).slice(0, CHAIN_ID_BYTES) as ChainId;
}

function emptyState(constants: Constants): ChainState {
  return {
    constants,
    activationLevel: 0,
    pastPeriods: [],
    globalCounter: 0n,
    accounts: PersistentMap.empty(),
    contracts: PersistentMap.empty(),
    bigMaps: PersistentMap.empty(),
    nextBigMap: FIRST_BIG_MAP,
    frozenBonds: PersistentMap.empty(),
    tickets: PersistentMap.empty(),
    ticketBytes: { used: 0n, paid: 0n },
    rollups: PersistentMap.empty(),
    inbox: genesisInbox(0, PayloadList.of(frameLevel([])).witness),
    signals: PersistentMap.empty(),
  };
}

export function genesisBlock(): Block {
  const shell: ShellHeader = {
    level: 0,
    protoLevel: 0,
    predecessor: GENESIS_HASH,
    timestamp: GENESIS_TIME,
    validationPasses: 0,
    operationsHash: NO_OPERATIONS_ROOT,
    fitness: [],
    context: blake2b256(GENESIS_HASH),
  };
  return {
    chainId: chainIdOf(GENESIS_HASH),
    hash: GENESIS_HASH,
    shell,
    protocolData: new Uint8Array(0),
    protocol: GENESIS_PROTOCOL,
    nextProtocol: GENESIS_PROTOCOL,
    operations: [],
    round: 0,
    fees: 0n,
    consumedMilligas: 0n,
    inboxMessages: [],
    state: emptyState(SANDBOX_CONSTANTS),
  };
}

export interface ActivationOptions {
  readonly genesis: Block;
  readonly protocol: Protocol;
  readonly constants: Constants;
  readonly accounts: readonly BootstrapAccount[];
  /** Seconds. */
  readonly timestamp: bigint;
  readonly key: SecretKey;
}

/** Block 1. */
export function activationBlock(options: ActivationOptions): Block {
  const { genesis, protocol, constants, timestamp, key } = options;
  const level = 1;
  const content: Activation = {
    hash: protocol.hash,
    fitness: makeFitness(level, 0, 0),
    protocolParameters: encode(bsonCodec, parametersJson(options)),
  };
  const frame = {
    info: { predecessor: genesis.hash, predecessorTimestamp: timestamp },
    protocol: protocol.versionName,
  };
  const payloads = PayloadList.of(frameLevel([], frame));
  const shell: ShellHeader = {
    level,
    protoLevel: 1,
    predecessor: genesis.hash,
    timestamp,
    validationPasses: 0,
    operationsHash: NO_OPERATIONS_ROOT,
    fitness: content.fitness,
    context: blake2b256(Buffer.concat([genesis.shell.context, content.protocolParameters])),
  };
  const protocolData = encode(activationDataForm, { content, signature: signActivation(shell, content, genesis, key) });
  return {
    chainId: genesis.chainId,
    hash: hashHeader(shell, protocolData),
    shell,
    protocolData,
    protocol: GENESIS_PROTOCOL,
    nextProtocol: protocol,
    operations: [],
    round: 0,
    fees: 0n,
    consumedMilligas: 0n,
    inboxMessages: payloads.messages,
    state: {
      ...emptyState(constants),
      activationLevel: level,
      accounts: PersistentMap.of(options.accounts.map(bootstrapAccount)),
      inbox: genesisInbox(level, payloads.witness),
    },
  };
}

/** Bootstrap accounts are delegates. */
function bootstrapAccount({ publicKey, balance }: BootstrapAccount): readonly [PublicKeyHash, ImplicitAccount] {
  const address = publicKeyHash(addressOf(parsePublicKey(publicKey)));
  return [address, { balance, counter: 0n, publicKey, delegate: address }];
}

/** What an Octez sandbox's file of parameters says. */
function parametersJson({ accounts, constants }: ActivationOptions): Json {
  return {
    bootstrap_accounts: accounts.map(({ publicKey, balance }) => [publicKey, balance.toString()]),
    ...(constantsForm.toJson(constants) as { readonly [name: string]: Json }),
  };
}

function signActivation(shell: ShellHeader, content: Activation, genesis: Block, key: SecretKey): Signature {
  const unsigned = encode(activationDataForm, { content, signature: new Uint8Array(SIGNATURE_BYTES) as Signature });
  const w = new ByteWriter();
  w.raw(encodeHeader(shell, unsigned.subarray(0, unsigned.length - SIGNATURE_BYTES)));
  return sign(key, w.finish(), blockWatermark(genesis.chainId)).bytes as Signature;
}
