"""One self-contained HTML page: no script, nothing loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from aegis.base.verdict import Verdict

_STYLE = """
:root{color-scheme:light dark;--ink:#1c2330;--soft:#5b6678;--line:#d9dee7;--page:#fff;--band:#f4f6fa;
--passed:#1a7f4b;--failed:#c0322b;--inconclusive:#9a6a00;--error:#c0322b;--mark:#2f5fd0}
@media(prefers-color-scheme:dark){:root{--ink:#e6eaf2;--soft:#9aa6ba;--line:#333c4d;--page:#12161e;
--band:#1a202b;--passed:#4ccb8a;--failed:#ff7b72;--inconclusive:#e3b341;--error:#ff7b72;--mark:#7aa2ff}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page);margin:0 auto;
padding:2rem 1.2rem 4rem;max-width:62rem}
h1{font-size:1.5rem;margin:0 0 .3rem;overflow-wrap:anywhere}h2{font-size:1.05rem;margin:2.2rem 0 .4rem}
p{margin:.3rem 0;max-width:46rem}.soft{color:var(--soft)}
.verdict{display:inline-block;font-weight:600;border:1px solid;border-radius:.3rem;padding:0 .5rem}
.passed{color:var(--passed)}.failed{color:var(--failed)}.error{color:var(--error)}
.inconclusive{color:var(--inconclusive)}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:.35rem .8rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top}
th{font-weight:600;color:var(--soft);font-size:.85rem;white-space:nowrap}
td.number{text-align:right;white-space:nowrap}th.number{text-align:right}
td.text{overflow-wrap:break-word;white-space:pre-wrap;max-width:26rem}
td.mark{white-space:nowrap}td.mark small{color:var(--soft)}
svg{display:inline-block;vertical-align:middle;width:9rem;height:1.1rem;margin-right:.6rem}svg line{stroke:var(--line)}
svg .span{stroke:var(--mark);stroke-width:3}svg circle{fill:var(--mark)}svg .zero{stroke:var(--soft)}
code{font-size:.85em;overflow-wrap:anywhere}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A value with its interval, on a scale, with a line where it matters."""

    low: float
    value: float
    high: float
    scale: tuple[float, float] = (0.0, 1.0)
    line: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row: texts, a verdict, and an interval that is drawn."""

    cells: tuple[str, ...]
    verdict: Verdict | None = None
    mark: Mark | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under a title. Columns whose name begins with `#` hold numbers."""

    title: str
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    note: str = ""


def page(
    title: str, *, verdict: Verdict | None, lead: Sequence[str], tables: Sequence[Table],
    foot: Sequence[str] = (),
) -> str:  # fmt: skip
    """The whole page."""
    head = f'<span class="verdict {verdict}">{verdict}</span>' if verdict else ""
    said = "".join(f"<p>{escape(line[:1].upper() + line[1:])}</p>" for line in lead)
    shown = "".join(_table(table) for table in tables if table.lines)
    end = "".join(f'<p class="soft"><code>{escape(line)}</code></p>' for line in foot)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>"
        f"<h1>{escape(title)} {head}</h1>{said}{shown}<h2>Identity</h2>{end}</body></html>\n"
    )


def _table(table: Table) -> str:
    has_mark = any(line.mark for line in table.lines)
    has_verdict = any(line.verdict for line in table.lines)
    heads = "".join(_head(column) for column in table.columns)
    heads += "<th>interval</th>" if has_mark else ""
    heads += "<th>verdict</th>" if has_verdict else ""
    rows = "".join(
        f"<tr>{_cells(line, table.columns)}"
        f"{_drawn(line.mark) if has_mark else ''}"
        f"{f'<td>{_verdict(line.verdict)}</td>' if has_verdict else ''}</tr>"
        for line in table.lines
    )
    note = f'<p class="soft">{escape(table.note)}</p>' if table.note else ""
    return (
        f'<h2>{escape(table.title)}</h2>{note}<div class="scroll"><table>'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _head(column: str) -> str:
    kind = ' class="number"' if column.startswith("#") else ""
    return f"<th{kind}>{escape(column.lstrip('#'))}</th>"


def _cells(line: Line, columns: Sequence[str]) -> str:
    return "".join(
        f'<td class="{"number" if column.startswith("#") else "text"}">{escape(cell)}</td>'
        for cell, column in zip(line.cells, columns, strict=True)
    )


def _verdict(verdict: Verdict | None) -> str:
    return f'<span class="{verdict}">{verdict}</span>' if verdict else ""


def _drawn(mark: Mark | None) -> str:
    if mark is None:
        return "<td></td>"
    start, end = mark.scale

    def at(value: float) -> float:
        share = (min(max(value, start), end) - start) / (end - start)
        return round(4 + 192 * share, 1)

    line = ""
    if mark.line is not None:
        line = f'<line class="zero" x1="{at(mark.line)}" x2="{at(mark.line)}" y1="1" y2="19"/>'
    said = f"{mark.value:.3g}, between {mark.low:.3g} and {mark.high:.3g}"
    return (
        f'<td class="mark"><svg viewBox="0 0 200 20" preserveAspectRatio="none" role="img" aria-label="{said}">'
        f'<line x1="4" x2="196" y1="10" y2="10"/>{line}'
        f'<line class="span" x1="{at(mark.low)}" x2="{at(mark.high)}" y1="10" y2="10"/>'
        f'<circle cx="{at(mark.value)}" cy="10" r="4"/></svg>'
        f"<small>{mark.low:.3g} to {mark.high:.3g}</small></td>"
    )
