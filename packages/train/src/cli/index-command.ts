import { resolve } from "node:path";
import { decodeImage } from "@rsdix/image/node";
import { fail } from "@rsdix/internal";
import type { Clip, Siglip } from "@rsdix/models";
import { buildIndex, openIndex, type QueryResult, type VectorIndex } from "@rsdix/scale";
import type { Command } from "commander";
import { hashOf } from "../recipes/clipcap-recipe";
import { annotationColumns } from "../shards/annotation-columns";
import { openEmbeddingModel } from "./embedding-model";
import { progressLine } from "./progress-line";
import type { CliSession } from "./session";
import { addModelFlags, type ModelFlags, roleFlag } from "./shared-options";
import { positiveNumber } from "./values";

interface BuildFlags {
  readonly out: string;
  readonly annotationsFile?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

interface QueryFlags extends ModelFlags {
  readonly text?: string;
  readonly image?: string;
  readonly k: number;
  readonly where?: readonly string[];
  readonly exact?: boolean;
  readonly verify?: boolean;
  readonly role?: "student" | "teacher";
  readonly accelerator: string;
  readonly json?: boolean;
}

/** `index`: search in embeddings. */
export function addIndex(program: Command, session: CliSession): void {
  const index = program
    .command("index")
    .description("Searches archives of embeddings, by text or image: builds an index, and asks it. Needs: npm install usearch.");
  addBuild(index, session);
  addQuery(index, session);
}

function addBuild(index: Command, session: CliSession): void {
  index
    .command("build")
    .description(
      "Builds an index of the embeddings that rsdix merge joined, and says how much of what exact search finds it finds. Other columns of texts, numbers, truths " +
        "and dates in the file can be filtered by.",
    )
    .argument("<file>", "the Parquet file")
    .requiredOption("--out <folder>", "the folder that the index goes to")
    .option(
      "--annotations-file <file>",
      "whose splits, labels and further fields can be filtered by, too: they are found by the image's file",
    )
    .option("--force", "replaces an index that is there")
    .option("--json", "says what was built as JSON")
    .addHelpText("after", "\nExample:\n  $ rsdix index build tiles.parquet --out tiles-index")
    .action((file: string, flags: BuildFlags) => build(file, flags, session));
}

function addQuery(index: Command, session: CliSession): void {
  const command = index
    .command("query")
    .description(
      "Finds the images nearest to a text or an image, with the model that embedded them: another one is refused. A line each: cosine, id, file.",
    )
    .argument("<folder>", "the index's")
    .option("--text <words>", "what is looked for, in words")
    .option("--image <file>", "an image whose like is looked for")
    .option("--k <number>", "results", positiveNumber, 10)
    .option(
      "--where <condition>",
      "only images of which it holds, such as split=test or clouds<0.2 (=, !=, <, <=, >, >=); several: all of them",
      (text: string, before: readonly string[] = []) => [...before, text],
    )
    .option("--exact", "searches all embeddings, gives these results, and says how many of them the index finds")
    .option("--verify", "checks each byte of the index's vectors first, which reads all of them; of its other files they always are")
    .option("--json", "says what was found as JSON")
    .option("--accelerator <backend>", "the TensorFlow.js backend: auto, native, webgpu, wasm, cpu, or what is installed", "auto");
  addModelFlags(command, "clip", "whose image processor is used in place of the model's own: an id of the hub or a folder")
    .addOption(roleFlag())
    .addHelpText(
      "after",
      "\nExample:\n  $ rsdix index query tiles-index --text 'two planes' --where split=test --model-pth openai/clip-vit-base-patch32",
    )
    .action((folder: string, flags: QueryFlags) => query(folder, flags, session));
}

async function build(file: string, { out, annotationsFile, force = false, json }: BuildFlags, session: CliSession): Promise<void> {
  const { signal } = session;
  const extra = annotationsFile === undefined ? undefined : await annotationColumns(annotationsFile, signal);
  const onProgress = progressLine(session, "embeddings indexed");
  const built = await buildIndex(file, out, { ...(extra && { extra }), force, onProgress, signal }).catch((error: Error) => {
    error.message = error.message.replace("say force: true to replace it", "--force replaces it");
    throw error;
  });
  const { rows, dim, columns } = built;
  const text = `${rows.toLocaleString("en")} embeddings of ${dim}: ${out}. Columns: ${Object.keys(columns).join(", ")}. ${recallText(built)}`;
  session.print(json ? JSON.stringify({ ...built, out: resolve(out) }) : text);
}

async function query(folder: string, flags: QueryFlags, session: CliSession): Promise<void> {
  const { text, image, k, where = [], exact = false, verify = false, json } = flags;
  if ((text === undefined) === (image === undefined))
    fail("INVALID_ARGUMENT", `Either --text or --image says what is looked for, got ${text === undefined ? "neither" : "both"}.`);
  if (text?.trim() === "") fail("INVALID_ARGUMENT", "--text is empty: say in words what is looked for.");
  const index = await openIndex(folder, { verify });
  try {
    const model = await openEmbeddingModel(flags, session, text === undefined ? "image" : "both");
    const vector = await embedQuery(model, index, flags, session).finally(() => model.dispose());
    const found = await index.query(vector, { k, where, exact, signal: session.signal });
    const { recall } = index;
    if (json) return session.print(JSON.stringify({ ...found, rows: index.rows, index: recall }));
    for (const line of resultLines(found)) session.print(line);
    session.note(summary(index, found, flags));
  } finally {
    await index.close();
  }
}

/** The query's embedding, of a model that is the index's. */
async function embedQuery(
  model: Clip | Siglip,
  index: VectorIndex,
  { text, image }: QueryFlags,
  session: CliSession,
): Promise<Float32Array> {
  if (index.key.model === undefined)
    session.note("The index doesn't say which model its embeddings are of: with another one results mean nothing.");
  const { signal } = session;
  index.checkKey({ model: hashOf(model) });
  if (text !== undefined) return model.embedTexts([text], { signal });
  index.checkKey({ preprocessing: JSON.stringify(model.processor.config) });
  return model.embedImages([await decodeImage(image!)], { signal });
}

const resultLines = ({ results }: QueryResult) =>
  results.map(({ id, file, score, values }) => {
    const rest = Object.entries(values).flatMap(([name, value]) => (value === null ? [] : [`${name}=${value}`]));
    return [score.toFixed(4), id, ...(file === id ? [] : [file]), ...rest].join("  ");
  });

function summary(index: VectorIndex, { results, matching, recall }: QueryResult, { where }: QueryFlags): string {
  const n = (value: number) => value.toLocaleString("en");
  const of = where ? `${n(matching)} of ${n(index.rows)} images that meet the conditions` : `${n(index.rows)} images`;
  const own = recall === undefined ? "" : ` Of these exact results the index finds ${percent(recall)}.`;
  return `${n(results.length)} of ${of}.${own}${index.recall ? ` ${recallText({ recall: index.recall })}` : ""}`;
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

const recallText = ({ recall: { k, samples, recall } }: { readonly recall: NonNullable<VectorIndex["recall"]> }) =>
  `Recall@${k} against exact search: ${percent(recall)}, of ${samples} embeddings.`;
