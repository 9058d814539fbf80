import { join } from "node:path";
import { startBackend } from "@rsdix/backend";
import { scratchFolder } from "../../../test/scratch-folder";
import { type Site, serve } from "./serve";
import { buildStudio } from "./studio";
import { makeWorld, type World } from "./world";

/** The studio, built and served, beside models and images in a folder; `close` takes all of it away. */
export interface StudioSite {
  readonly folder: string;
  readonly world: World;
  readonly site: Site;
  close(): Promise<void>;
}

export async function openStudioSite(): Promise<StudioSite> {
  await startBackend("cpu");
  const folder = scratchFolder("file");
  const world = await makeWorld(folder);
  await buildStudio(join(folder, "site"), world.report);
  const site = await serve(join(folder, "site"));
  return {
    ...{ folder, world, site },
    async close() {
      site.server.closeAllConnections();
      site.server.close();
    },
  };
}
