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
 */
export type OpenClassSet = (source: FilesSource, options?: OpenClassesOptions) => Promise<LoadedClasses>;

const loader =
  (set: DatasetDeclaration, defaults: OpenClassesOptions = {}): OpenClassSet =>
  (source, options) =>
    openClasses(source, set, { ...defaults, ...options });

/**
 * Opens RSICD's images as a class set: 30 classes, told by the files' names; images with a number for a name are skipped, unless `onError` says otherwise.
 *
 * @example
 * ```ts
 * import { rsicdClasses } from "@rsdix/data";
 * const { classes, images } = await rsicdClasses([new File(["."], "airport_1.jpg")]);
 * if (classes?.length !== 30 || images[0].label !== "airport") throw new Error("expected the set's classes");
 * ```
 * @see Lu et al., "Exploring models and data for remote sensing image caption generation", IEEE TGRS 56(4), 2018, https://arxiv.org/abs/1712.07835
 */
export const rsicdClasses: OpenClassSet = loader(RSICD_CLASSES, { onError: "skip" });

/**
 * Opens RSI-CB128: 45 classes, 128 x 128 pixels.
 *
 * @example
 * ```ts
 * import { rsiCb128 } from "@rsdix/data";
 * const { classes, images } = await rsiCb128([new File(["."], "dry_farm_1.jpg")]);
 * if (classes?.length !== 45 || images[0].label !== "dry farm") throw new Error("expected the set's classes");
 * ```
 * @see Li et al., "RSI-CB: A large-scale remote sensing image classification benchmark using crowdsourced data", Sensors 20(6), 2020,
 * https://arxiv.org/abs/1705.10450
 */
export const rsiCb128: OpenClassSet = loader(RSI_CB128);

/**
 * Opens RSI-CB256: 35 classes, 256 x 256 pixels.
 *
 * @example
 * ```ts
 * import { rsiCb256 } from "@rsdix/data";
 * const { classes, images } = await rsiCb256([new File(["."], "parkinglot_1.tif")]);
 * if (classes?.length !== 35 || images[0].label !== "parking lot") throw new Error("expected the set's classes");
 * ```
 * @see Li et al., "RSI-CB: A large-scale remote sensing image classification benchmark using crowdsourced data", Sensors 20(6), 2020,
 * https://arxiv.org/abs/1705.10450
 */
export const rsiCb256: OpenClassSet = loader(RSI_CB256);

/**
 * Opens WHU-earth, also known as SIRI-WHU: 12 classes, 200 x 200 pixels.
 *
 * @example
 * ```ts
 * import { whuEarth } from "@rsdix/data";
 * const { classes, images } = await whuEarth([new File(["."], "idle_land_1.tif")]);
 * if (classes?.length !== 12 || images[0].label !== "idle land") throw new Error("expected the set's classes");
 * ```
 * @see Zhao et al., "Dirichlet-derived multiple topic scene classification model for high spatial resolution remote sensing imagery", IEEE TGRS 54(4), 2016
 */
export const whuEarth: OpenClassSet = loader(WHU_EARTH);

/**
 * Opens EuroSAT-RGB: 10 classes, 64 x 64 pixels of Sentinel-2.
 *
 * @example
 * ```ts
 * import { eurosatRgb } from "@rsdix/data";
 * const { classes, images } = await eurosatRgb([new File(["."], "SeaLake_1.jpg")]);
 * if (classes?.length !== 10 || images[0].label !== "sea or lake") throw new Error("expected the set's classes");
 * ```
 * @see Helber et al., "EuroSAT: A novel dataset and deep learning benchmark for land use and land cover classification", IEEE JSTARS 12(7), 2019,
 * https://arxiv.org/abs/1709.00029
 */
export const eurosatRgb: OpenClassSet = loader(EUROSAT_RGB);

/**
 * Opens MLRSNet: 46 classes, 256 x 256 pixels.
 *
 * @example
 * ```ts
 * import { mlrsnet } from "@rsdix/data";
 * const { classes, images } = await mlrsnet([new File(["."], "golf_course_1.jpg")]);
 * if (classes?.length !== 46 || images[0].label !== "golf course") throw new Error("expected the set's classes");
 * ```
 * @see Qi et al., "MLRSNet: A multi-label high spatial resolution remote sensing dataset for semantic scene understanding", ISPRS J. 169, 2020,
 * https://arxiv.org/abs/2010.00243
 */
export const mlrsnet: OpenClassSet = loader(MLRSNET);

/**
 * Opens PatternNet: 38 classes, 256 x 256 pixels.
 *
 * @example
 * ```ts
 * import { patternnet } from "@rsdix/data";
 * const { classes, images } = await patternnet([new File(["."], "oil_well_1.jpg")]);
 * if (classes?.length !== 38 || images[0].label !== "oil well") throw new Error("expected the set's classes");
 * ```
 * @see Zhou et al., "PatternNet: A benchmark dataset for performance evaluation of remote sensing image retrieval", ISPRS J. 145, 2018,
 * https://arxiv.org/abs/1706.03424
 */
export const patternnet: OpenClassSet = loader(PATTERNNET);

/**
 * Opens NWPU-RESISC45: 45 classes, 256 x 256 pixels.
 *
 * @example
 * ```ts
 * import { resisc45 } from "@rsdix/data";
 * const { classes, images } = await resisc45([new File(["."], "sea_ice_1.jpg")]);
 * if (classes?.length !== 45 || images[0].label !== "sea ice") throw new Error("expected the set's classes");
 * ```
 * @see Cheng, Han and Lu, "Remote sensing image scene classification: benchmark and state of the art", Proc. IEEE 105(10), 2017,
 * https://arxiv.org/abs/1703.00121
 */
export const resisc45: OpenClassSet = loader(RESISC45);

/**
 * Opens AID: 30 classes, 600 x 600 pixels.
 *
 * @example
 * ```ts
 * import { aid } from "@rsdix/data";
 * const { classes, images } = await aid([new File(["."], "BareLand_1.jpg")]);
 * if (classes?.length !== 30 || images[0].label !== "bare land") throw new Error("expected the set's classes");
 * ```
 * @see Xia et al., "AID: A benchmark data set for performance evaluation of aerial scene classification", IEEE TGRS 55(7), 2017,
 * https://arxiv.org/abs/1608.05167
 */
export const aid: OpenClassSet = loader(AID);

/**
 * Opens RSSCN7: 7 classes, 400 x 400 pixels.
 *
 * @example
 * ```ts
 * import { rsscn7 } from "@rsdix/data";
 * const { classes, images } = await rsscn7([new File(["."], "dRiverLake_1.jpg")]);
 * if (classes?.length !== 7 || images[0].label !== "river or lake") throw new Error("expected the set's classes");
 * ```
 * @see Zou et al., "Deep learning based feature selection for remote sensing scene classification", IEEE GRSL 12(11), 2015
 */
export const rsscn7: OpenClassSet = loader(RSSCN7);

/**
 * Opens OPTIMAL-31: 31 classes, 256 x 256 pixels.
 *
 * @example
 * ```ts
 * import { optimal31 } from "@rsdix/data";
 * const { classes, images } = await optimal31([new File(["."], "parking_lot_1.jpg")]);
 * if (classes?.length !== 31 || images[0].label !== "parking lot") throw new Error("expected the set's classes");
 * ```
 * @see Wang et al., "Scene classification with recurrent attention of VHR remote sensing images", IEEE TGRS 57(2), 2019
 */
export const optimal31: OpenClassSet = loader(OPTIMAL_31);

/**
 * Opens RSC11: 11 classes, 512 x 512 pixels.
 *
 * @example
 * ```ts
 * import { rsc11 } from "@rsdix/data";
 * const { classes, images } = await rsc11([new File(["."], "denseforest_1.tif")]);
 * if (classes?.length !== 11 || images[0].label !== "dense forest") throw new Error("expected the set's classes");
 * ```
 * @see Zhao et al., "Feature significance-based multibag-of-visual-words model for remote sensing image scene classification", J. Applied Remote Sensing 10(3),
 * 2016
 */
export const rsc11: OpenClassSet = loader(RSC11);

/**
 * Opens WHU-RS19: 19 classes, 600 x 600 pixels.
 *
 * @example
 * ```ts
 * import { whuRs19 } from "@rsdix/data";
 * const { classes, images } = await whuRs19([new File(["."], "footballField_1.jpg")]);
 * if (classes?.length !== 19 || images[0].label !== "football field") throw new Error("expected the set's classes");
 * ```
 * @see Xia et al., "Structural high-resolution satellite image indexing", ISPRS TC VII Symposium, 2010; Dai and Yang, IEEE GRSL 8(1), 2011
 */
export const whuRs19: OpenClassSet = loader(WHU_RS19);
