import type { Handler } from "../protocol";
import { embeddingsOf, textEmbeddingsOf } from "./embeddings";
import { refuse, session } from "./session";

/** The images that a text describes best, by the cosine of their embeddings. */
export const search: Handler<"search"> = async ({ text, count }, context) => {
  if (text.trim() === "") refuse("EMPTY_DATA", "Type what to search for.");
  const query = await textEmbeddingsOf([text], context);
  const { ids, rows, unread } = await embeddingsOf([...session.images.keys()], context);
  const hits = ids.map((id, i) => ({ id, score: rows[i]!.reduce((sum, value, k) => sum + value * query[k]!, 0) }));
  return { hits: hits.sort((a, b) => b.score - a.score).slice(0, count), unread };
};
