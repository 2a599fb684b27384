"""How an explanation looks: on a wide screen, a narrow one, in the dark and on paper."""

STYLE = """
.explanation { color-scheme: light dark; --ink: #1d2430; --paper: #fdfdfb; --faint: #5d687a;
        --line: #d6d9de; --mark: #ffe9b0; --user: #cfe6ff; --box: #f1f4f8; }
@media (prefers-color-scheme: dark) {
  .explanation { --ink: #e6e8ec; --paper: #15181d; --faint: #98a2b3; --line: #343a44;
          --mark: #5a4511; --user: #173f66; --box: #20252d; } }
.explanation { color: var(--ink); background: var(--paper); line-height: 1.5;
  font-family: system-ui, sans-serif; max-width: 76rem; margin: auto; padding: 1rem; }
.explanation h1 { font-size: 1.4rem; } .explanation h2 { font-size: 1.1rem; margin: 2rem 0 .4rem; }
.explanation .wide { overflow-x: auto; overflow-y: hidden; padding-bottom: .3rem; }
.explanation table { border-collapse: collapse; font-size: .9rem; }
.explanation th { color: var(--faint); font-weight: 600; }
.explanation th, .explanation td { padding: .3rem .8rem .3rem 0; vertical-align: top;
  text-align: left; border-bottom: 1px solid var(--line); }
.explanation td { font-family: ui-monospace, monospace; max-width: 38ch; overflow-wrap: anywhere; }
.explanation td:first-child { min-width: 3ch; }
.explanation td[data-column=source] { max-width: 64ch; }
.explanation math { display: math; math-style: normal; font-size: 1.15rem; padding: .2rem 0; }
.explanation mfrac { padding-inline: .1em; }
.explanation mtable { math-style: normal; }
.explanation mtd { text-align: left; }
.explanation code, .explanation pre { font-family: ui-monospace, monospace; font-size: .9rem; }
.explanation summary { cursor: pointer; }
.explanation li { margin: .6rem 0; }
.explanation li::marker { color: var(--faint); }
.explanation .equal { display: flex; gap: .6rem; align-items: center; }
.explanation .equal math { margin: 0; }
.explanation svg.plot { max-width: 100%; height: auto; fill: currentColor; }
.explanation svg.graph path { fill: none; stroke: var(--faint); }
.explanation svg.graph rect { fill: var(--box); stroke: var(--line); }
.explanation svg.graph .leaf rect { stroke: var(--faint); stroke-dasharray: 3 2; }
.explanation svg.graph text { fill: var(--ink); font: 12px ui-monospace, monospace;
  text-anchor: middle; }
.explanation tr:hover td { background: var(--mark); }
.explanation svg.graph g:hover rect { fill: var(--mark); }
@media screen and (max-width: 40rem) {
  .explanation thead { display: none; }
  .explanation table, .explanation tbody, .explanation tr { display: block; }
  .explanation tr { border-bottom: 1px solid var(--line); padding: .4rem 0; }
  .explanation td { display: flex; max-width: none; padding: .05rem 0; border: 0; }
  .explanation td:empty { display: none; }
  .explanation td::before { content: attr(data-column); flex: 0 0 7.5rem; color: var(--faint);
    font-family: system-ui, sans-serif; } }
@media print {
  .explanation { --ink: #000; --paper: #fff; --faint: #444; --line: #bbb; --box: #fff; }
  .explanation { max-width: none; padding: 0; }
  .explanation .wide { overflow: visible; }
  .explanation table { font-size: .75rem; }
  .explanation svg { max-width: 100%; height: auto; }
  .explanation tr, .explanation li, .explanation svg { break-inside: avoid; }
  .explanation h2 { break-after: avoid; }
  .explanation details::details-content { content-visibility: visible; block-size: auto; } }
"""
