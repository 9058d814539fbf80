// Node: WebAssembly, which needs no time to become fast, as programs there often score one set and end. JavaScript where it has no advantage.
import { bleuCounts as countBleu } from "./ngrams/bleu-counts";
import type { CaptionNgrams } from "./ngrams/caption-ngrams";
import { ciderDScorer as scoreCiderD } from "./ngrams/cider-d-score";
import { countCompiled } from "./ngrams/count-compiled";
import { numberNgrams as numberInJavaScript } from "./ngrams/number-ngrams";
import { rougeLScorer as scoreRougeL } from "./ngrams/rouge-l-score";

export const numberNgrams: typeof numberInJavaScript = (texts, first) => countCompiled(texts, first) ?? numberInJavaScript(texts, first);

export const bleuCounts = (ngrams: CaptionNgrams) => ngrams.scores?.bleu() ?? countBleu(ngrams);

export const ciderDScorer = (ngrams: CaptionNgrams) => ngrams.scores?.ciderD() ?? scoreCiderD(ngrams);

export const rougeLScorer = (ngrams: CaptionNgrams) => ngrams.scores?.rougeL() ?? scoreRougeL(ngrams);
