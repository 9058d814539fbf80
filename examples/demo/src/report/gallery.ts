import { type Html, html } from "@rsdix/internal";
import { glued, percent, place } from "./format";
import { isRight } from "./map";
import { picture } from "./picture";
import type { ReportData, ReportPatch } from "./report-data";

/** Patches in the gallery, about. */
const SHOWN = 24;
const FEWEST_A_CLASS = 2;
const SIDE = 128;
/** Classes with a bar. */
const LIKELIEST = 3;

/**
 * Some test patches with all that was said of them.
 *
 * @param data the patches
 * @returns the section
 */
export async function gallerySection(data: ReportData): Promise<Html> {
  const { size } = data.settings.clip.image;
  const chosen = choosePatches(data);
  const cards = await Promise.all(chosen.map(card));
  return html`<section id="gallery">
<h2>Some test patches</h2>
<p>Not picked by hand: from each class, in the order of the data set, patches at equal distances. Each is ${size} × ${size} pixels of about 10 km. The bars are the
three likeliest classes of the distilled model.</p>
<div class="gallery">${cards}</div>
</section>`;
}

/**
 * The patches that the gallery shows: a fixed choice that does not look at the answers.
 *
 * @param data the patches and classes
 * @returns from each class the same number, or all that there are, at equal distances
 */
export function choosePatches({ patches, summary: { classes } }: Pick<ReportData, "patches" | "summary">): ReportPatch[] {
  const each = Math.max(FEWEST_A_CLASS, Math.round(SHOWN / classes.length));
  return classes.flatMap((label) => {
    const members = patches.filter((patch) => patch.label === label);
    const count = Math.min(each, members.length);
    return Array.from({ length: count }, (_, i) => members[Math.floor(((i + 0.5) * members.length) / count)]!);
  });
}

async function card(patch: ReportPatch): Promise<Html> {
  const right = isRight(patch);
  return html`<article class="card ${right ? "right" : "wrong"}">
<div class="who">${await picture(patch, SIDE)}
<div><h3>${patch.label}</h3>
<p class="place">${place(patch)}</p>
<p class="answer">${right ? "✓ recognised" : `✗ called ${patch.classes[0]?.label ?? "nothing"}`}</p>
<ol class="bars" aria-label="Likeliest classes">${patch.classes.slice(0, LIKELIEST).map((guess) => bar(guess, guess.label === patch.label))}</ol></div></div>
<dl class="said">
<dt>Beam search</dt><dd>${glued(patch.caption)}</dd>
<dt>Greedy</dt><dd>${glued(patch.greedyCaption)}</dd>
</dl>
<details><summary>${patch.references.length} reference captions</summary><ul>${patch.references.map((text) => html`<li>${glued(text)}</li>`)}</ul></details>
</article>`;
}

function bar({ label, probability }: { label: string; probability: number }, isTrue: boolean): Html {
  const width = Math.min(100, Math.max(0, probability * 100 || 0)).toFixed(1);
  return html`<li class="${isTrue ? "true" : "other"}"><span class="name">${label}${isTrue ? html`<span class="hidden"> (true class)</span>` : ""}</span>
<span class="value">${percent(probability)}</span><span class="track"><span style="width:${width}%"></span></span></li>`;
}
