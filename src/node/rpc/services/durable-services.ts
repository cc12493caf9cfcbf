// Reads of durable storage at a block (node.md §5.3). Values may be large, and directories too: these are among the heavy services.

import { nullable as nullableForm } from "../../../encoding/form.js";
import { bytesForm, int64Form } from "../../../encoding/form-leaves.js";
import { toHex } from "../../../encoding/hex.js";
import type { StateHash } from "../../../protocol/identifiers.js";
import { coded } from "../answer.js";
import { textField } from "../http/query.js";
import type { NodeView } from "../node-view.js";
import { arrayOf, hex, nullable, object } from "../schema.js";
import { INT64, TEXT } from "../schemas/shared.js";
import { type Service, service } from "../service.js";
import { type BlockId, blockArgument } from "./arguments.js";
import { findBlock, withState } from "./blocks.js";

const at = <W extends string>(word: W) => ["global", "block", blockArgument, "durable", "wasm_2_0_0", word] as const;

async function read<T>(node: NodeView, id: BlockId, ask: (state: StateHash) => Promise<T>): Promise<T> {
  return withState(node, await findBlock(node, id), ask);
}

const OF_BLOCK = "PVM state is taken with respect to the specified block level.";

export const DURABLE_SERVICES: readonly Service[] = [
  service({
    method: "GET",
    path: at("value"),
    description: `Retrieve value by key from PVM durable storage. ${OF_BLOCK} Value returned in hex format.`,
    query: { key: textField },
    output: nullable(hex),
    serve: async ({ node, args: [id], query: { key } }) => {
      const value = await read(node, id, (state) => node.engine.durableValue(state, key));
      return coded(nullableForm(bytesForm), value);
    },
  }),
  service({
    method: "GET",
    path: at("length"),
    description: `Retrieve number of bytes in raw representation of value by key from PVM durable storage. ${OF_BLOCK}`,
    query: { key: textField },
    output: nullable(INT64),
    serve: async ({ node, args: [id], query: { key } }) => {
      const length = await read(node, id, (state) => node.engine.durableLength(state, key));
      return coded(nullableForm(int64Form), length);
    },
  }),
  service({
    method: "GET",
    path: at("subkeys"),
    description: `Retrieve subkeys of the specified key from PVM durable storage. ${OF_BLOCK}`,
    query: { key: textField },
    output: arrayOf(TEXT),
    isHeavy: true,
    serve: ({ node, args: [id], query: { key } }) => read(node, id, (state) => node.engine.durableSubkeys(state, key)),
  }),
  service({
    method: "GET",
    path: at("values"),
    description: `Retrieve values directly under a given key from PVM durable storage. ${OF_BLOCK}`,
    query: { key: textField },
    output: arrayOf(object({ key: TEXT, value: hex })),
    isHeavy: true,
    serve: async ({ node, args: [id], query: { key } }) => {
      const values = await read(node, id, (state) => node.engine.durableValues(state, key));
      return values.map((one) => ({ key: one.key, value: toHex(one.value) }));
    },
  }),
];
