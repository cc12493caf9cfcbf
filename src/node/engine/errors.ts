// What goes wrong around the machine in the node. What goes wrong inside it is one of its states.

export type EngineErrorCode =
  /** The state asked for is not in the store, or not whole. */
  | "node.engine.missing_state"
  /** A preimage that nobody has; `hash` in hexadecimal. Octez: sc_rollup.node.could_not_open_reveal_preimage_file. */
  | "node.engine.missing_preimage"
  /** A file that should hold a preimage, and does not. Octez: sc_rollup.node.wrong_hash_of_reveal_preimage. */
  | "node.engine.wrong_preimage"
  /** A preimage longer than an input may be. Octez: sc_rollup.node.could_not_encode_raw_data. */
  | "node.engine.preimage_too_long"
  /** A page of the DAL, which is not served. */
  | "node.engine.no_dal"
  /** A key of durable storage that is none. */
  | "node.engine.bad_key"
  /** A tick outside of the stretch. */
  | "node.engine.no_such_tick"
  | "node.engine.no_output"
  /** The machine asks for messages that it was not given, or takes less than it was given: a bug, or a damaged store. */
  | "node.engine.inconsistent"
  /** The store of nodes cannot be read or written. */
  | "node.engine.store"
  | "node.engine.closed"
  /** Its thread has ended: no memory left, or a bug. */
  | "node.engine.died";

/** What Octez calls these. */
const OCTEZ_IDS: { readonly [C in EngineErrorCode]?: string } = {
  "node.engine.missing_state": "internal.missing_pvm_state",
  "node.engine.missing_preimage": "sc_rollup.node.could_not_open_reveal_preimage_file",
  "node.engine.wrong_preimage": "sc_rollup.node.wrong_hash_of_reveal_preimage",
  "node.engine.preimage_too_long": "sc_rollup.node.could_not_encode_raw_data",
};

export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly code: EngineErrorCode;
  /** What it is about: a hash, a key, a tick. */
  readonly about: string;

  constructor(code: EngineErrorCode, message: string, about: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.about = about;
  }

  /** As Octez prints errors. */
  toJson(): { readonly [name: string]: string } {
    return { kind: "permanent", id: OCTEZ_IDS[this.code] ?? this.code, error: this.message, about: this.about };
  }
}
