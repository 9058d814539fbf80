import type { QueueState } from "@rsdix/scale";
import { expect, vi } from "vitest";
import { cli } from "./run-cli";

/** How a queue stands when its workers have told it of all that they did: whoever asked them ends when the results are there, which may be sooner. */
export const idleQueue = (place: readonly string[]): Promise<QueueState> =>
  vi.waitFor(
    async () => {
      const state = JSON.parse((await cli(["dashboard", ...place, "--json"])).out) as QueueState;
      expect(state).toMatchObject({ waiting: 0, active: 0 });
      return state;
    },
    { timeout: 20_000, interval: 50 },
  );
