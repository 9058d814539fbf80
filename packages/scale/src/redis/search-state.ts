/** How a search stands whose trials are done by the workers of a Redis. */
export interface SearchState {
  /** Its folder. */
  readonly name: string;
  /** Trials that have ended, those that failed among them. */
  readonly done: number;
  /** Trials that failed. */
  readonly failed: number;
  /** Trials that are asked for. */
  readonly running: number;
  /** All trials that there will be. */
  readonly total: number;
  /** The number that counts. */
  readonly metric: string;
  /** Whether its lowest value is the best, or its highest; the lowest where it isn't said. */
  readonly mode?: "min" | "max";
  /** The best value so far; null before there is one. */
  readonly best: number | null;
}

/** Where a queue's searches are in the Redis: a hash, by name. */
export const searchesKey = (queue: string) => `${queue}:searches`;

/** Searches that nobody has said anything of for a week are past. */
const PAST_MS = 604_800_000;

/** The searches of the hash that are not past, by name. */
export function searchesOf(hash: Readonly<Record<string, string>>, now = Date.now()): SearchState[] {
  return Object.keys(hash)
    .sort()
    .flatMap((name) => {
      try {
        const { at, ...state } = JSON.parse(hash[name]!) as SearchState & { at: number };
        return now - at < PAST_MS ? [state] : [];
      } catch {
        return []; // somebody else's
      }
    });
}
