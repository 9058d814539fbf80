import { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import type { DataType, TensorInfo } from "@tensorflow/tfjs-core";
import type { Addon } from "./addon";
import { Packs } from "./packs";
import { Recycler } from "./recycler";

type DataId = TensorInfo["dataId"];

/** What the cpu backend keeps for a tensor's data. */
interface Record {
  values: ArrayLike<unknown> & { buffer?: ArrayBufferLike };
  dtype: DataType;
  refCount: number;
}

/**
 * TensorFlow.js' cpu backend, tensors as plain typed arrays, whose hot kernels are native. Large float32 results live in arrays of its own, which
 * are used again once their tensor is disposed, unless somebody may still hold them: whoever reads a tensor gets the array itself.
 */
export class NativeBackend extends MathBackendCPU {
  /** Weights arranged for products of few rows. */
  readonly packs: Packs;
  private readonly recycler: Recycler;
  /** Memory that belongs to one tensor's data alone. Whatever else comes to see it takes it out. */
  private readonly owned = new WeakSet<ArrayBufferLike>();
  private ownedBytes = 0;

  /**
   * @param addon The native functions.
   * @param limits Bytes of arrays that may lie unused, and of packed weights.
   */
  constructor(
    readonly addon: Addon,
    limits: { unused: number; packed: number },
  ) {
    super();
    (this as unknown as { firstUse: boolean }).firstUse = false; // no advice to install tfjs-node
    this.recycler = new Recycler(limits.unused);
    this.packs = new Packs(this, limits.packed);
  }

  /** Bytes of arrays that lie unused. */
  get unusedBytes(): number {
    return this.recycler.unusedBytes;
  }

  /** Gives unused arrays back to the system. */
  trim(): void {
    this.recycler.clear();
  }

  /** An array for a result, contents undefined; `result` makes it a tensor. */
  allocate(length: number): Float32Array {
    const values = this.recycler.take(length);
    this.owned.add(values.buffer);
    this.ownedBytes += values.byteLength;
    this.recycler.inUse(this.ownedBytes);
    return values;
  }

  /** An array that no tensor will take, back for reuse. */
  release(values: Float32Array): void {
    if (this.disown(values.buffer)) this.recycler.give(values);
  }

  /** Runs a kernel; what it took and didn't hand on, because it threw or left the work to another, is no longer in use. */
  countLost<T>(kernel: () => T | undefined): T | undefined {
    const before = this.ownedBytes;
    let result: T | undefined;
    try {
      result = kernel();
      return result;
    } finally {
      if (result === undefined) this.ownedBytes = before;
    }
  }

  /** A tensor over an array from `allocate`. */
  result(shape: number[], values: Float32Array): TensorInfo {
    const dataId = super.write(values, shape, "float32");
    return { dataId, shape, dtype: "float32" };
  }

  /**
   * The values of a float32 tensor: of the tensor's size, in a Float32Array. Stock kernels may put other typed arrays into one.
   */
  floats({ dataId, shape }: TensorInfo): Float32Array {
    const { values } = this.data.get(dataId) as Record;
    const checked = values instanceof Float32Array ? values : Float32Array.from(values as ArrayLike<number>);
    if (checked.length !== size(shape)) throw new Error(`rsdix native: a tensor of shape [${shape}] holds ${checked.length} values`);
    return checked;
  }

  /** The values of an int32 tensor, in an Int32Array. */
  ints({ dataId, shape }: TensorInfo): Int32Array {
    const { values } = this.data.get(dataId) as Record;
    const checked = values instanceof Int32Array ? values : Int32Array.from(values as ArrayLike<number>);
    if (checked.length !== size(shape)) throw new Error(`rsdix native: a tensor of shape [${shape}] holds ${checked.length} values`);
    return checked;
  }

  /** Whether a tensor's values may be changed in place: nobody else can see them. */
  isExclusive({ dataId }: TensorInfo): boolean {
    const { values, refCount } = this.data.get(dataId) as Record;
    return refCount === 1 && values instanceof Float32Array && this.owned.has(values.buffer);
  }

  /** To be called when a tensor's values were changed in place. */
  changed({ dataId }: TensorInfo): void {
    this.packs.forget(dataId);
  }

  /** Stock kernels hand in views of their inputs (a slice of rows), and users arrays that they keep. */
  override write(values: Parameters<MathBackendCPU["write"]>[0], shape: number[], dtype: DataType): DataId {
    const buffer = (values as { buffer?: ArrayBufferLike } | undefined)?.buffer; // a complex tensor has no values of its own
    if (buffer) this.disown(buffer);
    return super.write(values, shape, dtype);
  }

  override readSync(dataId: DataId): ReturnType<MathBackendCPU["readSync"]> {
    this.share(dataId);
    return super.readSync(dataId);
  }

  override async read(dataId: DataId): ReturnType<MathBackendCPU["read"]> {
    this.share(dataId);
    return super.read(dataId);
  }

  override disposeData(dataId: DataId, force = false): boolean {
    const record = this.data.has(dataId) ? (this.data.get(dataId) as Record) : undefined;
    const gone = super.disposeData(dataId, force);
    if (record && !this.data.has(dataId)) {
      this.packs.forget(dataId);
      if (record.values instanceof Float32Array) this.release(record.values);
    }
    return gone;
  }

  private share(dataId: DataId): void {
    const buffer = this.data.has(dataId) ? (this.data.get(dataId) as Record).values?.buffer : undefined;
    if (buffer) this.disown(buffer);
  }

  /** False when it was nobody's, or somebody else's, already. */
  private disown(buffer: ArrayBufferLike): boolean {
    if (!this.owned.delete(buffer)) return false;
    this.ownedBytes -= buffer.byteLength;
    return true;
  }
}

/** Numbers in a shape. */
export function size(shape: readonly number[]): number {
  let product = 1;
  for (const side of shape) product *= side;
  return product;
}
