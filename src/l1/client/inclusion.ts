// Waiting until an operation is in a block of the chain, with so many blocks on top of it: octez-client's way, which looks at
// the last blocks first and then at every new head.

import type { BlockHash, OperationHash } from "../../protocol/identifiers.js";
import { hashEquals } from "../../protocol/identifiers.js";
import { before, blockHashText } from "./block-id.js";
import type { BlockHeader, ShellHeader } from "./blocks.js";
import { InjectionError } from "./injection-error.js";
import type { L1Client } from "./l1-client.js";
import { isL1RpcError, L1RpcError } from "./rpc-error.js";

/** Where an operation stands. */
export interface Inclusion {
  readonly block: BlockHash;
  readonly pass: number;
  readonly index: number;
}

export type InclusionEvent =
  | { readonly kind: "found"; readonly inclusion: Inclusion }
  | { readonly kind: "confirmed"; readonly confirmations: number; readonly block: BlockHash }
  /** A block could not be fetched; the next head will bring it back. */
  | { readonly kind: "ignored"; readonly error: L1RpcError };

export interface InclusionOptions {
  /** Blocks wanted on top of the one with the operation; 0. */
  readonly confirmations?: number;
  /** Blocks looked back at when no branch is given; 10. */
  readonly predecessors?: number;
  /** Block the operation branches from: the first that may be followed by it. */
  readonly branch?: BlockHash;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: InclusionEvent) => void;
}

const DEFAULT_PREDECESSORS = 10;

/** A block by what matters here. */
interface Link {
  readonly hash: BlockHash;
  readonly header: ShellHeader;
}

/** The operation's block and the blocks on top of it; undefined for a block that neither has it nor is on top of it. */
type Standing = { readonly inclusion: Inclusion; readonly confirmations: number } | undefined;

/** Raises L1RpcError, or InjectionError "l1.injection.outdated" when the operation can not be included any more. */
export async function waitForInclusion(
  client: L1Client,
  operation: OperationHash,
  options: InclusionOptions = {},
): Promise<Inclusion> {
  const watch = new InclusionWatch(client, operation, options);
  const heads = client.heads(options.signal === undefined ? {} : { signal: options.signal });
  const first = await heads.next();
  if (first.done === true) throw ended(client);
  try {
    const found = await watch.lookBack(first.value);
    if (found !== undefined) return found;
    for await (const head of heads) {
      const included = await watch.lookAt(head);
      if (included !== undefined) return included;
    }
    throw ended(client);
  } finally {
    await heads.return(undefined).catch(() => undefined);
  }
}

function ended(client: L1Client): L1RpcError {
  const url = client.transport.address(`/monitor/heads/${client.chain}`);
  return new L1RpcError("l1.rpc.unreachable", "the node ended the stream of heads", { method: "GET", url });
}

class InclusionWatch {
  readonly #client: L1Client;
  readonly #operation: OperationHash;
  readonly #options: InclusionOptions;
  readonly #confirmations: number;
  readonly #standings = new Map<string, Standing>();

  constructor(client: L1Client, operation: OperationHash, options: InclusionOptions) {
    this.#client = client;
    this.#operation = operation;
    this.#options = options;
    this.#confirmations = options.confirmations ?? 0;
  }

  /** Looks at the last blocks, oldest first. */
  async lookBack(head: BlockHeader): Promise<Inclusion | undefined> {
    const depth = await this.#depth(head);
    const oldest = await this.#hashBefore(head.hash, depth + 1);
    if (oldest !== undefined) this.#standings.set(blockHashText(oldest), undefined);
    for (let back = depth; back >= 0; back--) {
      const block = this.#client.block(before(head.hash, back));
      const link = { hash: await block.hash(), header: await block.shellHeader() };
      const found = await this.#take(link);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** How many blocks to look back. */
  async #depth(head: BlockHeader): Promise<number> {
    const { branch, predecessors = DEFAULT_PREDECESSORS } = this.#options;
    if (branch === undefined) return Math.max(0, Math.min(predecessors, head.level - 1));
    const { level } = await this.#client.block(branch).shellHeader();
    return Math.max(0, head.level - level);
  }

  async #hashBefore(hash: BlockHash, back: number): Promise<BlockHash | undefined> {
    try {
      return await this.#client.block(before(hash, back)).hash();
    } catch (error) {
      if (isL1RpcError(error, "l1.rpc.not_found")) return undefined; // before the first block of the chain
      throw error;
    }
  }

  /** Looks at a new head, and at the blocks before it that are new as well. */
  async lookAt(head: BlockHeader): Promise<Inclusion | undefined> {
    for (const link of await this.#newBlocks(head)) {
      const found = await this.#take(link);
      if (found !== undefined) return found;
      if (this.#standings.get(blockHashText(link.hash)) === undefined) await this.#checkBranch();
    }
    return undefined;
  }

  /** Oldest first; none when one of them could not be fetched. */
  async #newBlocks(head: BlockHeader): Promise<readonly Link[]> {
    const links: Link[] = [{ hash: head.hash, header: head }];
    try {
      for (;;) {
        const { predecessor } = (links[0] as Link).header; // never empty
        if (this.#standings.has(blockHashText(predecessor))) return links;
        links.unshift({ hash: predecessor, header: await this.#client.block(predecessor).shellHeader() });
      }
    } catch (error) {
      if (!(error instanceof L1RpcError)) throw error;
      this.#options.onEvent?.({ kind: "ignored", error });
      return [];
    }
  }

  /** Takes in a block whose predecessor has been taken in; gives the inclusion when it has blocks enough on top. */
  async #take({ hash, header }: Link): Promise<Inclusion | undefined> {
    const standing = await this.#standingOf(hash, header.predecessor);
    this.#standings.set(blockHashText(hash), standing);
    return standing !== undefined && standing.confirmations >= this.#confirmations ? standing.inclusion : undefined;
  }

  async #standingOf(hash: BlockHash, predecessor: BlockHash): Promise<Standing> {
    const { onEvent } = this.#options;
    const below = this.#standings.get(blockHashText(predecessor));
    if (below !== undefined) {
      const confirmations = below.confirmations + 1;
      onEvent?.({ kind: "confirmed", confirmations, block: hash });
      return { inclusion: below.inclusion, confirmations };
    }
    const inclusion = await this.#findIn(hash);
    if (inclusion === undefined) return undefined;
    onEvent?.({ kind: "found", inclusion });
    return { inclusion, confirmations: 0 };
  }

  async #findIn(block: BlockHash): Promise<Inclusion | undefined> {
    const passes = await this.#client.block(block).operationHashes();
    for (const [pass, hashes] of passes.entries()) {
      const index = hashes.findIndex((hash) => hashEquals(hash, this.#operation));
      if (index >= 0) return { block, pass, index };
    }
    return undefined;
  }

  async #checkBranch(): Promise<void> {
    const { branch } = this.#options;
    if (branch === undefined) return;
    const live = await this.#client.block().liveBlocks();
    if (live.some((hash) => hashEquals(hash, branch))) return;
    throw new InjectionError("l1.injection.outdated", "the branch of the operation is too old");
  }
}
