import { type Html, html } from "@rsdix/internal";
import { glued, score } from "./format";
import { picture } from "./picture";
import type { ReportData, ReportPatch, ReportSearch } from "./report-data";

/** Queries in each direction, and hits of each. */
const SHOWN = 6;
const QUERY_SIDE = 96;
const HIT_SIDE = 72;

/**
 * Search in both directions: captions for a patch, patches for a caption.
 *
 * @param data the hits and the patches
 * @returns the section
 */
export async function searchSection({ search, patches }: ReportData): Promise<Html> {
  const captions = await Promise.all(search.captionsOfPatch.slice(0, SHOWN).map((query) => captionsOf(query, patches)));
  const found = await Promise.all(search.patchesOfCaption.slice(0, SHOWN).map((query) => patchesOf(query, patches)));
  return html`<section id="search">
<h2>Search</h2>
<p>The distilled model puts patches and captions in one space; the nearest by cosine come first. What belongs to the query itself is marked
<span class="own">own</span>; another's caption may well fit too.</p>
<h3>Nearest captions for a patch</h3>
<div class="queries">${captions}</div>
<h3>Nearest patches for a caption</h3>
<div class="queries wide">${found}</div>
</section>`;
}

async function captionsOf(query: ReportSearch["captionsOfPatch"][number], patches: readonly ReportPatch[]): Promise<Html> {
  const patch = patches[query.patch];
  if (!patch) return html``;
  return html`<article class="query">
<div class="who">${await picture(patch, QUERY_SIDE)}<h4>${patch.label}</h4></div>
<ol>${query.hits
    .slice(0, SHOWN)
    .map(
      (hit) => html`<li${mark(hit.own)}><span class="value">${score(hit.score)}</span> ${glued(hit.caption)} ${hit.own ? OWN : ""}</li>`,
    )}</ol>
</article>`;
}

async function patchesOf(query: ReportSearch["patchesOfCaption"][number], patches: readonly ReportPatch[]): Promise<Html> {
  const hits = await Promise.all(
    query.hits.slice(0, SHOWN).map(async (hit) => {
      const patch = patches[hit.patch];
      if (!patch) return html``;
      const own = hit.patch === query.patch;
      return html`<li${mark(own)}>${await picture(patch, HIT_SIDE)}<span class="name">${patch.label}</span> <span class="value">${score(hit.score)}</span> ${own ? OWN : ""}</li>`;
    }),
  );
  const found = query.hits.slice(0, SHOWN).some((hit) => hit.patch === query.patch);
  return html`<article class="query">
<h4><q>${glued(query.caption)}</q></h4>
<p class="place">written for a patch of ${patches[query.patch]?.label ?? "unknown class"}${found ? "" : "; its own patch is not among these"}</p>
<ol class="strip">${hits}</ol>
</article>`;
}

const OWN = html`<span class="own">own</span> `;

function mark(own: boolean): Html {
  return own ? html` class="mine"` : html``;
}
