import type { DatasetDeclaration } from "./declaration";

/**
 * NWPU-Captions: the images of NWPU-RESISC45 with captions, the largest set of the field that people wrote.
 *
 * @example
 * ```ts
 * import { NWPU_CAPTIONS } from "@rsdix/data";
 * if (NWPU_CAPTIONS.counts.captions !== 5 * NWPU_CAPTIONS.counts.images) throw new Error("expected five captions an image");
 * ```
 * @see Cheng et al., "NWPU-Captions dataset and MLCA-Net for remote sensing image captioning", https://ieeexplore.ieee.org/document/9866055
 */
export const NWPU_CAPTIONS: DatasetDeclaration = {
  id: "nwpu-captions",
  title: "NWPU-Captions",
  task: "captions",
  about: "The 45 classes of NWPU-RESISC45 (Google Earth), 700 images each, with five captions each by seven volunteers.",
  layout: {
    annotations: ["dataset_nwpu.json"],
    images: ["NWPU_images", "NWPU-RESISC45", "images"],
    labels: "folder",
    extensions: [".jpg"],
  },
  imageSize: { width: 256, height: 256 },
  counts: {
    ...{ images: 31_500, captions: 157_500, captionsPerImage: 5, classes: 45 },
    ...{ train: 25_200, val: 3_150, test: 3_150 },
  },
  licence: "none that this package knows of: read the terms where you get it",
  citation:
    'Q. Cheng, H. Huang, Y. Xu, Y. Zhou, H. Li, Z. Wang, "NWPU-Captions dataset and MLCA-Net for remote sensing image captioning", IEEE Transactions on Geoscience and Remote Sensing 60, 2022.',
  sources: ["https://github.com/HaiyanHuang98/NWPU-Captions"],
  notes: [
    "Its annotation has a form of its own: a list of images a class, captions in raw, raw_1, raw_2, ... The image is at class/filename.",
  ],
};
