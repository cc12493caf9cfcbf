// Errors of the protocol as exceptions, and their JSON (protocol.md §7.4): a trace is a list, outermost error first, each
// {"kind", "id": "proto.<protocol>.<id>", fields…}.

import { type Form, objectForm, type RecordOf } from "../encoding/form.js";
import { isJsonObject, type Json } from "../encoding/json.js";
import { ERROR_KINDS, type ErrorCategory, type ErrorId } from "./error-kinds.js";

export type { ErrorCategory, ErrorId } from "./error-kinds.js";

/** The fields of an error. */
export type ErrorFields<I extends ErrorId> = RecordOf<(typeof ERROR_KINDS)[I]["fields"]>;

/** How ids start where no protocol is named: the development protocol. */
export const ALPHA = "alpha";

const FIELD_FORMS: ReadonlyMap<string, Form<unknown>> = new Map(
  Object.entries(ERROR_KINDS).map(([id, { fields }]) => [id, objectForm(id, fields) as Form<unknown>]),
);

function fieldForm(id: ErrorId): Form<unknown> {
  const form = FIELD_FORMS.get(id);
  if (form === undefined) throw new TypeError(`no protocol error ${id}`);
  return form;
}

/** What layer 1 refuses something with. `code` is "protocol." and the error's id. */
export class ProtocolError<I extends ErrorId = ErrorId> extends Error {
  override readonly name = "ProtocolError";
  readonly code: string;

  /** `causes`: the rest of the trace, outermost first. */
  constructor(
    readonly id: I,
    readonly fields: ErrorFields<I>,
    readonly causes: readonly ProtocolError[] = [],
  ) {
    super(`${id}${describeFields(id, fields)}`);
    this.code = `protocol.${id}`;
  }

  get category(): ErrorCategory {
    return ERROR_KINDS[this.id].category;
  }

  /** This error alone. */
  toJson(protocol = ALPHA): Json {
    return {
      kind: this.category,
      id: `proto.${protocol}.${this.id}`,
      ...(fieldForm(this.id).toJson(this.fields) as Readonly<Record<string, Json>>),
    };
  }

  /** The whole trace. */
  traceToJson(protocol = ALPHA): Json[] {
    return [this, ...this.causes].map((error) => error.toJson(protocol));
  }
}

function describeFields(id: ErrorId, fields: unknown): string {
  const text = JSON.stringify(fieldForm(id).toJson(fields));
  return text === "{}" ? "" : ` ${text}`;
}

/** Whether `error` is the protocol error named. */
export function isProtocolError<I extends ErrorId>(error: unknown, id: I): error is ProtocolError<I> {
  return error instanceof ProtocolError && error.id === id;
}

/** Runs `attempt`; a ProtocolError it raises becomes the cause of `outer`. */
export function traced<T>(outer: () => ProtocolError, attempt: () => T): T {
  try {
    return attempt();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const { id, fields } = outer();
    throw new ProtocolError(id, fields, [error, ...error.causes]);
  }
}

const ID_SHAPE = /^proto\.([^.]+)\.(.+)$/;

/** An error as RPCs and receipts print it. */
export interface PrintedError {
  readonly category: string;
  /** Absent for errors of the shell. */
  readonly protocol?: string;
  /** Without "proto.<protocol>.". */
  readonly id: string;
  readonly json: Readonly<Record<string, unknown>>;
}

/** Takes a printed error apart, known or not; undefined when it is not one. */
export function readPrintedError(json: unknown): PrintedError | undefined {
  if (!isJsonObject(json)) return undefined;
  const { kind, id } = json;
  if (typeof kind !== "string" || typeof id !== "string") return undefined;
  const [, protocol, local] = ID_SHAPE.exec(id) ?? [];
  if (protocol === undefined || local === undefined) return { category: kind, id, json };
  return { category: kind, protocol, id: local, json };
}

/** The typed error that a printed one stands for; undefined when it is none of the table. Raises JsonError. */
export function protocolErrorFromJson(json: unknown): ProtocolError | undefined {
  const printed = readPrintedError(json);
  if (printed?.protocol === undefined || !isErrorId(printed.id)) return undefined;
  const { kind: _kind, id: _id, ...fields } = printed.json;
  return new ProtocolError(printed.id, fieldForm(printed.id).fromJson(fields) as ErrorFields<ErrorId>);
}

function isErrorId(id: string): id is ErrorId {
  return Object.hasOwn(ERROR_KINDS, id);
}
