const LOST = "The graphics card was lost while this ran: start it again when the page computes again.";

/** What a person is told of an error: the page's words in place of those for programmers, and a way out where the error itself says none. */
export function failureOf(error: unknown, isStopped: boolean): { code: string; message: string } {
  const { code, message } = Object(error) as { code?: unknown; message?: unknown };
  const text = typeof message === "string" && message !== "" ? message : String(error);
  if (code === "DEVICE_LOST") return { code, message: /startBackend/.test(text) ? LOST : text };
  if (isStopped) return { code: "ABORTED", message: text };
  if (typeof code === "string") return { code, message: text }; // one of ours, which says what to do
  const way = "What is loaded is still there: try again. Should it fail again, choose another backend (step 1), or reload the page.";
  return { code: "FAILED", message: `This can't be done, for a reason that wasn't foreseen (${text.replace(/\.$/, "")}). ${way}` };
}
