import { type BlueMarble, type BlueMarbleOptions, checkParameters, makeBlueMarble } from "./make";
import { readPaths, readWhole } from "./manifest";
import { summarise } from "./summary";

/**
 * The data set in a folder: the one that is there when it is whole and was made by this generator with the same parameters,
 * else a new one. A folder in which an earlier run was interrupted has no manifest and is made anew.
 *
 * @param options seed, folder and progress
 * @returns the data set, and whether it was there already
 * @throws RsdixError as `makeBlueMarble`
 */
export async function openBlueMarble(options: BlueMarbleOptions): Promise<BlueMarble & { readonly reused: boolean }> {
  const parameters = checkParameters(options);
  const paths = readPaths(options.dir);
  const dataset = await readWhole(paths, parameters);
  if (dataset) return { dataset, imageDir: paths.images, summary: summarise(dataset), reused: true };
  return { ...(await makeBlueMarble(options)), reused: false };
}
