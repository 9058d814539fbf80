import type { DatasetDeclaration } from "./declaration";

/**
 * S2LCD, the Sentinel-2 Land-cover Captioning Dataset, which came with RSDiX.
 *
 * @example
 * ```ts
 * import { S2LCD } from "@rsdix/data";
 * if (S2LCD.counts.captions !== 7_665) throw new Error("expected five captions for each of 1,533 images");
 * ```
 * @see https://github.com/NeuRoNeLab/RSDiX-CLIP
 */
export const S2LCD: DatasetDeclaration = {
  id: "s2lcd",
  title: "S2LCD (Sentinel-2 Land-cover Captioning Dataset)",
  task: "captions",
  about:
    "Patches of Sentinel-2 L2A images of temperate regions (forest, mountain, farmland, towns), with five captions each that use the terms of the EAGLE land monitoring lexicon.",
  layout: {
    annotations: ["dataset_s2lcd.json", "dataset_nais.json"],
    images: ["S2LCD_images", "NAIS_images", "images"],
    extensions: [".tif", ".jpg", ".png"],
  },
  imageSize: { width: 224, height: 224 },
  counts: { images: 1_533, captions: 7_665, captionsPerImage: 5 },
  licence:
    "CC BY-NC-SA 4.0, as its authors' repository says (the card of its copy on Hugging Face says Apache-2.0: ask them before a use that depends on it)",
  citation: '"RSDiX: Lightweight and Data-Efficient VLMs for Remote Sensing through Self-Distillation" (the paper that S2LCD came with).',
  sources: ["https://github.com/NeuRoNeLab/RSDiX-CLIP (S2LCD.zip)", "https://huggingface.co/datasets/neuronelab/s2lcd"],
  notes: [
    "For captioning, not for contrastive training: some captions tell one part of an image only.",
    "Its annotation, XML (as CVAT writes it) or JSON, has no split: one is drawn. An annotation of another name is found where it is the only one.",
    "Images of its JSON are TIFF files: browsers do not decode them by themselves, the reader of @rsdix/image does.",
  ],
};
