// `tickproof refute`: the next move of a refutation game, without a node.
import { Command } from "commander";
import type { OngoingGame } from "../l1/client/rollup-rpc.js";
import { readGame, type WhoPlays } from "../node/games/offline/game-file.js";
import { type ManagerFields, moveOperation } from "../node/games/offline/move-operation.js";
import { type OfflineMove, offlineMove } from "../node/games/offline/offline-move.js";
import type { PublicKeyHash } from "../protocol/identifiers.js";
import type { InputProof } from "../protocol/input-proof.js";
import { isDissection } from "../protocol/refutation.js";
import type { Context } from "./context.js";
import { writeBytes } from "./files.js";
import { account, readText } from "./json-input.js";
import { natural } from "./machine-options.js";
import { openRollup, operatorOf, type RollupOptions, tellingErrors, withRollupOptions } from "./rollup-options.js";
import { grouped } from "./text.js";

interface RefuteOptions extends RollupOptions, ManagerFields {
  readonly game: string;
  readonly out?: string;
  readonly as?: PublicKeyHash;
  readonly against?: PublicKeyHash;
  readonly json: boolean;
}

export function refuteCommand(context: Context): Command {
  return withRollupOptions(new Command("refute"))
    .description("the next move of a refutation game, from a node's data directory or a kernel and its inputs")
    .argument("[kernel]", "kernel, for --inputs: WebAssembly as binary, as text (.wat) or in hexadecimal")
    .requiredOption(
      "--game <file>",
      "the game, or a staker's games, as the RPC of layer 1 prints them; - for standard input",
    )
    .option("-o, --out <file>", "where to write the move; standard output if absent")
    .option("--as <account>", "who plays: the operator of the data directory, or whose turn it is, if absent", account)
    .option("--against <account>", "the opponent, where the file has several games", account)
    .option("--fee <mutez>", "written into the operation, as are the three below", natural)
    .option("--counter <n>", "counter of the account", natural)
    .option("--gas-limit <n>", "gas limit", natural)
    .option("--storage-limit <n>", "storage limit", natural)
    .option("--json", "with -o: print one JSON object about the move", false)
    .action((kernel: string | undefined, options: RefuteOptions) =>
      tellingErrors(() => refute(context, kernel, options)),
    );
}

async function refute({ terminal }: Context, kernel: string | undefined, options: RefuteOptions): Promise<void> {
  const who = whoPlays(options);
  const ongoing = readGame(readText(options.game), options.game, who);
  const self = who.self ?? ongoing[ongoing.game.turn];
  const { rollup } = await openRollup(kernel, options);
  try {
    const made = await offlineMove(rollup, ongoing, self);
    const operation = `${JSON.stringify(moveOperation(rollup.metadata.address, made, options), null, 2)}\n`;
    if (options.out === undefined) {
      terminal.out(operation);
      return;
    }
    writeBytes(options.out, Buffer.from(operation));
    const text = options.json ? `${JSON.stringify(summary(ongoing, made))}\n` : describe(ongoing, made, options.out);
    terminal.out(text);
  } finally {
    await rollup.close();
  }
}

function whoPlays(options: RefuteOptions): WhoPlays {
  const self = options.as ?? operatorOf(options);
  return {
    ...(self === undefined ? {} : { self }),
    ...(options.against === undefined ? {} : { opponent: options.against }),
  };
}

function summary({ game }: OngoingGame, { self, opponent, move }: OfflineMove) {
  const { choice, step } = move;
  return {
    player: self,
    opponent,
    inboxLevel: game.inboxLevel,
    choice: String(choice),
    ...(isDissection(step)
      ? { move: "dissection", sections: step.length - 1, to: String(step.at(-1)?.tick ?? choice) }
      : { move: "proof", proofBytes: step.pvmStep.length, input: step.inputProof?.kind ?? "none" }),
  };
}

function describe({ game }: OngoingGame, { self, opponent, move }: OfflineMove, file: string): string {
  const { choice, step } = move;
  const what = isDissection(step)
    ? `dissection of ticks ${grouped(choice)} to ${grouped(step.at(-1)?.tick ?? choice)} in ${step.length - 1} sections`
    : `proof of tick ${grouped(choice)}, ${grouped(step.pvmStep.length)} bytes, ${inputText(step.inputProof)}`;
  return [
    `game     ${self} against ${opponent}, about the commitment for level ${game.inboxLevel}`,
    `move     ${what}`,
    `written  ${file}`,
    `inject   tickproof client inject operations ${file} from ${self}`,
    "",
  ].join("\n");
}

function inputText(proof: InputProof | undefined): string {
  switch (proof?.kind) {
    case undefined:
      return "without input";
    case "firstInput":
      return "with the first message of all";
    case "inbox":
      return `with what follows message ${proof.messageCounter} of level ${proof.level}`;
    case "reveal":
      return "with revealed data";
  }
}
