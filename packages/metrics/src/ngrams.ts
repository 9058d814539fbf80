// BLEU, ROUGE-L, CIDEr-D and the vocabulary by themselves: a program that scores one set and ends waits for a seventh of the main entry's code.
export type { RsdixErrorCode } from "@rsdix/internal";
export { type BleuOptions, type BleuResult, type BleuScores, bleu } from "./bleu";
export type { BleuAverage } from "./bleu-formula";
export { type CiderDResult, ciderD } from "./cider-d";
export { type RougeLResult, rougeL } from "./rouge-l";
export { type VocabResult, vocab } from "./vocab";
