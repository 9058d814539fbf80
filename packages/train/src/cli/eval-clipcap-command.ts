import { dirname, join } from "node:path";
import { startBackend } from "@rsdix/backend";
import { type CaptionRecord, type ImageDataset, selectSplit } from "@rsdix/data";
import { writeFileAtomic } from "@rsdix/data/node";
import { fail, type RsdixError } from "@rsdix/internal";
import { type EvaluateResult, evaluate, loadParaphrases } from "@rsdix/metrics";
import { SentenceBert } from "@rsdix/models";
import type { Row } from "@rsdix/scale";
import type { Command } from "commander";
import { captionDataset } from "../evaluate/caption-dataset";
import { withReferences } from "../evaluate/caption-references";
import { captionScoreRow, captionScores } from "../evaluate/caption-scores";
import { type CaptionsFile, isCaptions, parseCaptions, stringifyCaptions } from "../evaluate/captions-file";
import { addScores, checkScoreFiles, SCORE_TABLES } from "../evaluate/score-files";
import { recordsPath, type ScoreRecord } from "../evaluate/score-records";
import { checkWritable, isSamePath, makeFolder, refuseForeign, refuseInputs } from "../output-folder";
import { readGiven } from "../read-file";
import { openData } from "../recipes/open-data";
import { openTrainedCaptioner } from "../recipes/open-evaluation";
import { findModel, modelName } from "../recipes/run-folder";
import { captionTask } from "../shards/caption-shard";
import { archiveHead, filesOf, referencesOf, scoredTask, WANTED } from "../shards/scored-shard";
import type { ShardTask } from "../shards/shard-task";
import { addClipCapFlags, type ClipCapFlags, checkClipCapFlags, metricsOf } from "./eval-clipcap-flags";
import { checkEngine, inParts, isPart, refuseRunOutputs } from "./eval-parts";
import { inFlags } from "./flag-words";
import { progressLine } from "./progress-line";
import type { CliSession } from "./session";
import { downloads, readingOptions, withFiles } from "./shared-options";

/** Captions, and what is known of where they are from. */
interface Captions extends CaptionsFile {
  readonly of: Pick<ScoreRecord, "dataset" | "splits">;
}

/** `eval clipcap`: captions, and what they are worth. */
export function addEvalClipCap(evaluation: Command, session: CliSession): void {
  const command = evaluation
    .command("clipcap")
    .description(
      "Captions images and scores the captions against people's: each image by itself, then the mean, as the published numbers are. Adds a row to the table of models, and a record with the set's name to the .jsonl beside it. Archives (--shards) bring people's captions.",
    );
  addClipCapFlags(command);
  command.action((flags: ClipCapFlags) => {
    checkClipCapFlags(flags, command);
    return evalClipCap(flags, session);
  });
}

async function evalClipCap(flags: ClipCapFlags, session: CliSession): Promise<void> {
  await checkEngine(flags);
  if (isPart(flags)) return void (await makeCaptions(await findModel(flags), flags, session));
  const { exportCaptionsFile: exported, exportLayout: layout } = flags;
  const file = join(flags.scoresDir, flags.scoresFile);
  if (flags.evaluation) await checkScoreFiles(file, SCORE_TABLES.captions);
  if (exported !== undefined) {
    const same = [file, recordsPath(file)].find((path) => isSamePath(path, exported));
    if (same)
      fail("INVALID_ARGUMENT", `${same} would hold both scores and captions: give another --export-captions-file or --scores-file.`);
    await checkWritable(exported);
  }
  const source = flags.importCaptionsFile === undefined ? await findModel(flags) : undefined;
  const outputs = [exported, ...(flags.evaluation ? [file, recordsPath(file)] : [])];
  await refuseRunOutputs(flags, outputs);
  refuseInputs(outputs, {
    files: [flags.importCaptionsFile, ...(flags.annotationsFiles ?? []), flags.paraphrases],
    images: flags.imgDirs ?? [],
    models: [source, flags.encoder, flags.processor, flags.sentenceBert],
  });
  if (exported !== undefined) await refuseForeign(exported, { force: flags.force, isOurs: isCaptions, wanted: "a file of captions" });
  const imported = source === undefined ? await importCaptions(flags, session) : undefined;
  const model = flags.modelBasename ?? (source === undefined ? imported?.model : modelName(flags, source));
  if (model === undefined)
    fail("INVALID_ARGUMENT", `${flags.importCaptionsFile} does not say whose captions these are: give --model-basename.`);
  const scorer = await openScorer(flags, session); // before captions are made, which would be lost for what it lacks
  try {
    const made = imported ?? (await makeCaptions(source!, flags, session));
    if (!made) return; // others do the images
    const { of, ...captions } = made;
    if (exported !== undefined) {
      await makeFolder(dirname(exported));
      await writeFileAtomic(exported, stringifyCaptions({ ...captions, model }, { layout }));
    }
    const said = { model, images: captions.images.length, ...(exported !== undefined && { captions: exported }) };
    const count = said.images.toLocaleString("en");
    if (!flags.evaluation) return session.print(flags.json ? JSON.stringify(said) : `${count} captions: ${exported}`);
    const result = await scorer.score(captions);
    const scores = captionScores(result);
    const byName = Object.fromEntries(scores);
    const width = Math.max(...scores.map(([metric]) => metric.length)) + 2;
    const lines = [
      `${model}, ${count} image${count === "1" ? "" : "s"}`,
      ...scores.map(([metric, value]) => `${metric.padEnd(width)}${value.toFixed(3)}`),
    ];
    const files = { file, records: recordsPath(file) };
    await addScores(file, { model, ...of, images: said.images, scores: byName, row: captionScoreRow(model, result) }).catch((error) => {
      session.print(flags.json ? JSON.stringify({ ...said, scores: byName }) : lines.join("\n")); // what was found is not lost with the files
      throw error;
    });
    session.print(
      flags.json ? JSON.stringify({ ...said, scores: byName, ...files }) : [...lines, Object.values(files).join(", ")].join("\n"),
    );
  } finally {
    scorer.dispose();
  }
}

/** Captions the images; undefined where others do, or score. */
async function makeCaptions(source: string, flags: ClipCapFlags, session: CliSession): Promise<Captions | undefined> {
  const open = async () => {
    const { accelerator, encoder, processor, maxTokens } = flags;
    await startBackend(accelerator);
    const chosen = { ...(encoder && { encoder }), ...(processor && { processor }), ...(maxTokens !== undefined && { maxTokens }) };
    return openTrainedCaptioner(source, { ...downloads(session), ...chosen });
  };
  if (flags.shards !== undefined) return captionArchives(open, flags, session);
  return withFiles(await openImages(flags, session, flags.imgDirs!), async (dataset) => {
    const chosen = { ...dataset, images: chooseImages(dataset, flags) };
    if (flags.evaluation) checkReferences(chosen.images, ({ sentences }) => sentences.length, flags);
    const how = flags.parts === undefined ? captionAll : captionParts;
    const images = await how(open, chosen, flags, session);
    return images && { images, of: of(dataset.dataset, flags) };
  });
}

const of = (dataset: string, { splits }: ClipCapFlags) => ({ dataset, ...(splits && { splits: [...new Set(splits)] }) });

type Opening = () => ReturnType<typeof openTrainedCaptioner>;

const decodingOf = ({ maxTokens, useBeamSearch, beams }: ClipCapFlags) => ({
  ...(maxTokens !== undefined && { maxTokens }),
  ...(useBeamSearch && { beams }),
});

async function captionAll(open: Opening, chosen: ImageDataset, flags: ClipCapFlags, session: CliSession): Promise<CaptionsFile["images"]> {
  const { captioner, close } = await open();
  try {
    const images: CaptionsFile["images"] = [];
    const progress = progressLine(session, "images captioned");
    for await (const batch of captionDataset(captioner, chosen, { ...readingOptions(flags, session), decoding: decodingOf(flags) })) {
      images.push(...batch.files.map((filename, i) => ({ filename, caption: batch.captions[i]!, references: batch.references[i]! })));
      progress(batch);
    }
    if (images.length === 0) fail("EMPTY_DATA", "No image could be captioned.");
    return images;
  } finally {
    close();
  }
}

/** The same in parts, as `rsdix caption --parts` does it. */
async function captionParts(
  open: Opening,
  chosen: ImageDataset,
  flags: ClipCapFlags,
  session: CliSession,
): Promise<CaptionsFile["images"] | undefined> {
  const results = await inParts(flags, session, chosen, () => captioning(open, flags));
  const references = new Map(chosen.images.map(({ filename, sentences }) => [filename, sentences.map(({ raw }) => raw)]));
  return results?.rows.map(({ file, values }) => ({
    filename: file,
    caption: values.caption as string,
    references: references.get(file)!,
  }));
}

/** The same of archives, whose images bring their references. */
async function captionArchives(open: Opening, flags: ClipCapFlags, session: CliSession): Promise<Captions | undefined> {
  const { splits: given, shards, partsPath, evaluation, skipBroken } = flags;
  const splits = given || undefined;
  const head = { shards: shards!, partsPath: partsPath!, splits, truth: evaluation ? ("references" as const) : undefined, skipBroken };
  const dataset = isPart(flags) ? "" : (await archiveHead({ ...head, signal: session.signal })).dataset;
  const results = await inParts(flags, session, undefined, async () =>
    scoredTask(await captioning(open, flags), { truth: "references", splits }),
  );
  if (!results) return undefined;
  const all = archivedCaptions(results.rows);
  if (!evaluation) return { images: all, of: of(dataset, flags) };
  const images = all.filter(({ filename, references }) => {
    if (references.length > 0) return true;
    const reason = `${filename} has no ${WANTED.references} in its archive`;
    if (!flags.skipBroken) fail("EMPTY_DATA", `${reason}; --skip-broken leaves such images out.`);
    session.note(`left out: ${reason}.`);
    return false;
  });
  if (images.length === 0) fail("EMPTY_DATA", "Not one image has a reference.");
  checkReferences(images, ({ references }) => references.length, flags);
  return { images, of: of(dataset, flags) };
}

/** Results with what archives said of them; files that two archives have are told apart by their archive. */
function archivedCaptions(rows: readonly Row[]): CaptionsFile["images"] {
  const files = filesOf(rows);
  return rows.map(({ values }, i) => ({
    filename: files[i]!,
    caption: values.caption as string,
    references: referencesOf(values.references as string),
  }));
}

async function captioning(open: Opening, flags: ClipCapFlags): Promise<ShardTask> {
  const { batchSize, numWorkers: workers } = flags;
  const { captioner, close } = await open();
  return captionTask(captioner, close, { batchSize, workers, decoding: decodingOf(flags) });
}

/** References come from the annotation files where they are given, else from the captions' own file. */
async function importCaptions(flags: ClipCapFlags, session: CliSession): Promise<Captions> {
  const path = flags.importCaptionsFile!;
  const text = (await readGiven(path, { wanted: "the file of captions", signal: session.signal })).toString("utf8");
  const captions = parseCaptions(text, path);
  const dataset = flags.annotationsFiles && (await openImages(flags, session, undefined));
  const found = dataset ? withReferences(captions, dataset, path) : captions;
  if (flags.evaluation) checkReferences(found.images, ({ references }) => references.length, flags);
  return { ...found, of: dataset ? { dataset: dataset.dataset } : {} };
}

function openImages(flags: ClipCapFlags, session: CliSession, images: readonly string[] | undefined): Promise<ImageDataset> {
  const fields = {
    annotations_files: flags.annotationsFiles!,
    img_dirs: images ? [...images] : undefined,
    additional_test_annotation_files: null,
    split: null,
    train_split_percentage: 80,
    val_split_percentage: 10,
    skip_broken: flags.skipBroken ?? false,
  };
  const { seed } = flags;
  return inFlags(openData(fields, { seed, signal: session.signal, onSkip: (message) => session.note(`left out: ${message}`) }));
}

function chooseImages(dataset: ImageDataset, { splits }: ClipCapFlags): readonly CaptionRecord[] {
  if (splits === false) return dataset.images;
  const images = [...new Set(splits)].flatMap((split) => selectSplit(dataset, split));
  return images.length > 0
    ? images
    : fail("EMPTY_DATA", `There is no image in the split ${splits.join(", ")} of "${dataset.dataset}": --no-splits takes all.`);
}

/** Before captions are made or scored: is there what the metrics need? */
function checkReferences<T extends { readonly filename: string }>(
  images: readonly T[],
  countOf: (image: T) => number,
  flags: Pick<ClipCapFlags, "metrics">,
): void {
  const without = images.find((image) => countOf(image) === 0);
  if (without) fail("EMPTY_DATA", `There is no reference for ${JSON.stringify(without.filename)}: give --annotations-files that have one.`);
  const many = metricsOf(flags).names.filter((name) => name === "ciderD" || name === "spider");
  if (images.length === 1 && many.length > 0)
    fail(
      "INVALID_ARGUMENT",
      `${many.join(", ")} of a single image is nothing: CIDEr-D weighs n-grams by how few images have them. Leave it out of --metrics.`,
    );
}

/** Says of one that cannot be had what it is wanted for: nobody named it, as a rule. */
async function openSentenceBert({ sentenceBert }: ClipCapFlags, session: CliSession): Promise<SentenceBert> {
  return SentenceBert.fromPretrained(sentenceBert, downloads(session)).catch((error: RsdixError) => {
    if (session.signal.aborted || error.name !== "RsdixError") throw error;
    return fail(error.code, `${error.message} It is for sbertSim: name another with --sentence-bert, or give --metrics without it.`, error);
  });
}

/** What scores captions, with the models and tables that it needs. */
async function openScorer(
  flags: ClipCapFlags,
  session: CliSession,
): Promise<{ score(captions: CaptionsFile): Promise<EvaluateResult>; dispose(): void }> {
  const { signal } = session;
  const { names: metrics, shows } = metricsOf(flags);
  const wanted = flags.evaluation && metrics.includes("sbertSim");
  const paraphrases = flags.paraphrases === undefined ? undefined : await loadParaphrases(flags.paraphrases);
  if (wanted) await startBackend(flags.accelerator);
  const sentenceBert = wanted ? await openSentenceBert(flags, session) : undefined;
  return {
    async score({ images }) {
      const result = await evaluate(
        images.map(({ caption }) => caption),
        images.map(({ references }) => references),
        {
          ...{ metrics, profile: "rsdix", signal },
          ...(paraphrases && { paraphrases }),
          ...(sentenceBert && { embed: (texts: readonly string[]) => sentenceBert.embedTexts(texts, { signal }) }),
          onProgress: ({ metric, done, total }) => session.progress(`${metric}: ${done} of ${total}`),
        },
      );
      for (const { metric, reason } of result.skipped) session.note(`left out: ${metric}: ${reason}`);
      if (Object.keys(result.scores).length === 0) fail("EMPTY_DATA", "Not one of the metrics could be computed.");
      return { ...result, scores: Object.fromEntries(Object.entries(result.scores).filter(([name]) => shows(name))) };
    },
    dispose: () => sentenceBert?.dispose(),
  };
}
