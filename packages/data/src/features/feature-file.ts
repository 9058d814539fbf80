import { sha256 } from "@rsdix/internal";
import type { FeatureCache } from "./feature-cache";

/** What features were made of: of another model, preprocessing or data set they are others. */
export interface FeatureKey {
  readonly model: string;
  readonly preprocessing: string;
  /** The number of the images, and a hash of their names and contents (or names alone). */
  readonly images: number;
  readonly identify: "content" | "names";
  readonly data: string;
}

/** The index beside the features. */
interface FeatureIndex {
  readonly format: 1;
  readonly key: FeatureKey;
  /** Numbers an image. */
  readonly dim: number;
  readonly rowsPerPart: number;
  /** A hash of each part's bytes, null for one that isn't there. */
  readonly parts: readonly (string | null)[];
}

/** So many images are lost at most when an embedding breaks off. */
const ROWS_PER_PART = 512;
/** An index of a million images has 40 kB. */
const MAX_INDEX_BYTES = 16 * 2 ** 20;

/** The features of one key, in parts. */
export class FeatureFile {
  private dim: number | undefined;
  private parts: (string | null)[];

  private constructor(
    private readonly cache: FeatureCache | undefined,
    private readonly key: FeatureKey,
    private readonly name: string,
  ) {
    this.parts = Array<null>(Math.ceil(key.images / ROWS_PER_PART)).fill(null);
  }

  /** Reads the index; of another key, another form or damaged it counts as none. */
  static async open(cache: FeatureCache | undefined, key: FeatureKey): Promise<FeatureFile> {
    const file = new FeatureFile(cache, key, await sha256(new TextEncoder().encode(JSON.stringify(key))));
    const bytes = await cache?.read(`${file.name}.json`);
    const index = bytes && bytes.length <= MAX_INDEX_BYTES ? readIndex(bytes) : undefined;
    if (index && JSON.stringify(index.key) === JSON.stringify(key) && index.parts.length === file.parts.length) {
      file.dim = index.dim;
      file.parts = [...index.parts];
    }
    return file;
  }

  /** The first row of each part, and how many it has. */
  get spans(): { readonly first: number; readonly rows: number }[] {
    return this.parts.map((_, part) => {
      const first = part * ROWS_PER_PART;
      return { first, rows: Math.min(ROWS_PER_PART, this.key.images - first) };
    });
  }

  /** The part that a row is in. */
  partOf(row: number): number {
    return Math.floor(row / ROWS_PER_PART);
  }

  /** Numbers an image, as far as any were kept. */
  get width(): number | undefined {
    return this.parts.some((part) => part !== null) ? this.dim : undefined;
  }

  /** A part that is there and whole. */
  async read(part: number): Promise<Float32Array | undefined> {
    const sum = this.parts[part];
    const bytes = sum ? await this.cache?.read(this.partName(part)) : undefined;
    if (bytes?.length !== this.spans[part]!.rows * this.dim! * 4 || (await sha256(bytes)) !== sum) {
      this.parts[part] = null;
      return undefined;
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(i * 4, true));
  }

  /** First the part, then the index that names it. */
  async write(part: number, values: Float32Array, dim: number): Promise<void> {
    if (!this.cache) return;
    const bytes = new Uint8Array(values.length * 4);
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < values.length; i++) view.setFloat32(i * 4, values[i]!, true);
    await this.cache.write(this.partName(part), bytes);
    this.dim = dim;
    this.parts[part] = await sha256(bytes);
    const index: FeatureIndex = { format: 1, key: this.key, dim, rowsPerPart: ROWS_PER_PART, parts: this.parts };
    await this.cache.write(`${this.name}.json`, new TextEncoder().encode(`${JSON.stringify(index)}\n`));
  }

  private partName(part: number): string {
    return `${this.name}-${String(part).padStart(5, "0")}.f32`;
  }
}

function readIndex(bytes: Uint8Array): FeatureIndex | undefined {
  try {
    const index = JSON.parse(new TextDecoder().decode(bytes)) as FeatureIndex;
    const whole = index.format === 1 && index.rowsPerPart === ROWS_PER_PART && Number.isInteger(index.dim) && index.dim > 0;
    return whole && Array.isArray(index.parts) && index.parts.every((part) => part === null || typeof part === "string")
      ? index
      : undefined;
  } catch {
    return undefined;
  }
}
