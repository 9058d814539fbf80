import { AID_SCENES, classSet, HUB, square, UNSTATED } from "./class-set";
import type { DatasetDeclaration } from "./declaration";

/**
 * RSICD for classification: the classes that its file names tell.
 *
 * @see https://arxiv.org/abs/1712.07835
 */
export const RSICD_CLASSES: DatasetDeclaration = classSet({
  id: "rsicd-classes",
  title: "RSICD (classes)",
  about: "The images of RSICD whose names tell a scene, from Google Earth, Baidu Map, MapABC and Tianditu.",
  imageSize: square(224),
  images: 10_921,
  labels: "file name",
  folders: ["RSICD_images", "images", ""],
  extensions: [".jpg"],
  classes: AID_SCENES,
  licence: UNSTATED,
  citation:
    "Lu et al., Exploring models and data for remote sensing image caption generation, IEEE TGRS 56(4), 2018, https://arxiv.org/abs/1712.07835",
  sources: ["https://github.com/201528014227051/RSICD_optimal", HUB],
  notes: ["Many images have a number for a name (00001.jpg), which tells no class: they are left out."],
});

/**
 * RSI-CB128.
 *
 * @see https://arxiv.org/abs/1705.10450
 */
export const RSI_CB128: DatasetDeclaration = classSet({
  id: "rsi-cb128",
  title: "RSI-CB128",
  about: "Scenes located by crowdsourced data (OpenStreetMap), from Google Earth and Bing Maps, 0.3 to 3 m a pixel.",
  imageSize: square(128),
  images: 36_707,
  extensions: [".jpg", ".tif"],
  classes:
    "airport_runway artificial_grassland avenue bare_land bridge city_avenue city_building city_green_tree city_road coastline container crossroads dam " +
    "desert dry_farm forest fork_road grave green_farmland highway hirst lakeshore mangrove marina mountain mountain_road natural_grassland overpass " +
    "parkinglot=parking_lot pipeline rail residents river river_protection_forest sandbeach=sand_beach sapling sea shrubwood snow_mountain sparse_forest " +
    "storage_room stream tower town turning_circle",
  licence: UNSTATED,
  citation:
    "Li et al., RSI-CB: A large-scale remote sensing image classification benchmark using crowdsourced data, Sensors 20(6), 2020, https://arxiv.org/abs/1705.10450",
  sources: ["https://github.com/lehaifeng/RSI-CB", HUB],
  notes: [
    "The class folders lie in folders of six groups (construction land, woodland, ...).",
    "The paper speaks of more than 36,000 images.",
  ],
});

/**
 * RSI-CB256.
 *
 * @see https://arxiv.org/abs/1705.10450
 */
export const RSI_CB256: DatasetDeclaration = classSet({
  id: "rsi-cb256",
  title: "RSI-CB256",
  about: "Scenes located by crowdsourced data (OpenStreetMap), from Google Earth and Bing Maps, 0.3 to 3 m a pixel.",
  imageSize: square(256),
  images: 24_747,
  extensions: [".tif", ".jpg"],
  classes:
    "airplane airport_runway artificial_grassland avenue bare_land bridge city_building coastline container crossroads dam desert dry_farm forest " +
    "green_farmland highway hirst lakeshore mangrove marina mountain parkinglot=parking_lot pipeline residents river river_protection_forest " +
    "sandbeach=sand_beach sapling sea shrubwood snow_mountain sparse_forest storage_room stream town",
  licence: UNSTATED,
  citation:
    "Li et al., RSI-CB: A large-scale remote sensing image classification benchmark using crowdsourced data, Sensors 20(6), 2020, https://arxiv.org/abs/1705.10450",
  sources: ["https://github.com/lehaifeng/RSI-CB", HUB],
  notes: [
    "The class folders lie in folders of six groups (construction land, woodland, ...).",
    "The paper speaks of more than 24,000 images.",
  ],
});

/**
 * WHU-earth, also known as SIRI-WHU's Google data set.
 *
 * @see Zhao et al., "Dirichlet-derived multiple topic scene classification model for high spatial resolution remote sensing imagery", 2016
 */
export const WHU_EARTH: DatasetDeclaration = classSet({
  id: "whu-earth",
  title: "WHU-earth (SIRI-WHU)",
  about: "Scenes of urban areas in China from Google Earth, 2 m a pixel; 200 images a class.",
  imageSize: square(200),
  images: 2400,
  extensions: [".tif", ".jpg"],
  classes: "agriculture commercial harbor idle_land industrial meadow overpass park pond residential river water",
  licence: UNSTATED,
  citation:
    "Zhao et al., Dirichlet-derived multiple topic scene classification model for high spatial resolution remote sensing imagery, IEEE TGRS 54(4), 2016",
  sources: [HUB],
});

/**
 * EuroSAT-RGB.
 *
 * @see https://arxiv.org/abs/1709.00029
 */
export const EUROSAT_RGB: DatasetDeclaration = classSet({
  id: "eurosat-rgb",
  title: "EuroSAT-RGB",
  about: "Land use and land cover of 34 European countries from Sentinel-2, bands 4, 3, 2; 10 m a pixel; 2,000 to 3,000 images a class.",
  imageSize: square(64),
  images: 27_000,
  folders: ["EuroSAT_RGB", "2750", ""],
  extensions: [".jpg"],
  classes: "AnnualCrop Forest HerbaceousVegetation Highway Industrial Pasture PermanentCrop Residential River SeaLake=sea_or_lake",
  licence: "MIT",
  citation:
    "Helber et al., EuroSAT: A novel dataset and deep learning benchmark for land use and land cover classification, IEEE JSTARS 12(7), 2019, https://arxiv.org/abs/1709.00029",
  sources: ["https://github.com/phelber/EuroSAT", "https://zenodo.org/records/7711810", HUB],
});

/**
 * MLRSNet.
 *
 * @see https://arxiv.org/abs/2010.00243
 */
export const MLRSNET: DatasetDeclaration = classSet({
  id: "mlrsnet",
  title: "MLRSNet",
  about: "Scenes from Google Earth, 0.1 to 10 m a pixel; 1,500 to 3,000 images a class.",
  imageSize: square(256),
  images: 109_161,
  folders: ["Images", ""],
  extensions: [".jpg"],
  classes:
    "airplane airport bareland=bare_land baseball_diamond basketball_court beach bridge chaparral cloud commercial_area dense_residential_area desert " +
    "eroded_farmland farmland forest freeway golf_course ground_track_field harbor&port=harbor_or_port industrial_area intersection island lake meadow " +
    "mobile_home_park mountain overpass park parking_lot parkway railway railway_station river roundabout shipping_yard snowberg sparse_residential_area " +
    "stadium storage_tank swimmimg_pool=swimming_pool tennis_court terrace transmission_tower vegetable_greenhouse wetland wind_turbine",
  licence: "CC BY 4.0",
  citation:
    "Qi et al., MLRSNet: A multi-label high spatial resolution remote sensing dataset for semantic scene understanding, ISPRS J. 169, 2020, https://arxiv.org/abs/2010.00243",
  sources: ["https://data.mendeley.com/datasets/7j9bv9vwsx", HUB],
  notes: [
    'The folder of swimming pools is spelled "swimmimg_pool".',
    "It has several labels an image in a file of its own; here the scene counts.",
  ],
});

/**
 * PatternNet.
 *
 * @see https://arxiv.org/abs/1706.03424
 */
export const PATTERNNET: DatasetDeclaration = classSet({
  id: "patternnet",
  title: "PatternNet",
  about: "Scenes of US cities from Google Earth and Google Maps, 0.06 to 4.7 m a pixel; 800 images a class.",
  imageSize: square(256),
  images: 30_400,
  folders: ["images", ""],
  extensions: [".jpg"],
  classes:
    "airplane baseball_field basketball_court beach bridge cemetery chaparral christmas_tree_farm closed_road coastal_mansion crosswalk " +
    "dense_residential ferry_terminal football_field forest freeway golf_course harbor intersection mobile_home_park nursing_home oil_gas_field oil_well " +
    "overpass parking_lot parking_space railway river runway runway_marking shipping_yard solar_panel sparse_residential storage_tank swimming_pool " +
    "tennis_court transformer_station wastewater_treatment_plant",
  licence: UNSTATED,
  citation:
    "Zhou et al., PatternNet: A benchmark dataset for performance evaluation of remote sensing image retrieval, ISPRS J. 145, 2018, https://arxiv.org/abs/1706.03424",
  sources: ["https://sites.google.com/view/zhouwx/dataset", HUB],
});

/**
 * NWPU-RESISC45.
 *
 * @see https://arxiv.org/abs/1703.00121
 */
export const RESISC45: DatasetDeclaration = classSet({
  id: "resisc45",
  title: "NWPU-RESISC45",
  about: "Scenes of more than 100 countries from Google Earth, 0.2 to 30 m a pixel; 700 images a class.",
  imageSize: square(256),
  images: 31_500,
  folders: ["NWPU-RESISC45", ""],
  extensions: [".jpg"],
  classes:
    "airplane airport baseball_diamond basketball_court beach bridge chaparral church circular_farmland cloud commercial_area dense_residential desert " +
    "forest freeway golf_course ground_track_field harbor industrial_area intersection island lake meadow medium_residential mobile_home_park mountain " +
    "overpass palace parking_lot railway railway_station rectangular_farmland river roundabout runway sea_ice ship snowberg sparse_residential stadium " +
    "storage_tank tennis_court terrace thermal_power_station wetland",
  licence: UNSTATED,
  citation:
    "Cheng, Han and Lu, Remote sensing image scene classification: benchmark and state of the art, Proc. IEEE 105(10), 2017, https://arxiv.org/abs/1703.00121",
  sources: ["https://gcheng-nwpu.github.io", HUB],
});
