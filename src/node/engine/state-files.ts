// Where the engine keeps things in a data directory.

/** States, as Merkle nodes, beside the store. */
export const STATES_FILE = "states.sqlite";
/** A file a preimage, named by its hash in hexadecimal. */
export const PREIMAGES_DIR = "wasm_2_0_0";
