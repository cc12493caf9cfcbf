// How commands that run scripts fail: what went wrong on standard error, and one line as the command's own failure. Left out:
// the source of the scripts, and places in it.

import { TextBoxes } from "../../l1/client/text-boxes.js";
import type { ClientContext } from "./context.js";
import { fatal, putItem, traceOf } from "./failures.js";

/** What `run` gives; if it fails, tells why and raises FatalFailure with `message`. */
export async function withScriptErrors<T>(context: ClientContext, message: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const trace = traceOf(error);
    if (trace === undefined) throw error;
    const boxes = new TextBoxes();
    boxes.box("v", 0, () => boxes.list(trace, (item) => putItem(item, true)(boxes)));
    context.warning(boxes.finish());
    return fatal(message);
  }
}
