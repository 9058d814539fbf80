import { fail, show } from "@rsdix/internal";

/**
 * The prompts of classes: each template with each class's name in the place of `{class}`.
 *
 * @param classes - names as they read in a sentence: "baseball field", not "BaseballField".
 * @param templates - one or more, each with `{class}`: those of `PROMPT_TEMPLATES`, or your own.
 * @returns the prompts of the first class, then those of the second: `classes.length * templates.length` texts.
 * @throws RsdixError EMPTY_DATA without classes or templates; INVALID_ARGUMENT for a blank class and for a template without `{class}`.
 * @example
 * ```ts
 * import { classPrompts } from "@rsdix/data";
 * const prompts = classPrompts(["beach"], ["a photo of a {class}.", "a map of a {class}."]);
 * if (prompts[1] !== "a map of a beach.") throw new Error("expected the second template's prompt");
 * ```
 * @see Radford et al., https://arxiv.org/abs/2103.00020, section 3.1.4
 */
export function classPrompts(classes: readonly string[], templates: readonly string[]): string[] {
  checkTexts(classes, "classes", "a class's name");
  checkTexts(templates, "templates", 'a template such as "a photo of a {class}."');
  const odd = templates.findIndex((template) => !template.includes("{class}"));
  if (odd >= 0) {
    fail("INVALID_ARGUMENT", `templates[${odd}] needs "{class}" where the class's name goes, got ${JSON.stringify(templates[odd])}.`);
  }
  return classes.flatMap((name) => templates.map((template) => template.replaceAll("{class}", () => name)));
}

function checkTexts(texts: readonly string[], name: string, what: string): void {
  if (!Array.isArray(texts)) fail("INVALID_ARGUMENT", `${name} must be an array of texts, got ${show(texts)}.`);
  if (texts.length === 0) fail("EMPTY_DATA", `${name} is empty: at least one is needed.`);
  texts.forEach((text, i) => {
    if (typeof text !== "string" || text.trim() === "") {
      fail("INVALID_ARGUMENT", `${name}[${i}] must be ${what}, got ${JSON.stringify(text) ?? show(text)}.`);
    }
  });
}
