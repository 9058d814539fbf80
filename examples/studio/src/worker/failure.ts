const LOST = "The graphics card was lost while this ran: start it again when the page computes again.";

/** What a person is told of an error: the page's words in place of those for programmers. */
export function failureOf(error: unknown, isStopped: boolean): { code: string; message: string } {
  const { code, message } = error as Error & { code?: unknown };
  const text = message || String(error);
  if (code === "DEVICE_LOST") return { code, message: /startBackend/.test(text) ? LOST : text };
  if (isStopped) return { code: "ABORTED", message: text };
  return { code: typeof code === "string" ? code : "FAILED", message: text };
}
