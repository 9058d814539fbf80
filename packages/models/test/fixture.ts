/** A fixture's bytes: of a file, and in a browser of the server that the tests come from. */
export async function fixture(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const here = import.meta.url; // apart from `new URL`: bundlers would take every fixture for an asset
  const url = new URL(`../src/fixtures/${name}`, here);
  if (url.protocol === "file:") {
    const { readFile } = await import("node:fs/promises");
    return new Uint8Array(await readFile(url));
  }
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${answer.statusText}`);
  return new Uint8Array(await answer.arrayBuffer());
}
