import { cutPatches, openSentinel2, type Sentinel2Scene } from "@rsdix/data";
import type { GivenFile, Handler } from "../protocol";
import { thumbnail } from "./images";
import { bandsAmong } from "./scene-bands";
import { needCaptioner, refuse } from "./session";

const PICTURE = 128;

/** Cuts a scene of Sentinel-2 into patches, and captions each where it is. */
export const scene: Handler<"scene"> = async ({ files, size, most, caption }, { emit, signal }) => {
  const captioner = caption ? needCaptioner() : undefined;
  const opened = await open(files, signal);
  emit({ type: "scene", width: opened.width, height: opened.height, name: files[0]!.path });
  let patches = 0;
  let left = 0;
  for await (const { image, x, y, longitude, latitude } of cutPatches(opened, { size, signal, onSkip: () => void left++ })) {
    const index = patches++;
    emit({ type: "patch", patch: { index, x, y, size, longitude, latitude, picture: await thumbnail(image, PICTURE) } });
    if (captioner) {
      const [text] = await captioner.captionImages([image], { signal });
      emit({ type: "caption", index, text: text! });
    }
    if (patches === most) break;
  }
  const all = Math.floor(opened.width / size) * Math.floor(opened.height / size);
  return { patches, left, beyond: all - patches - left };
};

/** One file with the bands red, green and blue, or a file a band. */
async function open(files: readonly GivenFile[], signal: AbortSignal): Promise<Sentinel2Scene> {
  const [first] = files;
  if (files.length > 1) return openSentinel2(bandsAmong(files), { signal });
  return openSentinel2(first!.file, { signal }).catch((error: Error & { code?: string }) => {
    const isOneBand = error.code === "INVALID_ARGUMENT" && / bands?, counted from 0/.test(error.message);
    if (!isOneBand) throw error;
    return refuse("FILE_NOT_FOUND", `${first!.path} hasn't the three bands red, green and blue. Drop B04, B03 and B02 together.`);
  });
}
