/** The style sheet of a report. The colours of lines are told apart by people of every kind of colour vision. */
export const STYLES = `
:root {
  color-scheme: light dark;
  --page: #f6f7f8; --panel: #fff; --ink: #18222d; --muted: #566270; --line: #d8dee4; --tint: #e9f1f8; --accent: #0b66a8;
  --line-1: #0b66a8; --line-2: #c4510c; --line-3: #14785a; --line-4: #a3478a; --line-5: #7d6200; --line-6: #4b5563;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #10161c; --panel: #18212a; --ink: #e6ebf0; --muted: #9dabb8; --line: #33404d; --tint: #1d2f40; --accent: #5fb2f0;
    --line-1: #5fb2f0; --line-2: #f09a4e; --line-3: #53c9a2; --line-4: #e08cc6; --line-5: #d9bd4f; --line-6: #aab4bf;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
main { max-width: 1140px; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1 { font-size: clamp(1.5rem, 4vw, 2.1rem); line-height: 1.2; margin: 0 0 0.75rem; overflow-wrap: anywhere; }
h2 { font-size: 1.35rem; line-height: 1.3; margin: 0 0 0.75rem; }
p { max-width: 78ch; margin: 0 0 0.75rem; }
a { color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
section { margin-top: 2.75rem; }
figure { margin: 0; }
svg { display: block; width: 100%; height: auto; }
.eyebrow { color: var(--muted); margin: 0 0 0.4rem; font-size: 0.9rem; }

.cards { display: grid; gap: 0.75rem; grid-template-columns: repeat(auto-fit, minmax(min(160px, 100%), 1fr)); margin-top: 1.25rem; }
.card { background: var(--panel); border: 1px solid var(--line); border-radius: 10px; padding: 0.8rem 1rem; min-width: 0; overflow-wrap: anywhere; }
.card h2 { font-size: 0.88rem; font-weight: 600; color: var(--muted); margin: 0; }
.card p { margin: 0; font-size: 0.88rem; color: var(--muted); }
.card .big { font-size: 1.45rem; line-height: 1.3; font-weight: 650; color: var(--ink); }

.panel { background: var(--panel); border: 1px solid var(--line); border-radius: 10px; padding: 0.9rem 1rem; min-width: 0; display: flex; flex-direction: column; }
.panel > svg { margin-top: auto; }
.panel figcaption { font-size: 0.88rem; color: var(--muted); margin-bottom: 0.6rem; overflow-wrap: anywhere; }
.panel figcaption strong { display: block; color: var(--ink); font-size: 0.98rem; }
.panels { display: grid; gap: 0.75rem; grid-template-columns: repeat(auto-fill, minmax(min(310px, 100%), 1fr)); }
.ends { margin: 0.4rem 0 0; font-size: 0.85rem; color: var(--muted); font-variant-numeric: tabular-nums; }
.keys { display: flex; flex-wrap: wrap; gap: 0 1rem; margin-top: 0.3rem; color: var(--ink); }
.key svg { display: inline-block; width: 26px; vertical-align: middle; }
.none { color: var(--muted); font-style: italic; }

.scroll { overflow-x: auto; max-width: 100%; border: 1px solid var(--line); border-radius: 10px; margin-bottom: 1rem; background: var(--panel); }
table { border-collapse: separate; border-spacing: 0; font-size: 0.9rem; width: 100%; }
caption { text-align: left; color: var(--muted); font-size: 0.88rem; padding: 0.6rem 0.75rem 0.4rem; }
caption span { display: block; position: sticky; left: 0.75rem; max-width: min(78ch, calc(100vw - 4rem)); }
th, td { padding: 0.3rem 0.6rem; text-align: left; }
thead th { color: var(--muted); font-weight: 600; font-size: 0.84rem; vertical-align: bottom; }
tbody th { font-weight: 500; position: sticky; left: 0; background: var(--panel); min-width: 7.5rem; max-width: 18rem; overflow-wrap: anywhere; }
tbody tr > * { border-top: 1px solid var(--line); }
.number { text-align: right; font-variant-numeric: tabular-nums; }
td.number { white-space: nowrap; }
td:not(.number) { overflow-wrap: anywhere; min-width: 6rem; }
td.path { min-width: 17rem; }
table strong { font-weight: 750; color: var(--accent); }
.own { background: var(--tint); }
tr.own > * { background: var(--tint); }
.average > * { font-weight: 600; }
.printed > * { color: var(--muted); font-style: italic; }
.measured + .average > *, .measured + .printed > *, .average + .printed > * { border-top: 2px solid var(--muted); }

details { margin: 0.75rem 0; }
summary { cursor: pointer; color: var(--accent); }
details[open] > summary { margin-bottom: 0.6rem; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 10px; padding: 1rem; font-size: 0.85rem; white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; }
@media (max-width: 760px) {
  main { padding: 1.5rem 1rem 3rem; }
  .cards { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .card .big { font-size: 1.2rem; }
}
@media print { .card, .panel { break-inside: avoid; } }
`;
