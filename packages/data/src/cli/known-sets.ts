import { fail } from "@rsdix/internal";
import type { LoadCaptionsOptions, LoadedCaptions } from "../captions/load-captions";
import { captionsCsv, captionsJsonLines, karpathy, nwpuCaptions, rsicd, rsitmd, s2lcd, ucmd } from "../captions/loaders";
import * as open from "../classes/class-set-loaders";
import * as classes from "../declarations/class-sets";
import * as small from "../declarations/class-sets-small";
import type { DatasetDeclaration } from "../declarations/declaration";
import { NWPU_CAPTIONS } from "../declarations/nwpu-captions";
import { RSICD } from "../declarations/rsicd";
import { RSITMD } from "../declarations/rsitmd";
import { S2LCD } from "../declarations/s2lcd";
import { UCMD } from "../declarations/ucmd";
import type { FilesSource } from "../files/open-files";

/** A loader of captions. */
type OpenCaptions = (source: FilesSource, options: LoadCaptionsOptions) => Promise<LoadedCaptions>;

/** How one opens what a command names: "captions" with an annotation, "classes" with folders, or shards. */
export type SetLoader =
  | { readonly kind: "captions"; readonly open: OpenCaptions }
  | { readonly kind: "classes"; readonly open: open.OpenClassSet }
  | { readonly kind: "shards" };

const CAPTION_SETS: readonly (readonly [DatasetDeclaration, OpenCaptions])[] = [
  [RSICD, rsicd],
  [UCMD, ucmd],
  [RSITMD, rsitmd],
  [NWPU_CAPTIONS, nwpuCaptions],
  [S2LCD, s2lcd],
];

const CLASS_SETS: readonly (readonly [DatasetDeclaration, open.OpenClassSet])[] = [
  [classes.RSICD_CLASSES, open.rsicdClasses],
  [classes.RSI_CB128, open.rsiCb128],
  [classes.RSI_CB256, open.rsiCb256],
  [classes.WHU_EARTH, open.whuEarth],
  [classes.EUROSAT_RGB, open.eurosatRgb],
  [classes.MLRSNET, open.mlrsnet],
  [classes.PATTERNNET, open.patternnet],
  [classes.RESISC45, open.resisc45],
  [small.AID, open.aid],
  [small.RSSCN7, open.rsscn7],
  [small.OPTIMAL_31, open.optimal31],
  [small.RSC11, open.rsc11],
  [small.WHU_RS19, open.whuRs19],
];

/** Forms that sets of one's own may have. */
const FORMS: ReadonlyMap<string, SetLoader> = new Map<string, SetLoader>([
  ["karpathy", { kind: "captions", open: karpathy }],
  ["csv", { kind: "captions", open: captionsCsv }],
  ["jsonl", { kind: "captions", open: captionsJsonLines }],
  ["webdataset", { kind: "shards" }],
]);

/** The data sets that are known, those for captions first. */
export const KNOWN_SETS: readonly DatasetDeclaration[] = [...CAPTION_SETS, ...CLASS_SETS].map(([declaration]) => declaration);

/** What is known of a set; its name is taken as the id has it or as the loader is called: "nwpu-captions", "nwpuCaptions". */
export function declarationOf(name: string): DatasetDeclaration {
  return (
    KNOWN_SETS.find(({ id }) => plain(id) === plain(name)) ??
    unknownSet(
      name,
      KNOWN_SETS.map(({ id }) => id),
    )
  );
}

/** What opens a known set, or a set of one's own in one of the forms. */
export function loaderOf(name: string): SetLoader {
  const captions = CAPTION_SETS.find(([{ id }]) => plain(id) === plain(name));
  if (captions) return { kind: "captions", open: captions[1] };
  const labelled = CLASS_SETS.find(([{ id }]) => plain(id) === plain(name));
  if (labelled) return { kind: "classes", open: labelled[1] };
  return FORMS.get(plain(name)) ?? unknownSet(name, [...KNOWN_SETS.map(({ id }) => id), ...FORMS.keys()]);
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}

function unknownSet(name: string, known: readonly string[]): never {
  return fail("INVALID_ARGUMENT", `There is no set ${JSON.stringify(name)}. Known are ${known.join(", ")}.`);
}
