"""`aegis supply` as a person types it: what it says, where it points, which number it exits with."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner, Result
from tests.supply.making import keys, model, repository, shell_in_a_pickle

from aegis.cli.commands.schema import SCHEMAS
from aegis.cli.main import cli

EXAMPLES = Path(__file__).parents[2] / "examples"


def aegis(*arguments: str | Path, env: dict[str, str] | None = None) -> Result:
    """`aegis supply …` in this process."""
    return CliRunner(env=env).invoke(cli, ["supply", *map(str, arguments)])


def _flat(text: str) -> str:
    return " ".join(text.split())


def test_keys_are_for_their_owner_and_are_never_overwritten(tmp_path: Path) -> None:
    """Mode 600, no second time, and never where git would take them up."""
    made = aegis("keys", tmp_path / "release")
    again = aegis("keys", tmp_path / "release")
    repository(tmp_path / "code")
    leaked = aegis("keys", tmp_path / "code" / "release")

    assert made.exit_code == 0
    assert stat.S_IMODE((tmp_path / "release.key").stat().st_mode) == 0o600
    assert "not encrypted: anybody who copies it can sign" in _flat(made.stdout)
    assert again.exit_code == 2
    assert "release.key cannot be written: File exists" in _flat(again.stderr)
    assert leaked.exit_code == 2
    assert "from where keys leak" in _flat(leaked.stderr)
    assert not (tmp_path / "code" / "release.key").exists()


def test_an_encrypted_key_takes_its_passphrase_from_a_variable(tmp_path: Path) -> None:
    """The passphrase is no argument, which everybody on the machine could read."""
    passphrase = "open " + "sesame"
    made = aegis("keys", tmp_path / "k", "--passphrase-env", "WORD", env={"WORD": passphrase})
    root = model(tmp_path / "model")
    sign = ("sign", root, "--key", tmp_path / "k.key", "-o", tmp_path / "m.sig")
    without = aegis(*sign)
    unset = aegis(*sign, "--passphrase-env", "NOWHERE")
    opened = aegis(*sign, "--passphrase-env", "WORD", env={"WORD": passphrase})

    assert "private key, encrypted." in made.stdout
    assert (without.exit_code, unset.exit_code, opened.exit_code) == (2, 2, 0)
    assert "--passphrase-env" in without.stderr
    assert "NOWHERE holds no passphrase" in _flat(unset.stderr)
    assert passphrase not in opened.output


def test_what_could_run_code_is_not_signed_unless_somebody_says_so(tmp_path: Path) -> None:
    """Exit 3, nothing written, each file with its reason; `--allow` is told file by file."""
    private, public = keys(tmp_path)
    root = model(tmp_path / "model")
    (root / "pytorch_model.bin").write_bytes(shell_in_a_pickle())
    sign = ("sign", root, "--key", private, "-o", tmp_path / "m.sig")
    refused = aegis(*sign)
    written = (tmp_path / "m.sig").exists()
    needless = aegis(*sign, "--allow", "pytorch_model.bin", "--allow", "config.json")
    allowed = aegis(*sign, "--allow", "pytorch_model.bin")
    verified = aegis("verify", root, "--signature", tmp_path / "m.sig", "--public-key", public)

    assert (refused.exit_code, written) == (3, False)
    assert "block: pytorch_model.bin (pickle): calls `posix.system`" in _flat(refused.stdout)
    assert "--allow" in refused.stdout
    assert needless.exit_code == 2
    assert "--allow config.json: no such file needs it" in _flat(needless.stderr)
    assert allowed.exit_code == 0
    assert "allowed: pytorch_model.bin" in _flat(allowed.stdout)
    assert verified.exit_code == 0
    assert "! could run code, and was signed all the same: pytorch_model.bin" in _flat(
        verified.stdout
    )


def test_a_verdict_names_files_and_says_what_to_do(tmp_path: Path) -> None:
    """Each file that differs on a line of its own; another key is another sentence."""
    private, public = keys(tmp_path)
    _, stranger = keys(tmp_path, "stranger")
    root = model(tmp_path / "model")
    aegis("sign", root, "--key", private, "-o", tmp_path / "m.sig", "--ignore", "extra")
    ask = ("verify", root, "--signature", tmp_path / "m.sig", "--public-key")
    honest = aegis(*ask, public)
    (root / "LICENSE").rename(root / "COPYING")
    (root / "config.json").write_text("{}")
    tampered, other = aegis(*ask, public), aegis(*ask, stranger)

    assert honest.exit_code == 0
    assert "model is as it was signed by" in honest.stdout
    assert "left out by the signer: extra" in honest.stdout
    assert tampered.exit_code == 4
    assert "2 files differ. Do not load it." in _flat(tampered.stdout)
    assert "COPYING renamed (was LICENSE)" in tampered.stdout
    assert "config.json changed (sha256" in tampered.stdout
    assert other.exit_code == 4
    assert "somebody else signed it" in _flat(other.stdout)


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param(lambda m: (m / "w").symlink_to("/etc/hostname"), id="a-link-put-in"),
        pytest.param(lambda m: [p.unlink() for p in m.rglob("*") if p.is_file()], id="emptied"),
    ],
)
def test_a_folder_that_cannot_be_one_that_was_signed_fails(tmp_path: Path, odd: object) -> None:
    """A link in place of a file is no usage error: somebody put it there."""
    private, public = keys(tmp_path)
    root = model(tmp_path / "model")
    aegis("sign", root, "--key", private, "-o", tmp_path / "m.sig")
    assert callable(odd)
    odd(root)

    assert (
        aegis("verify", root, "--signature", tmp_path / "m.sig", "--public-key", public).exit_code
        == 4
    )


@pytest.fixture
def attested(tmp_path: Path) -> Path:
    """A place with a model, data, code, keys and an attestation."""
    keys(tmp_path)
    model(tmp_path / "model")
    repository(tmp_path / "code")
    (tmp_path / "train.jsonl").write_text("{}\n")
    done = aegis(
        "attest", "--weights", tmp_path / "model", "--data", f"corpus={tmp_path / 'train.jsonl'}",
        "--code", tmp_path / "code", "--key", tmp_path / "release.key", "-o", tmp_path / "m.att",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    return tmp_path


def test_what_is_not_given_is_asked_for(attested: Path) -> None:
    """Exit 3 with the options that are missing, unless only a part was wanted."""
    ask = ("verify-attestation", attested / "m.att", "--public-key", attested / "release.pub",
           "--weights", attested / "model")  # fmt: skip
    open_, partly = aegis(*ask), aegis(*ask, "--partly")
    nothing = aegis(*ask[:4], "--partly")

    assert open_.exit_code == 3
    assert "give --data corpus=PATH --code code=PATH, or --partly" in _flat(open_.stdout)
    assert partly.exit_code == 0
    assert "1 link of 3 checked" in _flat(partly.stdout)
    assert nothing.exit_code == 3


def test_the_broken_link_is_the_first_thing_said(attested: Path) -> None:
    """What broke, what was attested and what was found."""
    (attested / "train.jsonl").write_text("other\n")
    result = aegis(
        "verify-attestation", attested / "m.att", "--public-key", attested / "release.pub",
        "--weights", attested / "model", "--data", attested / "train.jsonl", "--code",
        attested / "code",
    )  # fmt: skip

    assert result.exit_code == 4
    assert result.stdout.startswith("Broken: data corpus is not what was attested.")
    assert "attested sha256 ca3d163bab05538" in _flat(result.stdout)


def test_the_builder_is_held_to_its_name(attested: Path) -> None:
    """What another workflow made is refused, although the key and every link hold."""
    things = (
        "--weights",
        attested / "model",
        "--data",
        attested / "train.jsonl",
        "--code",
        attested / "code",
    )
    mine = "https://ci.example.org/train"
    aegis(
        "attest",
        *things,
        "--key",
        attested / "release.key",
        "--builder",
        mine,
        "-o",
        attested / "b.att",
    )
    ask = (
        "verify-attestation",
        attested / "b.att",
        "--public-key",
        attested / "release.pub",
        *things,
    )
    honest, other = aegis(*ask, "--builder", mine), aegis(*ask, "--builder", mine + "/other")

    assert (honest.exit_code, other.exit_code) == (0, 4)
    assert f"made by {mine}, not by {mine}/other" in _flat(other.stdout)


def test_a_link_put_into_the_weights_breaks_them(attested: Path) -> None:
    """No usage error: somebody put it there."""
    (attested / "model" / "w").symlink_to("/etc/hostname")
    result = aegis(
        "verify-attestation", attested / "m.att", "--public-key", attested / "release.pub",
        "--weights", attested / "model", "--partly",
    )  # fmt: skip

    assert result.exit_code == 4
    assert "is a link" in _flat(result.stdout)


@pytest.mark.parametrize(
    ("missing", "says"),
    [
        pytest.param("--weights", "give --weights", id="weights"),
        pytest.param("--data", "give --data", id="data"),
        pytest.param("--code", "give --code", id="code"),
    ],
)
def test_an_attestation_links_all_three(attested: Path, missing: str, says: str) -> None:
    """Two of three is no provenance."""
    given = {"--weights": "model", "--data": "train.jsonl", "--code": "code"}
    options = [part for k, v in given.items() if k != missing for part in (k, attested / v)]
    result = aegis("attest", *options, "--key", attested / "release.key", "-o", attested / "x")

    assert result.exit_code == 2
    assert says in result.stderr
    assert not (attested / "x").exists()


def test_code_with_changes_is_not_attested(attested: Path) -> None:
    """The commit would not be what was trained with."""
    (attested / "code" / "train.py").write_text("changed")
    result = aegis(
        "attest", "--weights", attested / "model", "--data", attested / "train.jsonl", "--code",
        attested / "code", "--key", attested / "release.key", "-o", attested / "x",
    )  # fmt: skip

    assert result.exit_code == 2
    assert "`M train.py`. Commit it, let git ignore it" in _flat(result.stderr)


def test_what_is_written_stays_out_of_what_it_is_about(attested: Path) -> None:
    """A signature in the folder would be a file that nobody signed; a key there would be handed on."""
    root = attested / "model"
    sign = aegis("sign", root, "--key", attested / "release.key", "-o", root / "m.sig")
    bom = aegis("inventory", root, "-o", root / "bom.json")

    (attested / "release.key").rename(root / "release.key")
    leak = aegis("sign", root, "--key", root / "release.key", "-o", attested / "m.sig")

    assert (sign.exit_code, bom.exit_code, leak.exit_code) == (2, 2, 2)
    assert "m.sig is in" in _flat(sign.stderr)
    assert "release.key is in" in _flat(leak.stderr)


def test_an_inventory_says_what_it_could_not_say(tmp_path: Path) -> None:
    """Parts with digests, tensors from the headers, and what is missing with the option for it."""
    result = aegis("inventory", model(tmp_path / "model"), "-o", tmp_path / "bom.json")

    assert result.exit_code == 0
    assert "tensors: 17 F32" in result.stdout
    assert "licence: apache-2.0" in result.stdout
    assert "not stated: training data with its digest (--data)" in _flat(result.stdout)


def test_an_inventory_says_what_could_run_code(tmp_path: Path) -> None:
    """In the document beside the file, and on the screen; of an adapter with its name."""
    root, adapter = model(tmp_path / "model"), tmp_path / "adapter"
    adapter.mkdir()
    for folder in (root, adapter):
        (folder / "weights.pt").write_bytes(shell_in_a_pickle())
    result = aegis("inventory", root, "--adapter", adapter, "-o", tmp_path / "bom.json")
    component = json.loads((tmp_path / "bom.json").read_text())["metadata"]["component"]
    files = {each["name"]: each["properties"] for each in component["components"]}

    assert "block: weights.pt (pickle)" in _flat(result.stdout)
    assert "block: adapter/weights.pt (pickle)" in _flat(result.stdout)
    assert files["weights.pt"][1]["value"].startswith("block: calls `posix.system`")
    assert len(files["config.json"]) == 1


def test_the_same_model_gives_the_same_bytes(tmp_path: Path) -> None:
    """With SOURCE_DATE_EPOCH, which reproducible builds set."""
    root = model(tmp_path / "model")
    for name in ("a", "b"):
        aegis("inventory", root, "-o", tmp_path / name, env={"SOURCE_DATE_EPOCH": "1700000000"})

    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert "2023-11-14T22:13:20" in (tmp_path / "a").read_text()


def test_a_brief_gives_what_it_states(tmp_path: Path) -> None:
    """Its digests are marked as stated; without one of the weights the exit is 3."""
    brief = tmp_path / "brief.yaml"
    text = (EXAMPLES / "support-assistant" / "brief.yaml").read_text()
    brief.write_text(text)
    result = aegis("inventory", brief, "-o", tmp_path / "bom.json")
    document = json.loads((tmp_path / "bom.json").read_text())

    assert document["metadata"]["component"]["type"] == "machine-learning-model"
    stated = [
        c for c in (document["metadata"]["component"], *document["components"]) if "hashes" in c
    ]
    assert result.exit_code == (0 if "hashes" in document["metadata"]["component"] else 3)
    for each in stated:
        assert {"name": "aegis:hash", "value": "stated, not computed"} in each["properties"]


def test_a_brief_that_is_none_is_pointed_at(tmp_path: Path) -> None:
    """With file, line and column."""
    brief = tmp_path / "brief.yaml"
    brief.write_text("workload:\n  kind: wizardry\n")
    result = aegis("inventory", brief, "-o", tmp_path / "bom.json")

    assert result.exit_code == 2
    assert "brief.yaml:" in result.stderr


def test_json_is_what_the_schemas_say(attested: Path) -> None:
    """`aegis schema supply-…` documents each answer."""
    private, public = attested / "release.key", attested / "release.pub"
    root = attested / "model"
    calls = {
        "supply-keys-result": ("keys", attested / "other"),
        "supply-inventory-result": ("inventory", root, "-o", attested / "bom.json"),
        "supply-sign-result": ("sign", root, "--key", private, "-o", attested / "m.sig"),
        "supply-signature-result":
            ("verify", root, "--signature", attested / "m.sig", "--public-key", public),
        "supply-attest-result": (
            "attest", "--weights", root, "--data", attested / "train.jsonl", "--code",
            attested / "code", "--key", private, "-o", attested / "n.att",
        ),
        "supply-attestation-result":
            ("verify-attestation", attested / "m.att", "--public-key", public, "--weights", root),
    }  # fmt: skip
    assert {name for name in SCHEMAS if name.startswith("supply-")} == set(calls)
    for name, call in calls.items():
        result = aegis(*call, "--format", "json")
        jsonschema.validate(json.loads(result.stdout), SCHEMAS[name].model_json_schema())


def test_without_the_extra_the_command_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The help works, a call says which extra, and no traceback reaches a person."""
    for name in [
        n
        for n in sys.modules
        if n.startswith(("aegis.supply.keys", "aegis.operations.supplying.signing"))
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "securesystemslib.signer", None)
    result = aegis("keys", tmp_path / "k")

    assert result.exit_code == 2
    assert "pip install 'aegis-deploy[supply]'" in _flat(result.stderr)
    assert aegis("--help").exit_code == 0


@pytest.mark.slow
def test_long_reading_is_reported_on_standard_error(tmp_path: Path) -> None:
    """A line for every gigabyte; standard output stays the answer."""
    private, public = keys(tmp_path)
    root = model(tmp_path / "model")
    with (root / "model.onnx_data").open("wb") as file:
        file.truncate(2_100_000_000)
    result = aegis("sign", root, "--key", private, "-o", tmp_path / "m.sig", "--format", "text")
    verified = aegis("verify", root, "--signature", tmp_path / "m.sig", "--public-key", public)

    assert "model: 1.0 of 2.1 GB read" in result.stderr
    assert "model: 2.1 of 2.1 GB read" in verified.stderr
    assert "of 2.1 GB read" not in result.stdout
