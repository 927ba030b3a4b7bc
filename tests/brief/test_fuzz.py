"""Whatever is given as a brief, the answer is a brief or findings with a place; never a traceback."""

from pathlib import Path

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from aegis.brief.read import ReadBrief, read_brief

ROOT = Path(__file__).parents[2]
TEXTS = tuple(
    path.read_text("utf-8")
    for path in sorted([*ROOT.glob("examples/*/brief.yaml"), *ROOT.glob("tests/golden/briefs/*")])
)
STRANGE: tuple[object, ...] = (
    None, True, -1, 0, 1e400, 10**30, "", " ", "x" * 500, "\u2028", "no", "2026-01-01", [], [[]], {},
    {"": ""}, [None], {"kind": "chat"}, "sha256:zz", "𝕏", ".inf", "nul\u0085",
)  # fmt: skip


def _answered(read: ReadBrief) -> None:
    assert (read.brief is None) is bool(read.findings)
    for finding in read.findings:
        assert finding.span is not None
        assert finding.span.line >= 1
        assert finding.message


@given(st.binary(max_size=300))
@settings(max_examples=150, deadline=None)
def test_bytes_are_answered(raw: bytes) -> None:
    """Bytes of any kind, decoded as the shell decodes them, are answered with a place."""
    _answered(read_brief(raw.decode("utf-8", "replace")))


@given(
    st.text(alphabet=st.sampled_from("ab:-{}[]#&*!|>'\"%@`,? \n\t01.\r\ufeff\u0085é"), max_size=80)
)
@settings(max_examples=300, deadline=None)
def test_text_of_the_grammar_is_answered(text: str) -> None:
    """Text made of what YAML gives a meaning to is answered with a place."""
    _answered(read_brief(text))


@given(st.sampled_from(TEXTS), st.data())
@settings(max_examples=150, deadline=None)
def test_a_cut_or_stained_brief_is_answered(text: str, data: st.DataObject) -> None:
    """A real brief with a piece cut out and a strange piece put in is answered with a place."""
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 40)))
    stain = data.draw(st.text(max_size=6))
    _answered(read_brief(text[:start] + stain + text[end:]))


def _paths(value: object, above: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    if isinstance(value, dict):
        return [p for k, v in value.items() for p in ((*above, k), *_paths(v, (*above, k)))]
    if isinstance(value, list):
        return [p for i, v in enumerate(value) for p in ((*above, i), *_paths(v, (*above, i)))]
    return []


@given(st.sampled_from(TEXTS), st.data())
@settings(max_examples=200, deadline=None)
def test_a_brief_with_one_strange_value_is_answered(text: str, data: st.DataObject) -> None:
    """Any field may hold a value of another kind: it is read, or refused at a place."""
    brief = yaml.safe_load(text)
    path = data.draw(st.sampled_from(_paths(brief)))
    at = brief
    for part in path[:-1]:
        at = at[part]
    at[path[-1]] = data.draw(st.sampled_from(STRANGE))

    _answered(read_brief(yaml.safe_dump(brief, allow_unicode=True, sort_keys=False)))
