import { createHash } from "node:crypto";
import { env } from "node:process";
import { localFiles } from "./files/local-node";
import { patientFetch } from "./files/network";
import { folderPath, realPath } from "./files/path-node";
import type { Platform } from "./files/platform";

/** What the hub's own libraries understand as yes in an environment variable. */
const YES = ["1", "ON", "YES", "TRUE"];

/** Node: files on disk, and the hub through its own library, with the cache that it shares with Python's. */
export const platform: Platform = {
  get settings() {
    return {
      ...(env.HF_ENDPOINT && { endpoint: env.HF_ENDPOINT }),
      ...(env.HF_TOKEN && { token: env.HF_TOKEN }),
      ...(env.HF_HUB_OFFLINE && { offline: YES.includes(env.HF_HUB_OFFLINE.toUpperCase()) }),
    };
  },
  baseUrl: undefined,
  localFiles,
  // The library is 5 MB: it is loaded when the hub is asked for, not with every model.
  hubStore: async (_, id, cacheDir) => (await import("./files/hub-store-node")).hubStoreNode(id, cacheDir),
  hubApi: async (endpoint, network, hint) => {
    const { listFiles, modelInfo } = await import("@huggingface/hub");
    const request = (what: string) => ({ hubUrl: endpoint, fetch: patientFetch(network, what, hint) });
    return {
      commitOf: async (id, revision) =>
        (await modelInfo({ name: id, revision, additionalFields: ["sha"], ...request(`${id}@${revision}`) })).sha,
      list: (id, commit) =>
        listFiles({ repo: { type: "model", name: id }, revision: commit, recursive: true, ...request(`${id}@${commit}`) }),
    };
  },
  placeOf: (given) => {
    const folder = folderPath(given);
    return { folder, place: realPath(folder) };
  },
  saveModel: async (folder, tensors, small, options) => (await import("./files/save-node")).saveToFolder(folder, tensors, small, options),
  hasher: (algorithm) => {
    const hash = createHash(algorithm);
    return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest("hex") };
  },
};
