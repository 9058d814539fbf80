/** The style sheet of the page. Blue and orange are told apart by people of every kind of colour vision. */
export const STYLES = `
:root {
  color-scheme: light dark;
  --page: #f6f7f8; --panel: #fff; --ink: #18222d; --muted: #566270; --line: #d8dee4;
  --first: #0b66a8; --second: #c4510c; --third: #14785a; --tint: #e9f1f8; --sea: #eef3f7; --land: #d3d8d2;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #10161c; --panel: #18212a; --ink: #e6ebf0; --muted: #9dabb8; --line: #33404d;
    --first: #5fb2f0; --second: #f09a4e; --third: #53c9a2; --tint: #1d2f40; --sea: #141c24; --land: #38444e;
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
main { max-width: 1140px; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1 { font-size: clamp(1.6rem, 4vw, 2.3rem); line-height: 1.2; margin: 0 0 0.75rem; max-width: 32ch; text-wrap: balance; }
h2 { font-size: 1.35rem; line-height: 1.3; margin: 0 0 0.75rem; }
h3 { font-size: 1.02rem; margin: 1.5rem 0 0.5rem; }
h4 { font-size: 0.95rem; margin: 0; }
p, ul { max-width: 78ch; }
p { margin: 0 0 0.75rem; }
a { color: var(--first); }
code { font-size: 0.9em; overflow-wrap: anywhere; }
:focus-visible { outline: 2px solid var(--first); outline-offset: 2px; }
section { margin-top: 3.25rem; scroll-margin-top: 3.5rem; }
figure { margin: 0; }
svg { display: block; width: 100%; height: auto; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.place, small { color: var(--muted); font-size: 0.85rem; }

.eyebrow { color: var(--muted); margin: 0 0 0.4rem; font-size: 0.9rem; }
.lead { font-size: 1.06rem; max-width: 82ch; }
.cards { display: grid; gap: 0.75rem; grid-template-columns: repeat(6, 1fr); margin-top: 1.5rem; }
.number-card { background: var(--panel); border: 1px solid var(--line); border-radius: 10px; padding: 0.9rem 1rem; grid-column: span 2; }
.number-card:nth-child(-n+2) { grid-column: span 3; }
.number-card h2 { font-size: 0.9rem; font-weight: 600; color: var(--muted); margin: 0; }
.number-card p { margin: 0; font-size: 0.9rem; color: var(--muted); }
.number-card .big { font-size: 1.75rem; line-height: 1.25; font-weight: 650; color: var(--ink); }
.number-card:nth-child(-n+2) .big { font-size: 2.6rem; color: var(--first); }
.scale { max-width: 420px; margin: 0.35rem 0 0.4rem; overflow: visible; }
.scale text { font-size: 6px; fill: var(--muted); }

nav { position: sticky; top: 0; z-index: 1; background: var(--page); border-bottom: 1px solid var(--line); margin-top: 1.75rem; }
nav ul { display: flex; gap: 0 1.25rem; list-style: none; margin: 0; padding: 0.5rem 0; max-width: none; overflow-x: auto; }
nav a { display: block; padding: 0.2rem 0; text-decoration: none; white-space: nowrap; }
nav a:hover { text-decoration: underline; }

.scroll { overflow-x: auto; max-width: 100%; }
.tall { max-height: 26rem; overflow-y: auto; }
table { border-collapse: collapse; font-size: 0.92rem; }
caption { text-align: left; background: var(--panel); color: var(--muted); font-size: 0.88rem; padding: 0.6rem 0.75rem 0.4rem; }
caption span { display: block; position: sticky; left: 0.75rem; max-width: calc(100vw - 4rem); }
.scores { background: var(--panel); width: 100%; border-collapse: separate; border-spacing: 0; }
.scroll:has(> .scores) { border: 1px solid var(--line); border-radius: 10px; margin-bottom: 1rem; }
.scores th, .scores td { padding: 0.4rem 0.6rem; }
.scores thead th { color: var(--muted); font-weight: 600; font-size: 0.85rem; white-space: nowrap; }
.scores [scope="colgroup"] { text-align: left; border-bottom: 1px solid var(--line); padding-left: 1.1rem; }
.scores tbody th { text-align: left; min-width: 10.5rem; position: sticky; left: 0; background: var(--panel); }
.scores tbody tr > * { border-top: 1px solid var(--line); }
.scores .first { padding-left: 1.1rem; }
.scores small { display: block; font-weight: 400; line-height: 1.3; }
.scores strong { color: var(--first); font-weight: 750; }
.scores .trained + .baseline > * { border-top: 2px solid var(--muted); }
.scores .baseline > * { color: var(--muted); }
.scores .baseline th { font-weight: 500; }
.plain th, .plain td { padding: 0.22rem 0.75rem 0.22rem 0; text-align: left; vertical-align: top; }
.plain .number { text-align: right; }
.plain thead th { color: var(--muted); font-weight: 600; font-size: 0.85rem; }
.plain tbody th { font-weight: 400; }
.plain tbody tr > *, .plain tfoot tr > * { border-top: 1px solid var(--line); }
details { margin: 0.5rem 0; }
summary { cursor: pointer; color: var(--first); }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 10px; padding: 1rem; font-size: 0.85rem; }

.panel { background: var(--panel); border: 1px solid var(--line); border-radius: 10px; padding: 0.9rem 1rem; min-width: 0; }
.panel figcaption { font-size: 0.88rem; color: var(--muted); margin-bottom: 0.6rem; }
.panel figcaption strong { display: block; color: var(--ink); font-size: 0.98rem; }
.panels { display: grid; gap: 0.75rem; grid-template-columns: repeat(auto-fit, minmax(min(310px, 100%), 1fr)); }
.panels .panel { display: flex; flex-direction: column; justify-content: space-between; }
.keys { display: flex; flex-wrap: wrap; gap: 0 1rem; margin-top: 0.3rem; color: var(--ink); }
.key svg { display: inline-block; width: auto; vertical-align: middle; }
.none { color: var(--muted); font-style: italic; }
.beside { display: grid; gap: 1.5rem; grid-template-columns: minmax(0, 1.6fr) minmax(0, 1fr); align-items: start; }
.beside h3:first-child { margin-top: 0; }
.matrix { min-width: 420px; }
.map { min-width: 560px; }
.map svg { margin: 0 auto; }
.mistakes { padding-left: 1.1rem; margin: 0; }

.gallery { display: grid; gap: 0.75rem; grid-template-columns: repeat(auto-fill, minmax(min(480px, 100%), 1fr)); }
.card, .query { background: var(--panel); border: 1px solid var(--line); border-radius: 10px; padding: 0.9rem 1rem; min-width: 0; overflow-wrap: anywhere; }
.card.wrong { border-color: var(--second); }
.who { display: flex; gap: 1rem; align-items: start; }
.who > div { flex: 1; min-width: 0; }
.query .who { align-items: center; }
.who h3 { margin: 0; }
.who p { margin: 0; }
.patch { image-rendering: pixelated; border-radius: 4px; flex: none; background: var(--line); box-shadow: 0 0 0 1px var(--line); }
.answer { font-weight: 600; font-size: 0.92rem; }
.right .answer { color: var(--first); }
.wrong .answer { color: var(--second); }
.bars { list-style: none; margin: 0.3rem 0 0; padding: 0; font-size: 0.82rem; line-height: 1.35; }
.bars li { display: grid; grid-template-columns: 1fr auto; gap: 0 0.75rem; margin-top: 0.2rem; color: var(--muted); }
.bars .true { color: var(--ink); font-weight: 600; }
.bars .track { grid-column: 1 / -1; height: 5px; border-radius: 3px; background: var(--line); overflow: hidden; }
.bars .track span { display: block; height: 100%; background: var(--muted); }
.bars .true .track span { background: var(--first); }
.value { font-variant-numeric: tabular-nums; color: var(--muted); }
.said { margin: 0.6rem 0 0; font-size: 0.92rem; }
.said dt, .quotes dt { color: var(--muted); font-size: 0.82rem; }
.said dd, .quotes dd { margin: 0 0 0.4rem; }
.card details { font-size: 0.88rem; margin-bottom: 0; }
.card details ul { padding-left: 1.1rem; margin: 0.4rem 0 0; }

.queries { display: grid; gap: 0.75rem; grid-template-columns: repeat(auto-fill, minmax(min(480px, 100%), 1fr)); }
.query ol { margin: 0.6rem 0 0; padding-left: 1.4rem; font-size: 0.9rem; }
.query li { padding: 0.15rem 0; }
.query ol:not(.strip) .value { float: right; margin-left: 0.75rem; font-weight: 400; }
.query .mine { font-weight: 600; }
.own { background: var(--tint); color: var(--first); border-radius: 4px; padding: 0 0.35em; font-size: 0.82em; font-weight: 650; }
.query .strip { display: grid; grid-template-columns: repeat(auto-fill, minmax(72px, 1fr)); gap: 0.6rem; list-style: none; padding: 0; }
.strip li { font-size: 0.8rem; line-height: 1.3; }
.strip .patch { display: block; margin-bottom: 0.25rem; }
.strip .name { display: block; }
.strip .mine .patch { outline: 3px solid var(--first); }

@media (max-width: 760px) {
  main { padding: 1.5rem 1rem 3rem; }
  .cards { grid-template-columns: repeat(2, 1fr); }
  .number-card, .number-card:nth-child(-n+2) { grid-column: span 2; }
  .number-card:nth-child(n+3):nth-child(-n+4) { grid-column: span 1; }
  .beside { grid-template-columns: minmax(0, 1fr); }
  .scores tbody th { min-width: 8.5rem; }
  .number-card .big { font-size: 1.4rem; }
}
@media print { nav { display: none; } .card, .query, .panel { break-inside: avoid; } }
`;
