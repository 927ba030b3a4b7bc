"""`aegis supply`: what a model is made of, who vouches for it, and how it came about."""

from __future__ import annotations

import click

from aegis.cli.commands.supply.attest import attest, verify_attestation
from aegis.cli.commands.supply.inventory import inventory
from aegis.cli.commands.supply.sign import keys, sign, verify


@click.group("supply")
def supply() -> None:
    """Take stock of a model, sign it, and attest which data and code its weights came from.

    \b
      aegis supply keys ~/keys/release
      aegis supply inventory ./model --data train.jsonl --code . -o model.cdx.json
      aegis supply sign ./model --key ~/keys/release.key -o model.sig
      aegis supply attest --weights ./model --data train.jsonl --code . \\
          --inventory model.cdx.json --key ~/keys/release.key -o model.att.json
      aegis supply verify ./model --signature model.sig --public-key release.pub

    Keys are files, or addresses of a key service (awskms:, gcpkms:, azurekms:, hv:, hsm:). Needs the
    extra `supply`: pip install 'aegis-deploy[supply]'.

    Exit 0 done or it holds, 2 wrong usage, 3 refused or incomplete, 4 something is not as vouched for.
    """  # noqa: D301  # \b is click's mark for text that keeps its lines


for command in (inventory, keys, sign, verify, attest, verify_attestation):
    supply.add_command(command)
