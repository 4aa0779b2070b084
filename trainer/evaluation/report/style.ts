// The report's style sheet: light and dark as the reader's system is, and a switch for each policy without a script.
import { Html } from './html.js';
import { colourVariables, type Look } from './look.js';

export function styleSheet(looks: readonly Look[]): Html {
  const hiding = looks.map(
    ({ variable, colour }, i) =>
      `body:has(#show-${i}:not(:checked)) :is(tr.policy-${i}, figure [stroke="${colour}"], figure [fill="${colour}"]){display:none}` +
      `.policy-${i}{--own:var(${variable})}`,
  );
  return new Html(`
:root{color-scheme:light dark;--ground:#fff;--ink:#1d2127;--faint:#68707c;--line:#d8dce2;--panel:#f6f7f9;
--better:#18794e;--worse:#c4341c;${colourVariables(looks, 'light')}}
@media (prefers-color-scheme:dark){:root{--ground:#14171b;--ink:#e4e7eb;--faint:#98a1ad;--line:#333941;--panel:#1c2026;
--better:#5ccc70;--worse:#ff8b78;${colourVariables(looks, 'dark')}}}
body{background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,sans-serif;max-width:1180px;margin:0 auto;
padding:1.5rem 1.25rem 4rem}
h1{font-size:1.5rem;margin:0 0 .5rem}h2{font-size:1.15rem;margin:2rem 0 .5rem}
p{margin:.4rem 0}.faint,figcaption,summary span{color:var(--faint)}
code,pre{font:13px/1.45 ui-monospace,monospace}pre{background:var(--panel);border-radius:6px;padding:.6rem .8rem;
white-space:pre-wrap;overflow-wrap:anywhere;margin:.5rem 0}
.legend{position:sticky;top:0;background:var(--ground);border-bottom:1px solid var(--line);padding:.5rem 0;z-index:1;
display:flex;flex-wrap:wrap;gap:.1rem .9rem;font-size:13px}
.legend label{display:inline-flex;align-items:center;gap:.35rem;white-space:nowrap;cursor:pointer}
.legend input{margin:0}.legend label:has(input:not(:checked)){opacity:.45}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums;margin:.5rem 0}
th,td{padding:.15rem .6rem;text-align:right;white-space:nowrap;border-bottom:1px solid var(--line)}
th{font-weight:600;white-space:normal;vertical-align:bottom}th:first-child,td:first-child{text-align:left;padding-left:0}
td:first-child::before{content:"";display:inline-block;width:.65em;height:.65em;border-radius:2px;margin-right:.5em;
background:var(--own)}
td.better{color:var(--better)}td.worse{color:var(--worse)}
details{border-top:1px solid var(--line);padding:.5rem 0}summary{cursor:pointer;font-weight:600}
summary span{font-weight:normal}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(27rem,100%),1fr));gap:0 1.5rem}figure{margin:.75rem 0}figcaption{font-size:13px;max-width:30rem}
svg{max-width:100%;height:auto;display:block}.legend svg{display:inline-block;max-width:none}
${hiding.join('\n')}
@media print{.legend{position:static}}
`);
}
