// A game won by hand, as docs/refutation.md tells it: each move made by `tickproof refute` from a kernel and its inputs, and injected by
// `tickproof client`; no node is there.
import { expect, it } from "vitest";
import { toHex } from "../../../src/encoding/hex.js";
import type { Json } from "../../../src/encoding/json.js";
import { allConstantsToJson } from "../../../src/protocol/constants.js";
import { inboxForm } from "../../../src/protocol/inbox.js";
import { ALICE, BOB, QUICK } from "../../l1/sandbox/chain.js";
import { otherMessage, publishBoth, table } from "../../l1/sandbox/random-liars.js";
import { gameOf, moveDraft, startDraft } from "../../l1/sandbox/rollup.js";
import { blocksOf } from "../../node/games-offline/random-games.js";
import { tickproof } from "../harness.js";
import { serveChain } from "./harness.js";

const MOST_TURNS = 20;
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

it("wins a game with moves from files", async () => {
  const { chain, honest, liar: makeLiar } = table("echo", [text("one"), text("two")]);
  const liar = makeLiar({ tamper: otherMessage(honest, 2, "ONE") });
  publishBoth(honest, liar);
  const { client, endpoint } = await serveChain(chain);
  const { address, originationLevel, kernel } = honest.rollup;
  const inboxes = blocksOf(chain)
    .map(({ shell, inboxMessages }) => ({ level: shell.level, messages: inboxMessages.map(toHex) }))
    .filter(({ level }) => level > originationLevel);
  const origin = chain.sandbox.block(originationLevel) ?? expect.fail("no origination");
  const files = [
    client.write("kernel.wasm", kernel),
    ...["--inputs", client.write("inputs.json", JSON.stringify({ rollup: address, originationLevel, inboxes }))],
    ...["--inbox", client.write("inbox.json", JSON.stringify(inboxForm.toJson(origin.state.inbox)))],
    ...["--constants", client.write("constants.json", JSON.stringify(allConstantsToJson(QUICK)))],
  ];
  chain.apply(liar.account, startDraft(liar, honest));
  const games = `${endpoint}/chains/main/blocks/head/context/smart_rollups/smart_rollup/${address}/staker/${ALICE.address}/games`;
  let moves = 0;
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    const answer = (await (await fetch(games)).json()) as readonly Json[];
    if (answer.length === 0) break;
    const game = client.write("game.json", JSON.stringify(answer));
    const move = client.path("move.json");
    const made = await tickproof(["refute", ...files, "--game", game, "--as", ALICE.address, "-o", move]);
    if (made.code === 4) {
      chain.apply(liar.account, moveDraft(liar, ALICE, liar.move(gameOf(liar))));
      continue;
    }
    expect(made).toMatchObject({ code: 0, err: "" });
    await client.ok(["inject", "operations", move, "from", "bootstrap1"]);
    moves++;
  }
  expect(moves).toBeGreaterThan(4);
  expect(chain.bonds(BOB)).toBe(0n);
  expect(chain.bonds(ALICE)).toBe(10_000_000_000n);
}, 120_000);
