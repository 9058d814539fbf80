/** Lets all that waits run once: signals, timers, messages, input, redraws. */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    // Not requestAnimationFrame, which stands still in a tab that nobody looks at; and browsers hold timers back, but not messages.
    if (typeof setImmediate === "function") setImmediate(resolve);
    else {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(undefined);
    }
  });
}
