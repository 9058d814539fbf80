import { type Network, patientFetch } from "./network";
import type { HubApi, ListedFile } from "./platform";

/**
 * The two questions that the hub is asked, for browsers: its own library names its browser build where not every bundler looks (its
 * exports have no such condition), so that an application would fail to build, and brings a wasm module for uploads.
 *
 * @see https://huggingface.co/docs/hub/api
 */
export function hubApiWeb(endpoint: string, network: Network, hint: string): HubApi {
  const ask = (what: string, url: string) => patientFetch(network, what, hint)(url, { headers: { accept: "application/json" } });
  return {
    async commitOf(id, revision) {
      const answer = await ask(`${id}@${revision}`, `${endpoint}/api/models/${id}/revision/${encodeURIComponent(revision)}`);
      return ((await answer.json()) as { sha: string }).sha;
    },
    async *list(id, commit) {
      let url: string | undefined = `${endpoint}/api/models/${id}/tree/${commit}?recursive=true`;
      while (url) {
        const answer: Response = await ask(`${id}@${commit}`, url);
        yield* (await answer.json()) as ListedFile[];
        url = /<([^>]+)>;\s*rel="next"/.exec(answer.headers.get("Link") ?? "")?.[1];
      }
    },
  };
}
