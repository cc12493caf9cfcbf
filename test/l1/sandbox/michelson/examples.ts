// Contracts that several tests use.

import { scriptOf } from "./harness.js";

/** Keeps a number, which `set` replaces and `get` sends to whoever asks. */
export const KEEPER = scriptOf(`
  parameter (or (nat %set) (pair %get unit (contract nat)));
  storage nat;
  code { UNPAIR;
         IF_LEFT { SWAP; DROP; NIL operation; PAIR }
                 { CDR; PUSH mutez 0; DUP 3; TRANSFER_TOKENS; NIL operation; SWAP; CONS; PAIR } }`);

/** Puts a number under a name in a big map, or takes it away; fails for names that are empty. */
export const REGISTER = scriptOf(`
  parameter (pair (string :name) (option :number nat));
  storage (pair (address %owner) (big_map %ledger string nat));
  code { UNPAIR; UNPAIR;
         DUP; SIZE; INT; EQ; IF { PUSH string "no name"; FAILWITH } {};
         DIP 2 { UNPAIR; SWAP }; UPDATE; SWAP; PAIR; NIL operation; PAIR }`);
