import { cosine, type Embeddings } from "../embeddings";
import { checkProduct } from "./cosine-tiles";

/**
 * Counts, tile by tile, for each image the foreign texts and for each text the foreign images that are as near as the own one or
 * nearer. Products in float32 decide where they are clear; where one is so near to the limit that rounding could turn it, the cosine
 * is computed again in double precision, so that counts do not depend on how products are made.
 */
export class RecallCounter {
  readonly ofImages: Uint32Array;
  readonly ofTexts: Uint32Array;
  /** Cosine of each text to its image, and of each image to the nearest of its texts. */
  private readonly own: Float64Array;
  private readonly bestOwn: Float64Array;

  constructor(
    private readonly images: Embeddings,
    private readonly texts: Embeddings,
    private readonly owner: ArrayLike<number>,
    private readonly tolerance: number,
    private readonly error: number,
  ) {
    this.ofImages = new Uint32Array(images.rows);
    this.ofTexts = new Uint32Array(texts.rows);
    this.own = new Float64Array(texts.rows);
    this.bestOwn = new Float64Array(images.rows).fill(Number.NEGATIVE_INFINITY);
    for (let t = 0; t < texts.rows; t++) {
      const i = owner[t]!;
      this.own[t] = cosine(images, i, texts, t);
      this.bestOwn[i] = Math.max(this.bestOwn[i]!, this.own[t]!);
    }
  }

  /** Takes in the products of images from `image` on (rows) with texts from `text` on (columns). */
  add(products: Float32Array, image: number, imageEnd: number, text: number, textEnd: number): void {
    const { own, bestOwn, owner } = this;
    const room = this.tolerance + this.error;
    let at = 0;
    for (let i = image; i < imageEnd; i++) {
      const best = bestOwn[i]!;
      for (let t = text; t < textEnd; t++) {
        const product = products[at++]!;
        const most = product + room;
        if (most < best && most < own[t]!) continue; // nearly all, once a model has learned something
        if (owner[t] !== i) this.decide(product, i, t);
      }
    }
  }

  private decide(product: number, i: number, t: number): void {
    const [best, own] = [this.bestOwn[i]!, this.own[t]!];
    let near = product + this.tolerance;
    // Not `<=`: a product that is NaN is not clear, either.
    if (!(Math.abs(near - best) > this.error && Math.abs(near - own) > this.error)) {
      const exact = cosine(this.images, i, this.texts, t);
      checkProduct(product, exact, this.error);
      near = exact + this.tolerance;
    }
    if (near >= best) this.ofImages[i]!++;
    if (near >= own) this.ofTexts[t]!++;
  }
}
