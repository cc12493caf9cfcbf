// Where a command's words go. The only window of the commands on the process, so that tests can put another in its place.

export interface Terminal {
  /** Results: standard output. */
  out(text: string): void;
  /** Errors and progress: standard error. */
  err(text: string): void;
  readonly outIsTty: boolean;
  readonly errIsTty: boolean;
  /** Whether results may be coloured. */
  readonly hasColours: boolean;
  /** Width of standard error, in characters. */
  readonly columns: number;
  /** A clock, in milliseconds. */
  now(): number;
}

const DEFAULT_COLUMNS = 80;

/** The terminal of this process. Colours follow NO_COLOR and TERM. */
export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  const wantsNoColour = (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb";
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    outIsTty: stdout.isTTY === true,
    errIsTty: stderr.isTTY === true,
    hasColours: stdout.isTTY === true && !wantsNoColour,
    columns: stderr.isTTY === true ? stderr.columns : DEFAULT_COLUMNS,
    now: () => performance.now(),
  };
}

const STYLES = { bold: [1, 22], dim: [2, 22], green: [32, 39], red: [31, 39], cyan: [36, 39] } as const;

export type Style = keyof typeof STYLES;

/** `text` in a style, where the terminal has any. */
export function styled(terminal: Terminal, style: Style, text: string): string {
  if (!terminal.hasColours) return text;
  const [on, off] = STYLES[style];
  return `\u001b[${on}m${text}\u001b[${off}m`;
}
