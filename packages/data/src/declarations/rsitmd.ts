import type { DatasetDeclaration } from "./declaration";

/**
 * RSITMD: images with finer captions, made for retrieval.
 *
 * @example
 * ```ts
 * import { RSITMD } from "@rsdix/data";
 * if (RSITMD.counts.train! + RSITMD.counts.test! !== RSITMD.counts.images) throw new Error("its annotation has no images for validation");
 * ```
 * @see Yuan et al., "Exploring a fine-grained multiscale method for cross-modal remote sensing image retrieval", https://arxiv.org/abs/2204.09868
 */
export const RSITMD: DatasetDeclaration = {
  id: "rsitmd",
  title: "RSITMD",
  task: "captions",
  about: "Aerial images with captions that are finer and more varied than RSICD's, made for retrieval by text.",
  layout: {
    annotations: ["dataset_RSITMD.json"],
    images: ["images", "RSITMD_images"],
    extensions: [".tif", ".jpg", ".png"],
  },
  counts: { images: 4_743, captions: 23_715, captionsPerImage: 5, train: 4_291, val: 0, test: 452 },
  licence: "none that this package knows of: read the terms where you get it",
  citation:
    'Z. Yuan et al., "Exploring a fine-grained multiscale method for cross-modal remote sensing image retrieval", IEEE Transactions on Geoscience and Remote Sensing 60, 2022, doi 10.1109/TGRS.2021.3078451.',
  sources: ["https://github.com/xiaoyuan1996/AMFMN/tree/master/RSITMD"],
  notes: [
    "Its annotation has no images for validation: draw your own split where you need them.",
    'Versions before 28 October 2021 have four images with blank captions: onError "skip" leaves those captions out.',
    "Its images are TIFF files: browsers do not decode them by themselves, the reader of @rsdix/image does.",
  ],
};
