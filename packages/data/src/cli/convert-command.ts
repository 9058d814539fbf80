import { stat } from "node:fs/promises";
import { fail } from "@rsdix/internal";
import type { Command } from "commander";
import type { CaptionDataset } from "../caption-dataset";
import { stringifyCaptionsCsv } from "../captions/csv";
import { stringifyCaptionsJsonLines } from "../captions/json-lines";
import { stringifyS2lcdXml } from "../captions/s2lcd-xml";
import { stringifyNwpu } from "../captions/stringify-nwpu";
import { stringifyKarpathy } from "../stringify-karpathy";
import { writeWebDataset } from "../webdataset/write-webdataset";
import { writeFileAtomic } from "../write-file-atomic";
import { type OpenSetOptions, openSet } from "./open-set";
import type { CliSession } from "./session";
import { example, splitParts, wholeNumber } from "./values";

interface Flags extends Pick<OpenSetOptions, "annotations" | "images" | "split" | "onError"> {
  readonly skip?: boolean;
  readonly force?: boolean;
  readonly shardSize?: number;
  readonly name?: string;
  readonly json?: boolean;
}

/** By how a target ends, the longer ending first. */
const WRITERS: readonly (readonly [ending: string, write: (dataset: CaptionDataset) => string])[] = [
  [".nwpu.json", stringifyNwpu],
  [".json", stringifyKarpathy],
  [".csv", stringifyCaptionsCsv],
  [".jsonl", stringifyCaptionsJsonLines],
  [".xml", stringifyS2lcdXml],
];

/** `convert`: from one form to another. */
export function addConvert(program: Command, session: CliSession): void {
  program
    .command("convert")
    .description(
      "Writes a data set in another form, by how the target ends: .json (Karpathy's form, as RSICD has it), .csv, .jsonl, .xml (S2LCD's), " +
        ".nwpu.json (NWPU-Captions'); a folder (ends in / or is there) gets WebDataset shards with the images.",
    )
    .argument("<set>", "a set that list names, or karpathy, csv, jsonl or webdataset for one of your own")
    .argument("<source>", "its folder, zip file or address, or the annotation file alone")
    .argument("<target>", "the file or folder to write")
    .option("--annotations <name>", "the annotation file's name in the source; found by its usual names unless told otherwise")
    .option("--images <folder>", "the images' folder in the source; found by its usual names unless told otherwise")
    .option("--split <train,val,seed>", "draws new splits, in percent: 80,10,42; without it the set's own, else 80,10,42", splitParts)
    .option("--skip", "leaves out what is wrong, and names it")
    .option("--force", "replaces a file that is there")
    .option("--shard-size <images>", "images in a shard (1000)", wholeNumber)
    .option("--name <name>", 'what names of shards begin with ("shard")')
    .option("--json", "what was written, as JSON")
    .addHelpText("after", example("convert s2lcd annotations.xml s2lcd.json", "convert rsicd ./RSICD ./shards/"))
    .action(async (name: string, source: string, target: string, { skip, force, shardSize, name: shards, json, ...opening }: Flags) => {
      const write = await writerOf(target, force ?? false);
      const forShards = { ...(shardSize !== undefined && { shardSize }), ...(shards !== undefined && { name: shards }) };
      if (write && Object.keys(forShards).length > 0) fail("INVALID_ARGUMENT", "--shard-size and --name are for WebDataset shards.");
      const { signal } = session;
      let left = 0;
      const onSkip = (message: string) => {
        left++;
        session.note(`left out: ${message}`);
      };
      const read: string[] = [];
      const onRead = (path: string) => void read.push(path);
      const set = await openSet(name, source, { ...opening, ...(skip && { onError: "skip" }), onSkip, onRead, signal });
      try {
        if (write) {
          await refuseInputs(target, read);
          await writeFileAtomic(target, write(set));
          session.print(json ? jsonOf(set, { leftOut: left, target }) : `${counted(set, left)} to ${target}`);
        } else {
          const written = await writeWebDataset(set, target, { ...forShards, onProgress: session.counter("images written"), signal });
          const told = `${counted(set, left)} to ${written.length} ${written.length === 1 ? "shard" : "shards"} in ${target}`;
          session.print(json ? jsonOf(set, { leftOut: left, target, shards: written.length }) : told);
        }
      } finally {
        await set.files.close();
      }
    });
}

/** What writes a file that ends so; undefined for a folder, which gets shards. */
async function writerOf(target: string, force: boolean): Promise<((dataset: CaptionDataset) => string) | undefined> {
  const there = await stat(target).catch(() => undefined);
  if (/[/\\]$/.test(target) || there?.isDirectory()) return undefined;
  const found = WRITERS.find(([ending]) => target.toLowerCase().endsWith(ending));
  if (!found) {
    const endings = WRITERS.map(([ending]) => ending).join(", ");
    fail("INVALID_ARGUMENT", `${target} must end in ${endings}, or in "/" for a folder of WebDataset shards.`);
  }
  if (there && !force) fail("INVALID_ARGUMENT", `${target} is there already: give --force to replace it, or another name.`);
  return found[1];
}

/** Refuses a target that is one of the files that were read, by whatever name: it would be gone. */
async function refuseInputs(target: string, read: readonly string[]): Promise<void> {
  const there = await statOf(target);
  for (const path of there ? read : []) {
    const found = await statOf(path);
    if (found?.ino === there!.ino && found.dev === there!.dev)
      fail("INVALID_ARGUMENT", `${target} is read as ${path}, and would be replaced by what comes of it: name another file.`);
  }
}

const statOf = (path: string) => stat(path, { bigint: true }).catch(() => undefined);

const captionsIn = ({ images }: CaptionDataset) => images.reduce((sum, { sentences }) => sum + sentences.length, 0);

function jsonOf(set: CaptionDataset, rest: object): string {
  return JSON.stringify({ images: set.images.length, captions: captionsIn(set), ...rest });
}

function counted(set: CaptionDataset, left: number): string {
  return [
    `${set.images.length.toLocaleString("en")} images, ${captionsIn(set).toLocaleString("en")} captions`,
    ...(left > 0 ? [`(${left.toLocaleString("en")} left out)`] : []),
  ].join(" ");
}
