// What reading and writing data asks of code: data holds lambdas, and code holds data. code-checker.ts answers.

import type { Micheline } from "../../../encoding/micheline.js";
import type { SequenceNode } from "./nodes.js";
import type { Mode } from "./scalars.js";
import type { TypeOf } from "./types.js";
import type { Lambda } from "./values.js";

export interface CodeTools {
  /** Checks the code of a lambda that stands in data. Raises ProtocolError. */
  checkLambda(type: TypeOf<"lambda">, body: SequenceNode, isRecursive: boolean): Lambda;
  /** Code that was checked, its data written in a mode. */
  rewrite(code: Micheline, mode: Mode): Micheline;
}
