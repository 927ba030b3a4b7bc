"""Real programs are asked when they are there, and named when they are not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from aegis.verify.api import verify_files
from aegis.verify.tools import LocalTools, Outcome, write_files

RULES = "groups:\n  - name: a\n    rules:\n      - {alert: A, expr: up == 0}\n"
TESTS = """\
rule_files: [rules.yaml]
tests:
  - interval: 1m
    input_series:
      - {series: 'up{job="a"}', values: '0 0 0'}
    alert_rule_test:
      - eval_time: 2m
        alertname: %s
        exp_alerts:
          - exp_labels: {job: a}
"""
ALERTMANAGER = "route: {receiver: a}\nreceivers: [{name: %s}]\n"
MERMAID = "Text.\n\n```mermaid\nflowchart LR\n  %s\n```\n"
OVERLAY: dict[str, str] = {
    "base/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1beta1\n"
    "kind: Kustomization\nresources: [settings.yaml]\n",
    "base/settings.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n"
    "data: {mode: quiet}\n",
    "overlays/production/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1beta1\n"
    "kind: Kustomization\nresources: [../../base]\npatches:\n  - path: mode.yaml\n",
    "overlays/production/mode.yaml": "apiVersion: v1\nkind: ConfigMap\n"
    "metadata: {name: settings}\ndata: {mode: loud}\n",
}


class FakeTools:
    """Answers as it is told; keeps what it was asked."""

    runs_code = False

    def __init__(self, versions: dict[str, str], answer: Outcome) -> None:
        self.versions = versions
        self.answer = answer
        self.asked: list[tuple[str, ...]] = []

    def version(self, name: str) -> str | None:
        return self.versions.get(name)

    def run(self, name: str, args: Sequence[str], folder: Path) -> Outcome:
        assert folder.is_dir()
        self.asked.append((name, *args))
        return self.answer


def local(name: str) -> LocalTools:
    tools = LocalTools()
    if tools.version(name) is None:
        pytest.skip(f"{name.upper()} IS NOT ON THIS MACHINE: what it would judge is unchecked")
    return tools


def test_absent_tools_are_named_and_what_they_would_judge_is_unchecked() -> None:
    """Each file names the program it waits for; a program that no file needs is not named."""
    made = verify_files(
        {
            "r.yaml": RULES,
            "m/main.tf.json": "{}",
            "kustomization.yaml": "resources: []\n",
            "chart/Chart.yaml": "name: a\nversion: 1.0.0\n",
            "README.md": f"{MERMAID % 'a --> b'}\n",
            "p/Pulumi.yaml": "name: a\nruntime: python\n",
            "p/test_a.py": "def test_a(): pass\n",
        },
        tools=FakeTools({}, Outcome(code=0, output="")),
    )
    unchecked = {file.path: file.unchecked for file in made.files}

    assert made.absent == (
        "promtool", "kubectl", "helm", "terraform", "tofu", "mermaid", "pulumi",
    )  # fmt: skip
    assert unchecked["r.yaml"] == ("promtool is not on this machine",)
    assert unchecked["m/main.tf.json"] == (
        "terraform is not on this machine",
        "tofu is not on this machine",
    )
    assert "mermaid is not on this machine" in unchecked["README.md"]
    assert "pulumi is not on this machine" in unchecked["p/test_a.py"]


def test_unit_tests_that_are_code_run_only_when_asked_for() -> None:
    """Reading manifests must not start programs that stand among them."""
    files: dict[str, str | bytes] = {
        "p/Pulumi.yaml": "name: a\nruntime: {name: python}\n",
        "p/test_a.py": "def test_a(): pass\n",
    }
    careful = FakeTools({"pulumi": "3.272.0"}, Outcome(code=0, output="1 passed"))
    asked_to = FakeTools({"pulumi": "3.272.0"}, Outcome(code=1, output="1 failed"))
    asked_to.runs_code = True

    silent, loud = verify_files(files, tools=careful), verify_files(files, tools=asked_to)

    assert careful.asked == []
    assert "--run-tests" in silent.files[1].unchecked[0]
    assert {f.name for f in loud.findings} == {"unit-tests-failed"}
    assert all("pulumi 3.272.0" in file.judges for file in loud.files)


def test_what_helm_renders_is_judged_as_objects() -> None:
    """A chart's templates are skipped; what helm makes of them is not."""
    bad = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {size: 5}\n"
    tools = FakeTools({"helm": "3.19.0"}, Outcome(code=0, output=bad))
    files = {"chart/Chart.yaml": "name: a\nversion: 1.0.0\n", "chart/templates/a.yaml": "{{ b }}\n"}

    made = verify_files(dict(files), tools=tools)

    assert tools.asked == [("helm", "template", "release", "chart")]
    assert [(f.name, f.where) for f in made.findings] == [
        ("wrong-type", "built from chart/Chart.yaml, line 4")
    ]


def test_both_terraform_and_opentofu_judge_a_module_apart_from_one_another() -> None:
    """Each has its own copy, since both write beside the sources."""
    said = Outcome(code=0, output='{"diagnostics": []}')
    tools = FakeTools({"terraform": "1.15.5", "tofu": "1.12.0"}, said)

    made = verify_files({"m/main.tf.json": "{}", "m/vars.tf": ""}, tools=tools)

    assert {file.judges for file in made.files} == {
        ("terraform 1.15.5 validate", "tofu 1.12.0 validate")
    }
    # They are asked side by side, so that either may be the first.
    assert sorted(each for each in tools.asked if each[1] == "validate") == [
        ("terraform", "validate", "-json", "-no-color"),
        ("tofu", "validate", "-json", "-no-color"),
    ]


def test_without_tools_nothing_is_started() -> None:
    """The engine alone asks nobody, and says nothing about tools."""
    assert verify_files({"r.yaml": RULES}).absent == ()


def test_the_judge_of_a_file_is_named_with_its_version() -> None:
    tools = FakeTools({"promtool": "3.5.0"}, Outcome(code=0, output="SUCCESS"))

    made = verify_files({"r.yaml": RULES}, tools=tools)

    assert made.files[0].judges == ("Aegis checks of prometheus-rules", "promtool 3.5.0")
    assert tools.asked == [("promtool", "check", "rules", "r.yaml")]


@pytest.mark.parametrize(
    ("code", "name"),
    [
        pytest.param(1, "promtool-refused", id="refused"),
        pytest.param(124, "tool-failed", id="took-too-long"),
        pytest.param(126, "tool-failed", id="could-not-start"),
    ],
)
def test_what_a_tool_says_becomes_a_finding_at_its_line(code: int, name: str) -> None:
    answer = Outcome(code=code, output="", errors="r.yaml: 4:9: group is wrong\n")
    tools = FakeTools({"promtool": "3.5.0"}, answer)

    found = verify_files({"r.yaml": RULES}, tools=tools).findings

    assert [f.name for f in found] == [name]
    assert found[0].span is not None
    assert (found[0].span.line, found[0].span.column) == (4, 9)


@pytest.mark.parametrize(
    ("version", "field", "judged"),
    [
        pytest.param("0.25.0", "url_file", False, id="older-than-the-field"),
        pytest.param("0.28.1", "url_file", True, id="new-enough"),
        pytest.param("0.25.0", "url_fiel", True, id="no-such-field"),
    ],
)
def test_a_field_newer_than_the_tool_is_unchecked_and_not_refused(
    version: str, field: str, *, judged: bool
) -> None:
    """An old amtool must not fail a configuration that the running Alertmanager accepts."""
    answer = Outcome(code=1, output=f"line 2: field {field} not found in type config.plain\n")
    made = verify_files(
        {"am.yml": ALERTMANAGER % "a"}, tools=FakeTools({"amtool": version}, answer)
    )

    assert [f.name for f in made.findings] == (["amtool-refused"] if judged else [])
    assert any("does not know `url_file`" in w for w in made.files[0].unchecked) is not judged


def test_no_file_name_leads_out_of_the_temporary_folder(tmp_path: Path) -> None:
    """Absolute names and names that climb are put below it; the finding keeps the real name."""
    tools = FakeTools({"promtool": "3.5.0"}, Outcome(code=1, output="", errors="no"))
    folder = tmp_path / "here"
    folder.mkdir()

    write_files({"../../r.yaml": "a", "/etc/r.yaml": "b", "c/../d.yaml": "c"}, folder)
    found = verify_files({"../../r.yaml": RULES, "/r.yaml": RULES}, tools=tools).findings

    assert sorted(p.name for p in tmp_path.iterdir()) == ["here"]
    assert {p.relative_to(folder).as_posix() for p in folder.rglob("*.yaml")} == {
        "up/up/r.yaml",
        "etc/r.yaml",
        "d.yaml",
    }
    assert {args[-1] for args in tools.asked} == {"r.yaml"}
    assert {f.span.path for f in found if f.span} == {"../../r.yaml", "/r.yaml"}


def test_real_promtool_judges_rules_and_their_unit_tests() -> None:
    """An alert that should fire and does passes; one that is not there fails."""
    tools = local("promtool")

    good = verify_files({"a/rules.yaml": RULES, "a/test.yaml": TESTS % "A"}, tools=tools)
    bad = verify_files({"a/rules.yaml": RULES, "a/test.yaml": TESTS % "B"}, tools=tools)

    assert good.findings == ()
    assert all(any(j.startswith("promtool ") for j in file.judges) for file in good.files)
    assert [(f.name, f.span.path if f.span else "") for f in bad.findings] == [
        ("promtool-refused", "a/test.yaml")
    ]


def test_real_promtool_judges_the_rules_inside_an_object() -> None:
    tools = local("promtool")
    text = (
        "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: a}\nspec:\n"
        "  groups: [{name: a, rules: [{alert: A, expr: up, for: soon}]}]\n"
    )

    found = verify_files({"a.yaml": text}, tools=tools).findings

    assert "promtool-refused" in {f.name for f in found}


def test_real_amtool_judges_the_alertmanager_configuration() -> None:
    tools = local("amtool")

    good = verify_files({"alertmanager.yml": ALERTMANAGER % "a"}, tools=tools)
    bad = verify_files({"alertmanager.yml": ALERTMANAGER % "b"}, tools=tools)

    assert good.findings == ()
    assert {f.name for f in bad.findings} == {"amtool-refused", "undefined-receiver"}


def test_real_kubectl_builds_the_overlay_and_its_result_is_judged() -> None:
    """A patch that puts a number where a text belongs is found in what is built."""
    tools = local("kubectl")
    broken = {
        **OVERLAY,
        "overlays/production/mode.yaml": OVERLAY["overlays/production/mode.yaml"].replace(
            "loud", "5"
        ),
    }

    good = verify_files(dict(OVERLAY), tools=tools)
    bad = verify_files(dict(broken), tools=tools)

    assert good.findings == ()
    built = {f.path: f.judges for f in good.files}["overlays/production/kustomization.yaml"]
    assert any(judge.startswith("kubectl ") for judge in built)
    assert [f.name for f in bad.findings] == ["wrong-type"]
    assert bad.findings[0].where.startswith("built from overlays/production/kustomization.yaml")


def test_real_kubectl_is_not_blamed_for_files_that_were_not_given() -> None:
    """A missing base is a finding of ours; a missing file of a generator is said to be unseen."""
    tools = local("kubectl")
    alone = {path: text for path, text in OVERLAY.items() if path.startswith("overlays")}
    generator = "configMapGenerator: [{name: a, envs: [release.env]}]\n"
    generated = {
        **OVERLAY,
        "base/kustomization.yaml": OVERLAY["base/kustomization.yaml"] + generator,
    }

    without_base = verify_files(alone, tools=tools)
    without_env = verify_files(dict(generated), tools=tools)

    assert {f.name for f in without_base.findings} == {"missing-resource-file"}
    assert without_env.findings == ()
    assert any("`release.env` was not among" in w for w in without_env.files[0].unchecked)


def test_real_kubectl_refuses_what_cannot_be_built() -> None:
    """A patch for an object that is not there."""
    tools = local("kubectl")
    stray = OVERLAY["overlays/production/mode.yaml"].replace("name: settings", "name: other")

    found = verify_files({**OVERLAY, "overlays/production/mode.yaml": stray}, tools=tools).findings

    assert {f.name for f in found} == {"kustomize-refused"}


def test_real_terraform_validates_and_tests_a_module() -> None:
    """Without providers nothing needs the network: a module of locals and outputs is enough."""
    tools = local("terraform")
    module = 'variable "size" {\n  type = number\n}\noutput "twice" {\n  value = var.size * 2\n}\n'
    test = 'run "a" {\n  variables {\n    size = 2\n  }\n  assert {\n    condition     = '
    test += "output.twice == %s\n"
    test += '    error_message = "twice"\n  }\n}\n'

    good = verify_files({"m/main.tf": module, "m/a.tftest.hcl": test % 4}, tools=tools)
    wrong = verify_files({"m/main.tf": module, "m/a.tftest.hcl": test % 5}, tools=tools)
    bad = verify_files({"m/main.tf": module.replace("var.size", "var.sise")}, tools=tools)

    assert good.findings == ()
    assert [f.name for f in wrong.findings] == ["terraform-refused"]
    assert [(f.name, f.span.line if f.span else 0) for f in bad.findings] == [
        ("terraform-refused", 5)
    ]


def test_real_mermaid_parses_the_diagrams_of_a_page() -> None:
    """What it refuses is found at its line of the page."""
    modules = Path(__file__).parents[2] / "tools" / "mermaid" / "node_modules"
    tools = LocalTools(places={"mermaid": str(modules)})
    if tools.version("mermaid") is None:
        pytest.skip("MERMAID IS NOT ON THIS MACHINE: `npm ci` in tests/tools/mermaid installs it")
    page = f"{MERMAID % 'a --> b'}\n{MERMAID % 'a --> --> b'}"

    made = verify_files({"a.md": page, "b.mmd": "flowchart LR\n  a --> b\n"}, tools=tools)

    assert all(file.judges[0].startswith("mermaid ") for file in made.files)
    assert [(f.name, f.span.path, f.span.line) for f in made.findings if f.span] == [
        ("mermaid-refused", "a.md", 12)
    ]


def test_real_pulumi_runs_unit_tests_with_mocks() -> None:
    """The cloud is never asked; a test that fails is a finding."""
    tools = LocalTools(runs_code=True)
    if tools.version("pulumi") is None:
        pytest.skip("PULUMI IS NOT ON THIS MACHINE: unit tests of its programs are unchecked")
    test = (
        "import pulumi\n\n\nclass Mocks(pulumi.runtime.Mocks):\n"
        "    def new_resource(self, args):\n        return [args.name, args.inputs]\n\n"
        "    def call(self, args):\n        return {}\n\n\n"
        "pulumi.runtime.set_mocks(Mocks())\n\n\ndef test_a():\n    assert %s\n"
    )
    project = "name: a\nruntime: python\n"

    good = verify_files({"p/Pulumi.yaml": project, "p/test_a.py": test % 1}, tools=tools)
    bad = verify_files({"p/Pulumi.yaml": project, "p/test_a.py": test % 0}, tools=tools)

    assert good.findings == ()
    assert {f.name for f in bad.findings} == {"unit-tests-failed"}
