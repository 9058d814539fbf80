import { createRequire } from "node:module";

/** A page in a browser, as Playwright has it. */
interface AxePage {
  addScriptTag(options: { path: string }): Promise<unknown>;
  evaluate<T>(run: () => T | Promise<T>): Promise<T>;
}

/** The serious faults of accessibility that axe finds on a page as it is now: each rule, with the first element that breaks it. */
export async function axeFaults(page: AxePage): Promise<string[]> {
  const isThere = await page.evaluate(() => "axe" in globalThis); // to read it takes longer than to look with it
  if (!isThere) await page.addScriptTag({ path: createRequire(import.meta.url).resolve("axe-core") });
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(options: object): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> };
    };
    const { violations } = await axe.run({ resultTypes: ["violations"] }); // what passes is not listed element by element
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => `${id}: ${nodes[0]!.html}`);
  });
}
