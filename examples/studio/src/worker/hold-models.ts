import { type Checkpoint, Clip, ClipCap, Siglip } from "@rsdix/models";
import type { LoadedModels } from "./session";

/** A model with the values of its weights, which no backend holds. */
interface Held<M> {
  readonly model: M;
  readonly weights: Checkpoint;
}

/** The models that are loaded, as they are now. */
export interface HeldModels {
  readonly imageText: Held<Clip | Siglip> | undefined;
  readonly captioner: Held<ClipCap> | undefined;
  /** The captioner's encoder, where it isn't the image-text model. */
  readonly encoder: Held<Clip | Siglip> | undefined;
}

/** Reads the weights of what is loaded; undefined where there is nothing, or they can't be read: of a device that was lost, or for want of memory. */
export async function holdModels(models: LoadedModels | undefined): Promise<HeldModels | undefined> {
  if (!models) return undefined;
  const { imageText, captioner } = models;
  const encoder = captioner?.encoder as Clip | Siglip | undefined;
  try {
    return {
      imageText: imageText && (await hold(imageText)),
      captioner: captioner && (await hold(captioner)),
      encoder: encoder && encoder !== imageText ? await hold(encoder) : undefined,
    };
  } catch {
    return undefined;
  }
}

const hold = async <M extends Clip | Siglip | ClipCap>(model: M): Promise<Held<M>> => ({
  model,
  weights: await model.parameters.toCheckpoint(),
});

/** Models with the weights that were held, on the backend in use. */
export function madeAgain({ imageText, captioner, encoder }: HeldModels): Pick<LoadedModels, "imageText" | "captioner"> {
  const made: (Clip | Siglip | ClipCap)[] = [];
  const noted = <M extends Clip | Siglip | ClipCap>(model: M): M => {
    made.push(model);
    return model;
  };
  try {
    const again = imageText && noted(imageTextAgain(imageText));
    if (!captioner) return { imageText: again, captioner: undefined };
    const { config, parameters, tokenizer, origin } = captioner.model;
    const captionerAgain = noted(ClipCap.fromCheckpoint(config, captioner.weights, parameters.vocabulary));
    const own = encoder ? noted(imageTextAgain(encoder)) : again;
    return { imageText: again, captioner: Object.assign(captionerAgain, { tokenizer, origin, encoder: captioner.model.encoder && own }) };
  } catch (error) {
    for (const each of made) each.dispose();
    throw error;
  }
}

function imageTextAgain({ model, weights }: Held<Clip | Siglip>): Clip | Siglip {
  const { tokenizer, origin, processor } = model;
  const again = model instanceof Clip ? Clip.fromCheckpoint(model.config, weights) : Siglip.fromCheckpoint(model.config, weights);
  return Object.assign(again, { tokenizer, origin, processor });
}
