import { nextTask } from "@rsdix/internal";

/**
 * Lets everything else that waits run once: signals, timers, messages, input, redraws.
 *
 * On the cpu and wasm backends `await tensor.data()` resumes before any of these, so that a long loop over batches must pause by itself to be interruptible.
 *
 * @returns Resolves in a task of its own.
 * @example
 * ```ts
 * import { yieldToEventLoop } from "@rsdix/backend";
 * for (let batch = 0; batch < 3; batch++) await yieldToEventLoop();
 * ```
 * @see https://html.spec.whatwg.org/multipage/webappapis.html#event-loops
 */
export function yieldToEventLoop(): Promise<void> {
  return nextTask();
}
