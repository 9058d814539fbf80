import type { Split } from "@rsdix/data";
import { openImages } from "../recipes/open-images";
import type { CliSession } from "./session";

/** Flags that say which images are meant. */
interface ImagesFlags {
  readonly imgDir?: string;
  readonly annotationsFile?: string;
  readonly split?: Split;
  readonly serveShards?: boolean;
}

/** The images of `--img-dir`. What is to be noted of them is said once, not by each process of a pool. */
export const imagesOf = ({ imgDir, annotationsFile: annotations, split, serveShards }: ImagesFlags, session: CliSession) =>
  openImages(imgDir!, { annotations, split, signal: session.signal, ...(!serveShards && { onNote: (text) => session.note(text) }) });
