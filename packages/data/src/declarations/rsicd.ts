import type { DatasetDeclaration } from "./declaration";

/**
 * RSICD with its captions: aerial images of 30 kinds of scenes.
 *
 * @example
 * ```ts
 * import { RSICD } from "@rsdix/data";
 * if (RSICD.counts.images !== 10_921 || RSICD.counts.captions !== 54_605) throw new Error("expected five captions an image");
 * ```
 * @see Lu et al., "Exploring models and data for remote sensing image caption generation", https://arxiv.org/abs/1712.07835
 */
export const RSICD: DatasetDeclaration = {
  id: "rsicd",
  title: "RSICD",
  task: "captions",
  about:
    "Aerial images of various resolutions from Google Earth, Baidu Map, MapABC and Tianditu, resized to one size, with five captions each.",
  layout: { annotations: ["dataset_rsicd.json"], images: ["RSICD_images", "images"], extensions: [".jpg"] },
  imageSize: { width: 224, height: 224 },
  counts: { images: 10_921, captions: 54_605, captionsPerImage: 5, train: 8_734, val: 1_094, test: 1_093 },
  licence: "none that this package knows of: read the terms where you get it, and those of the maps that the images are from",
  citation:
    'X. Lu, B. Wang, X. Zheng, X. Li, "Exploring models and data for remote sensing image caption generation", IEEE Transactions on Geoscience and Remote Sensing 56(4), 2183-2195, 2018.',
  sources: ["https://github.com/201528014227051/RSICD_optimal"],
  notes: ["Images that had fewer than five captions got copies of them: an image may have the same caption more than once."],
};
