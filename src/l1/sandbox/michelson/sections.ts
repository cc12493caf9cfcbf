// The sections of a script: parameter, storage, code (reference: script_ir_translator.ml, parse_toplevel). Views are refused by name.

import type { Micheline } from "../../../encoding/micheline.js";
import { ProtocolError, traced } from "../../../protocol/errors.js";
import { ANNOTATION_RULES } from "./annotations.js";
import type { Parameter } from "./entrypoints.js";
import { locate, type Node, type PrimNode, wrongArity, wrongKind } from "./nodes.js";
import { ALLOWED, parseParameter, parseType } from "./type-parser.js";
import type { Type } from "./types.js";

const SECTIONS = ["parameter", "storage", "code"] as const;
type Section = (typeof SECTIONS)[number];

export type Sections = Readonly<Record<Section, Node>>;

function isSection(prim: string): prim is Section {
  return (SECTIONS as readonly string[]).includes(prim);
}

/** What stands around errors in a script's code. Types at its places are not listed, as where gas is counted. */
export function illTypedContract(code: Micheline): ProtocolError {
  return new ProtocolError("michelson_v1.ill_typed_contract", { illTypedCode: code, typeMap: [] });
}

/** Takes a script apart. Raises ProtocolError "michelson_v1.ill_typed_contract". */
export function splitSections(script: Node): Sections {
  return traced(
    () => illTypedContract(script.source),
    () => {
      if (script.kind !== "sequence") throw wrongKind(script, ["sequence"]);
      const found = new Map<Section, PrimNode>();
      for (const item of script.items) addSection(found, item);
      for (const section of found.values()) ANNOTATION_RULES.none(section);
      const [parameter, storage, code] = SECTIONS.map((name) => argumentOf(found, name));
      return { parameter, storage, code } as Sections; // one each
    },
  );
}

function addSection(found: Map<Section, PrimNode>, item: Node): void {
  if (item.kind !== "prim") throw wrongKind(item, ["primitiveApplication"]);
  const { prim, location } = item;
  if (!isSection(prim)) {
    throw new ProtocolError("michelson_v1.invalid_primitive", {
      location,
      expectedPrimitiveNames: SECTIONS,
      wrongPrimitiveName: prim,
    });
  }
  if (item.args.length !== 1) throw wrongArity(item, 1);
  if (found.has(prim)) throw new ProtocolError("michelson_v1.duplicate_script_field", { loc: location, prim });
  found.set(prim, item);
}

function argumentOf(found: ReadonlyMap<Section, PrimNode>, name: Section): Node {
  const [argument] = found.get(name)?.args ?? [];
  if (argument === undefined) throw new ProtocolError("michelson_v1.missing_script_field", { prim: name });
  return argument;
}

function illFormed(identifier: Section, script: Micheline, { location }: Node): ProtocolError {
  return new ProtocolError("michelson_v1.ill_formed_type", { identifier, illFormedExpression: script, location });
}

/** What a script takes. `strict` as in `parseParameter`. Raises ProtocolError "michelson_v1.ill_formed_type". */
export function readParameter(script: Node, { parameter }: Sections, options: { readonly strict: boolean }): Parameter {
  return traced(
    () => illFormed("parameter", script.source, parameter),
    () => parseParameter(parameter, options),
  );
}

/** What a script keeps. Raises ProtocolError "michelson_v1.ill_formed_type". */
export function readStorageType(script: Node, { storage }: Sections): Type {
  return traced(
    () => illFormed("storage", script.source, storage),
    () => parseType(storage, ALLOWED.storage),
  );
}

const parameters = new WeakMap<object, Parameter>();

/** What a contract on the chain takes, by its code. */
export function parameterOf(code: Micheline): Parameter {
  const known = parameters.get(code);
  if (known !== undefined) return known;
  const script = locate(code);
  const parameter = readParameter(script, splitSections(script), { strict: false });
  parameters.set(code, parameter);
  return parameter;
}
