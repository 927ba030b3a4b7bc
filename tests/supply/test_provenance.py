from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.supply.making import model

from aegis.supply.errors import SupplyError
from aegis.supply.folder import Folder, HashedFile, hash_folder
from aegis.supply.links import Link, Role, State, check
from aegis.supply.provenance import read, state

_HEX = st.text("0123456789abcdef", min_size=64, max_size=64)
_WEIGHTS = Folder(name="m", files=(HashedFile(name="w", size=1, sha256="0" * 64),))
_LINKS = st.lists(
    st.builds(
        Link,
        role=st.sampled_from([role for role in Role if role is not Role.WEIGHTS]),
        name=st.text("abc", min_size=1, max_size=3),
        digest=st.dictionaries(st.sampled_from(["sha256", "dirHash", "gitCommit"]), _HEX, min_size=1, max_size=1),
    ),
    max_size=6, unique_by=lambda link: link.title,
)  # fmt: skip


@given(links=_LINKS)
def test_every_link_survives_the_statement_and_holds(links: list[Link]) -> None:
    """What was stated is what is read, and the things that were stated hold."""
    attested = read(state(_WEIGHTS, links))
    checked = check(attested, _WEIGHTS, links)

    assert sorted(attested.links, key=lambda x: x.title) == sorted(links, key=lambda x: x.title)
    assert {each.state for each in checked} == {State.HOLDS}
    assert len(checked) == 1 + len(links)


@given(links=_LINKS.filter(bool), which=st.integers(0, 5), digest=_HEX)
@pytest.mark.obligation(53)
def test_one_altered_thing_breaks_its_own_link_and_no_other(
    links: list[Link], which: int, digest: str
) -> None:
    """The broken link is the one whose thing changed."""
    at = which % len(links)
    altered = replace(links[at], digest=dict.fromkeys(links[at].digest, digest))
    if altered == links[at]:
        return
    given_ = [*links[:at], altered, *links[at + 1 :]]
    checked = check(read(state(_WEIGHTS, links)), _WEIGHTS, given_)

    broken = [(each.role, each.name) for each in checked if each.state is not State.HOLDS]
    assert broken == [(altered.role, altered.name)]


@given(links=_LINKS)
def test_what_is_not_given_is_unchecked_and_never_holds(links: list[Link]) -> None:
    """Silence is no proof."""
    checked = check(read(state(_WEIGHTS, links)), None, [])

    assert {each.state for each in checked} == {State.UNCHECKED}


def test_a_single_thing_of_a_role_may_have_another_name() -> None:
    """A name is a label: the digest decides. Of two things, one must say which."""
    one = Link(role=Role.CODE, name="code", digest={"gitCommit": "a" * 40})
    data = [Link(role=Role.DATA, name=name, digest={"sha256": name * 64}) for name in "ab"]
    attested = read(state(_WEIGHTS, [one, *data]))
    checked = check(attested, _WEIGHTS, [replace(one, name="checkout"), replace(data[0], name="c")])

    assert [(x.role, x.name, x.state) for x in checked[1:]] == [
        (Role.CODE, "code", State.HOLDS),
        (Role.DATA, "a", State.UNCHECKED),
        (Role.DATA, "b", State.UNCHECKED),
        (Role.DATA, "c", State.UNKNOWN),
    ]
    assert "say which with NAME=PATH" in checked[-1].why


def test_a_thing_with_a_problem_breaks_its_link_whatever_its_digest() -> None:
    """A working copy with changes has the commit of the statement, and is not the code of it."""
    code = Link(role=Role.CODE, name="code", digest={"gitCommit": "a" * 40})
    (_, checked) = check(
        read(state(_WEIGHTS, [code])), _WEIGHTS, [replace(code, problem="changed")]
    )

    assert (checked.state, checked.why) == (State.BROKEN, "changed")


def test_weights_are_compared_file_by_file(tmp_path: Path) -> None:
    """A renamed shard has the same bytes, and is another model to whoever loads it."""
    root = model(tmp_path / "model")
    attested = read(state(hash_folder(root), []))
    (root / "model-00001-of-00002.safetensors").rename(root / "model.safetensors")
    (root / "config.json").write_text("{}")
    (checked,) = check(attested, hash_folder(root), [])

    assert checked.state is State.BROKEN
    assert checked.why == "config.json changed; model.safetensors renamed"


def test_two_things_of_one_name_are_refused() -> None:
    """A statement in which two links are one says nothing about either."""
    data = Link(role=Role.DATA, name="a", digest={"sha256": "0" * 64})

    with pytest.raises(SupplyError, match="two links are called `data a`"):
        state(_WEIGHTS, [data, data])


def test_a_statement_about_something_else_is_refused() -> None:
    """Another predicate, a link without a role, a subject without a digest."""
    good = state(_WEIGHTS, [])
    other = good.model_copy(update={"predicate_type": "https://example.org/other"})
    empty = good.model_copy(update={"predicate": {}})
    bare = good.model_copy(update={"subject": (good.subject[0].model_copy(update={"digest": {}}),)})
    strange = state(_WEIGHTS, [Link(role=Role.DATA, name="a", digest={})])
    definition = strange.predicate["buildDefinition"]
    assert isinstance(definition, dict)
    definition["resolvedDependencies"] = [{"name": "a", "annotations": {"role": "wizard"}}]

    for statement, says in (
        (other, "example.org/other"),
        (empty, "lacks `buildDefinition`"),
        (bare, "no SHA-256"),
        (strange, "no role that we know: wizard"),
    ):
        with pytest.raises(SupplyError, match=says):
            read(statement)
