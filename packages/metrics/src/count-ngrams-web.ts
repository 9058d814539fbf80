// Browsers: JavaScript alone. A page is small, may forbid WebAssembly, and stays open for long enough.
export { bleuCounts } from "./ngrams/bleu-counts";
export { ciderDScorer } from "./ngrams/cider-d-score";
export { numberNgrams } from "./ngrams/number-ngrams";
export { rougeLScorer } from "./ngrams/rouge-l-score";
