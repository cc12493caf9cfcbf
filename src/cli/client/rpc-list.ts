// `rpc list`: the services that a node has below a path, as a tree, from what the node says of itself (`/describe`). Reading is lenient:
// only names, methods and descriptions matter here. Left out: schemas.

import {
  expectArray,
  expectObject,
  expectString,
  isJsonObject,
  JsonError,
  type JsonObject,
} from "../../encoding/json.js";
import { TextBoxes } from "../../l1/client/text-boxes.js";

const METHODS = ["get", "post", "delete", "put", "patch"] as const;

interface Service {
  readonly method: string;
  readonly description: string | undefined;
}

interface PathArgument {
  readonly name: string;
  readonly description: string | undefined;
}

/** What there is below a path; words or an argument, or neither. */
type Tree =
  | { readonly kind: "dynamic"; readonly description: string | undefined }
  | {
      readonly kind: "static";
      readonly services: readonly Service[];
      readonly words: readonly (readonly [string, Tree])[];
      readonly argument: { readonly argument: PathArgument; readonly tree: Tree } | undefined;
    };

// ---- Reading

/** Deeper trees than any node has are refused. */
const MAX_DEPTH = 100;

function textOf(object: JsonObject, name: string): string | undefined {
  const text = object[name];
  return typeof text === "string" && text !== "" ? text : undefined;
}

/** Raises JsonError. */
export function readTree(json: unknown, depth = 0): Tree {
  if (depth > MAX_DEPTH) throw new JsonError("encoding.json.bad_value", "a tree of services that is too deep");
  const node = expectObject(json);
  if (Object.hasOwn(node, "dynamic")) return { kind: "dynamic", description: textOf(node, "dynamic") };
  const inside = expectObject(node["static"]);
  const services = METHODS.flatMap((method) => {
    const service = inside[`${method}_service`];
    return isJsonObject(service) ? [{ method: method.toUpperCase(), description: textOf(service, "description") }] : [];
  });
  const below = isJsonObject(inside["subdirs"]) ? inside["subdirs"] : {};
  const dispatch = below["dynamic_dispatch"];
  return {
    kind: "static",
    services,
    words: readWords(below["suffixes"], depth),
    argument: dispatch === undefined ? undefined : readArgument(dispatch, depth),
  };
}

function readWords(json: unknown, depth: number): readonly (readonly [string, Tree])[] {
  if (json === undefined) return [];
  return expectArray(json).map((item) => {
    const entry = expectObject(item);
    return [expectString(entry["name"]), readTree(entry["tree"], depth + 1)];
  });
}

function readArgument(json: unknown, depth: number): { readonly argument: PathArgument; readonly tree: Tree } {
  const dispatch = expectObject(json);
  const argument = expectObject(dispatch["arg"]);
  return {
    argument: { name: expectString(argument["name"]), description: textOf(argument, "descr") },
    tree: readTree(dispatch["tree"], depth + 1),
  };
}

// ---- Printing

/** Services below a tree's place, and the tree's own. */
function countOf(tree: Tree): number {
  if (tree.kind === "dynamic") return 1;
  const below = tree.words.reduce((sum, [, one]) => sum + countOf(one), 0);
  return tree.services.length + below + (tree.argument === undefined ? 0 : countOf(tree.argument.tree));
}

/** So many services and more are shown in a list of their own. */
const MANY = 3;

class Listing {
  readonly #boxes: TextBoxes;
  readonly arguments: PathArgument[] = [];

  constructor(boxes: TextBoxes) {
    this.#boxes = boxes;
  }

  /** `path`: from the last list on; `whole`: from the root on. */
  put(path: readonly string[], whole: readonly string[], tree: Tree): void {
    const boxes = this.#boxes;
    if (tree.kind === "dynamic") {
      boxes.text(`- /${whole.join("/")} <dynamic>`);
      this.#paragraph(tree.description);
      return;
    }
    const { services, words, argument } = tree;
    if (argument !== undefined) {
      this.#collect(argument.argument);
      if (services.length > 0) {
        this.#services(whole, services);
        boxes.cut();
      }
      const name = `<${argument.argument.name}>`;
      this.put([...path, name], [...whole, name], argument.tree);
      return;
    }
    const isSolo = services.length === 0 && words.length === 1;
    if (words.length > 0 && !isSolo && countOf(tree) >= MANY && path.length > 0) {
      boxes.box("v", 2, () => {
        boxes.text(`+ ${path.join("/")}/`).cut();
        boxes.list(words, ([name, one]) => this.put([name], [...whole, name], one));
      });
      return;
    }
    this.#services(whole, services);
    for (const [i, [name, one]] of words.entries()) {
      if (i > 0 || services.length > 0) boxes.cut();
      this.put([...path, name], [...whole, name], one);
    }
  }

  #services(whole: readonly string[], services: readonly Service[]): void {
    this.#boxes.list(services, ({ method, description }) => {
      this.#boxes.text(`- ${method} /${whole.join("/")}`);
      this.#paragraph(description);
    });
  }

  #paragraph(description: string | undefined): void {
    if (description === undefined) return;
    const boxes = this.#boxes;
    boxes.cut().text("    ");
    boxes.box("b", 0, () => {
      for (const word of description.split(" ").filter((one) => one !== "")) boxes.text(word).space();
    });
  }

  #collect(argument: PathArgument): void {
    const isKnown = this.arguments.some(
      ({ name, description }) => name === argument.name && description === argument.description,
    );
    if (argument.description === undefined || !isKnown) this.arguments.unshift(argument);
  }

  /** The arguments met, last first. */
  putArguments(): void {
    this.#boxes.list(this.arguments, ({ name, description }) => {
      this.#boxes.text(description === undefined ? name : `<${name}>`);
      this.#paragraph(description);
    });
  }
}

function page(title: string, put: (boxes: TextBoxes) => void): string {
  const boxes = new TextBoxes();
  boxes.space().box("v", 2, () => {
    boxes.text(title).space().space();
    put(boxes);
  });
  return `${boxes.finish()}\n`;
}

/** The services below a path, and then what their arguments are, if they have any: what octez-client prints, message by message. */
export function listingText(path: readonly string[], tree: Tree): readonly string[] {
  let found: readonly PathArgument[] = [];
  const services = page("Available services:", (boxes) => {
    const listing = new Listing(boxes);
    listing.put(path, path, tree);
    found = listing.arguments;
  });
  if (found.length === 0) return [services];
  const args = page("Dynamic parameter description:", (boxes) => {
    const listing = new Listing(boxes);
    listing.arguments.push(...found);
    listing.putArguments();
  });
  return [services, args];
}
