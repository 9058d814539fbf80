import type { NativeBackend } from "./native-backend";

/** A weight is packed when it has been used this often without a change: packing costs about as much as reading it twice. */
const USES_BEFORE_PACKING = 2;

interface Entry {
  // How the weight is used. Data that is used in a second way (a tied weight, a reshaped one) is not packed for it.
  k: number;
  n: number;
  transposed: boolean;
  uses: number;
  packed?: Float32Array;
}

/**
 * Weights in the order in which products of few rows read them, made once and kept beside the weight: such a product spends as long
 * arranging the weight as multiplying. Forgotten when the weight changes or is disposed.
 */
export class Packs {
  private readonly entries = new Map<object, Entry>();
  private bytes = 0;

  /**
   * @param backend Whose tensors these are.
   * @param limit Bytes that packed weights may take; the ones that come later are not packed.
   */
  constructor(
    private readonly backend: NativeBackend,
    private readonly limit: number,
  ) {}

  /** The packed weight [k, n] of a tensor's data, if it has been used often enough. `transposed`: the tensor is [n, k]. */
  find(dataId: object, weight: Float32Array, k: number, n: number, transposed: boolean): Float32Array | undefined {
    const entry = this.entries.get(dataId);
    if (entry === undefined) {
      this.entries.set(dataId, { k, n, transposed, uses: 1 });
      return undefined;
    }
    if (entry.k !== k || entry.n !== n || entry.transposed !== transposed) return undefined;
    if (entry.packed) return entry.packed;
    if (entry.uses++ < USES_BEFORE_PACKING) return undefined;
    const { addon } = this.backend;
    const length = addon.packedLength(k, n);
    if (this.bytes + 4 * length > this.limit) return undefined;
    const packed = this.backend.allocate(length);
    addon.packWeight(weight, packed, k, n, transposed);
    this.bytes += packed.byteLength;
    entry.packed = packed;
    return packed;
  }

  /** The data changed, or is gone. */
  forget(dataId: object): void {
    const entry = this.entries.get(dataId);
    if (entry === undefined) return;
    this.entries.delete(dataId);
    if (!entry.packed) return;
    this.bytes -= entry.packed.byteLength;
    this.backend.release(entry.packed);
  }
}
