// The database of Merkle nodes, `states.sqlite`: table `nodes`, a record a hash (merkle/stored-nodes.ts).

import { Database } from "../store/database.js";

/**
 * Opens it, or makes it unless it is only to be read. A commit is on the disk when it returns, power cuts included: the level that names a state
 * is committed by another connection to another file, afterwards, and must not outlive what it names. Raises DatabaseError.
 */
export async function openStatesDatabase(
  path: string,
  { readOnly }: { readonly readOnly: boolean },
): Promise<Database> {
  const database = await Database.open(path, { readOnly, synchronous: "FULL" });
  if (readOnly) return database;
  await database.exec("CREATE TABLE IF NOT EXISTS nodes (hash BLOB PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID");
  return database;
}
