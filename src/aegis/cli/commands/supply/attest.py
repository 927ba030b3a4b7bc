"""`aegis supply attest` and `verify-attestation`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from aegis.base.verdict import Verdict
from aegis.cli.commands.supply.options import (
    ANY,
    EXISTING,
    OUT,
    errors,
    exit_code,
    key_options,
    links_option,
    passphrase,
)
from aegis.cli.commands.supply.sign import difference_text
from aegis.cli.view import counted, format_option, view_of, wrap
from aegis.operations.supplying.reading import named
from aegis.operations.supplying.results import AttestationResult, AttestResult
from aegis.supply.links import Role, State

if TYPE_CHECKING:
    from aegis.operations.supplying.attesting import Things

F = TypeVar("F", bound=Callable[..., object])
_HELP = {
    Role.DATA: "what the weights were trained on",
    Role.EVALUATION: "what they were evaluated on",
    Role.BASE: "model that they were made from",
    Role.ADAPTER: "adapter that is served with them",
    Role.CODE: "working copy of the code: its commit",
    Role.INVENTORY: "what `aegis supply inventory` wrote",
}


def _things(command: F) -> F:
    """One option a role, each as often as there are things."""
    for role, text in reversed(_HELP.items()):
        command = click.option(
            f"--{role}", role.name.lower(), multiple=True, metavar="[NAME=]PATH", help=text
        )(command)
    return click.option("--weights", type=ANY, default=None, help="the model: a folder or file")(
        command
    )


@click.command("attest")
@_things
@key_options
@click.option("--builder", default=None, metavar="URI",
              help="who trained it, as a URI: the workflow of your CI")  # fmt: skip
@click.option("-o", "--out", type=OUT, required=True, help="the attestation, beside the model")
@links_option
@format_option
def attest(
    weights: Path | None, *, data: tuple[str, ...], evaluation: tuple[str, ...], base: tuple[str, ...],
    adapter: tuple[str, ...], code: tuple[str, ...], inventory: tuple[str, ...], key: str,
    public_key: Path | None, passphrase_env: str | None, builder: str | None, out: Path,
    follow_links: bool, output: str,
) -> None:  # fmt: skip
    """State, signed, which data and code these weights came from.

    An in-toto statement with SLSA's provenance v1 in a DSSE envelope: every file of the weights, the
    digest of each data set, the commit of a working copy without changes. Run it where the training
    ran: the statement is worth what its signer knows.

    \b
      aegis supply attest --weights ./model --data train.jsonl --code . \\
          --key ~/keys/release.key -o model.att.json
    """  # noqa: D301
    view = view_of(output)
    with errors():
        from aegis.operations.supplying import attesting  # noqa: PLC0415
        from aegis.supply.provenance import UNSTATED_BUILDER  # noqa: PLC0415

        given = _given(
            weights, data, evaluation, base, adapter, code, inventory, links=follow_links
        )
        result = attesting.attest(
            given, out, key=key, public=public_key, passphrase=passphrase(passphrase_env),
            builder=builder or UNSTATED_BUILDER, say=view.progress,
        )  # fmt: skip
    view.show(result, lambda: _attest_lines(result))


@click.command("verify-attestation")
@click.argument("attestation", type=EXISTING)
@_things
@click.option("--public-key", type=EXISTING, required=True, help="key of whom you trust, as PEM")
@click.option("--builder", default="", metavar="URI", help="fail unless this one made the weights")
@click.option("--partly", is_flag=True,
              help="pass although some links are not given, if all that are hold")  # fmt: skip
@links_option
@format_option
def verify_attestation(
    attestation: Path, *, weights: Path | None, data: tuple[str, ...], evaluation: tuple[str, ...],
    base: tuple[str, ...], adapter: tuple[str, ...], code: tuple[str, ...], inventory: tuple[str, ...],
    public_key: Path, builder: str, partly: bool, follow_links: bool, output: str,
) -> None:  # fmt: skip
    """Hold each link of ATTESTATION against the thing itself, and name the one that is broken.

    Exit 0 when every link holds, 4 when one is broken or the signature is, 3 when a link was not given
    (where only the weights are at hand, --partly is for you).

    \b
      aegis supply verify-attestation model.att.json --public-key release.pub \\
          --weights ./model --data train.jsonl --code .
      aegis supply verify-attestation model.att.json --public-key release.pub --weights ./model --partly
    """  # noqa: D301
    view = view_of(output)
    with errors():
        from aegis.operations.supplying import attesting  # noqa: PLC0415

        given = _given(
            weights, data, evaluation, base, adapter, code, inventory, links=follow_links
        )
        result = attesting.verify_attestation(
            attestation,
            given,
            public_key=public_key,
            partly=partly,
            say=view.progress,
            builder=builder,
        )
    view.show(result, lambda: _lines(result))
    sys.exit(exit_code(result.verdict))


def _given(weights: Path | None, *options: tuple[str, ...], links: bool) -> Things:
    from aegis.operations.supplying.attesting import Things  # noqa: PLC0415

    paths = {role: named(texts) for role, texts in zip(_HELP, options, strict=True) if texts}
    return Things(weights=weights, named=paths, follow_links=links)


def _attest_lines(result: AttestResult) -> Iterator[str]:
    yield from wrap(
        f"{result.path}: {counted(len(result.links), 'link')} of {result.model}, key {result.hint[:16]}…"
    )
    for link in result.links:
        yield f"  {link.kind:<12} {link.name}  {link.sha256[:12]}…"


def _lines(result: AttestationResult) -> Iterator[str]:
    if result.why:
        yield from wrap(f"{result.path} does not hold: {result.why}.")
        return
    broken = [x for x in result.links if x.state in {State.BROKEN, State.UNKNOWN}]
    open_ = [x for x in result.links if x.state is State.UNCHECKED]
    if broken:
        names = ", ".join(f"{x.role} {x.name}".strip() for x in broken)
        yield from wrap(f"Broken: {names} is not what was attested. Do not release it.")
    elif result.verdict is Verdict.PASSED:
        held = len(result.links) - len(open_)
        yield from wrap(f"{counted(held, 'link')} of {len(result.links)} checked, and each holds.")
    else:
        yield from wrap(
            f"Incomplete: {counted(len(open_), 'link')} of {len(result.links)} not checked."
        )
    for link in result.links:
        yield from wrap(
            f"{link.role} {link.name}{': ' if link.why and not link.differences else ''}"
            f"{'' if link.differences else link.why}",
            first=f"  {link.state:<10}", rest=" " * 14,
        )  # fmt: skip
        for each in link.differences:
            yield from wrap(difference_text(each), first=" " * 14)
    if result.verdict is Verdict.INCONCLUSIVE:
        options = " ".join(
            f"--{x.role} {x.name + '=' if x.role is not Role.WEIGHTS else ''}PATH" for x in open_
        )
        yield from wrap(f"give {options}, or --partly", first="  = help: ")
