/** `site/style.css`: for all pages, in light and dark, from a telephone's width up. */
export const STYLE = `:root {
  color-scheme: light dark;
  --paper: #ffffff;
  --surface: #f3f7f6;
  --ink: #17211e;
  --quiet: #56645f;
  --line: #dbe4e1;
  --accent: #0b6e60;
  --accent-soft: #dff1ed;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #101614;
    --surface: #18201e;
    --ink: #e3ebe8;
    --quiet: #9aaaa4;
    --line: #2a3532;
    --accent: #62d2bd;
    --accent-soft: #17332d;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0;
  background: var(--paper);
  color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
}
header, main, footer { max-width: 78rem; margin: 0 auto; padding: 0 1.25rem; }
a { color: var(--accent); text-underline-offset: 0.15em; text-decoration-thickness: 1px; }
a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 2px; }
.skip { position: absolute; left: -100vw; padding: 0.5rem 1rem; background: var(--paper); z-index: 2; }
.skip:focus { left: 0; }
[hidden] { display: none !important; }

header { border-bottom: 1px solid var(--line); max-width: none; }
header ul { max-width: 75.5rem; margin: 0 auto; padding: 0; list-style: none; display: flex; flex-wrap: wrap; gap: 0 1.5rem; }
header a { display: block; padding: 0.85rem 0 0.7rem; color: var(--quiet); text-decoration: none; border-bottom: 3px solid transparent; }
header a:hover { color: var(--ink); }
header a:not([aria-current="false"]) { color: var(--ink); font-weight: 600; border-color: var(--accent); }

h1 { font-size: clamp(1.7rem, 4vw, 2.3rem); line-height: 1.2; letter-spacing: -0.015em; margin: 2rem 0 0.5rem; }
h2 { font-size: 1.25rem; margin: 2rem 0 0.75rem; }
h3 { font-size: 1rem; margin: 0 0 0.25rem; }
.lead { font-size: 1.1rem; color: var(--quiet); margin: 0 0 1rem; }
small, bdi { color: var(--quiet); font-size: 0.875rem; }

.counts { display: flex; flex-wrap: wrap; gap: 0.5rem; margin: 0 0 1.5rem; padding: 0; list-style: none; }
.counts li { padding: 0.3rem 0.85rem; background: var(--surface); border: 1px solid var(--line); border-radius: 2rem; font-size: 0.9rem; color: var(--quiet); }
.counts b { color: var(--ink); font-variant-numeric: tabular-nums; }

#filter { display: grid; grid-template-columns: 1fr auto auto; gap: 0.75rem 1rem; padding: 1rem; background: var(--surface); border: 1px solid var(--line); border-radius: 0.6rem; }
#filter label { display: grid; gap: 0.25rem; font-size: 0.85rem; color: var(--quiet); }
input, select {
  font: inherit;
  font-size: 1rem;
  min-width: 0;
  min-height: 2.6rem;
  padding: 0.4rem 0.7rem;
  color: var(--ink);
  background: var(--paper);
  border: 1px solid var(--quiet);
  border-radius: 0.4rem;
}
#count { margin: 0.75rem 0; color: var(--quiet); font-size: 0.9rem; }

table { width: 100%; border-collapse: collapse; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th, td { padding: 0.5rem 0.75rem; text-align: left; vertical-align: baseline; border-bottom: 1px solid var(--line); overflow-wrap: break-word; }
th:first-child, td:first-child { padding-left: 0; }
tbody th { font-weight: 600; }
#mirrors { font-size: 0.95rem; }
#mirrors thead th:first-child { width: 22%; }
#mirrors tbody th, #mirrors td { overflow-wrap: anywhere; }
@media (min-width: 72rem) {
  #mirrors tbody th { min-width: 16.5rem; }
  #mirrors td:nth-of-type(3) { white-space: nowrap; }
}
#mirrors thead th:nth-child(3) { width: 19%; }
thead th { position: sticky; top: 0; z-index: 1; background: var(--paper); font-size: 0.85rem; color: var(--quiet); overflow-wrap: normal; white-space: nowrap; box-shadow: 0 1px var(--line); }
tbody tr:hover { background: var(--surface); }
td[data-sort] { white-space: nowrap; font-variant-numeric: tabular-nums; }
#mirrors td:nth-of-type(3) { min-width: 6rem; }
#mirrors td:nth-of-type(3) a { padding: 0.05rem 0.4rem; background: var(--accent-soft); border-radius: 0.3rem; font-size: 0.85rem; white-space: nowrap; text-decoration: none; }
#mirrors td:nth-of-type(3) a:hover { text-decoration: underline; }
thead button { all: unset; cursor: pointer; font-weight: 600; color: inherit; }
thead button:hover { color: var(--ink); }
thead button:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: 2px; }
thead button::after { content: "\\2195"; display: inline-block; width: 1em; margin-left: 0.3em; text-align: center; opacity: 0.45; }
[aria-sort="ascending"] button, [aria-sort="descending"] button { color: var(--accent); }
[aria-sort="ascending"] button::after { content: "\\2191"; opacity: 1; }
[aria-sort="descending"] button::after { content: "\\2193"; opacity: 1; }

.isos { width: auto; min-width: min(100%, 32rem); }
.isos td a { display: inline-block; white-space: nowrap; padding: 0.15rem 0.8rem; background: var(--accent-soft); border-radius: 0.4rem; text-decoration: none; font-weight: 600; }
.isos td a:hover { text-decoration: underline; }
.isos .none { color: var(--quiet); font-size: 0.85rem; }

#nearest { padding: 1rem 1.25rem; background: var(--surface); border: 1px solid var(--line); border-left: 4px solid var(--accent); border-radius: 0.6rem; }
#nearest p { margin: 0; }
#nearest p + ol, #nearest ol + p { margin-top: 0.5rem; }
#nearest ol { margin: 0; padding-left: 1.75rem; overflow-wrap: anywhere; }
#nearest li { padding: 0.15rem 0; }
.countries { columns: 22rem; column-gap: 2rem; }
.countries section { break-inside: avoid-column; margin-bottom: 1.25rem; }
.countries ul { margin: 0; padding: 0; list-style: none; }
.countries li { padding: 0.15rem 0; border-top: 1px solid var(--line); overflow-wrap: anywhere; }

footer { width: calc(100% - 2.5rem); max-width: 75.5rem; margin-top: 3rem; padding: 1rem 0 2rem; border-top: 1px solid var(--line); color: var(--quiet); font-size: 0.875rem; }
footer p { margin: 0.2rem 0; }

@media (max-width: 60rem) {
  #filter { grid-template-columns: 1fr 1fr; }
  #filter label:first-child { grid-column: 1 / -1; }
  #mirrors, #mirrors tbody, #mirrors tr, #mirrors tbody th, #mirrors td { display: block; }
  #mirrors thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  #mirrors tr { padding: 0.7rem 0; border-bottom: 1px solid var(--line); }
  #mirrors tbody th, #mirrors td { min-width: 0; padding: 0.1rem 0; border: 0; }
  #mirrors td:empty { display: none; }
  #mirrors td[data-sort]::before { content: "Updated every "; color: var(--quiet); }
  .isos th, .isos td { padding: 0.5rem 0.35rem; }
  .isos td a { padding: 0.15rem 0.5rem; }
}
@media print {
  header, #filter, .skip { display: none; }
  thead th { position: static; }
}
`;
