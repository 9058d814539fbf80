// What the two writers of captions from templates share.

/**
 * So many different captions: each is a template with its holes, such as `{N}`, filled by what `fill` has for their letter, one in five with a capital at
 * its beginning, and one of the endings behind it. Draws are in that order, so that the same generator gives the same captions.
 */
export function fillTemplates(random, count, { templates, fill, endings }) {
  const pick = (list) => list[Math.floor(random() * list.length)];
  const out = new Set();
  while (out.size < count) {
    const text = pick(templates).replace(/\{([^}]+)\}/g, (_, hole) => fill[hole]());
    const start = random() < 0.2 ? text[0].toUpperCase() + text.slice(1) : text;
    out.add(start + pick(endings));
  }
  return [...out];
}
