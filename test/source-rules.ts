// The rules on src/ that neither the compiler nor the linter can state: the layers of the design, who may read `process`,
// which words a layer may not know, file names and lengths. Pure functions over source texts; layers.test.ts feeds them
// src/ and, so that they can be seen to fail, made-up texts. Cycles inside one folder are left alone.
import { posix } from "node:path";
import ts from "typescript";

/** Low to high. Folders of one row have the same height and may not import each other. */
export const LAYERS: readonly (readonly string[])[] = [
  ["encoding"],
  ["crypto"],
  ["merkle"],
  ["wasm"],
  ["pvm"],
  ["fast"],
  ["protocol"],
  ["l1"],
  ["node", "debugger"],
  ["cli", "."],
];

/** The files allowed directly under src/: the package's entry points. They form the folder ".". */
export const TOP_LEVEL_FILES: readonly string[] = ["index.ts", "verify.ts"];

export const MAX_LINES = 600;

/** A rule that a file may break, each with the reason why. Paths are relative to src/. */
export interface Exemptions {
  readonly process: ReadonlyMap<string, string>;
  readonly length: ReadonlyMap<string, string>;
}

export interface SourceFile {
  /** Relative to src/, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

export interface Violation {
  readonly rule:
    | "layer"
    | "folder"
    | "import"
    | "process"
    | "vocabulary"
    | "determinism"
    | "name"
    | "length"
    | "exemption";
  readonly path: string;
  /** 1-based; 0 when the rule concerns the whole file. */
  readonly line: number;
  readonly detail: string;
}

interface Vocabulary {
  readonly folder: string;
  /** Tried on identifiers, module specifiers and string literals; comments are free. */
  readonly forbidden: RegExp;
  readonly reason: string;
}

const VOCABULARIES: readonly Vocabulary[] = [
  {
    folder: "wasm",
    // "Tezos_webassembly_..." and the like is how OCaml prints an exception of one of the libraries of the interpreter: a
    // text which the state contains.
    forbidden:
      /durable|rollup|tezos(?!_(webassembly|lazy_containers|tree_encoding))|inbox|outbox|boot\.wasm|kernel_?run/i,
    reason: "wasm/ knows no Tezos",
  },
  { folder: "merkle", forbidden: /wasm|webassembly|kernel|durable/i, reason: "merkle/ knows no WASM" },
  {
    folder: "protocol",
    forbidden: /^(undici|fastify|(node:)?(http|https|http2|net|tls))$|^fetch$/,
    reason: "protocol/ knows no HTTP",
  },
];

/** Folders whose results must depend on their arguments only. */
const DETERMINISTIC = new Set(["encoding", "crypto", "merkle", "wasm", "pvm", "fast", "protocol"]);

/** The folder of a path relative to src/; "." for a file directly under it. */
export function folderOf(path: string): string {
  const slash = path.indexOf("/");
  return slash < 0 ? "." : path.slice(0, slash);
}

function heightOf(folder: string): number {
  return LAYERS.findIndex((row) => row.includes(folder));
}

interface Reference {
  /** undefined: the specifier is computed. */
  readonly specifier: string | undefined;
  readonly node: ts.Node;
}

function isImportMetaUrl(node: ts.Node | undefined): boolean {
  return node !== undefined && node.getText() === "import.meta.url";
}

/** What `node` refers to if it is an import or export-from, `import()`, `require()`, `import("x").T` or a worker's URL. */
function referenceAt(node: ts.Node): Reference | undefined {
  const of = (value: ts.Node | undefined): Reference => ({
    specifier: value !== undefined && ts.isStringLiteralLike(value) ? value.text : undefined,
    node,
  });
  if (ts.isImportDeclaration(node)) return of(node.moduleSpecifier);
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) return of(node.moduleSpecifier);
  if (ts.isExternalModuleReference(node)) return of(node.expression);
  if (ts.isImportTypeNode(node)) return of(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined);
  if (ts.isCallExpression(node)) {
    const callee = node.expression;
    if (callee.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(callee) && callee.text === "require"))
      return of(node.arguments[0]);
  }
  if (ts.isNewExpression(node) && node.expression.getText() === "URL" && isImportMetaUrl(node.arguments?.[1])) {
    const target = of(node.arguments?.[0]);
    // Data files and folders are no modules; a worker's entry point is one.
    return target.specifier !== undefined && /\.[cm]?[jt]s$/.test(target.specifier) ? target : undefined;
  }
  return undefined;
}

function importViolation(path: string, reference: Reference): Omit<Violation, "path" | "line"> | undefined {
  const { specifier } = reference;
  if (specifier === undefined)
    return { rule: "import", detail: "the specifier is computed, so the layers cannot be checked" };
  if (specifier === "tickproof" || specifier.startsWith("tickproof/"))
    return { rule: "import", detail: `"${specifier}" is this package: import the file itself` };
  if (!specifier.startsWith(".")) return undefined;
  const target = posix.normalize(posix.join(posix.dirname(path), specifier));
  if (target.startsWith("..")) return { rule: "import", detail: `"${specifier}" leaves src/` };
  const from = folderOf(path);
  const to = folderOf(target);
  if (from === to) return undefined;
  if (heightOf(to) < 0) return { rule: "folder", detail: `"${specifier}" leads to the unknown folder "${to}"` };
  if (heightOf(to) < heightOf(from)) return undefined;
  const how = heightOf(to) === heightOf(from) ? "beside" : "above";
  return { rule: "layer", detail: `"${specifier}": ${to} stands ${how} ${from}` };
}

/** True for `process` used as a variable; false for a property, method or key of that name. */
function readsProcess(node: ts.Node): boolean {
  if (ts.isStringLiteralLike(node))
    return node.text === "node:process" || (node.text === "process" && isSpecifier(node));
  if (!ts.isIdentifier(node) || node.text !== "process") return false;
  const parent = node.parent;
  if (ts.isPropertyAccessExpression(parent) && parent.name === node)
    return parent.expression.getText() === "globalThis";
  if (ts.isQualifiedName(parent) && parent.right === node) return false;
  const named = parent as Partial<ts.NamedDeclaration>;
  const isMember = ts.isClassElement(parent) || ts.isTypeElement(parent) || ts.isPropertyAssignment(parent);
  return !(isMember && named.name === node);
}

function isSpecifier(node: ts.Node): boolean {
  const parent = node.parent;
  return ts.isImportDeclaration(parent) || ts.isExportDeclaration(parent) || ts.isCallExpression(parent);
}

function nondeterminism(node: ts.Node): string | undefined {
  if (!ts.isIdentifier(node)) return undefined;
  const parent = node.parent;
  const isProperty = ts.isPropertyAccessExpression(parent) && parent.name === node;
  if (isProperty && node.text === "random" && parent.expression.getText() === "Math") return "Math.random";
  if (isProperty) return undefined;
  if (node.text === "performance") return "performance";
  const isValue = ts.isNewExpression(parent) || ts.isCallExpression(parent) || ts.isPropertyAccessExpression(parent);
  return node.text === "Date" && isValue ? "Date" : undefined;
}

function vocabularyViolation(folder: string, node: ts.Node): string | undefined {
  if (!ts.isIdentifier(node) && !ts.isStringLiteralLike(node)) return undefined;
  for (const vocabulary of VOCABULARIES)
    if (vocabulary.folder === folder && vocabulary.forbidden.test(node.text))
      return `"${node.text}": ${vocabulary.reason}`;
  return undefined;
}

function checkSyntax(file: SourceFile, exemptions: Exemptions): Violation[] {
  const source = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.ES2022, true);
  const folder = folderOf(file.path);
  const mayReadProcess = folder === "cli" || exemptions.process.has(file.path);
  const found: Violation[] = [];
  const report = (rule: Violation["rule"], node: ts.Node, detail: string): void => {
    const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
    found.push({ rule, path: file.path, line, detail });
  };
  const visit = (node: ts.Node): void => {
    const reference = referenceAt(node);
    const bad = reference === undefined ? undefined : importViolation(file.path, reference);
    if (bad !== undefined) report(bad.rule, node, bad.detail);
    if (!mayReadProcess && readsProcess(node)) report("process", node, "only cli/ reads `process`");
    const word = vocabularyViolation(folder, node);
    if (word !== undefined) report("vocabulary", node, word);
    const source = DETERMINISTIC.has(folder) ? nondeterminism(node) : undefined;
    if (source !== undefined) report("determinism", node, `${source} in ${folder}/`);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function checkPlace(file: SourceFile, exemptions: Exemptions): Violation[] {
  const found: Violation[] = [];
  const report = (rule: Violation["rule"], detail: string): void => {
    found.push({ rule, path: file.path, line: 0, detail });
  };
  const folder = folderOf(file.path);
  const name = posix.basename(file.path);
  if (heightOf(folder) < 0) report("folder", `the folder "${folder}" is in no layer`);
  if (folder === "." && !TOP_LEVEL_FILES.includes(name))
    report("folder", `only ${TOP_LEVEL_FILES.join(" and ")} lie directly under src/`);
  if (/^utils?\./.test(name)) report("name", "a file is named after its concept, never utils");
  if (folder !== "." && /^index\./.test(name)) report("name", "no barrels: import the file that defines the thing");
  const lines = file.text.split("\n").length - (file.text.endsWith("\n") ? 1 : 0);
  if (lines > MAX_LINES && !exemptions.length.has(file.path))
    report("length", `${lines} lines, more than ${MAX_LINES}`);
  return found;
}

/** Exemptions without a reason, or of files that are gone or no longer need one. */
function checkExemptions(files: readonly SourceFile[], exemptions: Exemptions): Violation[] {
  const texts = new Map(files.map((file) => [file.path, file.text]));
  const none: Exemptions = { process: new Map(), length: new Map() };
  const found: Violation[] = [];
  for (const rule of ["process", "length"] as const)
    for (const [path, reason] of exemptions[rule]) {
      const report = (detail: string): void => {
        found.push({ rule: "exemption", path, line: 0, detail });
      };
      const text = texts.get(path);
      if (reason.trim() === "") report(`the exemption from "${rule}" gives no reason`);
      if (text === undefined) report(`the exemption from "${rule}" names no file`);
      else if (!checkFile({ path, text }, none).some((violation) => violation.rule === rule))
        report(`the exemption from "${rule}" is no longer needed`);
    }
  return found;
}

function checkFile(file: SourceFile, exemptions: Exemptions): Violation[] {
  return [...checkPlace(file, exemptions), ...checkSyntax(file, exemptions)];
}

/** All violations in `files`, file by file. */
export function checkSources(files: readonly SourceFile[], exemptions: Exemptions): Violation[] {
  return [...files.flatMap((file) => checkFile(file, exemptions)), ...checkExemptions(files, exemptions)];
}

export function formatViolation(violation: Violation): string {
  const place = violation.line === 0 ? violation.path : `${violation.path}:${violation.line}`;
  return `src/${place}: ${violation.rule}: ${violation.detail}`;
}
