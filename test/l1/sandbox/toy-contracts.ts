// Small contracts, each by a word: enough to see what the chain does around contracts.
//   SWAP             keeps its parameter as its storage
//   TRANSFER_TOKENS  sends the tez it got to the address in its storage
//   TICKET           makes as many tickets of "toy" as its parameter says and sends them to the address in its storage
//   FAILWITH         fails with its parameter
//   LOOP             never ends
import type { Micheline, MichelinePrim } from "../../../src/encoding/micheline.js";
import { MichelsonRuntime } from "../../../src/l1/sandbox/michelson/runtime.js";
import { michelson } from "./michelson/harness.js";

export type ToyWord = "SWAP" | "TRANSFER_TOKENS" | "TICKET" | "FAILWITH" | "LOOP";

const prim = (name: string, ...args: Micheline[]): MichelinePrim =>
  args.length === 0 ? { prim: name } : { prim: name, args };

export const NAT = prim("nat");
export const STRING = prim("string");
export const ADDRESS = prim("address");
export const TICKET_TYPE = prim("ticket", STRING);

export const RUNTIME = new MichelsonRuntime();

const CODE: Readonly<Record<ToyWord, string>> = {
  SWAP: "{ CAR; NIL operation; PAIR }",
  TRANSFER_TOKENS: `{ CDR; DUP; CONTRACT unit; IF_NONE { FAIL } {};
                      AMOUNT; UNIT; TRANSFER_TOKENS; NIL operation; SWAP; CONS; PAIR }`,
  TICKET: `{ UNPAIR; PUSH string "toy"; TICKET; ASSERT_SOME;
             DUP 2; CONTRACT (ticket string); ASSERT_SOME;
             PUSH mutez 0; DIG 2; TRANSFER_TOKENS; NIL operation; SWAP; CONS; PAIR }`,
  FAILWITH: "{ CAR; FAILWITH }",
  LOOP: "{ PUSH bool True; LOOP { PUSH bool True }; CDR; NIL operation; PAIR }",
};

/** Code that takes `parameter`. */
export function toyCode(word: ToyWord, parameter: Micheline): Micheline {
  const storage = word === "SWAP" ? parameter : ADDRESS;
  return [prim("parameter", parameter), prim("storage", storage), prim("code", michelson(CODE[word]))];
}
