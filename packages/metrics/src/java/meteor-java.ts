import { checkOptions, fail, show } from "@rsdix/internal";
import { checkAverage } from "../bleu";
import { checkPairs } from "../check-captions";
import { checkPath, existingFile, findProgram, JAVA_OPTIONS, type JavaOptions } from "./java-options";
import { type JavaProcess, runJava } from "./run-java";
import { withTemporaryFolder, writeEmptyGzip } from "./temporary-folder";

/** Options of {@link meteorJava}. */
export interface MeteorJavaOptions extends JavaOptions {
  /** METEOR's table of paraphrases: true (the default) for data/paraphrase-en.gz beside the jar, false for none, or a file's path. */
  readonly paraphrases?: boolean | string | undefined;
  /** Which average the result itself shows: "image" (the default, as the original RSDiX reports) or "corpus" (as COCO reports). */
  readonly average?: "image" | "corpus" | undefined;
}

/** Result of {@link meteorJava}, of the form that `meteor` gives. */
export interface MeteorJavaResult {
  /** The average asked for. */
  meteor: number;
  /** The mean of the images' scores, and METEOR's own score of their summed statistics. */
  averages: Record<"image" | "corpus", number>;
  /** The score of each image, from 0 to 1, in the order given. */
  perImage: number[];
  /** Whether a table of paraphrases was used. */
  paraphrases: boolean;
  /** METEOR's 23 statistics, summed over the images as it sums them: a caption that matches whole, in one piece, adds no chunk. */
  statistics: number[];
}

const HINT =
  "The Python package pycocoevalcap 1.2 carries meteor-1.5.jar with its table of paraphrases in data/: give the jar's path as jar, or set RSDIX_METEOR_JAR.";

/** How many numbers METEOR 1.5 answers a caption with: lengths, matches of four kinds, chunks. */
const STATISTICS = 23;

/** Where among them the chunks are. */
const CHUNKS = STATISTICS - 3;

/**
 * METEOR 1.5 by its original Java program, for cross-checks of `meteor`, as coco-caption runs it (English, `-norm`, scores of the
 * statistics of all images in one process). Needs Java and the jar, which this package doesn't have.
 *
 * Captions are passed as coco-caption passes them: three bars are taken out of a candidate (in a reference they would begin another
 * one), and a line break becomes a blank.
 *
 * @param candidates The caption to judge, one an image.
 * @param references For each image its reference captions, at least one.
 * @param options Where the jar and Java are, `memoryMB` (2048), the table of paraphrases, and which average to show on top.
 * @returns The average, both averages, and the scores an image.
 * @throws RsdixError `MISSING_DEPENDENCY` without Java or jar, `FILE_NOT_FOUND` where a path leads nowhere, `FILE_CORRUPT` for a jar
 * that Java can't read, `OUT_OF_MEMORY`, `PROCESS_FAILED` when Java ends early, answers something else or takes longer than
 * `timeoutMs`, `ABORTED`; for captions what `bleu` throws; `INVALID_ARGUMENT`, `UNKNOWN_OPTION` for options.
 * @example
 * ```ts
 * import { meteorJava } from "@rsdix/metrics/node";
 * if (process.env.RSDIX_METEOR_JAR) {
 *   const { meteor, perImage } = await meteorJava(["a pond is near a road ."], [["there is a pond beside the road ."]]);
 *   console.log(meteor, perImage);
 * }
 * ```
 * @see Denkowski and Lavie, "Meteor universal: language specific translation evaluation for any target language", 2014, https://aclanthology.org/W14-3348
 */
export async function meteorJava(
  candidates: readonly string[],
  references: readonly (readonly string[])[],
  options: MeteorJavaOptions = {},
): Promise<MeteorJavaResult> {
  const where = "meteorJava";
  const { paraphrases = true, ...known } = checkOptions(options, [...JAVA_OPTIONS, "paraphrases", "average"], where);
  const average = checkAverage(known.average);
  if (typeof paraphrases !== "boolean" && typeof paraphrases !== "string") {
    fail("INVALID_ARGUMENT", `paraphrases must be true, false or the path of METEOR's table, got ${show(paraphrases)}.`);
  }
  if (typeof paraphrases === "string") checkPath(paraphrases, "paraphrases");
  checkPairs(candidates, references);
  const program = findProgram(known, { where, variable: "RSDIX_METEOR_JAR", hint: HINT, memoryMB: 2048 });

  return withTemporaryFolder(async (folder) => {
    const table = [
      "-a",
      typeof paraphrases === "string" ? existingFile(paraphrases, "The table of paraphrases", HINT) : writeEmptyGzip(folder),
    ];
    const args = ["-", "-", "-stdio", "-l", "en", "-norm", ...(paraphrases === true ? [] : table)];
    const lines = candidates.map((candidate, i) => scoreLine(candidate, references[i]!));
    const total = lines.length;
    const statistics: number[] = Array(STATISTICS).fill(0);
    const scores = await runJava(program, args, [], async (java) => {
      // Both at once: neither pipe may fill up while nobody reads.
      const [answered] = await Promise.all([readAll(java, total, known), writeAll(java, lines)]);
      for (const line of answered) addTo(statistics, line.split(" ").map(Number));
      await java.write(`${["EVAL", ...answered].join(" ||| ")}\n`);
      const answers: number[] = [];
      for (let i = 0; i <= total; i++) answers.push(toScore(await java.nextLine()));
      return answers;
    });
    const perImage = scores.slice(0, total);
    const averages = { image: perImage.reduce((sum, score) => sum + score, 0) / total, corpus: scores[total]! };
    return { meteor: averages[average], averages, perImage, paraphrases: paraphrases !== false, statistics };
  });
}

async function readAll(java: JavaProcess, total: number, { onProgress }: MeteorJavaOptions): Promise<string[]> {
  const answered: string[] = [];
  onProgress?.({ done: 0, total });
  while (answered.length < total) {
    answered.push(checkStatistics(await java.nextLine(), answered.length));
    onProgress?.({ done: answered.length, total });
  }
  return answered;
}

async function writeAll(java: JavaProcess, lines: readonly string[]): Promise<void> {
  for (const line of lines) await java.write(line);
}

/** A line of METEOR's protocol; what would end it early becomes a blank. */
function scoreLine(candidate: string, references: readonly string[]): string {
  const cleaned = candidate.replaceAll("|||", "").replaceAll("  ", " ");
  return `${["SCORE", ...references, cleaned].join(" ||| ").replace(/\r\n|[\r\n]/g, " ")}\n`;
}

function addTo(sum: number[], statistics: readonly number[]): void {
  const [lengthCandidate, lengthReference] = statistics;
  const [chunks, matchedCandidate, matchedReference] = statistics.slice(-3);
  const isWhole = chunks === 1 && matchedCandidate === lengthCandidate && matchedReference === lengthReference;
  statistics.forEach((value, i) => {
    if (!(isWhole && i === CHUNKS)) sum[i]! += value;
  });
}

function checkStatistics(line: string, index: number): string {
  const numbers = line.trim().split(" ");
  if (numbers.length === STATISTICS && numbers.every((number) => number !== "" && Number.isFinite(Number(number)))) return line.trim();
  fail(
    "PROCESS_FAILED",
    `meteorJava expected the ${STATISTICS} statistics of METEOR 1.5 for candidates[${index}], got ${JSON.stringify(line.slice(0, 200))}. Is jar METEOR 1.5's?`,
  );
}

function toScore(line: string): number {
  const score = Number(line.trim() || "nothing");
  if (score >= 0 && score <= 1) return score;
  return fail("PROCESS_FAILED", `meteorJava expected a score from 0 to 1, got ${JSON.stringify(line.slice(0, 200))}. Is jar METEOR 1.5's?`);
}
