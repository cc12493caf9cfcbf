/**
 * A flame graph as one HTML file without anything from outside: the wider a frame, the more ticks; a click zooms, a search marks. Equal
 * stacks are added up.
 */
import { demangle } from "./demangle.js";
import { functionTable, type ProfiledRun, type ProfileNode, REST, rest } from "./profile.js";

interface Frame {
  readonly name: string;
  /** Own ticks. */
  self: bigint;
  readonly children: Map<string, Frame>;
}

/** Frames below this share of all ticks are drawn together: they would be narrower than a pixel. */
const LEAST_SHARE = 4000n;
const MAX_DEPTH = 400;

function merge(runs: readonly ProfiledRun[]): Frame {
  const root: Frame = { name: "all", self: 0n, children: new Map() };
  const pending: { readonly nodes: readonly ProfileNode[]; readonly into: Frame }[] = runs.map((run) => {
    const over = rest(run);
    const left: ProfileNode[] = over > 0n ? [{ name: REST, ticks: over, nanoseconds: 0, children: [] }] : [];
    return { nodes: [...run.phases, ...left], into: root };
  });
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const node of next.nodes) {
      let frame = next.into.children.get(node.name);
      if (frame === undefined) {
        frame = { name: node.name, self: 0n, children: new Map() };
        next.into.children.set(node.name, frame);
      }
      frame.self += node.ticks;
      if (node.children.length > 0) pending.push({ nodes: node.children, into: frame });
    }
  }
  return root;
}

interface Box {
  readonly depth: number;
  readonly start: bigint;
  readonly ticks: bigint;
  readonly self: bigint;
  readonly name: string;
}

function totals(root: Frame): Map<Frame, bigint> {
  const order: Frame[] = [root];
  for (let at = 0; at < order.length; at++) order.push(...(order[at] as Frame).children.values()); // at is in bounds
  const sums = new Map<Frame, bigint>();
  for (const frame of order.toReversed()) {
    let sum = frame.self;
    for (const child of frame.children.values()) sum += sums.get(child) ?? 0n;
    sums.set(frame, sum);
  }
  return sums;
}

/** The boxes of the graph, those above before those below; their own ticks add up to all there are. */
function boxes(root: Frame): Box[] {
  const sums = totals(root);
  const all = sums.get(root) ?? 0n;
  const found: Box[] = [];
  const pending: { readonly frame: Frame; readonly depth: number; readonly start: bigint }[] = [
    { frame: root, depth: 0, start: 0n },
  ];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { frame, depth, start } = next;
    const ticks = sums.get(frame) ?? 0n;
    const isDeepest = depth === MAX_DEPTH;
    found.push({ depth, start, ticks, self: isDeepest ? ticks : frame.self, name: frame.name });
    if (isDeepest) continue;
    let at = start;
    const small: bigint[] = [];
    for (const child of [...frame.children.values()].sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const width = sums.get(child) ?? 0n;
      if (width * LEAST_SHARE < all) {
        small.push(width);
        continue;
      }
      pending.push({ frame: child, depth: depth + 1, start: at });
      at += width;
    }
    const rest = small.reduce((sum, width) => sum + width, 0n);
    if (rest > 0n)
      found.push({ depth: depth + 1, start: at, ticks: rest, self: rest, name: `(${small.length} smaller)` });
  }
  return found;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** The HTML of a profile. `date` is text. */
export function flameGraphHtml(runs: readonly ProfiledRun[], title: string, date: string): string {
  const drawn = boxes(merge(runs));
  const all = drawn[0]?.ticks ?? 0n;
  // "<" would end the script early.
  const data = JSON.stringify(
    drawn.map(({ depth, start, ticks, self, name }) => [
      depth,
      Number(start),
      Number(ticks),
      Number(self),
      demangle(name),
    ]),
  );
  const summary = `${grouped(all)} ticks in ${runs.length} kernel run${runs.length === 1 ? "" : "s"} · ${date}`;
  return PAGE.replace(/%TITLE%/g, () => escapeHtml(title))
    .replace("%SUMMARY%", () => escapeHtml(summary))
    .replace("%ROWS%", () => rows(runs, all))
    .replace("%DATA%", () => data.replace(/</g, "\\u003c"));
}

/** Functions in the table, at most. */
const MAX_ROWS = 100;

function rows(runs: readonly ProfiledRun[], all: bigint): string {
  const share = (ticks: bigint): string => (all === 0n ? "0" : (Number((ticks * 10_000n) / all) / 100).toFixed(2));
  return functionTable(runs)
    .slice(0, MAX_ROWS)
    .map(({ name, self, total, calls }) => {
      const cells = [grouped(self), share(self), grouped(total), share(total), grouped(BigInt(calls))];
      return `<tr>${cells.map((cell) => `<td>${cell}`).join("")}<td>${escapeHtml(demangle(name))}`;
    })
    .join("\n");
}

function grouped(value: bigint): string {
  return String(value).replace(/\B(?=([0-9]{3})+$)/g, ",");
}

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>%TITLE%</title>
<style>
body { font: 13px system-ui, sans-serif; margin: 16px; color: #222; background: #fff }
h1 { font-size: 16px; margin: 0 0 4px }
#bar { display: flex; gap: 12px; align-items: center; margin: 8px 0; flex-wrap: wrap }
#graph { position: relative; width: 100% }
.f { position: absolute; height: 17px; line-height: 17px; overflow: hidden; white-space: nowrap; text-overflow: ellipsis;
  box-sizing: border-box; border: 0; border-right: 1px solid #fff; padding: 0; text-indent: 3px; cursor: pointer; border-radius: 2px;
  font: 11px ui-monospace, monospace; text-align: left; color: #1c1c1c }
.f:hover, .f:focus { outline: 2px solid #1c4e8a; z-index: 1 }
.f.hit { background: #8e44ad !important; color: #fff }
.f.above { opacity: .55 }
#info { position: sticky; bottom: 0; min-height: 32px; padding: 4px 0; background: inherit; font: 12px ui-monospace, monospace; white-space: pre-wrap }
table { margin-top: 8px; border-collapse: collapse; font: 12px ui-monospace, monospace }
th { text-align: right; font-weight: 600; padding: 2px 10px 4px 0 } th:last-child, td:last-child { text-align: left }
td { text-align: right; padding: 1px 10px 1px 0; white-space: nowrap } tr:hover td { background: #8883 }
@media (prefers-color-scheme: dark) { body { background: #1b1b1b; color: #ddd } .f { border-right-color: #1b1b1b } }
</style>
<h1>%TITLE%</h1>
<div>%SUMMARY%</div>
<div id="bar"><button id="reset">Reset zoom</button><label>Search <input id="search" type="search"></label><span id="found"></span></div>
<div id="graph"></div>
<div id="info">Point at a frame; click to zoom.</div>
<table><tr><th>own ticks<th>%<th>with calls<th>%<th>calls<th>function
%ROWS%
</table>
<script>
const frames = %DATA%;
const graph = document.getElementById("graph"), info = document.getElementById("info");
const all = frames.length === 0 ? 0 : frames[0][2];
const number = (n) => n.toLocaleString("en-US");
const share = (n) => all === 0 ? "0" : (100 * n / all).toFixed(2);
let zoom = frames[0], needle = "";
const colour = (name, depth) => {
  let h = 0;
  for (const c of name) h = (h * 31 + c.codePointAt(0)) >>> 0;
  if (depth === 0) return "#d5d8dc";
  if (name.startsWith("%interpreter")) return "hsl(" + (195 + h % 30) + ",55%,72%)";
  return "hsl(" + (10 + h % 45) + ",85%," + (62 + h % 12) + "%)";
};
const describe = (f) => f[4] + "\\n" + number(f[2]) + " ticks (" + share(f[2]) + " %), of its own " + number(f[3]) + " (" + share(f[3]) + " %)";
function draw() {
  graph.textContent = "";
  if (zoom === undefined || all === 0) return;
  const [zd, zs, zt] = zoom;
  const width = graph.clientWidth;
  let deepest = 0, hits = 0;
  for (const f of frames) {
    const [depth, start, ticks, , name] = f;
    const isAbove = depth < zd && start <= zs && start + ticks >= zs + zt;
    if (!isAbove && (start < zs || start + ticks > zs + zt || depth < zd)) continue;
    const w = isAbove ? width : width * ticks / zt;
    if (w < 0.5) continue;
    const e = document.createElement("button");
    const isHit = needle !== "" && name.toLowerCase().includes(needle);
    if (isHit) hits += f[3];
    e.className = "f" + (isHit ? " hit" : "") + (isAbove ? " above" : "");
    e.style.left = (isAbove ? 0 : width * (start - zs) / zt) + "px";
    e.style.width = w + "px";
    e.style.top = depth * 18 + "px";
    e.style.background = colour(name, depth);
    e.textContent = w > 24 ? name : "";
    e.title = describe(f);
    e.onclick = () => { zoom = f; draw(); };
    e.onmouseenter = e.onfocus = () => { info.textContent = describe(f); };
    graph.append(e);
    if (depth > deepest) deepest = depth;
  }
  graph.style.height = (deepest + 1) * 18 + 4 + "px";
  document.getElementById("found").textContent = needle === "" ? "" : "found: " + number(hits) + " ticks of their own (" + share(hits) + " %)";
}
document.getElementById("reset").onclick = () => { zoom = frames[0]; draw(); };
document.getElementById("search").oninput = (event) => { needle = event.target.value.toLowerCase(); draw(); };
addEventListener("resize", draw);
draw();
</script>
</html>
`;
