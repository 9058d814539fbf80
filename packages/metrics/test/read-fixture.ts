import { allBytes, openAsset } from "../src/read-asset";

/** The values of a packed fixture, read in Node and in browsers alike. */
export async function readFixture<T>(name: string): Promise<T> {
  const { stream } = await openAsset(new URL(`fixtures/${name}.json.gz`, new URL("../src/", import.meta.url)), name, undefined);
  return JSON.parse(new TextDecoder().decode(await allBytes(stream, name, { maxBytes: 2 ** 26 })));
}
