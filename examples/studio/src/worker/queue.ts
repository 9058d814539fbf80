let last: Promise<unknown> = Promise.resolve();

/** Runs what uses the models after all that was asked for before; it must not throw. */
export function enqueue(work: () => Promise<void>): void {
  last = last.then(work);
}
