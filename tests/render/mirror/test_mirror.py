"""Images cross a border for real: two registries, skopeo, and a folder that is carried over."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from aegis.brief.read import read_brief
from aegis.plan.planner import Versions, make_plan
from aegis.plan.types import Plan
from aegis.render.mirror import render_mirror

_ROOT = Path(__file__).resolve().parents[3]
_TOOLS = ("skopeo", "docker-registry")
_absent = [tool for tool in _TOOLS if shutil.which(tool) is None]
real = pytest.mark.skipif(bool(_absent), reason=f"{_absent} are absent: the scripts are NOT judged")


@pytest.fixture(scope="module")
def plan() -> Plan:
    """An assistant of a police that nothing may leave."""
    path = _ROOT / "tests/golden/briefs/rag-air-gapped-police.yaml"
    brief = read_brief(path.read_text(), path=path.name).brief
    assert brief is not None
    return make_plan(brief, Versions(catalog_sha256="0" * 64, aegis_version="test"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """A registry on loopback."""

    address: str

    def digest(self, name: str, tag: str) -> str:
        request = urllib.request.Request(
            f"http://{self.address}/v2/{name}/manifests/{tag}",
            headers={"Accept": "application/vnd.oci.image.manifest.v1+json"},
            method="HEAD",
        )
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310  # loopback
            return str(answer.headers["Docker-Content-Digest"])


def _registry(folder: Path) -> tuple[Registry, subprocess.Popen[bytes]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = folder / "config.yml"
    config.write_text(
        f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {folder / 'data'}}}}}\n"
        f"http: {{addr: '127.0.0.1:{port}'}}\n"
    )
    process = subprocess.Popen(["docker-registry", "serve", str(config)], stderr=subprocess.DEVNULL)
    for _ in range(100):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/v2/", timeout=1)
            break
        except OSError:
            time.sleep(0.1)
    return Registry(address=f"127.0.0.1:{port}"), process


@pytest.fixture
def borders(tmp_path: Path) -> Iterator[tuple[Registry, Registry]]:
    """The registry outside and the one inside."""
    processes = []
    registries = []
    for side in ("outside", "inside"):
        (tmp_path / side).mkdir()
        registry, process = _registry(tmp_path / side)
        registries.append(registry)
        processes.append(process)
    yield registries[0], registries[1]
    for process in processes:
        process.terminate()
        process.wait(10)


def _push(registry: Registry, name: str, tag: str, folder: Path) -> str:
    """A smallest possible image under a name; its digest."""
    folder.mkdir()

    def blob(data: bytes, kind: str) -> dict[str, object]:
        digest = hashlib.sha256(data).hexdigest()
        (folder / digest).write_bytes(data)
        return {"mediaType": kind, "digest": f"sha256:{digest}", "size": len(data)}

    config = {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": []}}
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": blob(
            json.dumps({**config, "author": name}).encode(),
            "application/vnd.oci.image.config.v1+json",
        ),
        "layers": [],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "version").write_text("Directory Transport Version: 1.1\n")
    target = f"docker://{registry.address}/{name}:{tag}"
    subprocess.run(
        ["skopeo", "copy", "--quiet", "--dest-tls-verify=false", f"dir:{folder}", target],
        check=True,
    )
    return registry.digest(name, tag)


def _run(folder: Path, script: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", str(folder / script)],
        env={
            **os.environ,
            "SKOPEO_COPY_FLAGS": "--src-tls-verify=false --dest-tls-verify=false",
            "SKOPEO_INSPECT_FLAGS": "--tls-verify=false",
            **env,
        },
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def _folder(plan: Plan, root: Path) -> Path:
    for artifact in render_mirror(plan):
        path = root / artifact.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(str(artifact.content))
    return root / "mirror"


@pytest.fixture
def exported(plan: Plan, borders: tuple[Registry, Registry], tmp_path: Path) -> Path:
    """A mirror that was filled on the connected side, with a signature and a controller's image."""
    outside, _ = borders
    folder = _folder(plan, tmp_path)
    text = (folder / "images.txt").read_text()
    for name in ("ENGINE", "MODEL", "GATEWAY"):
        path = f"team/{name.lower()}"
        digest = _push(outside, path, "1", tmp_path / f"image-{name}")
        text = text.replace(f"{name}=\n", f"{name}={outside.address}/{path}@{digest}\n")
        if name == "ENGINE":
            _push(
                outside,
                path,
                f"sha256-{digest.removeprefix('sha256:')}.sig",
                tmp_path / "signature",
            )
    (folder / "images.txt").write_text(text)
    _push(outside, "projects/controller", "v1", tmp_path / "controller")
    (folder / "manifests").mkdir()
    (folder / "manifests/controller.yaml").write_text(
        f'spec:\n  containers:\n    - name: c\n      image: "{outside.address}/projects/controller:v1"\n'
    )
    ran = _run(folder, "export.sh")
    assert ran.returncode == 0, ran.stderr
    return folder


@real
def test_everything_arrives_with_its_digest_and_signature(
    exported: Path, borders: tuple[Registry, Registry]
) -> None:
    outside, inside = borders
    ran = _run(exported, "import.sh", REGISTRY=inside.address)
    assert ran.returncode == 0, ran.stderr
    lines = dict(line.split("=", 1) for line in ran.stdout.splitlines())
    assert lines["ENGINE_IMAGE"] == f"{inside.address}/team/engine"
    assert lines["ENGINE_DIGEST"] == outside.digest("team/engine", "1")
    signature = f"sha256-{lines['ENGINE_DIGEST'].removeprefix('sha256:')}.sig"
    assert inside.digest("team/engine", signature) == outside.digest("team/engine", signature)
    controller = outside.digest("projects/controller", "v1")
    assert inside.digest("projects/controller", controller) == controller


@real
@pytest.mark.parametrize("change", ["changed", "missing", "added"])
def test_what_changed_on_the_way_is_refused_before_anything_is_pushed(
    exported: Path, borders: tuple[Registry, Registry], change: str
) -> None:
    manifest = next((exported / "images").glob("team_model*/manifest.json"))
    match change:
        case "changed":
            manifest.write_text(manifest.read_text() + " ")
        case "missing":
            manifest.unlink()
        case _:
            (manifest.parent / "added").write_text("x")
    ran = _run(exported, "import.sh", REGISTRY=borders[1].address)
    assert ran.returncode == 3
    with urllib.request.urlopen(f"http://{borders[1].address}/v2/_catalog", timeout=5) as answer:
        assert json.load(answer) == {"repositories": []}


def test_nothing_is_exported_by_tag_or_half_filled(plan: Plan, tmp_path: Path) -> None:
    folder = _folder(plan, tmp_path)
    text = (
        (folder / "images.txt")
        .read_text()
        .replace("GATEWAY=", "GATEWAY=registry.internal/gateway:1")
    )
    (folder / "images.txt").write_text(text)
    ran = _run(folder, "export.sh")
    assert ran.returncode == 2
    assert [line.split(":")[1].split()[0] for line in ran.stderr.splitlines()] == [
        "ENGINE",
        "MODEL",
        "GATEWAY",
    ]
    assert not (folder / "images").exists()


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is absent: NOT judged")
def test_shellcheck_finds_nothing(plan: Plan, tmp_path: Path) -> None:
    folder = _folder(plan, tmp_path)
    ran = subprocess.run(
        ["shellcheck", "--exclude=SC2086", str(folder / "export.sh"), str(folder / "import.sh")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout


def test_a_plan_that_may_reach_out_has_none(plans: dict[str, Plan]) -> None:
    assert render_mirror(plans["cluster-chat"]) == ()
