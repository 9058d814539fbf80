/** Does what only gives back what is held: what it throws, or rejects with, changes nothing of what was read. */
export async function quietly(work: () => unknown): Promise<void> {
  try {
    await work();
  } catch {
    // nobody could do anything about it
  }
}
