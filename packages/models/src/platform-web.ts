import { sha1 } from "@noble/hashes/legacy";
import { sha256 } from "@noble/hashes/sha2";
import { bytesToHex } from "@noble/hashes/utils";
import { hubApiWeb } from "./files/hub-api-web";
import { hubStoreWeb } from "./files/hub-store-web";
import type { Platform } from "./files/platform";
import { checkHandle, saveToHandle } from "./files/save-web";
import { browserStorage } from "./files/storage-web";

/** Browsers and their workers: no paths, addresses relative to the page, the hub's files in the browser's storage. */
export const platform: Platform = {
  settings: {},
  get baseUrl() {
    return globalThis.document?.baseURI ?? globalThis.location?.href;
  },
  localFiles: async () => undefined,
  hubStore: async (endpoint, id) => hubStoreWeb(endpoint, id, await browserStorage()),
  hubApi: async (endpoint, network, hint) => hubApiWeb(endpoint, network, hint),
  placeOf: (folder) => {
    checkHandle(folder);
    return { folder, place: "any folder" }; // handles don't tell whether two are of one
  },
  saveModel: saveToHandle,
  hasher: (algorithm) => {
    const hash = (algorithm === "sha1" ? sha1 : sha256).create(); // the browser's own hashes only what is in memory as a whole
    return { update: (bytes) => void hash.update(bytes), hex: () => bytesToHex(hash.digest()) };
  },
};
