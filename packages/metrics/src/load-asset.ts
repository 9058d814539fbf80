import { checkOptions } from "@rsdix/internal";
import { platform } from "#assets";
import type { AssetsPlatform } from "./assets";
import { checkProgressOptions } from "./progress";
import { allBytes, openAsset } from "./read-asset";

/** Where a file of the package is read from, and what stops that. */
interface LoadOptions {
  readonly from?: string | URL | Uint8Array;
  readonly signal?: AbortSignal;
}

// What comes with the package has some megabytes unpacked; gzip of zeros may be a thousand times what it looks like.
const MAX_BYTES = 32 * 2 ** 20;

/** The loader of a file that comes with the package: its own is read once, when it is first asked for; another one each time. */
export function assetLoader<T>(loader: string, what: string, own: (platform: AssetsPlatform) => URL, make: (bytes: Uint8Array) => T) {
  const load = async (given: LoadOptions["from"], signal: AbortSignal | undefined): Promise<T> => {
    const from = given ?? own(platform);
    const { stream, name } = await openAsset(from, what, signal);
    return make(await allBytes(stream, name, { maxBytes: MAX_BYTES, signal }));
  };
  let loaded: Promise<T> | undefined;
  return async (options: LoadOptions): Promise<T> => {
    checkOptions(options, ["from", "signal"], loader);
    const { from, signal } = options;
    checkProgressOptions({ signal });
    if (from !== undefined || signal !== undefined) return load(from, signal);
    // A failure is not kept: the next call tries again.
    loaded ??= load(undefined, undefined).catch((error) => {
      loaded = undefined;
      throw error;
    });
    return loaded;
  };
}
