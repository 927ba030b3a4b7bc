"""Parsed views know their places, and read names as a reader would."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.review.documents.dockerfile import instructions, last_stage
from aegis.review.documents.python_module import read_python
from aegis.review.documents.source import Source, Tier, tier_of
from aegis.review.documents.yaml_view import UnreadableError, read_yaml


def source(text: str, path: str = "a.yaml") -> Source:
    return Source(path, text.encode())


@given(st.text(min_size=1, max_size=80), st.data())
def test_a_place_by_offsets_is_where_the_text_stands(text: str, data: st.DataObject) -> None:
    """Line and column lead back to the same character."""
    here = Source("a", text.encode("utf-8", "replace"))
    if here.text:
        start = data.draw(st.integers(0, len(here.text) - 1))
        span = here.between(start, start + 1)

        assert here.offset(span.line) + span.column - 1 == start


@pytest.mark.parametrize(
    ("path", "tier"),
    [
        ("serve/app.py", Tier.PRODUCTION),
        ("tests/test_app.py", Tier.TEST),
        ("serve/test_app.py", Tier.TEST),
        ("latest/app.py", Tier.PRODUCTION),
        ("examples/chat/app.py", Tier.EXAMPLE),
        ("docs/run.sh", Tier.DOCS),
        ("README.md", Tier.DOCS),
        ("benchmarks/load.py", Tier.TEST),
        ("app/evals/judge.py", Tier.TEST),
        ("loadtest.py", Tier.TEST),
        ("docker/Dockerfile-benchmark", Tier.TEST),
        ("scripts/ask.py", Tier.EXAMPLE),
        ("scripts/start.sh", Tier.PRODUCTION),
    ],
)
def test_a_path_says_what_a_file_is_for(path: str, tier: Tier) -> None:
    """Whole names of folders count, not parts of them."""
    assert tier_of(path) is tier


def test_yaml_nodes_know_their_line_and_follow_merges() -> None:
    """Own keys win over merged ones; what is missing is a false node."""
    text = "base: &b\n  image: a\n  ports: [1]\nservices:\n  x:\n    <<: *b\n    image: c\n"
    (document,) = read_yaml(source(text))
    x = document.get("services", "x")

    assert (x.get("image").text, x.get("image").line) == ("c", 7)
    assert [each.text for each in x.get("ports").entries()] == ["1"]
    assert not document.get("services", "nobody", "image")


def test_a_template_is_read_with_its_places_kept() -> None:
    """Directives become blanks or letters of the same length."""
    text = (
        "{{- if .Values.on }}\nkind: Deployment\nspec:\n  image: {{ .Values.image }}\n{{- end }}\n"
    )
    (document,) = read_yaml(source(text, "templates/d.yaml"), templated=True)

    assert document.get("kind").span.line == 2
    assert document.get("spec", "image").span.column == 10


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a: [\n", id="open-bracket"),
        pytest.param("\t- a\n", id="tab"),
        pytest.param("[" * 101 + "]" * 101, id="deep"),
        pytest.param("a: &x 1\n" + "".join(f"b{n}: *x\n" for n in range(500)), id="aliases"),
    ],
)
def test_what_cannot_or_must_not_be_parsed_says_why(text: str) -> None:
    """The reason is for a person."""
    with pytest.raises(UnreadableError, match=r"not YAML|nests|aliases"):
        read_yaml(source(text))


def test_a_dockerfile_is_read_by_instruction_and_stage() -> None:
    """Comments go, continued lines join, heredocs are passed over."""
    text = (
        "# syntax=docker/dockerfile:1\nFROM python:3.12 AS build\nRUN a && \\\n  # note\n  b\n"
        "RUN <<EOF\nUSER root\nEOF\nFROM build\nUSER app\n"
    )
    found = instructions(source(text, "Dockerfile"))

    assert [(each.name, each.line, each.stage) for each in found] == [
        ("FROM", 2, 0),
        ("RUN", 3, 0),
        ("RUN", 6, 0),
        ("FROM", 9, 1),
        ("USER", 10, 1),
    ]
    assert found[1].text == "a &&  b"
    assert [each.name for each in last_stage(found)] == ["FROM", "USER"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param("import openai\nopenai.OpenAI()", "openai.OpenAI", id="module"),
        pytest.param("from openai import OpenAI as O\nO()", "openai.OpenAI", id="renamed"),
        pytest.param("import a.b as c\nc.d()", "a.b.d", id="submodule"),
        pytest.param(
            "from openai import OpenAI\nx = OpenAI()\nx.chat.completions.create()",
            "openai.OpenAI.chat.completions.create",
            id="through-a-variable",
        ),
        pytest.param(
            "from openai import OpenAI\nself.x = OpenAI()\nself.x.embeddings.create()",
            "openai.OpenAI.embeddings.create",
            id="through-an-attribute",
        ),
        pytest.param("x = x\nx.y()", "x.y", id="through-itself"),
        pytest.param("a = b\nb = a\na.y()", "b.y", id="in-a-circle"),
    ],
)
def test_a_call_is_named_by_what_it_calls(text: str, name: str) -> None:
    """Imports and variables are followed, circles are left."""
    module = read_python(source(text, "a.py"))

    assert module is not None
    assert any(call.name.endswith(name) for call in module.calls)


def test_what_is_not_python_is_no_module() -> None:
    """Of this version; templates and other dialects are passed over."""
    assert read_python(source("def f(:\n", "a.py")) is None
    assert read_python(source("print 'x'\n", "a.py")) is None
