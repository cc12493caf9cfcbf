// Shell patterns on names: `*` any characters, `?` one. Small on purpose: path.matchesGlob still warns on Node 20.

export function matchesGlob(pattern: string, name: string): boolean {
  const source = [...pattern].map((char) => {
    if (char === "*") return ".*";
    if (char === "?") return ".";
    return char.replace(/[\\^$.|+()[\]{}]/g, "\\$&");
  });
  return new RegExp(`^${source.join("")}$`, "su").test(name);
}
