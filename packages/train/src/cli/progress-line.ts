import type { CliSession } from "./session";

/** Where nobody looks on, progress is a line now and then. */
const EVERY_MS = 10_000;

/** Tells of progress: in one line of a terminal, else in a line every ten seconds. */
export function progressLine(session: CliSession, what: string): (progress: { readonly done: number; readonly total: number }) => void {
  const say = progressText(session);
  return ({ done, total }) => say(`${done.toLocaleString("en")} of ${total.toLocaleString("en")} ${what}`);
}

/** The same for any text. */
export function progressText(session: CliSession): (text: string) => void {
  let said = performance.now();
  return (text) => {
    session.progress(text);
    const now = performance.now();
    if (session.progressWidth !== undefined || now - said < EVERY_MS) return;
    said = now;
    session.note(text);
  };
}
