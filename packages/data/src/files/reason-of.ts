import { show } from "@rsdix/internal";

/** What was thrown, for a message that goes on after it: code of anybody's throws anything. */
export function reasonOf(error: unknown): string {
  const { message } = Object(error) as Partial<Error>;
  return typeof message === "string" ? message.replace(/\.$/, "") : show(error);
}
