"""Every example and golden brief is read, kept through a round trip, and known to editors."""

import importlib.util
import json
import random
import typing
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
import yaml

from aegis.brief.read import read_brief
from aegis.brief.schema import Brief, Kind
from aegis.detect.secrets import find_secrets
from aegis.plan.planner import digest_of_brief

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(ROOT.glob("examples/*/brief.yaml"))
GOLDEN = sorted(ROOT.glob("tests/golden/briefs/*.yaml"))
EVERY = [
    *(pytest.param(path, id=path.parent.name) for path in EXAMPLES),
    *(pytest.param(path, id=path.stem) for path in GOLDEN),
]
SCHEMA = ROOT / "docs" / "brief.schema.json"


def _read(path: Path) -> Brief:
    read = read_brief(path.read_text("utf-8"), path=str(path))
    assert read.findings == ()
    assert read.brief is not None
    return read.brief


def _plain(brief: Brief) -> dict[str, object]:
    plain: dict[str, object] = brief.model_dump(mode="json", exclude_defaults=True)
    return plain


@pytest.mark.parametrize("path", EVERY)
def test_it_is_a_brief(path: Path) -> None:
    """No finding of reading, and no secret, not even a made-up one."""
    _read(path)

    assert find_secrets(path.read_text("utf-8")) == ()


@pytest.mark.parametrize("path", EVERY)
def test_it_survives_a_round_trip(path: Path) -> None:
    """Brief → YAML → brief is the same brief."""
    brief = _read(path)
    again = read_brief(yaml.safe_dump(_plain(brief), sort_keys=False)).brief

    assert again == brief


@pytest.mark.parametrize("path", EVERY)
def test_the_order_of_fields_does_not_matter(path: Path) -> None:
    """Fields in any order are the same brief, with the same digest."""
    brief = _read(path)
    shuffled = yaml.safe_dump(_shuffled(_plain(brief), random.Random(1)), sort_keys=False)  # noqa: S311
    again = read_brief(shuffled).brief

    assert again is not None
    assert digest_of_brief(again) == digest_of_brief(brief)


def _shuffled(value: object, rng: random.Random) -> object:
    if isinstance(value, dict):
        items = [(key, _shuffled(item, rng)) for key, item in value.items()]
        rng.shuffle(items)
        return dict(items)
    return [_shuffled(item, rng) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("path", EVERY)
def test_an_editor_accepts_it(path: Path) -> None:
    """The JSON Schema that editors load says the same as the reader."""
    schema = json.loads(SCHEMA.read_text("utf-8"))
    instance = json.loads(json.dumps(yaml.safe_load(path.read_text("utf-8")), default=str))

    jsonschema.Draft202012Validator(schema).validate(instance)


@pytest.mark.parametrize("path", [pytest.param(p, id=p.parent.name) for p in EXAMPLES])
def test_an_example_names_the_schema_and_has_a_page(path: Path) -> None:
    """The first line lets an editor complete it; the README says who it is and how to plan it."""
    first = path.read_text("utf-8").splitlines()[0]
    page = (path.parent / "README.md").read_text("utf-8")

    assert (path.parent / first.rpartition("=")[2]).resolve() == SCHEMA.resolve()
    assert f"aegis plan examples/{path.parent.name}/brief.yaml" in page
    assert 5 <= len([line for line in page.splitlines() if line.strip()]) <= 14


def test_every_kind_of_work_has_an_example() -> None:
    """No kind is left to be planned unseen; forty briefs together."""
    kinds = {_read(path).workload.kind for path in [*EXAMPLES, *GOLDEN]}

    assert kinds == set(typing.get_args(Kind))
    assert len({_read(path).name for path in [*EXAMPLES, *GOLDEN]}) == len(EVERY) >= 40


def test_the_schema_of_editors_is_current() -> None:
    """`docs/brief.schema.json` is what `scripts/schema.py` writes now."""
    schema_text = _script("schema").schema_text

    assert SCHEMA.read_text("utf-8") == schema_text()


def test_the_schema_explains_fields_and_refuses_unknown_ones() -> None:
    """A misspelt field is underlined by the editor; a field shows its sentence."""
    schema = json.loads(SCHEMA.read_text("utf-8"))
    brief = {"name": "ab", "purpose": "p", "workload": {"kind": "chat", "trafic": {}}}
    errors = [e.message for e in jsonschema.Draft202012Validator(schema).iter_errors(brief)]

    assert errors == ["Additional properties are not allowed ('trafic' was unexpected)"]
    assert schema["$defs"]["Traffic"]["properties"]["peak_rps"]["description"].startswith("busiest")


class _Script:
    schema_text: Callable[[], str]


def _script(name: str) -> _Script:
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    script = _Script()
    script.schema_text = module.schema_text
    return script
