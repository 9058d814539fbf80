import { AID_SCENES, classSet, HUB, square, UNSTATED } from "./class-set";
import type { DatasetDeclaration } from "./declaration";

/**
 * AID.
 *
 * @see https://arxiv.org/abs/1608.05167
 */
export const AID: DatasetDeclaration = classSet({
  id: "aid",
  title: "AID",
  about: "Scenes from Google Earth, 0.5 to 8 m a pixel; 220 to 420 images a class.",
  imageSize: square(600),
  images: 10_000,
  folders: ["AID", "AID_dataset", ""],
  extensions: [".jpg"],
  classes: AID_SCENES,
  licence: UNSTATED,
  citation:
    "Xia et al., AID: A benchmark data set for performance evaluation of aerial scene classification, IEEE TGRS 55(7), 2017, https://arxiv.org/abs/1608.05167",
  sources: ["https://captain-whu.github.io/AID", HUB],
});

/**
 * RSSCN7, which RemoteCLIP's authors call RS2800.
 *
 * @see https://github.com/palewithout/RSSCN7
 */
export const RSSCN7: DatasetDeclaration = classSet({
  id: "rsscn7",
  title: "RSSCN7",
  about: "Scenes from Google Earth at four scales, in all seasons; 400 images a class.",
  imageSize: square(400),
  images: 2800,
  extensions: [".jpg"],
  classes: "aGrass=grass bField=field cIndustry=industry dRiverLake=river_or_lake eForest=forest fResident=resident gParking=parking",
  licence: UNSTATED,
  citation: "Zou et al., Deep learning based feature selection for remote sensing scene classification, IEEE GRSL 12(11), 2015",
  sources: ["https://github.com/palewithout/RSSCN7", HUB],
  notes: ["A letter before each folder's name gives the order of the classes."],
});

/**
 * OPTIMAL-31.
 *
 * @see Wang et al., "Scene classification with recurrent attention of VHR remote sensing images", 2019
 */
export const OPTIMAL_31: DatasetDeclaration = classSet({
  id: "optimal-31",
  title: "OPTIMAL-31",
  about: "Scenes from Google Maps; 60 images a class.",
  imageSize: square(256),
  images: 1860,
  folders: ["Images", ""],
  extensions: [".jpg"],
  classes:
    "airplane airport baseball_diamond basketball_court beach bridge chaparral church circular_farmland commercial_area dense_residential desert forest " +
    "freeway golf_course ground_track_field harbor industrial_area intersection island lake meadow medium_residential mobile_home_park mountain overpass " +
    "parking_lot railway rectangular_farmland roundabout runway",
  licence: UNSTATED,
  citation: "Wang et al., Scene classification with recurrent attention of VHR remote sensing images, IEEE TGRS 57(2), 2019",
  sources: [HUB],
});

/**
 * RSC11.
 *
 * @see Zhao et al., "Feature significance-based multibag-of-visual-words model for remote sensing image scene classification", 2016
 */
export const RSC11: DatasetDeclaration = classSet({
  id: "rsc11",
  title: "RSC11",
  about: "Scenes of US cities from Google Earth, 0.2 m a pixel; about 100 images a class.",
  imageSize: square(512),
  images: 1232,
  extensions: [".tif", ".jpg"],
  classes:
    "denseforest=dense_forest grassland harbor highbuildings=high_buildings lowbuildings=low_buildings overpass railway residentialarea=residential_area " +
    "roads sparseforest=sparse_forest storagetanks=storage_tanks",
  licence: UNSTATED,
  citation:
    "Zhao et al., Feature significance-based multibag-of-visual-words model for remote sensing image scene classification, J. Applied Remote Sensing 10(3), 2016",
  sources: [HUB],
  notes: ["Copies differ by an image: 1,231 or 1,232."],
});

/**
 * WHU-RS19.
 *
 * @see https://captain-whu.github.io/BED4RS
 */
export const WHU_RS19: DatasetDeclaration = classSet({
  id: "whu-rs19",
  title: "WHU-RS19",
  about: "Scenes from Google Earth, up to 0.5 m a pixel; about 50 images a class.",
  imageSize: square(600),
  images: 1005,
  folders: ["RSDataset", ""],
  extensions: [".jpg", ".tif"],
  classes:
    "Airport Beach Bridge Commercial Desert Farmland footballField Forest Industrial Meadow Mountain Park Parking Pond Port railwayStation Residential " +
    "River Viaduct",
  licence: UNSTATED,
  citation:
    "Xia et al., Structural high-resolution satellite image indexing, ISPRS TC VII Symposium, 2010; Dai and Yang, IEEE GRSL 8(1), 2011",
  sources: ["https://captain-whu.github.io/BED4RS", HUB],
  notes: ["Copies have 1,005 or 1,013 images."],
});
