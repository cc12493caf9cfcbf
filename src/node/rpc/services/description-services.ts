// `/openapi` and `/describe`: what the node serves, made of the table of services (node.md §5.1, §5.3).

import { isBase58Check } from "../../../encoding/base58check.js";
import { protocolHashForm } from "../../../protocol/identifiers.js";
import { failure } from "../answer.js";
import { describeAt, SERVICE_TREE } from "../describe.js";
import { BadArgument } from "../http/directory.js";
import { boolField, type QueryField } from "../http/query.js";
import type { NodeView } from "../node-view.js";
import { openApiOf } from "../openapi-document.js";
import { anything } from "../schema.js";
import { type Service, service } from "../service.js";

const protocolField: QueryField<string | undefined> = {
  type: "Protocol_hash",
  description: "Protocol_hash (Base58Check-encoded)",
  optional: true,
  otherwise: undefined,
  parse(text) {
    if (isBase58Check("protocolHash", text)) return text;
    throw new BadArgument(`failed to decode a base58-encoded data (Protocol_hash): ${JSON.stringify(text)}`);
  },
};

function checkedProtocol(node: NodeView, asked: string | undefined): string {
  const current = protocolHashForm.toJson(node.protocol().hash) as string; // base58check
  if (asked === undefined || asked === current || node.knownProtocols.includes(asked)) return asked ?? current;
  throw failure(`Unknown protocol ${asked}`);
}

/** `all`: the table of services, these among them. */
export function descriptionServices(all: () => readonly Service[]): readonly Service[] {
  return [
    service({
      method: "GET",
      path: ["openapi"],
      description: "OpenAPI specification of RPCs for rollup node",
      query: { protocol: protocolField },
      output: anything,
      serve: ({ node, query }) =>
        openApiOf(all(), { protocol: checkedProtocol(node, query.protocol), version: node.version.version }),
    }),
    service({
      method: "GET",
      path: ["describe"],
      description: "RPCs documentation and input/output schema",
      query: { recurse: boolField(false) },
      output: SERVICE_TREE,
      takesAnyEnding: true,
      serve: ({ query: { recurse }, ending }) => describeAt(all(), ending, recurse),
    }),
  ];
}
