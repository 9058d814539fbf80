import type { RgbImage } from "@rsdix/image";
import type { StepRecord } from "@rsdix/train";
import type { Settings } from "../settings";
import type { Summary } from "../summary";

/** A test patch with what the models said of it. */
export interface ReportPatch {
  /** File name in the data set. */
  filename: string;
  /** The patch, 32 x 32. */
  image: RgbImage;
  /** Latitude of its centre, degrees north. */
  lat: number;
  /** Longitude of its centre, degrees east. */
  lon: number;
  /** The true class. */
  label: string;
  /** Reference captions. */
  references: string[];
  /** The distilled model's classes, likeliest first, with probabilities. */
  classes: { label: string; probability: number }[];
  /** The caption by beam search. */
  caption: string;
  /** The caption by greedy decoding. */
  greedyCaption: string;
}

/** Nearest captions of one patch, and nearest patches of one caption: indices into `patches`. */
export interface ReportSearch {
  /** For some patches: the nearest test captions. */
  captionsOfPatch: { patch: number; hits: { caption: string; score: number; own: boolean }[] }[];
  /** For some captions: the nearest test patches. */
  patchesOfCaption: { caption: string; patch: number; hits: { patch: number; score: number }[] }[];
}

/** Everything that the HTML report shows. */
export interface ReportData {
  /** The scores. */
  summary: Summary;
  /** What the run was asked to do. */
  settings: Settings;
  /** Size of each split by class: rows in the order of `summary.classes`. */
  splits: { label: string; train: number; val: number; test: number }[];
  /** The training steps of each run, in order of step. */
  curves: { pretrain: StepRecord[]; infonce: StepRecord[]; distilled: StepRecord[]; captioner: StepRecord[] };
  /** Rows: true class, columns: predicted class, in the order of `summary.classes`; the distilled model. */
  confusion: number[][];
  /** All test patches. */
  patches: ReportPatch[];
  /** Search in both directions with the distilled model. */
  search: ReportSearch;
}
