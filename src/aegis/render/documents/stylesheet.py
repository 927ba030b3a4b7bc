"""How the page looks: one column to read, tables that scroll, ink that prints."""

from __future__ import annotations

CSS = """
:root{--ink:#1b2430;--soft:#526071;--faint:#8592a3;--paper:#fff;--wash:#f5f7f9;--line:#dde3e9;
--accent:#0f5c6e;--accent-wash:#e6f1f3;--good:#1d6b45;--good-wash:#e6f3ec;--warn:#8a5a00;
--warn-wash:#fdf3df;--stop:#a02b2b;--stop-wash:#fbeaea;--code:#eef1f4;--shadow:0 6px 24px #1b243026;
--k-client:#64748b;--k-gateway:#0f5c6e;--k-engine:#3f4ea8;--k-store:#8a5a00;--k-control:#a0426b;
--k-observe:#1d6b45;--k-external:#64748b;--k-device:#3f4ea8;
--sans:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans","Liberation Sans",
Arial,sans-serif;--mono:ui-monospace,SFMono-Regular,"SF Mono",Menlo,Consolas,"Liberation Mono",
monospace}
@media (prefers-color-scheme:dark){:root{--ink:#e3e8ee;--soft:#a3b0bf;--faint:#7b8898;
--paper:#12171d;--wash:#1a2129;--line:#2c3641;--accent:#6fc3d4;--accent-wash:#17303a;--good:#7fcfa4;
--good-wash:#16302a;--warn:#e6b866;--warn-wash:#33290f;--stop:#f09a9a;--stop-wash:#3a1d1f;
--code:#222b35;--shadow:0 6px 24px #000a;--k-client:#94a3b8;--k-gateway:#6fc3d4;--k-engine:#9aa6ee;
--k-store:#e0b064;--k-control:#e08fb4;--k-observe:#7fcfa4;--k-external:#94a3b8;--k-device:#9aa6ee}}
*{box-sizing:border-box}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto!important}}
html{scroll-behavior:smooth;scroll-padding-top:1.5rem;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.6 var(--sans);
overflow-wrap:break-word}
.skip{position:absolute;left:-999px}.skip:focus{left:1rem;top:1rem;background:var(--paper);
padding:.5rem 1rem;z-index:9}
a{color:var(--accent);text-underline-offset:.18em;text-decoration-thickness:1px}
a:focus-visible,button:focus-visible,[tabindex]:focus-visible,summary:focus-visible{
outline:2px solid var(--accent);outline-offset:2px;border-radius:3px}
.top{border-bottom:1px solid var(--line);background:var(--wash)}
.top>div{max-width:84rem;margin:0 auto;padding:1.6rem 1.25rem 1.3rem}
.kicker{margin:0;font-size:.75rem;letter-spacing:.09em;text-transform:uppercase;color:var(--soft)}
.service{margin:.1rem 0 0;font-size:1.55rem;font-weight:650;letter-spacing:-.01em}
.purpose{margin:.15rem 0 .9rem;color:var(--soft);max-width:46rem}
.status{list-style:none;display:flex;flex-wrap:wrap;gap:.45rem;margin:0;padding:0;font-size:.82rem}
.status li{padding:.15rem .65rem;border-radius:1rem;border:1px solid}
.status .yes{color:var(--good);background:var(--good-wash);border-color:transparent}
.status .no{color:var(--stop);background:var(--stop-wash);border-color:transparent}
.jump{margin:.8rem 0 0;font-size:.9rem}
.layout{max-width:84rem;margin:0 auto;padding:0 1.25rem 5rem;display:grid;
grid-template-columns:minmax(0,1fr)}
main{min-width:0}
p,li{max-width:46rem}
h1,h2,h3,h4,h5{line-height:1.25;letter-spacing:-.01em;text-wrap:balance;font-weight:650}
h1.quiet{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);margin:0}
h2{font-size:1.5rem;margin:0}
.head{display:flex;flex-wrap:wrap;align-items:baseline;justify-content:space-between;gap:.1rem 1.5rem;
margin:2.1rem 0 .5rem}
.head:has(>h2){margin-top:3.4rem;padding-top:1.1rem;border-top:2px solid var(--ink)}
.head>*{margin:0}
article>h2{margin:3.4rem 0 .3rem;padding-top:1.1rem;border-top:2px solid var(--ink)}
h3{font-size:1.14rem}h4{font-size:1rem}h5{font-size:.95rem}
.lead{margin-top:1.8rem}
.lead>p:first-child{font-size:1.28rem;line-height:1.5;max-width:44rem;margin:0 0 1.2rem;
padding-left:1rem;border-left:3px solid var(--accent);text-wrap:pretty}
.applies{font-size:.75rem;color:var(--soft);white-space:nowrap}
.env{display:inline-block;padding:0 .5em;border:1px solid var(--line);border-radius:.8em;
background:var(--wash)}
code{font:.875em/1.5 var(--mono);background:var(--code);padding:.08em .22em;border-radius:4px;
overflow-wrap:anywhere}
pre{background:var(--code);padding:.85rem 1rem;border-radius:8px;overflow-x:auto;font-size:.9rem;
max-width:100%}
pre code{background:none;padding:0;overflow-wrap:normal}
.wide{overflow-x:auto;margin:1rem 0 1.4rem;max-width:100%;scrollbar-width:thin}
table{border-collapse:collapse;width:100%;font-size:.9rem;line-height:1.48}
th,td{text-align:left;vertical-align:top;padding:.5rem .8rem .5rem 0;min-width:5.5rem}
td:last-child{padding-right:.3rem}
thead th{font-size:.78rem;color:var(--soft);font-weight:600;border-bottom:1px solid var(--ink);
vertical-align:bottom}
tbody th{font-weight:500}
tbody tr{border-bottom:1px solid var(--line)}
tr.chosen>*{background:var(--accent-wash)}
tr.chosen>th{box-shadow:inset 3px 0 var(--accent);padding-left:.7rem}
tbody td code,tbody th code{font-size:.84em}
td.id{white-space:nowrap}td.id code{overflow-wrap:normal}
ul,ol{padding-left:1.3rem}li{margin:.28rem 0}
.tasks{list-style:none;padding:0;margin:1rem 0}
.tasks>li{display:flex;align-items:flex-start;gap:.7rem;padding:.6rem 0;border-bottom:1px solid var(--line);margin:0;
max-width:52rem}
.tasks input{margin:.35rem 0 0;flex:none;accent-color:var(--accent)}
.task{margin:0;font-weight:500}
.tasks ul{list-style:none;padding:0;margin:.2rem 0 0;font-size:.9rem;color:var(--soft)}
.tasks ul li{margin:.12rem 0}
.callout{border-left:3px solid var(--accent);background:var(--accent-wash);padding:.8rem 1.1rem;
border-radius:0 8px 8px 0;margin:1.2rem 0;max-width:52rem}
.callout p{margin:.3rem 0}.callout-title{font-weight:650}
.callout.warning{border-color:var(--warn);background:var(--warn-wash)}
.callout.stop{border-color:var(--stop);background:var(--stop-wash)}
.n{all:unset;cursor:help;text-decoration:underline dotted var(--faint);text-underline-offset:.22em;
text-decoration-thickness:1.5px;font-variant-numeric:tabular-nums;user-select:text}
.n.assumption{text-decoration-color:var(--warn);text-decoration-style:dashed}
.n:hover{background:var(--accent-wash)}.n{position:relative}
.n::before{content:"";position:absolute;inset:-.55em -.45em}
[popover]{max-width:min(26rem,calc(100vw - 2rem));border:1px solid var(--line);border-radius:10px;
background:var(--paper);color:var(--ink);box-shadow:var(--shadow);padding:.8rem 1rem;
font-size:.88rem;line-height:1.5;list-style:none}
.origin b{display:inline-block;font-size:.72rem;letter-spacing:.05em;text-transform:uppercase;
color:var(--accent);margin-right:.3rem}
.origin.assumption b{color:var(--warn)}
.origin span{display:block;margin-top:.3rem;overflow-wrap:anywhere}
@supports (position-area:bottom){[popover]:popover-open{position-area:bottom span-all;
position-try-fallbacks:flip-block;margin:.35rem 1rem;inset:auto}}
.origins h2{display:none}.origins ol{padding:0;margin:0}
figure{margin:1.2rem 0}
figcaption{font-size:.85rem;color:var(--soft)}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.3rem 1.1rem;padding:0;margin:.3rem 0}
.legend li{display:flex;align-items:center;gap:.4rem;margin:0}
.legend i{width:.75rem;height:.75rem;border-radius:3px;background:var(--k,var(--faint))}
.legend .line i{height:0;width:1.6rem;border-radius:0;background:none;
border-top:2px solid var(--faint)}.legend .dash i{border-top-style:dashed}
.k-client{--k:var(--k-client)}.k-gateway{--k:var(--k-gateway)}.k-engine{--k:var(--k-engine)}
.k-store{--k:var(--k-store)}.k-control{--k:var(--k-control)}.k-observe{--k:var(--k-observe)}
.k-external{--k:var(--k-external)}.k-device{--k:var(--k-device)}
details summary{cursor:pointer;color:var(--soft);font-size:.85rem}
.arch{display:block;height:auto;max-width:max(100%,44rem);margin:0 auto;font-family:var(--sans)}
.arch .box rect{fill:var(--wash);stroke:var(--line)}.arch .box rect.edge{fill:var(--k);stroke:none}
.arch .box text{font-size:13px;font-weight:550;text-anchor:middle;fill:var(--ink)}
.arch .label rect{fill:var(--paper);opacity:.94}
.arch .label text{font-size:11px;text-anchor:middle;fill:var(--soft)}
.arch .flow{fill:none;stroke:var(--faint);stroke-width:1.5}
.arch.tall{display:none}.arch.tall .box .name{text-anchor:start}
.arch.tall .box .sends{font-size:11px;font-weight:400;text-anchor:start;fill:var(--soft)}
.arch .dash{stroke-dasharray:5 4}.arch .tip{fill:var(--faint)}
.toc{font-size:.9rem;margin-top:3rem}
.toc h2{font-size:.75rem;letter-spacing:.08em;text-transform:uppercase;color:var(--soft);border:0;
margin:1.4rem 0 .3rem;padding:0}
.toc ul{list-style:none;padding:0;margin:0}.toc li{margin:0}
.toc a{display:block;padding:.2rem 0;text-decoration:none;color:var(--ink)}
.toc a:hover{color:var(--accent);text-decoration:underline}
article+article{margin-top:1rem}
article.decision>h2,article.runbook>h2{font-size:1.28rem;border-top:1px solid var(--line)}
@media (min-width:68rem){.layout{grid-template-columns:15.5rem minmax(0,1fr);column-gap:3.5rem}
.toc{grid-column:1;grid-row:1;position:sticky;top:0;max-height:100vh;overflow-y:auto;
margin:0;padding:1.2rem .5rem 2rem 0;align-self:start;scrollbar-width:thin}
.toc a{font-size:.86rem;line-height:1.35}main{grid-column:2;grid-row:1}.jump{display:none}}
@media (max-width:46rem){body{font-size:.98rem}.lead>p:first-child{font-size:1.14rem}
h2{font-size:1.3rem}.applies{white-space:normal}
thead{display:none}table,tbody,tr,th,td{display:block;min-width:0}
tbody tr{padding:.55rem 0 .75rem}tbody th{font-weight:600;padding:0 0 .15rem}
td{padding:.12rem 0}td::before{content:attr(data-label)": ";color:var(--soft);font-size:.85em}
.two td::before{content:none}
tr.chosen{box-shadow:inset 3px 0 var(--accent);padding-left:.7rem;background:var(--accent-wash)}
tr.chosen>th{box-shadow:none;padding-left:0}tr.chosen>*{background:none}
.diagram .wide{display:none}.arch.tall{display:block;max-width:100%}
.service{font-size:1.3rem}}
@media print{:root{color-scheme:light;--ink:#000;--soft:#333;--faint:#777;--paper:#fff;--wash:#fff;
--line:#bbb;--accent:#000;--accent-wash:#f2f2f2;--code:#f2f2f2;--good-wash:#fff;--stop-wash:#fff;
--warn-wash:#fff;--good:#000;--stop:#000;--warn:#000}
@page{margin:18mm 16mm}
body{font-size:9.5pt;line-height:1.45}.toc,.skip,.jump,figure.diagram details{display:none}
.layout,.top>div{max-width:none;padding-left:0;padding-right:0}p,li{max-width:none}
.wide{overflow:visible}table{font-size:8pt;min-width:0}
pre{overflow:visible;font-size:8pt}pre code{white-space:pre-wrap;overflow-wrap:anywhere}th,td{min-width:0}
h2,h3,h4,h5,thead{break-after:avoid}tr,figure,.callout,.tasks>li{break-inside:avoid}
article.annex,article.decision:not(.decision+.decision){break-before:page}
thead{display:table-header-group}.arch{max-width:100%;max-height:200mm}
.diagram .wide{display:block}.arch.tall{display:none}
a{color:inherit;text-decoration:none}
.n{text-decoration:none}.n::before{content:none}.n::after{content:"["attr(data-n)"]";font-size:.65em;vertical-align:super;
color:var(--soft)}
.origins{break-before:page}.origins h2{display:block}.origins ol{padding-left:2.2rem}
.origins [popover]{display:list-item;list-style:decimal;position:static;border:0;box-shadow:none;
padding:0;margin:0 0 .25rem;max-width:none;font-size:7.5pt;background:none}
.origin span{display:inline}}
"""
