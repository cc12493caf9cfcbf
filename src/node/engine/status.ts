// What a machine is doing, in Octez's words (node.md §5.3; reference: Sc_rollup_PVM_sig.pp_status and wasm_2_0_0 status).

import { encodeBase58Check } from "../../encoding/base58check.js";
import { toHex } from "../../encoding/hex.js";
import { type RevealActivation, readRevealRequest } from "../../protocol/reveal.js";
import type { Machine } from "../../pvm/machine.js";

export function statusOf(machine: Machine, activation: RevealActivation): string {
  const request = machine.inputRequest();
  if (request.tag === "none") return "Computing";
  if (request.tag === "input") return "Waiting for input message";
  const read = readRevealRequest(request.request, machine.lastInput?.level, activation);
  switch (read.kind) {
    case "rawData":
      return `Waiting for preimage reveal ${encodeBase58Check("revealHash", read.hash.subarray(1))}`;
    case "metadata":
      return "Waiting for metadata";
    case "dalParameters":
      return "Waiting for DAL parameters";
    case "dalPage":
    case "adaptiveDalPage":
      return `Waiting for page data ${toHex(request.request)}`;
  }
}
