// What the program takes, in the words of Octez's answers: the heap of the JavaScript engine as if it were OCaml's (words of 8 bytes;
// what has no counterpart is 0), and the pages of the process.

import { readFile } from "node:fs/promises";
import { constants, PerformanceObserver } from "node:perf_hooks";
import { getHeapStatistics } from "node:v8";
import type { Json } from "../../../encoding/json.js";

const WORD_BYTES = 8;
const INT31_MAX = 2 ** 30 - 1;

function words(bytes: number): number {
  return Math.min(Math.floor(bytes / WORD_BYTES), INT31_MAX);
}

/** Counts collections from the first time anybody asks. */
class CollectionCounter {
  minor = 0;
  major = 0;

  constructor() {
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { kind } = (entry as { detail?: { kind?: unknown } }).detail ?? {};
        if (kind === constants.NODE_PERFORMANCE_GC_MINOR) this.minor++;
        else this.major++;
      }
    });
    observer.observe({ entryTypes: ["gc"] });
  }
}

let counter: CollectionCounter | undefined;

export function heapStatistics(): Json {
  counter ??= new CollectionCounter();
  const heap = getHeapStatistics();
  const free = Math.max(0, heap.total_heap_size - heap.used_heap_size);
  return {
    minor_words: 0,
    promoted_words: 0,
    major_words: words(heap.total_heap_size),
    minor_collections: counter.minor,
    major_collections: counter.major,
    forced_major_collections: 0,
    heap_words: words(heap.total_heap_size),
    heap_chunks: 0,
    live_words: words(heap.used_heap_size),
    live_blocks: 0,
    free_words: words(free),
    free_blocks: 0,
    largest_free: 0,
    fragments: 0,
    compactions: 0,
    top_heap_words: words(heap.heap_size_limit),
    stack_size: 0,
  };
}

const PAGE_BYTES = 4096;
const STATM_FIELDS = ["size", "resident", "shared", "text", "lib", "data", "dt"] as const;

/** Pages of the process, as Linux counts them; elsewhere what the heap has of the memory. */
export async function memoryStatistics(): Promise<Json> {
  let statm: string;
  try {
    statm = await readFile("/proc/self/statm", "utf8");
  } catch {
    const { total_physical_size: resident } = getHeapStatistics();
    return { page_size: PAGE_BYTES, mem: 0, resident: String(Math.ceil(resident / PAGE_BYTES)) };
  }
  const counts = statm.trim().split(" ");
  const fields = STATM_FIELDS.map((name, i) => [name, counts[i] ?? "0"] as const);
  return { page_size: PAGE_BYTES, ...Object.fromEntries(fields) };
}
