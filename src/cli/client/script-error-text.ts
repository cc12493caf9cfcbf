// Errors of scripts in words, as octez-client's reporter of them has it: the code concerned first, and then what is wrong where in it.
// Left out: the types of stacks in the code's comments; macros are shown as what they expand to, so places are those of the
// expansion. Kinds without words here are told as everywhere else (chain-error-text.ts).

import { isJsonObject, type JsonObject } from "../../encoding/json.js";
import { type Micheline, michelineFromJson } from "../../encoding/micheline.js";
import { TextBoxes } from "../../l1/client/text-boxes.js";
import { readPrintedError } from "../../protocol/errors.js";
import { putItem, type TraceItem } from "./failures.js";
import { LocatedSource } from "./located-source.js";
import { printMichelineUnwrapped, putLines } from "./micheline-text.js";
import { REPORTED_ERRORS, type ScriptErrorPage } from "./script-error-words.js";

export interface ScriptErrorOptions {
  readonly showSource: boolean;
  /** The code of contracts that failed, by address. */
  readonly codes: ReadonlyMap<string, Micheline>;
}

/** Addresses of the contracts whose code is needed to report a trace. */
export function contractsOf(trace: readonly TraceItem[]): readonly string[] {
  return trace.flatMap((item) => {
    const error = chainErrorOf(item);
    const contract = error?.id === "michelson_v1.runtime_error" ? error.json["contract_handle"] : undefined;
    return typeof contract === "string" ? [contract] : [];
  });
}

interface ChainError {
  /** Without the protocol's name. */
  readonly id: string;
  readonly json: JsonObject;
}

function chainErrorOf(item: TraceItem): ChainError | undefined {
  if (typeof item !== "object" || !("json" in item)) return undefined;
  const printed = readPrintedError(item.json);
  return printed?.protocol === undefined ? undefined : { id: printed.id, json: item.json };
}

function expressionIn(json: unknown): Micheline | undefined {
  try {
    return michelineFromJson(json);
  } catch {
    return undefined;
  }
}

/** What is no expression, nor perhaps anything. */
function printUnreadable(json: unknown): string {
  return JSON.stringify(json) ?? "nothing";
}

/** Reports a whole trace. Each error but the last is followed by a line feed. */
export function scriptErrorsText(trace: readonly TraceItem[], options: ScriptErrorOptions): string {
  const boxes = new TextBoxes();
  const reporter = new Reporter(boxes, options);
  boxes.box("v", 0, () => boxes.list(trace, (item) => reporter.put(item, trace.length)));
  return boxes.finish();
}

class Reporter implements ScriptErrorPage {
  readonly boxes: TextBoxes;
  readonly #options: ScriptErrorOptions;
  /** What the numbers of the following errors are about. */
  #source: LocatedSource | undefined;

  constructor(boxes: TextBoxes, options: ScriptErrorOptions) {
    this.boxes = boxes;
    this.#options = options;
  }

  put(item: TraceItem, count: number): void {
    const error = chainErrorOf(item);
    if (error === undefined || !(this.#heading(error) || this.#words(error, count))) putItem(item, true)(this.boxes);
  }

  #words({ id, json }: ChainError, count: number): boolean {
    if (id === "michelson_v1.bad_contract_parameter" && count === 1) {
      this.boxes.text(`Account ${String(json["contract"])} is not a smart contract, it does not take arguments.`).cut();
      this.boxes.text("The `-arg' flag should not be used when transferring to an account.");
      return true;
    }
    const words = REPORTED_ERRORS[id];
    words?.(this, json);
    return words !== undefined;
  }

  /** Errors that show code, which the following ones are about. */
  #heading({ id, json }: ChainError): boolean {
    switch (id) {
      case "michelson_v1.runtime_error":
        return this.#runtimeError(String(json["contract_handle"]));
      case "michelson_v1.ill_typed_contract":
        return this.#withCode(json["ill_typed_code"], (source) => {
          if (!this.#options.showSource) this.boxes.text("Ill typed contract.");
          else {
            this.boxes.text("Ill typed contract:").cut().text("  ");
            this.#putSource(source);
          }
        });
      case "michelson_v1.ill_typed_data":
        return this.#withCode(json["ill_typed_expression"], (source) => this.#illTypedData(json, source));
      case "michelson_v1.ill_formed_type":
        return this.#withCode(json["ill_formed_expression"], (source, before) =>
          this.#illFormedType(json, source, before),
        );
      default:
        return false;
    }
  }

  /** False when there is no code to show. */
  #withCode(json: unknown, put: (source: LocatedSource, before: LocatedSource | undefined) => void): boolean {
    const code = expressionIn(json);
    if (code === undefined) return false;
    const source = LocatedSource.of(code);
    put(source, this.#source);
    this.#source = source;
    return true;
  }

  #runtimeError(contract: string): boolean {
    const code = this.#options.codes.get(contract);
    if (code === undefined || !this.#options.showSource) {
      this.boxes.text(`Runtime error in unknown contract ${contract}`);
      if (code !== undefined) this.#source = LocatedSource.of(code);
      return true;
    }
    this.boxes.box("v", 2, () => {
      this.boxes.text(`Runtime error in contract ${contract}:`).cut();
      this.#source = LocatedSource.of(code);
      this.#putSource(this.#source);
    });
    return true;
  }

  #illTypedData({ identifier, expected_type: type }: JsonObject, source: LocatedSource): void {
    const { boxes } = this;
    boxes.box("hov", 0, () => {
      boxes.box("hov", 2, () => {
        boxes.text(`Ill typed ${typeof identifier === "string" ? `${identifier} ` : ""}data:`).space();
        this.#putSource(source);
      });
      boxes.space().box("hov", 2, () => {
        boxes.words("is not an expression of type").space();
        this.type(type);
      });
    });
  }

  #illFormedType({ location }: JsonObject, source: LocatedSource, before: LocatedSource | undefined): void {
    const { boxes } = this;
    if (!this.#options.showSource) {
      boxes.text("Ill formed type.");
      return;
    }
    boxes.box("v", 2, () => {
      // The place is in the code shown before, if any was.
      this.#source = before;
      this.place(location);
      boxes.text("ill formed type:").cut();
      this.#putSource(source);
    });
  }

  #putSource(source: LocatedSource): void {
    this.boxes.box("v", 0, () => this.boxes.list(source.numbered(), (line) => this.boxes.text(line)));
  }

  // ---- For the words

  place(location: unknown): void {
    const place = typeof location === "number" ? this.#source?.placeOf(location) : undefined;
    if (place === undefined) this.boxes.text(`At (unshown) location ${String(location)}, `);
    else this.boxes.text(`${place},`).space();
  }

  type(json: unknown): void {
    const expression = expressionIn(json);
    putLines(this.boxes, expression === undefined ? printUnreadable(json) : printMichelineUnwrapped(expression));
  }

  stack(json: unknown, depth = Number.POSITIVE_INFINITY): void {
    const items = Array.isArray(json) ? (json as readonly unknown[]) : [];
    if (items.length === 0) {
      this.boxes.text("[]");
      return;
    }
    this.boxes.box("hov", 2, () => {
      this.boxes.text("[ ");
      for (const [i, item] of items.entries()) {
        if (i > 0) this.boxes.space().text(":").space();
        if (i >= depth) {
          this.boxes.text("...");
          break;
        }
        this.type(isJsonObject(item) && "type" in item ? item["type"] : item);
      }
      this.boxes.text(" ]");
    });
  }
}
