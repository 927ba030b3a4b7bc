"""A review to read: Markdown, and one HTML file that needs nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from aegis.base.finding import Certainty, Finding, Severity
from aegis.review.review import Review

_CODE = re.compile(r"`([^`]+)`")
_STYLE = """
:root { color-scheme: light dark; --line: #8884; --quiet: #767676; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .25rem; }
pre { background: #8881; padding: .75rem; overflow-x: auto; border-radius: 6px; font-size: .85rem; }
.tag { font-size: .75rem; font-weight: 600; padding: .1rem .5rem; border-radius: 1rem; color: #fff; }
.critical { background: #8b0000; } .high { background: #b3420a; } .medium { background: #7a5c00; }
.low, .info { background: #4a5568; } .ask { background: #2b4c8c; }
.place, footer { color: var(--quiet); font-size: .9rem; } article { border-top: 1px solid var(--line); }
"""


def verdict(review: Review) -> str:
    """The first sentence: what a reader should do."""
    critical, high = review.count(Severity.CRITICAL), review.count(Severity.HIGH)
    if critical:
        return f"Do not deploy this yet: {_number(critical, 'critical finding')}."
    if high:
        return f"Mend {_number(high, 'finding')} before users depend on it."
    if review.findings:
        return "Nothing urgent; the list below makes it easier to run."
    return "Nothing found that would hurt in production."


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def markdown_report(review: Review) -> str:
    """The review as Markdown, for a pull request or a page."""
    lines = ["# Review", "", f"**{verdict(review)}**", "", _counts(review), ""]
    if review.findings:
        lines += ["| severity | rule | where | what |", "|---|---|---|---|"]
        lines += [_row(finding) for finding in review.findings]
        lines.append("")
    for finding in review.findings:
        lines += _section(finding)
    if review.questions:
        lines += ["## Questions only you can answer", ""]
        lines += [
            f"{number}. {_cell(each.message)} ({each.label})"
            for number, each in enumerate(review.questions, 1)
        ]
        lines.append("")
    if review.good:
        lines += ["## What is good", "", *(f"- {each}" for each in review.good), ""]
    if review.suppressed:
        lines += ["## Set aside", ""]
        lines += [
            f"- {each.finding.code} {_where(each.finding)}: {_cell(each.reason)}"
            for each in review.suppressed
        ]
        lines.append("")
    return "\n".join(lines)


def _counts(review: Review) -> str:
    counts = [(severity.value, review.count(severity)) for severity in Severity]
    shown = ", ".join(f"{count} {name}" for name, count in counts if count) or "none"
    return f"{len(review.findings)} findings ({shown}) in {review.files} files, profile `{review.profile}`."


def _row(finding: Finding) -> str:
    cells = (finding.severity.value, finding.code, f"`{_where(finding)}`", _cell(finding.message))
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


def _where(finding: Finding) -> str:
    return f"{finding.span.path}:{finding.span.line}" if finding.span else finding.where


def _section(finding: Finding) -> Iterator[str]:
    yield f"## {finding.code} {_cell(finding.title)}"
    yield ""
    yield f"`{_where(finding)}`" + (f": {_cell(finding.label)}" if finding.label else "")
    if finding.span is not None and finding.span.excerpt.strip():
        fence = "~~~~" if "```" in finding.span.excerpt else "```"
        yield from ("", f"{fence}text", finding.span.excerpt, fence)
    yield ""
    yield _cell(finding.why)
    yield ""
    if finding.mend:
        yield f"**Mend:** {_cell(finding.mend)}"
        yield ""
    if finding.also:
        shown = ", ".join(f"`{span.path}:{span.line}`" for span in finding.also[:10])
        yield f"Also: {shown}" + (
            f" and {len(finding.also) - 10} more" if len(finding.also) > 10 else ""
        )
        yield ""
    if finding.refs:
        yield f"Sources: {', '.join(finding.refs)}"
        yield ""


def html_report(review: Review) -> str:
    """One HTML file: no script, no font, no picture from anywhere."""
    body = [f"<h1>Review</h1><p><strong>{escape(verdict(review))}</strong></p>"]
    body.append(f"<p>{escape(_counts(review).replace('`', ''))}</p>")
    body += [_article(finding) for finding in review.findings]
    if review.questions:
        items = "".join(
            f"<li>{escape(each.message)} <span class=place>{escape(each.label)}</span></li>"
            for each in review.questions
        )
        body.append(f"<h2>Questions only you can answer</h2><ol>{items}</ol>")
    if review.good:
        body.append(
            "<h2>What is good</h2><ul>"
            + "".join(f"<li>{escape(each)}</li>" for each in review.good)
            + "</ul>"
        )
    if review.suppressed:
        items = "".join(
            f"<li>{escape(each.finding.code)} {escape(_where(each.finding))}: {escape(each.reason)}</li>"
            for each in review.suppressed
        )
        body.append(f"<h2>Set aside</h2><ul>{items}</ul>")
    if review.skipped:
        items = "".join(
            f"<li>{escape(path)}: {escape(reason)}</li>" for path, reason in review.skipped
        )
        body.append(f"<h2>Not read</h2><ul>{items}</ul>")
    policy = "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    head = f'<!doctype html><html lang="en"><meta charset="utf-8">{policy}<title>Review</title><style>{_STYLE}</style>'
    return head + "\n".join(body) + "</html>\n"


def _article(finding: Finding) -> str:
    kind = "ask" if finding.certainty is Certainty.ASK else finding.severity.value
    parts = [
        f"<article><h2><span class='tag {kind}'>{kind}</span> {escape(finding.code)} {escape(finding.title)}</h2>",
        f"<p class=place>{escape(_where(finding))} {_prose(finding.label)}</p>",
    ]
    if finding.span is not None and finding.span.excerpt.strip():
        parts.append(f"<pre>{finding.span.line:>5}  {escape(finding.span.excerpt)}</pre>")
    parts.append(f"<p>{_prose(finding.why)}</p>")
    if finding.mend:
        parts.append(f"<p><strong>Mend:</strong> {_prose(finding.mend)}</p>")
    if finding.also:
        places = ", ".join(f"{span.path}:{span.line}" for span in finding.also)
        parts.append(
            f"<details><summary>{len(finding.also)} more places</summary><p class=place>{escape(places)}</p></details>"
        )
    if finding.refs:
        parts.append(f"<footer>{escape(', '.join(finding.refs))}</footer>")
    return "".join([*parts, "</article>"])


def _prose(text: str) -> str:
    """Text for a page; what stands between backticks is code."""
    return _CODE.sub(r"<code>\1</code>", escape(text))
