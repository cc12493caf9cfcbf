/**
 * Remembering a tree with an object: a weak map in all but cost. A private field is put on the object from outside (a constructor may
 * return an object that is not its own); unlike a property, it is not copied when the object is spread into another. With the hundreds of
 * thousands of entries that a run makes, weak maps cost the garbage collector more than all the rest.
 */
import type { TreeNode } from "./node.js";

export interface Memo {
  get(value: object): TreeNode | undefined;
  set(value: object, tree: TreeNode): void;
}

class Given {
  constructor(value: object) {
    // biome-ignore lint/correctness/noConstructorReturn: this is how a field gets onto an object made elsewhere
    return value;
  }
}

/** A new memory, apart from all others. */
export function createMemo(): Memo {
  class Stamped extends Given {
    #tree: TreeNode;

    constructor(value: object, tree: TreeNode) {
      super(value);
      this.#tree = tree;
    }

    static get(value: object): TreeNode | undefined {
      return #tree in value ? value.#tree : undefined;
    }
  }
  return {
    get: (value) => Stamped.get(value),
    set(value, tree) {
      new Stamped(value, tree);
    },
  };
}
