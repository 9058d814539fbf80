import type { DatasetClass, DatasetDeclaration } from "./declaration";

/** What the authors' pages say in place of a licence, as far as we know. */
export const UNSTATED = "none stated by the authors; free for research, as far as is known";

/** Where the authors of RSDiX keep copies of all sets. */
export const HUB = "https://github.com/NeuRoNeLab/RS-DatasetsHub";

/** The scenes of AID, which RSICD took over. */
export const AID_SCENES =
  "airport bareland=bare_land baseballfield=baseball_field beach bridge center church commercial denseresidential=dense_residential desert farmland " +
  "forest industrial meadow mediumresidential=medium_residential mountain park parking playground pond port railwaystation=railway_station resort river " +
  "school sparseresidential=sparse_residential square stadium storagetanks=storage_tanks viaduct";

/** The size of a square image. */
export const square = (side: number) => ({ width: side, height: side });

/** What the declaration of a class set is written from. */
export interface ClassSetFacts
  extends Pick<DatasetDeclaration, "id" | "title" | "about" | "imageSize" | "licence" | "citation" | "sources" | "notes"> {
  /** How many images, as published. */
  readonly images: number;
  /** How the images' names end. */
  readonly extensions: readonly string[];
  /** Names that the folder of the class folders goes by. */
  readonly folders?: readonly string[];
  /** How an image tells its class; by its folder unless told otherwise. */
  readonly labels?: "folder" | "file name";
  /** The classes' folders in the order of their numbers, a space between them; `folder=words_of_the_name` where the name isn't in the folder's words. */
  readonly classes: string;
}

/** A class set: one folder a class, or the class in the file's name. */
export function classSet(facts: ClassSetFacts): DatasetDeclaration {
  const { id, title, about, imageSize, licence, citation, sources, notes, images, extensions, folders = [""], labels = "folder" } = facts;
  const classes = facts.classes.trim().split(/\s+/).map(parseClass);
  return {
    id,
    title,
    task: "classes",
    about,
    layout: { images: folders, labels, extensions },
    ...(imageSize && { imageSize }),
    counts: { images, classes: classes.length },
    classes,
    licence,
    citation,
    sources,
    ...(notes && { notes }),
  };
}

function parseClass(entry: string): DatasetClass {
  const [folder, name = folder] = entry.split("=") as [string, string?];
  return { folder, name: wordsOf(name) };
}

/** "BaseballField" and "baseball_field" as prompts need them: "baseball field". */
export function wordsOf(name: string): string {
  return name
    .replaceAll(/([a-z])([A-Z])/g, "$1 $2")
    .replaceAll(/[\s_-]+/g, " ")
    .trim()
    .toLowerCase();
}
