import type { DatasetDeclaration } from "./declaration";

/**
 * UCM-Captions: the UC Merced land use images with captions.
 *
 * @example
 * ```ts
 * import { UCMD } from "@rsdix/data";
 * if (!UCMD.layout.extensions.includes(".tif")) throw new Error("its images are TIFF files");
 * ```
 * @see Qu et al., "Deep semantic understanding of high resolution remote sensing image", https://doi.org/10.1109/CITS.2016.7546397
 */
export const UCMD: DatasetDeclaration = {
  id: "ucmd",
  title: "UCM-Captions",
  task: "captions",
  about:
    "The 21 classes of the UC Merced land use images (urban areas of the USA, 0.3 m a pixel), 100 images each, with five captions each.",
  layout: {
    annotations: ["dataset_ucmd.json", "dataset.json"],
    images: ["UCMD_images", "imgs", "images"],
    extensions: [".tif", ".jpg", ".png"],
  },
  imageSize: { width: 256, height: 256 },
  counts: { images: 2_100, captions: 10_500, captionsPerImage: 5, classes: 21, train: 1_680, val: 210, test: 210 },
  licence: "images: public domain (USGS National Map); captions: none that this package knows of, read the terms where you get them",
  citation:
    'B. Qu, X. Li, D. Tao, X. Lu, "Deep semantic understanding of high resolution remote sensing image", International Conference on Computer, Information and Telecommunication Systems (CITS), 2016. Images: Y. Yang, S. Newsam, "Bag-of-visual-words and spatial extensions for land-use classification", ACM SIGSPATIAL GIS, 2010.',
  sources: ["https://github.com/201528014227051/RSICD_optimal"],
  notes: [
    "Its images are TIFF files (1.tif): browsers do not decode them by themselves, the reader of @rsdix/image does. Copies as .jpg or .png are found too.",
    "A few of the original images are some pixels smaller than 256 x 256.",
  ],
};
