import { type Html, html } from "@rsdix/internal";
import { stringify } from "yaml";
import { whole } from "./format";
import type { ReportData } from "./report-data";

/**
 * What all of this is and is not, the data's size and origin, and the settings.
 *
 * @param data the splits and settings
 * @returns the section
 */
export function aboutSection({ splits, settings, summary }: ReportData): Html {
  const { captioner, finetune } = settings;
  return html`<section id="about">
<h2>What this is, and what it is not</h2>
<div class="beside">
<div>
<p>It is the whole job in small: real imagery, real vocabularies, the losses, optimiser and decoding that a large run uses, in minutes on a laptop. Class
labels and captions come from a water mask, topography, night lights, outlines and regions, never from the colours that the model sees. Training,
validation and test patches come from different regions of the Earth with a gap between them.</p>
<p>It is not remote sensing as one would deploy it. A pixel is about <b>10 km</b>: these are land covers and shapes of shores, not airports and bridges.
The picture is one cloudless mosaic of NASA's in one season, with much of the north under snow, and captions are written by a seeded grammar, so a good BLEU says that the model learned
what the grammar says about a patch, not that it writes well. The models are tiny, and trained from nothing.</p>
<h3>Where the images come from</h3>
<ul>
<li>The colours: <a href="https://visibleearth.nasa.gov/collection/1484/blue-marble">NASA Blue Marble</a>.</li>
<li>Water mask, topography and night lights: with the Blue Marble as shipped by the npm package
<a href="https://www.npmjs.com/package/three-globe">three-globe</a>.</li>
<li>Outlines: <a href="https://www.npmjs.com/package/world-atlas">world-atlas</a>, made from
<a href="https://www.naturalearthdata.com">Natural Earth</a>.</li>
</ul>
</div>
<div>
<h3>Patches</h3>
<table class="plain">
<thead><tr><th scope="col">Class</th><th scope="col" class="number">Training</th><th scope="col" class="number">Validation</th><th scope="col" class="number">Test</th></tr></thead>
<tbody>${splits.map((split) => html`<tr><th scope="row">${split.label}</th>${counts(split)}</tr>`)}</tbody>
<tfoot><tr><th scope="row">all ${whole(summary.patches)}</th>${counts({ train: total("train"), val: total("val"), test: total("test") })}</tr></tfoot>
</table>
</div>
</div>
<details>
<summary>Settings: ${finetune.steps} fine-tuning steps of ${finetune.batchSize} pairs, α = ${finetune.alpha}, λ = ${finetune.lambda}, ${finetune.iterations} Sinkhorn
iterations, ${captioner.steps} captioner steps, …</summary>
<pre class="scroll" tabindex="0"><code>${stringify(settings)}</code></pre>
</details>
</section>`;

  function total(split: "train" | "val" | "test"): number {
    return splits.reduce((sum, row) => sum + row[split], 0);
  }
}

function counts({ train, val, test }: { train: number; val: number; test: number }): Html[] {
  return [train, val, test].map((count) => html`<td class="number">${whole(count)}</td>`);
}
