// What a node takes of its machine (node.md §8; references: performance_metrics.ml, lwt_metrics.ml), asked of ps, lsof, du and df as Octez does.
// Octez's directories are files of ours: its store and its context are store.sqlite and states.sqlite.

import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { NodeMetric } from "./names.js";

export type PerformanceMetric = Extract<NodeMetric, `performance_${string}`>;
/** Sizes in GiB, times in seconds, shares in per cent; absent: could not be told. */
export type PerformanceSample = { readonly [M in PerformanceMetric]?: number };

const KIB_PER_GIB = 1024 * 1024;
/** Longest that a program may take. */
const TIMEOUT_MS = 20_000;
const MAX_OUTPUT = 16 * 1024 * 1024;

/** Names, in the data directory, of what each gauge measures: files that start like this, or directories. */
const PLACES = {
  performance_storage: /^(store\.sqlite|storage$)/,
  performance_context: /^(states\.sqlite|context$)/,
  performance_wasm: /^wasm_2_0_0$/,
  performance_logs: /^daily_logs$/,
} as const;

/** Undefined when the program is not there, or fails. */
function outputOf(program: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = { env: { LC_ALL: "C", PATH: "/usr/bin:/bin:/usr/sbin:/sbin" }, timeout: TIMEOUT_MS };
    execFile(program, [...args], { ...options, maxBuffer: MAX_OUTPUT }, (error, stdout) => {
      // lsof ends with 1 when there was something it could not see.
      resolve(error !== null && (program !== "lsof" || stdout === "") ? undefined : stdout);
    });
  });
}

/** Whether the programs are there. */
export async function canSample(pid: number): Promise<boolean> {
  const found = await Promise.all([psOf(pid), outputOf("du", ["-sk", "/dev/null"]), outputOf("lsof", ["-v"])]);
  return found.every((one) => one !== undefined);
}

interface Load {
  readonly cpu: number;
  readonly memory: number;
  readonly virtual: number;
  readonly resident: number;
}

async function psOf(pid: number): Promise<Load | undefined> {
  const text = await outputOf("ps", ["-p", String(pid), "-o", "%cpu=,%mem=,vsz=,rss="]);
  const [cpu, memory, virtual, resident] = text?.trim().split(/\s+/).map(Number) ?? [];
  if (cpu === undefined || memory === undefined || virtual === undefined || resident === undefined) return undefined;
  return { cpu, memory, virtual: virtual / KIB_PER_GIB, resident: resident / KIB_PER_GIB };
}

async function filesOf(pid: number): Promise<{ readonly files: number; readonly connections: number } | undefined> {
  const text = await outputOf("lsof", ["-nPwap", String(pid)]);
  if (text === undefined) return undefined;
  const lines = text.split("\n").filter((line) => line !== "");
  const connections = lines.filter((line) => line.split(/\s+/).includes("TCP")).length;
  return { files: Math.max(0, lines.length - 1), connections };
}

/** In KiB. */
async function sizeOf(dataDir: string, names: readonly string[]): Promise<number | undefined> {
  if (names.length === 0) return undefined;
  const text = await outputOf("du", ["-sk", ...names.map((name) => join(dataDir, name))]);
  const sizes = text?.split("\n").flatMap((line) => (/^\d+\t/.test(line) ? [Number.parseInt(line, 10)] : []));
  return sizes?.reduce((sum, size) => sum + size, 0);
}

async function diskShare(dataDir: string): Promise<number | undefined> {
  const text = await outputOf("df", ["-P", dataDir]);
  const share = /\s(\d+)%\s/.exec(text?.split("\n")[1] ?? "")?.[1];
  return share === undefined ? undefined : Number(share);
}

async function diskUse(dataDir: string): Promise<PerformanceSample> {
  const found = await readdir(dataDir).catch((): string[] => []);
  const sample: { [M in PerformanceMetric]?: number } = {};
  let total = 0;
  for (const [metric, names] of Object.entries(PLACES)) {
    const size = await sizeOf(
      dataDir,
      found.filter((name) => names.test(name)),
    );
    if (size === undefined) continue;
    total += size;
    sample[metric as keyof typeof PLACES] = size / KIB_PER_GIB;
  }
  const share = await diskShare(dataDir);
  return {
    ...sample,
    performance_data: total / KIB_PER_GIB,
    ...(share === undefined ? {} : { performance_disk_percentage: share }),
  };
}

/** Never raises. */
export async function samplePerformance(pid: number, dataDir: string): Promise<PerformanceSample> {
  const [load, open, disk] = await Promise.all([psOf(pid), filesOf(pid), diskUse(dataDir)]);
  return {
    ...disk,
    ...(load === undefined
      ? {}
      : {
          performance_cpu_percentage: load.cpu,
          performance_mem_percentage: load.memory,
          performance_virtual: load.virtual,
          performance_resident: load.resident,
        }),
    ...(open === undefined
      ? {}
      : { performance_file_descriptors: open.files, performance_connections: open.connections }),
  };
}
