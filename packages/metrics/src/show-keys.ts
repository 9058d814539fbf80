import { show } from "@rsdix/internal";

/** Names that a message has room for. */
const KEYS = 5;

/** What came, as messages write it; of a plain object what it has, as that it is one says nothing about whose it is. */
export function showKeys(value: unknown): string {
  const shown = show(value);
  if (shown !== "[object Object]") return shown;
  const keys = Object.keys(value as object)
    .slice(0, KEYS)
    .join(", ")
    .slice(0, 100);
  return `an object of ${keys || "nothing"}`;
}
