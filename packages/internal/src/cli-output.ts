/** Where a command writes: a terminal, a pipe, or what a test gives. */
interface CliStream {
  /** Takes a text. */
  write(text: string): unknown;
  /** Whether a person is looking on. */
  readonly isTTY?: boolean;
  /** Characters in a line of a terminal. */
  readonly columns?: number;
}

/** What a command runs with. */
export interface CliIo {
  /** What was asked for. */
  readonly stdout: CliStream;
  /** Progress, and what went wrong. */
  readonly stderr: CliStream;
  /** Stops the command. */
  readonly signal: AbortSignal;
}

/** Back to the line's start, and clear it. */
const CLEAR_LINE = "\r\u001b[K";

/** What one run of a command says. */
export class CliOutput {
  readonly signal: AbortSignal;
  private shown = false;

  constructor(protected readonly io: CliIo) {
    this.signal = io.signal;
  }

  /** Characters in a line of output. */
  get width(): number {
    return Math.max(40, Math.min(this.io.stdout.columns ?? 100, 120));
  }

  /** Lines of what was asked for. */
  print(text: string): void {
    this.clear();
    this.io.stdout.write(`${printable(text)}\n`);
  }

  /** Lines for whoever looks on. */
  note(text: string): void {
    this.clear();
    this.io.stderr.write(`${printable(text)}\n`);
  }

  /** What goes on, in one line of a terminal that the next one replaces; nothing where nobody looks on. */
  progress(text: string): void {
    if (!this.io.stderr.isTTY) return;
    this.shown = true;
    this.io.stderr.write(`${CLEAR_LINE}${printable(text)}`);
  }

  /** Takes progress off the terminal. */
  clear(): void {
    if (this.shown) this.io.stderr.write(CLEAR_LINE);
    this.shown = false;
  }
}

/** A text whose control characters are spelt out: names of files, and what files hold, are anybody's, and must not steer a terminal. */
export function printable(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n]/gu, (letter) => `\\x${letter.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
