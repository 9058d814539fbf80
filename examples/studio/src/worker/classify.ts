import { zeroShotProbabilities, zeroShotPrompts } from "@rsdix/models";
import type { Handler } from "../protocol";
import { checkNumbers, embeddingsOf, flat, textEmbeddingsOf } from "./embeddings";
import { needImageText, refuse } from "./session";

/** Which class each image is of: the classes are the user's own words. */
export const classify: Handler<"classify"> = async ({ ids, classes, template }, context) => {
  const model = needImageText();
  if (classes.length < 2) refuse("EMPTY_DATA", "Give at least two different classes, one a line.");
  const prompts = await textEmbeddingsOf(zeroShotPrompts(classes, template), context);
  const known = await embeddingsOf(ids, context);
  const [logitScale] = checkNumbers(await model.logitScale.data<"float32">());
  const probabilities = zeroShotProbabilities(flat(known.rows), prompts, { dim: known.rows[0]!.length, logitScale: logitScale! });
  const of = (i: number) => [...probabilities.subarray(i * classes.length, (i + 1) * classes.length)];
  return { found: known.ids.map((id, i) => ({ id, probabilities: of(i) })), unread: known.unread };
};
