import { show } from "./checks";
import { fail } from "./error";

/**
 * Throws INVALID_ARGUMENT unless an option is an AbortSignal, or absent: what is none would stop nothing. Looks at what is used of it, so that those of
 * other realms and polyfills are as good. `name` is the option's in the message.
 */
export function checkSignal(signal: unknown, name = "signal"): void {
  const { aborted, addEventListener, removeEventListener } = Object(signal);
  const canStop = typeof aborted === "boolean" && typeof addEventListener === "function" && typeof removeEventListener === "function";
  if (signal !== undefined && !canStop)
    fail("INVALID_ARGUMENT", `${name} must be an AbortSignal, got ${show(signal)}. Give the signal of an AbortController.`);
}
