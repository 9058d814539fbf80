import { encodePng } from "@rsdix/image/node";
import { type Html, html } from "@rsdix/internal";
import { place } from "./format";
import type { ReportPatch } from "./report-data";

/**
 * A patch as an `img` element that holds the pixels itself.
 *
 * @param patch the patch
 * @param side on the page, in CSS pixels
 * @returns the element
 * @throws RsdixError when the image cannot be encoded, see `encodePng`
 */
export async function picture(patch: ReportPatch, side: number): Promise<Html> {
  const png = Buffer.from(await encodePng(patch.image)).toString("base64");
  return html`<img class="patch" src="data:image/png;base64,${png}" width="${side}" height="${side}" alt="Satellite patch: ${patch.label} at ${place(patch)}">`;
}
