"""`aegis verify` as a command: what it reads, which forms it writes, whom it asks."""

from __future__ import annotations

import http.server
import json
import os
import re
import shlex
import subprocess
import sys
import threading
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from aegis.operations.verifying import (
    ClusterError,
    cluster_definitions,
    report,
    verify_paths,
)
from aegis.verify.report import Program, Verification
from aegis.verify.tools import LocalTools

ROOT = Path(__file__).resolve().parents[2]
ROUTE = """\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: chat}
spec:
  rules: [{backendRefs: [{name: %s, port: 80}]}]
"""
SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: engine}
spec: {ports: [{port: 80}]}
"""
WIDGET = """\
apiVersion: example.org/v1
kind: Widget
metadata: {name: one}
spec: {size: %s}
"""
DEFINITION = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "widgets.example.org"},
    "spec": {
        "group": "example.org",
        "names": {"kind": "Widget", "plural": "widgets"},
        "scope": "Namespaced",
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {
                            "spec": {
                                "type": "object",
                                "properties": {"size": {"type": "integer"}},
                            }
                        },
                    }
                },
            }
        ],
    },
}


def aegis(*arguments: str | Path, cwd: Path, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "aegis.cli.main", "verify", *map(str, arguments)],
        capture_output=True, text=True, check=False, timeout=60, cwd=cwd, input=text,
        env={**os.environ, "COLUMNS": "100", "NO_COLOR": "1"},
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A route to a Service that is not there, beside one that is."""
    (tmp_path / "k8s").mkdir()
    (tmp_path / "k8s" / "route.yaml").write_text(ROUTE % "engin", "utf-8")
    (tmp_path / "k8s" / "service.yaml").write_text(SERVICE, "utf-8")
    return tmp_path


def test_sarif_names_the_rule_the_place_and_what_was_not_checked(folder: Path) -> None:
    """A code forge shows the finding at its line, by a path below the root of the sources."""
    (folder / "notes.json").write_text("[1]", "utf-8")

    said = aegis(".", "--no-tools", "--format", "sarif", cwd=folder)

    (run,) = json.loads(said.stdout)["runs"]
    (result,) = run["results"]
    place = result["locations"][0]["physicalLocation"]
    assert said.returncode == 4
    assert result["ruleId"] == run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "AEG931"
    assert place["artifactLocation"] == {"uri": "k8s/route.yaml", "uriBaseId": "%SRCROOT%"}
    assert place["region"]["startLine"] == 5
    notes = run["invocations"][0]["toolExecutionNotifications"]
    assert any("notes.json" in note["message"]["text"] for note in notes)


def test_sarif_names_the_programs_that_were_asked() -> None:
    """Who judged is a part of the result, with its version."""
    made = Verification(programs=(Program(name="promtool", version="3.5.0"),))

    (run,) = json.loads(report(made, "sarif"))["runs"]

    assert run["tool"]["extensions"] == [{"name": "promtool", "version": "3.5.0"}]


@pytest.mark.parametrize("form", ["junit", "github", "gitlab"])
def test_every_form_for_ci_holds_the_finding(folder: Path, form: str) -> None:
    """The path, the line and the code stand in each of them."""
    aegis("k8s", "--no-tools", "--format", form, "-o", "out", cwd=folder)
    text = (folder / "out").read_text("utf-8")

    if form == "junit":
        (case,) = ET.fromstring(text).iter("testcase")  # noqa: S314  # our own text
        assert (case.get("name") or "").startswith("AEG931 ")
        assert (case.get("name") or "").endswith("k8s/route.yaml:5:27")
    elif form == "github":
        assert text.startswith("::error file=k8s/route.yaml,line=5,col=27,title=AEG931 ")
    else:
        (entry,) = json.loads(text)
        assert entry["location"] == {"path": "k8s/route.yaml", "lines": {"begin": 5}}


def test_each_file_names_its_judges(folder: Path) -> None:
    """`--files` lists them one by one."""
    said = aegis("k8s", "--no-tools", "--files", cwd=folder).stdout

    assert "k8s/route.yaml\n  judged by schema of kubernetes-sigs/gateway-api" in said
    assert "k8s/service.yaml\n  judged by Kubernetes 1.36" in said


def test_what_another_program_renders_is_read_from_standard_input(tmp_path: Path) -> None:
    said = aegis("-", "--no-tools", cwd=tmp_path, text=SERVICE.replace("ports", "port"))

    assert said.returncode == 4
    assert "standard-input.yaml:4:8" in said.stdout


def test_a_change_is_judged_beside_what_did_not_change(folder: Path) -> None:
    """`--diff` reports what touches changed files: also a route that a changed Service breaks."""
    git = ["git", "-C", str(folder), "-c", "user.name=t", "-c", "user.email=t@example.org"]
    (folder / "k8s" / "route.yaml").write_text(ROUTE % "engine", "utf-8")
    (folder / "k8s" / "old.yaml").write_text(WIDGET % 1, "utf-8")
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "one"]):
        subprocess.run([*git, *arguments], check=True, capture_output=True)

    quiet = aegis(".", "--no-tools", "--diff", "HEAD", "--fail-on", "low", cwd=folder)
    (folder / "k8s" / "service.yaml").write_text(SERVICE.replace("80", "81"), "utf-8")
    loud = aegis(".", "--no-tools", "--diff", "HEAD", "--fail-on", "low", cwd=folder)

    assert (quiet.returncode, quiet.stdout.count("AEG")) == (0, 0)
    assert loud.returncode == 4
    assert "AEG931" in loud.stdout
    assert "AEG905" not in loud.stdout
    assert aegis(".", "--diff", "no-such-revision", cwd=folder).returncode == 2


def test_the_pre_commit_hook_judges_what_is_about_to_be_committed(folder: Path) -> None:
    """Its entry runs as it stands, without file names, and its pattern meets what verify reads."""
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    hook = next(each for each in hooks if each["id"] == "aegis-verify")
    program, command, *arguments = shlex.split(hook["entry"])
    git = ["git", "-C", str(folder), "-c", "user.name=t", "-c", "user.email=t@example.org"]
    for words in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "one"], ["add", "."]):
        subprocess.run([*git, *words], check=True, capture_output=True)

    said = aegis(*arguments, cwd=folder)

    assert (program, command, hook["pass_filenames"]) == ("aegis", "verify", False)
    assert said.returncode == 4
    assert "AEG931" in said.stdout
    assert all(re.search(hook["files"], name) for name in ("a.yaml", "b/c.yml", "d.json", "e.tf"))


def test_definitions_are_read_as_far_as_the_objects_need_them(tmp_path: Path) -> None:
    """A broken definition of another kind is no matter of these objects; one of theirs is."""
    objects, crds = tmp_path / "objects", tmp_path / "crds"
    objects.mkdir()
    crds.mkdir()
    (objects / "widget.yaml").write_text(WIDGET % "large", "utf-8")
    (crds / "widget.json").write_text(json.dumps(DEFINITION), "utf-8")
    (crds / "other.yaml").write_text("names: {kind: Gadget}\nbroken: [\n", "utf-8")

    made = verify_paths([objects], crds=[crds])

    assert [(f.name, f.span.line) for f in made.findings if f.span] == [("wrong-type", 4)]


_ANSWERS = {
    "/version": {"major": "1", "minor": "33", "gitVersion": "v1.33.4+k3s1"},
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": {
        "kind": "APIGroupList",
        "apiVersion": "v1",
        "groups": [
            {
                "name": "apiextensions.k8s.io",
                "versions": [{"groupVersion": "apiextensions.k8s.io/v1", "version": "v1"}],
                "preferredVersion": {
                    "groupVersion": "apiextensions.k8s.io/v1",
                    "version": "v1",
                },
            }
        ],
    },
    "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": []},
    "/apis/apiextensions.k8s.io/v1": {
        "kind": "APIResourceList",
        "groupVersion": "apiextensions.k8s.io/v1",
        "resources": [
            {
                "name": "customresourcedefinitions",
                "singularName": "customresourcedefinition",
                "namespaced": False,
                "kind": "CustomResourceDefinition",
                "verbs": ["get", "list"],
                "shortNames": ["crd", "crds"],
            }
        ],
    },
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions": {
        "kind": "CustomResourceDefinitionList",
        "apiVersion": "apiextensions.k8s.io/v1",
        "metadata": {"resourceVersion": "1"},
        "items": [DEFINITION],
    },
}


class _ApiServer(http.server.BaseHTTPRequestHandler):
    """As much of an API server as `kubectl get crds` asks for."""

    def do_GET(self) -> None:
        answer = _ANSWERS.get(self.path.partition("?")[0])
        body = json.dumps(answer or {"kind": "Status", "code": 404}).encode()
        self.send_response(200 if answer else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the parent's name
        del format, args


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A context of kubectl that leads to the small server."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _ApiServer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": "c", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}
        ],
        "users": [{"name": "u", "user": {}}],
        "contexts": [{"name": "small", "context": {"cluster": "c", "user": "u"}}],
    }
    path = tmp_path / "kubeconfig"
    path.write_text(json.dumps(config), "utf-8")
    monkeypatch.setenv("KUBECONFIG", str(path))
    monkeypatch.setenv("HOME", str(tmp_path))
    yield "small"
    server.shutdown()
    thread.join()
    server.server_close()


def test_real_kubectl_brings_the_definitions_of_a_cluster(cluster: str, tmp_path: Path) -> None:
    """Its kinds are judged by its own schemas, core kinds by its version; nothing is written."""
    if LocalTools().version("kubectl") is None:
        pytest.skip("KUBECTL IS NOT ON THIS MACHINE: definitions of a cluster are unchecked")
    (tmp_path / "widget.yaml").write_text(WIDGET % "large", "utf-8")

    (tmp_path / "service.yaml").write_text(SERVICE, "utf-8")

    made = verify_paths([tmp_path / "widget.yaml", tmp_path / "service.yaml"], cluster=cluster)

    assert [f.name for f in made.findings] == ["wrong-type"]
    assert made.files[0].judges == ("Kubernetes 1.33 API: schema and rules",)


def test_a_cluster_that_does_not_answer_is_named(cluster: str) -> None:
    """An unknown context is kubectl's own sentence, never a traceback."""
    if LocalTools().version("kubectl") is None:
        pytest.skip("KUBECTL IS NOT ON THIS MACHINE: definitions of a cluster are unchecked")

    with pytest.raises(ClusterError, match=f"kubectl: .*no{cluster}"):
        cluster_definitions(f"no{cluster}", LocalTools())


def test_links_pipes_and_locked_files_hang_and_break_nothing(tmp_path: Path) -> None:
    """A loop of links is not followed, a pipe is not read, what cannot be opened is a finding."""
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "zeros.yaml").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "gone.yaml").write_text(SERVICE, "utf-8")

    made = verify_paths([tmp_path, tmp_path / "missing.yaml"])

    assert [(f.name, f.message) for f in made.findings] == [
        ("unreadable-file", "cannot be opened: No such file or directory")
    ]
    assert [Path(file.path).name for file in made.files] == ["gone.yaml"]


def test_a_file_without_end_is_read_up_to_a_bound(tmp_path: Path) -> None:
    """100 MB and a device that never ends cost the same: a finding at line 1."""
    big = tmp_path / "big.yaml"
    with big.open("wb") as stream:
        stream.truncate(100_000_000)

    made = verify_paths([big, Path("/dev/zero")])

    assert [f.name for f in made.findings] == ["unreadable-file"]
    assert made.findings[0].span is not None
    assert made.findings[0].span.line == 1
