/** What a text holds; undefined where it is no JSON, such as a line that was being written when its process ended. */
export function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
