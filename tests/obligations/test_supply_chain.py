"""The supply chain of a model, from its folder to a verdict, through the commands that people type."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.supply.making import git, keys, model, repository, safetensors

from aegis.cli.main import cli
from aegis.supply.inventory.bom import schema_problem


def aegis(*arguments: str | Path) -> Result:
    """`aegis supply …`, with JSON on standard output."""
    return CliRunner().invoke(cli, ["supply", *map(str, arguments), "--format", "json"])


@dataclass(frozen=True, slots=True)
class Chain:
    """A model with all it came from, signed and attested."""

    root: Path

    @property
    def things(self) -> tuple[str | Path, ...]:
        """Every thing that the statement links, where it lies."""
        at = self.root
        return (
            "--weights", at / "model", "--data", at / "train.jsonl", "--evaluation", at / "faq.jsonl",
            "--base-model", at / "base", "--adapter", at / "adapter", "--code", at / "code",
            "--inventory", at / "model.cdx.json",
        )  # fmt: skip

    def verify(self) -> Result:
        """The verdict on what lies there now."""
        return aegis(
            "verify-attestation", self.root / "model.att.json", "--public-key",
            self.root / "release.pub", *self.things,
        )  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Chain:
    """Inventory, signature and attestation of a small model, made once."""
    root = tmp_path_factory.mktemp("chain")
    keys(root)
    model(root / "model")
    for name in ("base", "adapter"):
        (root / name).mkdir()
        safetensors(root / name / f"{name}.safetensors", {name: (2, 2)})
    (root / "adapter" / "adapter_config.json").write_text('{"peft_type": "LORA"}')
    (root / "train.jsonl").write_text('{"input": "a"}\n')
    (root / "faq.jsonl").write_text('{"input": "b"}\n')
    repository(root / "code", "https://somebody:" + "hidden" + "@git.example.org/team/train.git")
    key = ("--key", root / "release.key")
    done = [
        aegis(
            "inventory", root / "model", "--data", root / "train.jsonl", "--evaluation",
            root / "faq.jsonl", "--base-model", root / "base", "--adapter", root / "adapter",
            "--code", root / "code", "-o", root / "model.cdx.json",
        ),
        aegis("sign", root / "model", *key, "-o", root / "model.sig"),
        aegis("attest", *Chain(root).things, *key, "-o", root / "model.att.json"),
    ]  # fmt: skip
    assert [(d.exit_code, d.stderr) for d in done] == [(0, "")] * 3
    return Chain(root)


@pytest.fixture
def chain(made: Chain, tmp_path: Path) -> Chain:
    """A copy to tamper with."""
    shutil.copytree(made.root, tmp_path / "chain")
    return Chain(tmp_path / "chain")


@pytest.mark.obligation(51)
def test_the_inventory_is_valid_and_holds_the_hash_of_the_weights(made: Chain) -> None:
    """By the official schema; and of data, base model, adapter, licence and commit as well."""
    text = (made.root / "model.cdx.json").read_text()
    document = json.loads(text)
    component = document["metadata"]["component"]
    hashes = {
        each["name"]: each["hashes"][0]["content"]
        for each in (*component["components"], *document["components"])
    }

    assert schema_problem(text) == ""
    for shard in sorted((made.root / "model").glob("*.safetensors")):
        assert hashes[shard.name] == hashlib.sha256(shard.read_bytes()).hexdigest()
    for data in ("train.jsonl", "faq.jsonl"):
        assert hashes[data] == hashlib.sha256((made.root / data).read_bytes()).hexdigest()
    assert "adapter" in hashes
    assert component["pedigree"]["ancestors"][0]["name"] == "base"
    assert (
        component["pedigree"]["commits"][0]["uid"]
        == git(made.root / "code", "rev-parse", "HEAD").strip()
    )
    assert component["licenses"] == [{"license": {"id": "Apache-2.0"}}]


@pytest.mark.obligation(52)
@pytest.mark.parametrize(
    ("tamper", "kind", "name"),
    [
        pytest.param(lambda m: (m / "config.json").write_text("{}"), "changed", "config.json", id="changed"),
        pytest.param(lambda m: (m / "new.json").write_text("{}"), "added", "new.json", id="added"),
        pytest.param(lambda m: (m / "LICENSE").unlink(), "removed", "LICENSE", id="removed"),
        pytest.param(lambda m: (m / "LICENSE").rename(m / "COPYING"), "renamed", "COPYING", id="renamed"),
    ],
)  # fmt: skip
def test_a_tampered_model_fails(
    chain: Chain, tamper: Callable[[Path], object], kind: str, name: str
) -> None:
    """Exit 0 before, exit 4 after, and the file is named."""
    ask = ("verify", chain.root / "model", "--signature", chain.root / "model.sig",
           "--public-key", chain.root / "release.pub")  # fmt: skip
    before = aegis(*ask)
    tamper(chain.root / "model")
    after = aegis(*ask)

    assert (before.exit_code, json.loads(before.stdout)["verdict"]) == (0, "passed")
    assert (after.exit_code, json.loads(after.stdout)["verdict"]) == (4, "failed")
    found = json.loads(after.stdout)["differences"]
    assert [(each["kind"], each["name"]) for each in found] == [(kind, name)]


def _append(path: Path) -> None:
    path.write_text(path.read_text() + "\n")


def _commit(root: Path) -> None:
    (root / "train.py").write_text("print('trained otherwise')\n")
    git(root, "commit", "-q", "-a", "-m", "other")


def _hide(root: Path) -> None:
    git(root, "update-index", "--assume-unchanged", "train.py")
    (root / "train.py").write_text("print('trained otherwise')\n")


@pytest.mark.obligation(53)
@pytest.mark.parametrize(
    ("tamper", "broken"),
    [
        pytest.param(lambda _: None, None, id="honest"),
        pytest.param(lambda r: _append(r / "model" / "config.json"), "weights", id="weights"),
        pytest.param(lambda r: (r / "model/LICENSE").rename(r / "model/L"), "weights", id="a-name"),
        pytest.param(lambda r: _append(r / "train.jsonl"), "data", id="data"),
        pytest.param(lambda r: _append(r / "faq.jsonl"), "evaluation", id="evaluation"),
        pytest.param(lambda r: (r / "base" / "more").write_text(""), "base-model", id="base-model"),
        pytest.param(lambda r: _append(r / "adapter/adapter_config.json"), "adapter", id="adapter"),
        pytest.param(lambda r: _append(r / "model.cdx.json"), "inventory", id="inventory"),
        pytest.param(lambda r: _append(r / "code" / "train.py"), "code", id="code-changed"),
        pytest.param(lambda r: (r / "code" / "own.py").write_text(""), "code", id="code-added"),
        pytest.param(lambda r: _commit(r / "code"), "code", id="code-of-another-commit"),
        pytest.param(lambda r: _hide(r / "code"), "code", id="code-that-git-shall-not-see"),
    ],
)
def test_the_verifier_names_the_broken_link(
    chain: Chain, tamper: Callable[[Path], object], broken: str | None
) -> None:
    """Data, evaluation, base model, adapter, code, inventory and weights: each alone."""
    tamper(chain.root)
    result = chain.verify()
    found = json.loads(result.stdout)

    assert result.exit_code == (0 if broken is None else 4), result.output
    assert [x["role"] for x in found["links"] if x["state"] != "holds"] == (
        [broken] if broken else []
    )
    assert len(found["links"]) == 7


@pytest.mark.obligation(53)
def test_a_changed_statement_does_not_hold(chain: Chain) -> None:
    """Whoever edits the statement so that it fits other data needs the key."""
    path = chain.root / "model.att.json"
    envelope = json.loads(path.read_text())
    envelope["payload"] = envelope["payload"].swapcase()
    path.write_text(json.dumps(envelope))
    result = chain.verify()

    assert result.exit_code == 4
    assert "changed after it was signed" in json.loads(result.stdout)["why"]


def test_nothing_secret_is_written(made: Chain) -> None:
    """No part of the private key, and no password of a remote, in any of the three files."""
    key = "".join((made.root / "release.key").read_text().splitlines()[1:-1])
    for name in ("model.cdx.json", "model.sig", "model.att.json"):
        text = (made.root / name).read_text()
        assert key[20:60] not in text
        assert "hidden" not in text

    payload = base64.b64decode(json.loads((made.root / "model.att.json").read_text())["payload"])
    assert b"git+https://git.example.org/team/train.git" in payload
    assert b"hidden" not in payload
