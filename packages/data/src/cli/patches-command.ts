import type { Command } from "commander";
import { readCutOptions } from "../sentinel2/cut-patches";
import { openSentinel2 } from "../sentinel2/scene";
import { writePatches } from "../sentinel2/write-patches-node";
import { bandFiles } from "./band-files";
import type { CliSession } from "./session";
import { bandNumbers, decimal, example, wholeNumber } from "./values";

interface Flags {
  readonly bands?: ReturnType<typeof bandNumbers>;
  readonly size?: number;
  readonly stride?: number;
  readonly maxCloud?: number;
  readonly maxNoData?: number;
  readonly min?: number;
  readonly max?: number;
  readonly name?: string;
  readonly json?: boolean;
}

/** `patches`: a Sentinel-2 scene cut into images. */
export function addPatches(program: Command, session: CliSession): void {
  program
    .command("patches")
    .description(
      "Cuts a Sentinel-2 L2A scene into true-colour PNG files with their coordinates in dataset.json, to be captioned; clouds and what was not seen are left " +
        "out. Needs geotiff, proj4 and sharp (npm install geotiff proj4 sharp).",
    )
    .argument("<scene>", "a folder with B04, B03, B02 and perhaps SCL as .tif, or one .tif with all bands")
    .argument("<out>", "the folder to write")
    .option("--bands <r,g,b[,scl]>", "of one file, which bands are red, green, blue and SCL, counted from 0 (0,1,2)", bandNumbers)
    .option("--size <pixels>", "rows and columns of a patch (224)", wholeNumber)
    .option("--stride <pixels>", "how far one patch is from the next (the size)", wholeNumber)
    .option("--max-cloud <part>", "the largest part of a patch that is cloud, 0 to 1; needs SCL (0)", decimal)
    .option("--max-no-data <part>", "the largest part of a patch that was not seen, 0 to 1 (0)", decimal)
    .option("--min <number>", "what becomes black, in the file's numbers (0)", decimal)
    .option("--max <number>", "what becomes white, in the file's numbers (3000: a reflectance of 0.3)", decimal)
    .option("--name <name>", 'what names of patches begin with ("patch")')
    .option("--json", "what was written, as JSON")
    .addHelpText("after", example("patches ./T32TMR/R10m ./patches --max-cloud 0.05"))
    .action(async (source: string, out: string, { bands, min, max, name, json, ...flags }: Flags) => {
      const { signal } = session;
      readCutOptions(flags); // a number that is wrong is told before a folder that is
      const cut = { ...flags, ...(name !== undefined && { name }) };
      const scene = await openSentinel2(await bandFiles(source), { ...(bands && { bands }), signal });
      const stretch = { ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
      const leftOut = { noData: 0, cloud: 0 };
      const progress = session.counter("patches written");
      let done = 0;
      const { images } = await writePatches(scene, out, {
        ...{ ...cut, stretch, signal },
        onPatch: () => progress({ done: ++done }),
        onSkip: ({ reason }) => leftOut[reason === "cloud" ? reason : "noData"]++,
      });
      session.print(
        json
          ? JSON.stringify({ images: images.length, leftOut, target: out })
          : `${images.length.toLocaleString("en")} patches in ${out}; left out for missing pixels ${leftOut.noData}, for clouds ${leftOut.cloud}`,
      );
    });
}
