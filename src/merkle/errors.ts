/** Errors of the Merkle layer. All carry a stable `code`; see each class for what it means to the caller. */

/** A path inside a tree: the steps from its root. */
export type Path = readonly string[];

export function printPath(path: Path): string {
  return `/${path.join("/")}`;
}

/** Base class: something about a tree, a proof or a stored state. */
export class MerkleError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = new.target.name;
    this.code = code;
  }
}

/**
 * A part of the tree was needed of which only the hash is known: in a proof it was left out (the proof is invalid), in a store it is lost.
 * It is never turned into a stuck state or into default contents.
 */
export class MissingNode extends MerkleError {
  readonly hash: Uint8Array;
  constructor(hash: Uint8Array, what: "leaf" | "directory" | "inode") {
    super("merkle.missing_node", `missing ${what} ${Buffer.from(hash).toString("hex")}`);
    this.hash = hash;
  }
}

/** A stored state has no leaf (or no union tag) where its schema requires one. */
export class KeyNotFound extends MerkleError {
  readonly path: Path;
  constructor(path: Path) {
    super("merkle.key_not_found", `no value at ${printPath(path)}`);
    this.path = path;
  }
}

/** A leaf or a tag is there but does not decode. */
export class MalformedState extends MerkleError {
  readonly path: Path;
  constructor(path: Path, why: string) {
    super("merkle.malformed_state", `${printPath(path)}: ${why}`);
    this.path = path;
  }
}

/** A serialized proof that does not decode, or whose parts contradict each other. `offset` counts bytes from its start. */
export class MalformedProof extends MerkleError {
  readonly offset: number;
  constructor(why: string, offset: number) {
    super("merkle.malformed_proof", `malformed proof at byte ${offset}: ${why}`);
    this.offset = offset;
  }
}

/** A proof that decodes but does not prove what it claims. */
export class InvalidProof extends MerkleError {
  constructor(why: string) {
    super("merkle.invalid_proof", `invalid proof: ${why}`);
  }
}

/**
 * A state that grows beyond what this machine can hold and hash. The reference needs more memory than there is for it, too; it is not an
 * error of the guest with a state of its own, and ends whatever run or proof it happens in.
 */
export class StateTooLarge extends MerkleError {
  constructor(what: string) {
    super("merkle.state_too_large", `the state is too large: ${what}`);
  }
}
