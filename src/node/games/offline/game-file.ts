// Games as RPCs of layer 1 print them (protocol.md §4.7): `…/staker/<pkh>/games`, an element of it, or a game alone.

import { isJsonObject, JsonError } from "../../../encoding/json.js";
import type { OngoingGame } from "../../../l1/client/rollup-rpc.js";
import { gameForm, makeStakers, ongoingGameForm, playerOf } from "../../../protocol/game.js";
import type { PublicKeyHash } from "../../../protocol/identifiers.js";
import { OfflineError } from "./offline-error.js";

/** Who plays, as far as it has been said. */
export interface WhoPlays {
  readonly self?: PublicKeyHash;
  readonly opponent?: PublicKeyHash;
}

/** The JSON value of a text. Raises OfflineError "node.offline.not_json". */
export function jsonOfText(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new OfflineError("node.offline.not_json", `${where}: not JSON: ${cause.message}`, where, { cause });
  }
}

/** The one game that a file holds of these players. Raises OfflineError. */
export function readGame(text: string, where: string, who: WhoPlays): OngoingGame {
  const games = gamesOfJson(jsonOfText(text, where), where, who).filter((game) => isOf(game, who));
  const [game, another] = games;
  if (game === undefined) {
    const whose = [who.self, who.opponent].filter((each) => each !== undefined).join(" and ");
    const of = whose === "" ? "" : ` of ${whose}`;
    throw new OfflineError("node.offline.no_game", `${where}: there is no game${of}`, where);
  }
  if (another !== undefined) {
    const pairs = games.map(({ alice, bob }) => `${alice} and ${bob}`).join("; ");
    const text = `${where}: ${games.length} games, and nothing says which: ${pairs}`;
    throw new OfflineError("node.offline.which_game", text, where);
  }
  return game;
}

function isOf({ alice, bob }: OngoingGame, { self, opponent }: WhoPlays): boolean {
  return [self, opponent].every((each) => each === undefined || playerOf({ alice, bob }, each) !== undefined);
}

function gamesOfJson(json: unknown, where: string, who: WhoPlays): readonly OngoingGame[] {
  try {
    if (Array.isArray(json)) {
      return json.map((each, i) => {
        try {
          return ongoingGameForm.fromJson(each);
        } catch (error) {
          throw error instanceof JsonError ? error.under(`[${i}]`) : error;
        }
      });
    }
    if (isJsonObject(json) && "game_state" in json) return [loneGame(json, where, who)];
    return [ongoingGameForm.fromJson(json)];
  } catch (cause) {
    if (!(cause instanceof JsonError)) throw cause;
    throw new OfflineError("node.offline.bad_game", `${where}: not a game: ${cause.message}`, where, { cause });
  }
}

/** A game without its players, who must have been said. Raises JsonError. */
function loneGame(json: unknown, where: string, { self, opponent }: WhoPlays): OngoingGame {
  const game = gameForm.fromJson(json);
  if (self !== undefined && opponent !== undefined) return { game, ...makeStakers(self, opponent) };
  const text = `${where}: the game does not name its players, and they have not been said`;
  throw new OfflineError("node.offline.which_game", text, where);
}
