/** What is known of a published data set: how its files lie, what they must hold, what one may do with it, and where to get it. */
export interface DatasetDeclaration {
  /** How programs name it: "rsicd". */
  readonly id: string;
  /** How people name it: "RSICD". */
  readonly title: string;
  /** What it is for. */
  readonly task: "captions" | "classes";
  /** One or two sentences on what the images show and where they are from. */
  readonly about: string;
  /** Where its files are, below the folder or in the zip file that it is downloaded as. */
  readonly layout: DatasetLayout;
  /** The size of its images in pixels; absent where they differ. */
  readonly imageSize?: { readonly width: number; readonly height: number };
  /** How many there are of what, as published; what isn't known is left out. */
  readonly counts: DatasetCounts;
  /** The classes as prompts need them ("baseball field"), in the order of their numbers. */
  readonly classes?: readonly DatasetClass[];
  /** The licence, or what the authors say in its place. */
  readonly licence: string;
  /** What a paper that uses it cites. */
  readonly citation: string;
  /** Where one gets it. */
  readonly sources: readonly string[];
  /** What is odd about it: what a reader must know. */
  readonly notes?: readonly string[];
}

/** How a data set's files lie. */
export interface DatasetLayout {
  /** Names that the annotation file goes by, the most usual first. */
  readonly annotations?: readonly string[];
  /** Names that the folder of the images goes by, the most usual first; "" is the top. */
  readonly images: readonly string[];
  /** How an image tells its class: its folder's name, or its own name before the last "_" ("airport_12.jpg"). */
  readonly labels?: "folder" | "file name";
  /** How the names of its images end, in lower case: ".jpg". */
  readonly extensions: readonly string[];
}

/** How many there are of what. */
export interface DatasetCounts {
  /** Images. */
  readonly images: number;
  /** Captions of all images. */
  readonly captions?: number;
  /** Captions of one image. */
  readonly captionsPerImage?: number;
  /** Classes. */
  readonly classes?: number;
  /** Images of its own split for fitting. */
  readonly train?: number;
  /** Images of its own split for choosing. */
  readonly val?: number;
  /** Images of its own split for the final score. */
  readonly test?: number;
}

/** A class of a data set. */
export interface DatasetClass {
  /** As prompts need it: "baseball field". */
  readonly name: string;
  /** As files have it: "BaseballField". */
  readonly folder: string;
}
