import { CliOutput } from "@rsdix/internal";

/** One run of the command: what it says. */
export class CliSession extends CliOutput {
  private readonly noted = new Set<string>();

  /** Characters in the line of progress; undefined where nobody looks on. */
  get progressWidth(): number | undefined {
    const { isTTY, columns = 80 } = this.io.stderr;
    return isTTY ? columns - 1 : undefined; // some terminals wrap a line that is full
  }

  /** As `note`, of what may come many times. */
  noteOnce(text: string): void {
    if (this.noted.has(text)) return;
    this.noted.add(text);
    this.note(text);
  }
}
