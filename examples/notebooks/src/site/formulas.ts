import type { Notebook } from "@observablehq/notebook-kit";
import { renderToString } from "katex";

/** The notebook with the formulas of its Markdown, `$...$` in a line and `$$...$$` on lines of their own, as MathML, which browsers draw and read aloud. */
export function withFormulas(notebook: Notebook): Notebook {
  const cells = notebook.cells.map((cell) => (cell.mode === "md" ? { ...cell, value: formulasOf(cell.value) } : cell));
  return { ...notebook, cells };
}

function formulasOf(markdown: string): string {
  return markdown
    .replace(/\$\$([^$]+)\$\$/g, (_, tex: string) => mathML(tex, true))
    .replace(/\$([^$\n{][^$\n]*)\$/g, (_, tex: string) => mathML(tex, false));
}

function mathML(tex: string, displayMode: boolean): string {
  const html = renderToString(tex.trim(), { output: "mathml", displayMode, throwOnError: true });
  // The TeX that KaTeX repeats in an annotation is Markdown's to misread, and so are line breaks and backslashes.
  const math = html.replace(/<annotation[\s\S]*?<\/annotation>/g, "").replace(/\s*\n\s*/g, " ");
  return displayMode ? `<p class="formula">${math}</p>` : math;
}
