import type { Command } from "commander";
import { verify } from "../verify/verify";
import { type OpenSetOptions, openSet } from "./open-set";
import type { CliSession } from "./session";
import { example, wholeNumber } from "./values";

interface Flags extends Pick<OpenSetOptions, "annotations" | "images"> {
  readonly decode: boolean;
  readonly counts: boolean;
  readonly examples: number;
  readonly json?: boolean;
}

/** `verify`: whether the files of a set are all there and whole. */
export function addVerify(program: Command, session: CliSession): void {
  program
    .command("verify")
    .description(
      "Checks a data set's files against what was published: counts, missing and unreadable images, sizes, the same file in two splits, empty captions.\n" +
        "Ends with 0 when there is no error, with 1 when there is.",
    )
    .argument("<set>", "a set that list names, or karpathy, csv, jsonl or webdataset for one of your own")
    .argument("<source>", "its folder, zip file or address")
    .option("--annotations <name>", "the annotation file's name in it; found by its usual names unless told otherwise")
    .option("--images <folder>", "the images' folder in it; found by its usual names unless told otherwise")
    .option("--no-decode", "checks names and annotations only, without reading the images")
    .option("--no-counts", "does not compare counts with those published, as suits a part of a set")
    .option("--examples <number>", "how many examples of each problem are named", wholeNumber, 5)
    .option("--json", "the report as JSON")
    .addHelpText("after", example("verify rsicd ./RSICD", "verify aid AID.zip --no-decode"))
    .action(async (name: string, source: string, { annotations, images, decode, counts, examples, json }: Flags) => {
      const { signal } = session;
      const options = { ...(annotations !== undefined && { annotations }), ...(images !== undefined && { images }), signal };
      const set = await openSet(name, source, { ...options, onError: "skip" });
      try {
        const report = await verify(set, { images: decode, counts, examples, onProgress: session.counter("images checked"), signal });
        const { text, sizes, ...rest } = report;
        session.print(json ? JSON.stringify({ ...rest, sizes: Object.fromEntries(sizes) }, undefined, 2) : text);
        session.exitCode = report.exitCode;
      } finally {
        await set.files.close();
      }
    });
}
