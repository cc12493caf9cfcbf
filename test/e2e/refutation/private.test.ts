// Private rollups and bailouts, with nodes as processes (reference: the whitelist and bailout tests of tezt/tests/sc_rollup.ml).
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { serializeOutboxMessage } from "../../../src/protocol/outbox-message.js";
import { compiledProgram } from "../../compiled-program.js";
import type { Account } from "../../l1/sandbox/chain.js";
import { assemble } from "../../l1/sandbox/rollup.js";
import { Arena, bootstrap } from "./arena.js";
import type { NodeProcess } from "./node-process.js";

/** The long form of the tests: `FULL=1 npm test`. */
const FULL = process.env["FULL"] === "1";

const CONSTANTS = {
  smart_rollup_commitment_period_in_blocks: 2,
  smart_rollup_challenge_window_in_blocks: 5,
};
const STAKE = 10_000_000_000n;
const [FIRST, SECOND, THIRD] = [bootstrap(1), bootstrap(2), bootstrap(3)];
const SENDER = bootstrap(5);
/** Blocks until what a message says is executed: a period, finality, the window, and cementing. */
const LONG_ENOUGH = 25;

describe("nodes as processes", () => {
  const folder = mkdtempSync(join(tmpdir(), "tickproof-private-"));
  const program = compiledProgram();
  const arenas: Arena[] = [];
  afterAll(async () => {
    await Promise.all(arenas.map((arena) => arena.close()));
    rmSync(folder, { recursive: true, force: true });
  });

  const open = async (name: string, whitelist?: readonly Account[]): Promise<Arena> => {
    const arena = await Arena.open({
      program,
      folder: join(folder, name),
      constants: CONSTANTS,
      kernel: assemble("echo"),
      ...(whitelist === undefined ? {} : { whitelist }),
    });
    arenas.push(arena);
    return arena;
  };

  const bakeUntil = async (arena: Arena, holds: () => boolean): Promise<void> => {
    expect(await arena.bakeUntil(holds, arena.chain.level + LONG_ENOUGH), arena.describe()).toBe(true);
  };

  const operator = (arena: Arena, account: Account): NodeProcess =>
    arena.start({ name: account.alias, account, mode: "operator" });

  it.skipIf(!FULL).concurrent(
    "of a private rollup serve those on its whitelist, and keep it up to date",
    {
      timeout: 900_000,
    },
    async () => {
      const arena = await open("private", [FIRST]);
      const { chain } = arena;
      const whitelist = (): ReadonlySet<string> | null => {
        const list = chain.sandbox.context(chain.head).rollup(arena.rollup.address).whitelist();
        return list === null ? null : new Set(list);
      };
      const update = (listed: readonly Account[] | null): Uint8Array =>
        serializeOutboxMessage({
          kind: "whitelistUpdate",
          ...(listed === null ? {} : { whitelist: listed.map(({ address }) => address) }),
        });
      const first = operator(arena, FIRST);
      const uninvited = operator(arena, SECOND);
      expect(await uninvited.ended).toBe(1);
      expect(uninvited.said).toContain("The operator is not in the whitelist.");
      await bakeUntil(arena, () => chain.bonds(FIRST) === STAKE);

      arena.send(SENDER, [update([FIRST, SECOND])]);
      await bakeUntil(arena, () => whitelist()?.has(SECOND.address) === true);
      expect(first.named("smart_rollup_node_publish_execute_whitelist_update").length).toBe(1);
      const second = operator(arena, SECOND);
      await bakeUntil(arena, () => chain.bonds(SECOND) === STAKE);

      // The first one is sent away: its node ends by itself.
      arena.send(SENDER, [update([SECOND])]);
      await bakeUntil(arena, () => !first.isRunning);
      expect(await first.ended).toBe(1);
      expect(first.said).toContain("The operator is not in the whitelist.");
      expect(whitelist()).toEqual(new Set([SECOND.address]));

      // Of two updates in a level, the second counts: the rollup is public.
      arena.send(SENDER, [update([THIRD]), update(null)]);
      await bakeUntil(arena, () => whitelist() === null);
      operator(arena, THIRD);
      await bakeUntil(arena, () => chain.bonds(THIRD) === STAKE);
      expect(second.isRunning).toBe(true);
    },
  );

  it.skipIf(!FULL).concurrent(
    "bail out: cement what is staked on, and get the bond back",
    { timeout: 900_000 },
    async () => {
      const arena = await open("bailout");
      const { chain } = arena;
      const bail = (operators?: { readonly [purpose: string]: string }): NodeProcess =>
        arena.start({
          name: FIRST.alias,
          account: FIRST,
          mode: "bailout",
          ...(operators === undefined ? {} : { operators }),
        });
      const incomplete = bail({ cementing: FIRST.address, recovering: FIRST.address });
      expect(await incomplete.ended).toBe(1);
      expect(incomplete.said).toContain("Missing operators for purposes operating.");
      const unstaked = bail();
      expect(await unstaked.ended).toBe(1);
      expect(unstaked.said).toContain("This implicit account is not a staker of this smart rollup.");

      const running = operator(arena, FIRST);
      await bakeUntil(arena, () => chain.bonds(FIRST) === STAKE);
      running.kill("SIGTERM");
      expect(await running.ended).toBe(127);
      const bailing = bail({ operating: FIRST.address, cementing: FIRST.address, recovering: SECOND.address });
      await bakeUntil(arena, () => !bailing.isRunning);
      expect(await bailing.ended).toBe(0);
      expect(bailing.named("smart_rollup_node_daemon_exit_bailout_mode").length).toBe(1);
      expect(chain.bonds(FIRST)).toBe(0n);
    },
  );
});
