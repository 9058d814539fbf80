import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkOptions, checkRange } from "@rsdix/internal";
import { checkPairs } from "../check-captions";
import { spiceResult } from "../spice/spice-result";
import { checkPath, existingFolder, findProgram, JAVA_OPTIONS, type JavaOptions } from "./java-options";
import { runJava } from "./run-java";
import { readSpice, type SpiceJavaClass, type SpiceJavaDetails } from "./spice-output";
import { withTemporaryFolder } from "./temporary-folder";

/** Options of {@link spiceJava}. */
export interface SpiceJavaOptions extends JavaOptions {
  /** Folder with the jars of nashorn-core 15.4 and ASM, which SPICE needs on Java 15 and later; RSDIX_NASHORN may name it instead. */
  readonly scriptEngine?: string | undefined;
  /** Folder where SPICE keeps what it parsed of references, for later calls; without it nothing is kept. Two processes mustn't share it. */
  readonly cache?: string | undefined;
  /** How many threads parse; as many as there are processors by default. */
  readonly threads?: number | undefined;
}

/** Result of {@link spiceJava}, of the form that `spice` gives: of each class the mean F over the images whose references have one, else NaN. */
export interface SpiceJavaResult extends Record<SpiceJavaClass, number> {
  /** Mean over the images; SPICE has no other corpus score. */
  spice: number;
  /** The F score of each image, in the order given: from 0 to 1, or above, below 2, where several tuples of a candidate match one. */
  perImage: number[];
  /** What each score is made of. */
  details: SpiceJavaDetails[];
}

const HINT =
  "The Python package pycocoevalcap 1.2 carries spice-1.0.jar with its lib folder, where Stanford CoreNLP 3.6.0 and its models must be put: give the jar's path as jar, or set RSDIX_SPICE_JAR.";

/** What the library that writes SPICE's cache looks into, and Java 9 and later keep closed. */
const OPENED = ["java.lang", "java.lang.reflect", "java.math", "java.util", "java.util.concurrent", "java.net", "java.text", "java.io"];

/**
 * SPICE 1.0 by its original Java program, for cross-checks of `spice`: with Stanford CoreNLP 3.6.0's parser, as coco-caption runs it.
 * Needs Java and the jars, none of which this package has. Captions go to it as they are.
 *
 * SPICE says nothing on its way: `onProgress` is called when it begins and when it is done.
 *
 * @param candidates The caption to judge, one an image.
 * @param references For each image its reference captions, at least one.
 * @param options Where the jars and Java are, `memoryMB` (4096), a cache and the number of threads.
 * @returns The mean, the means by classes of tuples, the score of each image, and the tuples that each was made of.
 * @throws RsdixError `MISSING_DEPENDENCY` without Java, jar, Stanford CoreNLP or a JavaScript engine, `FILE_NOT_FOUND` where a path
 * leads nowhere, `FILE_CORRUPT` for a jar that Java can't read, `OUT_OF_MEMORY`, `PROCESS_FAILED` when Java ends early, writes
 * something else or takes longer than `timeoutMs`, `ABORTED`; for captions what `bleu` throws; `INVALID_ARGUMENT`, `UNKNOWN_OPTION`
 * for options.
 * @example
 * ```ts
 * import { spiceJava } from "@rsdix/metrics/node";
 * if (process.env.RSDIX_SPICE_JAR) {
 *   const { spice, details } = await spiceJava(["a pond is near a road ."], [["there is a pond beside the road ."]]);
 *   console.log(spice, details[0]?.candidateTuples);
 * }
 * ```
 * @see Anderson et al., "SPICE: semantic propositional image caption evaluation", ECCV 2016, https://arxiv.org/abs/1607.08822
 */
export async function spiceJava(
  candidates: readonly string[],
  references: readonly (readonly string[])[],
  options: SpiceJavaOptions = {},
): Promise<SpiceJavaResult> {
  const where = "spiceJava";
  const { cache, threads, ...known } = checkOptions(options, [...JAVA_OPTIONS, "scriptEngine", "cache", "threads"], where);
  checkPath(known.scriptEngine, "scriptEngine");
  checkPath(cache, "cache");
  if (threads !== undefined) checkRange(threads, "threads", { min: 1, max: 1024, integer: true });
  checkPairs(candidates, references);
  const program = findProgram(known, { where, variable: "RSDIX_SPICE_JAR", hint: HINT, memoryMB: 4096 });
  const engine = known.scriptEngine ?? (process.env.RSDIX_NASHORN || undefined);
  const modules = OPENED.map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`);
  if (engine !== undefined) {
    const folder = existingFolder(engine, "scriptEngine", "It must hold nashorn-core 15.4's jar and those of ASM.");
    modules.push(`--module-path=${folder}`, "--add-modules=org.openjdk.nashorn");
  }

  return withTemporaryFolder(async (folder) => {
    const [input, output] = [join(folder, "in.json"), join(folder, "out.json")];
    writeFileSync(input, JSON.stringify(candidates.map((test, i) => ({ image_id: i, test, refs: references[i] }))));
    const args = [input, "-out", output, "-detailed", "-subset", "-silent"];
    if (cache !== undefined) args.push("-cache", makeFolder(cache));
    if (threads !== undefined) args.push("-threads", String(threads));
    const total = candidates.length;
    known.onProgress?.({ done: 0, total });
    await runJava(program, args, modules, async () => undefined);
    const details = readSpice(readFileSync(output, "utf8"), total);
    known.onProgress?.({ done: total, total });
    return spiceResult(details);
  });
}

function makeFolder(path: string): string {
  mkdirSync(path, { recursive: true });
  return existingFolder(path, "cache", "");
}
