"""Attestations: data, code and weights linked in one signed statement, and held against the things."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aegis.base.verdict import Verdict
from aegis.operations.supplying.code import code_link
from aegis.operations.supplying.reading import Say, outside, read_folder, read_text, write
from aegis.operations.supplying.results import AttestationResult, AttestResult, Part
from aegis.supply.envelope import NotSignedError, open_envelope, read_object, seal
from aegis.supply.errors import OddFileError, SupplyError
from aegis.supply.folder import Folder
from aegis.supply.keys import read_public, read_signer
from aegis.supply.links import Checked, Link, Role, State, check, folder_link
from aegis.supply.provenance import UNSTATED_BUILDER, read, state


@dataclass(frozen=True, slots=True, kw_only=True)
class Things:
    """What belongs together: a path for each role and name."""

    weights: Path | None = None
    named: dict[Role, dict[str, Path]] = field(default_factory=dict)
    follow_links: bool = False

    def paths(self) -> Iterator[tuple[Role, str, Path]]:
        """Every path but the weights'."""
        for role, paths in self.named.items():
            for name, path in paths.items():
                yield role, name, path


def attest(
    things: Things, out: Path, *, key: str, say: Say, public: Path | None = None,
    passphrase: bytes | None = None, builder: str = UNSTATED_BUILDER,
) -> AttestResult:  # fmt: skip
    """A signed statement that these weights came from this data and this code.

    Raises:
        SupplyError: weights, data or code are missing or cannot be read, or the key does not do.
    """
    if things.weights is None:
        raise SupplyError("an attestation is about weights: give --weights")
    for role in (Role.DATA, Role.CODE):
        if not things.named.get(role):
            raise SupplyError(f"an attestation links data, code and weights: give --{role}")
    outside(out, things.weights)
    outside(Path(key), things.weights)
    signer, shown = read_signer(key, public=public, passphrase=passphrase)
    weights = _weights(things, say)
    links = [_link(role, name, path, things, say) for role, name, path in things.paths()]
    problem = next((link.problem for link in links if link.problem), "")
    if problem:
        raise SupplyError(problem)
    envelope = seal(state(weights, links, builder=builder), signer, shown)
    write(out, json.dumps(envelope.to_dict(), indent=2) + "\n")
    parts = [Part(kind=Role.WEIGHTS, name=f.name, sha256=f.sha256) for f in weights.files]
    parts += [Part(kind=x.role, name=x.name, sha256=next(iter(x.digest.values()))) for x in links]
    return AttestResult(path=str(out), model=weights.name, hint=shown.hint, links=tuple(parts))


def verify_attestation(
    envelope: Path, things: Things, *, public_key: Path, partly: bool, say: Say, builder: str = ""
) -> AttestationResult:
    """Whether each link of the statement holds for the things that are given.

    A link whose thing is not given stays unchecked: the verdict is then inconclusive, unless that was
    allowed with `partly` and at least one link holds.

    Raises:
        SupplyError: a file cannot be read, or is no attestation.
    """
    key = read_public(public_key)

    def result(verdict: Verdict, **said: str) -> AttestationResult:
        return AttestationResult(verdict=verdict, path=str(envelope), hint=key.hint, **said)

    try:
        attested = read(open_envelope(read_object(read_text(envelope), "attestation"), key))
        if builder and attested.builder != builder:
            made = attested.builder
            return result(
                Verdict.FAILED, why=f"it was made by {made}, not by {builder}", builder=made
            )
        weights = None if things.weights is None else _weights(things, say, may_be_empty=True)
        given = [_link(role, name, path, things, say) for role, name, path in things.paths()]
    except (NotSignedError, OddFileError) as error:
        return result(Verdict.FAILED, why=str(error))
    checked = check(attested, weights, given)
    found = result(_verdict(checked, partly=partly), builder=attested.builder)
    return found.model_copy(update={"links": checked})


def _verdict(checked: Sequence[Checked], *, partly: bool) -> Verdict:
    states = {each.state for each in checked}
    if states & {State.BROKEN, State.UNKNOWN}:
        return Verdict.FAILED
    if State.UNCHECKED in states and not (partly and State.HOLDS in states):
        return Verdict.INCONCLUSIVE
    return Verdict.PASSED


def _weights(things: Things, say: Say, *, may_be_empty: bool = False) -> Folder:
    assert things.weights is not None  # noqa: S101 - asked before
    return read_folder(
        things.weights, say, follow_links=things.follow_links, may_be_empty=may_be_empty
    )


def _link(role: Role, name: str, path: Path, things: Things, say: Say) -> Link:
    if role is Role.CODE:
        return code_link(name, path)
    return folder_link(role, name, read_folder(path, say, follow_links=things.follow_links))
