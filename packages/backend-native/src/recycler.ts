/** Arrays shorter than this are cheaper to make than to look up. */
const SMALLEST = 1024;

/** Bytes that may lie unused in any program. */
const FLOOR = 64 * 2 ** 20;

/**
 * Keeps the arrays of disposed tensors for tensors of the same length: a fresh array costs its pages again, up to half of a training step.
 * What lies unused stays below a limit; beyond it the arrays that have lain longest are given back.
 */
export class Recycler {
  private readonly free = new Map<number, Float32Array[]>();
  private bytes = 0;
  private most = FLOOR; // in use at once, so far

  /** @param ceiling Bytes that may lie unused at most. */
  constructor(private readonly ceiling: number) {}

  /** Bytes of arrays that are in use now: as much as was ever in use at once, and no more, may lie unused, since that is all that could be used again. */
  inUse(bytes: number): void {
    if (bytes > this.most) this.most = bytes;
  }

  private get limit(): number {
    return Math.min(this.ceiling, this.most);
  }

  /** Bytes that lie unused. */
  get unusedBytes(): number {
    return this.bytes;
  }

  /** An array of any contents. */
  take(length: number): Float32Array {
    const list = this.free.get(length);
    const found = list?.pop();
    if (!found) return new Float32Array(length);
    if (list?.length === 0) this.free.delete(length);
    this.bytes -= found.byteLength;
    return found;
  }

  /** Takes an array back; nobody else may hold it. */
  give(array: Float32Array): void {
    if (array.length < SMALLEST || array.byteLength > this.limit) return;
    const list = this.free.get(array.length) ?? [];
    // Deleted and set again, the length moves to the end of the map: its first entry has lain longest.
    this.free.delete(array.length);
    this.free.set(array.length, list);
    list.push(array);
    this.bytes += array.byteLength;
    while (this.bytes > this.limit) this.dropOldest();
  }

  /** Gives everything unused back. */
  clear(): void {
    this.free.clear();
    this.bytes = 0;
  }

  private dropOldest(): void {
    const [length, list] = this.free.entries().next().value!;
    this.bytes -= list.shift()!.byteLength;
    if (list.length === 0) this.free.delete(length);
  }
}
