import { EUROSAT_RGB, MLRSNET, PATTERNNET, RESISC45, RSI_CB128, RSI_CB256, RSICD_CLASSES, WHU_EARTH } from "../declarations/class-sets";
import { AID, OPTIMAL_31, RSC11, RSSCN7, WHU_RS19 } from "../declarations/class-sets-small";
import type { DatasetDeclaration } from "../declarations/declaration";
import type { FilesSource } from "../files/open-files";
import { type LoadedClasses, type OpenClassesOptions, openClasses } from "./open-classes";

/**
 * Opens a class set that is known: `openClasses` with its declaration.
 *
 * @param source - a folder's path (Node), a zip file, picked files, or an open store.
 * @param options - where the images are, how they tell their class, and what happens to one that tells none.
 * @returns the set, its images labelled with classes as prompts need them.
 * @throws RsdixError as `openClasses`.
 * @example
 * ```ts
 * import { aid } from "@rsdix/data";
 * const { classes, images } = await aid([new File(["."], "BareLand_1.jpg")]);
 * if (classes?.length !== 30 || images[0].label !== "bare land") throw new Error("expected AID's classes");
 * ```
 */
export type OpenClassSet = (source: FilesSource, options?: OpenClassesOptions) => Promise<LoadedClasses>;

const loader =
  (set: DatasetDeclaration, defaults: OpenClassesOptions = {}): OpenClassSet =>
  (source, options) =>
    openClasses(source, set, { ...defaults, ...options });

/** Opens RSICD's images as a class set: 30 classes, told by the files' names; images with a number for a name are skipped, unless `onError` says otherwise. */
export const rsicdClasses: OpenClassSet = loader(RSICD_CLASSES, { onError: "skip" });

/** Opens RSI-CB128: 45 classes, 128 x 128 pixels. */
export const rsiCb128: OpenClassSet = loader(RSI_CB128);
/** Opens RSI-CB256: 35 classes, 256 x 256 pixels. */
export const rsiCb256: OpenClassSet = loader(RSI_CB256);
/** Opens WHU-earth, also known as SIRI-WHU: 12 classes, 200 x 200 pixels. */
export const whuEarth: OpenClassSet = loader(WHU_EARTH);
/** Opens EuroSAT-RGB: 10 classes, 64 x 64 pixels of Sentinel-2. */
export const eurosatRgb: OpenClassSet = loader(EUROSAT_RGB);
/** Opens MLRSNet: 46 classes, 256 x 256 pixels. */
export const mlrsnet: OpenClassSet = loader(MLRSNET);
/** Opens PatternNet: 38 classes, 256 x 256 pixels. */
export const patternnet: OpenClassSet = loader(PATTERNNET);
/** Opens NWPU-RESISC45: 45 classes, 256 x 256 pixels. */
export const resisc45: OpenClassSet = loader(RESISC45);
/** Opens AID: 30 classes, 600 x 600 pixels. */
export const aid: OpenClassSet = loader(AID);
/** Opens RSSCN7: 7 classes, 400 x 400 pixels. */
export const rsscn7: OpenClassSet = loader(RSSCN7);
/** Opens OPTIMAL-31: 31 classes, 256 x 256 pixels. */
export const optimal31: OpenClassSet = loader(OPTIMAL_31);
/** Opens RSC11: 11 classes, 512 x 512 pixels. */
export const rsc11: OpenClassSet = loader(RSC11);
/** Opens WHU-RS19: 19 classes, 600 x 600 pixels. */
export const whuRs19: OpenClassSet = loader(WHU_RS19);
