import { addressBelow, fail, shownUrl } from "@rsdix/internal";
import { isWeightFile, isWeightIndex, KNOWN_FILES, MAX_SIDE_BYTES, SIDE_FILES } from "./known-files";
import type { DownloadProgress, FileProvider } from "./model-files";
import type { Network } from "./network";
import { progressOf } from "./progress";
import { isThere, MAX_WHOLE_BYTES, openUrl, roomFor } from "./url-source";

/** As many requests as a browser makes to one server at once. */
const PARALLEL_REQUESTS = 6;

/** A model's files below a URL, or the one file that it is of. The parameters of a signed URL go with every file. */
export function urlFiles(address: string, network: Network, onProgress?: (progress: DownloadProgress) => void): FileProvider {
  const progress = progressOf(onProgress);
  const rooms = { weights: roomFor(MAX_WHOLE_BYTES), texts: roomFor(MAX_SIDE_BYTES) };
  const openAt = (href: string, name: string) => {
    let report: ((loaded: number) => void) | undefined;
    const onBytes = (loaded: number, total: number) => {
      report ??= progress.begin(name, total);
      report(loaded);
    };
    return openUrl(href, network, onBytes, isWeightFile(name) ? rooms.weights : rooms.texts);
  };
  if (!URL.canParse(address)) fail("INVALID_ARGUMENT", `${JSON.stringify(address)} is no URL.`);
  const url = new URL(address);
  const last = decodedName(url.pathname.slice(url.pathname.lastIndexOf("/") + 1));
  const isIndex = isWeightIndex(last); // it is never alone: what it names lies beside it
  if (isWeightFile(last) || (last.endsWith(".json") && !isIndex)) {
    const open = async (name: string) => (name === last ? openAt(url.href, name) : undefined);
    return { origin: shownUrl(url.href), parallel: 1, names: async () => [last], open };
  }
  if (isIndex) url.pathname = url.pathname.slice(0, url.pathname.lastIndexOf("/") + 1);
  else if (!url.pathname.endsWith("/")) url.pathname += "/";
  const usual = isIndex ? [...SIDE_FILES, last] : KNOWN_FILES;
  const addressOf = (name: string) => addressBelow(url, name);
  let found: Promise<string[]> | undefined;
  const look = async () => {
    const there = new Set<string>();
    for (let i = 0; i < usual.length; i += PARALLEL_REQUESTS) {
      const some = usual.slice(i, i + PARALLEL_REQUESTS);
      await Promise.all(
        some.map(async (name) => {
          if (await isThere(addressOf(name), network)) there.add(name);
        }),
      );
    }
    return usual.filter((name) => there.has(name));
  };
  const names = () => {
    found ??= look();
    found.catch(() => {
      found = undefined;
    });
    return found;
  };
  return { origin: shownUrl(url.href), parallel: PARALLEL_REQUESTS, names, open: (name) => openAt(addressOf(name), name) };
}

/** A name as it is written outside of addresses. */
function decodedName(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded; // a percent sign that encodes nothing
  }
}
