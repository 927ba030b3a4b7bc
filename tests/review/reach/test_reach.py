"""What runs is followed from the commands that start it, through every form of an import."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aegis.review.documents.tree import Limits, read_tree
from aegis.review.engine import collect, review_repository
from aegis.review.reach.closure import Reach

DOCKERFILE = "FROM python:3.12-slim@sha256:0\nWORKDIR /app\nCOPY . .\n"
MAIN = "from core import work\n"
CRON_JOB = """\
apiVersion: batch/v1
kind: CronJob
metadata: {name: a}
spec:
  jobTemplate:
    spec:
      template:
        spec:
          containers:
            - {name: a, image: "a:1", command: [python, app/main.py]}
"""


def reach(folder: Path, files: dict[str, str]) -> Reach:
    """What runs of a repository of these files."""
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    limits = Limits()
    return collect(read_tree(folder, limits), limits).reach


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param("Dockerfile", f'{DOCKERFILE}CMD ["python", "app/main.py"]\n', id="docker-cmd"),
        pytest.param(
            "Dockerfile",
            f"{DOCKERFILE}CMD exec uvicorn app.main:app --port 80\n",
            id="docker-shell-form",
        ),
        pytest.param(
            "Dockerfile",
            f'{DOCKERFILE}ENTRYPOINT ["python", "-m"]\nCMD ["app.main"]\n',
            id="docker-entrypoint-and-cmd",
        ),
        pytest.param(
            "docker/Dockerfile",
            "FROM python:3.12\nCOPY app /srv/app\nWORKDIR /srv\nCMD gunicorn -w 4 app.main:app\n",
            id="docker-copied-elsewhere",
        ),
        pytest.param(
            "Dockerfile",
            "FROM python:3.12\nWORKDIR /code\nCOPY app /code/service\nCMD uvicorn service.main:app\n",
            id="docker-copied-under-another-name",
        ),
        pytest.param(
            "compose.yaml",
            "services:\n  api:\n    build: .\n    command: celery -A app.main worker\n",
            id="compose-celery",
        ),
        pytest.param(
            "compose.yaml",
            "services:\n  api:\n    build: .\n    command:\n      - python\n      - -m\n      - app.main\n",
            id="compose-list",
        ),
        pytest.param(
            "k8s/job.yaml",
            CRON_JOB,
            id="kubernetes-cron-job",
        ),
        pytest.param("Procfile", "web: streamlit run app/main.py\n", id="procfile"),
        pytest.param(
            "serverless.yml", "functions:\n  ask:\n    handler: app/main.handle\n", id="serverless"
        ),
        pytest.param(
            "template.yaml",
            "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      Handler: app.main.handle\n",
            id="sam",
        ),
        pytest.param(
            "langgraph.json", '{"graphs": {"agent": "./app/main.py:graph"}}\n', id="langgraph"
        ),
        pytest.param(
            "supervisord.conf", "[program:a]\ncommand=python -m app.main\n", id="supervisor"
        ),
        pytest.param(
            "deploy/ask.service",
            "[Service]\nExecStart=/usr/bin/python3 /opt/ask/app/main.py\n",
            id="systemd",
        ),
        pytest.param(
            "infra/f.tf",
            'resource "aws_lambda_function" "f" {\n  handler = "app.main.handle"\n}\n',
            id="terraform-handler",
        ),
    ],
)
def test_a_start_is_read_in_every_notation(tmp_path: Path, path: str, text: str) -> None:
    """The file that is started runs and one that nothing imports does not."""
    found = reach(
        tmp_path,
        {
            path: text,
            "app/main.py": "app = 1\n",
            "app/unused.py": "x = 1\n",
            "requirements.txt": "",
        },
    )

    assert "app/main.py" in found.running
    assert "app/unused.py" in found.idle


def test_a_shell_script_is_followed(tmp_path: Path) -> None:
    """An image that starts a script runs what the script runs, and the scripts that it calls."""
    found = reach(
        tmp_path,
        {
            "Dockerfile": f'{DOCKERFILE}ENTRYPOINT ["./start.sh"]\n',
            "start.sh": "#!/bin/sh\n. bin/wait.sh\nexec uvicorn main:app\n",
            "bin/wait.sh": "python wait_for_store.py\n",
            "main.py": "",
            "wait_for_store.py": "",
            "other.py": "",
        },
    )

    assert found == Reach(frozenset({"main.py", "wait_for_store.py"}), frozenset({"other.py"}))


@pytest.mark.parametrize(
    ("statement", "target"),
    [
        pytest.param("import pkg.deep.leaf", "pkg/deep/leaf.py", id="absolute"),
        pytest.param("import os, pkg.deep.leaf as leaf", "pkg/deep/leaf.py", id="one-of-several"),
        pytest.param("from pkg.deep.leaf import thing", "pkg/deep/leaf.py", id="from-module"),
        pytest.param("from pkg.deep import leaf", "pkg/deep/leaf.py", id="module-from-package"),
        pytest.param(
            "from pkg.deep import (  # both\n    other,\n    leaf as l,\n)",
            "pkg/deep/leaf.py",
            id="brackets",
        ),
        pytest.param(
            "from pkg.deep import other, \\\n    leaf", "pkg/deep/leaf.py", id="continued-line"
        ),
        pytest.param("from .deep import leaf", "pkg/deep/leaf.py", id="relative"),
        pytest.param("from .deep.leaf import thing", "pkg/deep/leaf.py", id="relative-module"),
        pytest.param("from . import side", "pkg/side.py", id="beside"),
        pytest.param("from pkg.deep import *", "pkg/deep/leaf.py", id="star"),
        pytest.param(
            "def f():\n    from pkg.deep import leaf", "pkg/deep/leaf.py", id="inside-a-function"
        ),
        pytest.param(
            "import importlib\nimportlib.import_module('pkg.deep.leaf')",
            "pkg/deep/leaf.py",
            id="importlib-literal",
        ),
        pytest.param(
            "import importlib\nimportlib.import_module(f'pkg.deep.{name}')",
            "pkg/deep/leaf.py",
            id="importlib-formatted",
        ),
        pytest.param(
            "import importlib\nimportlib.import_module(name)",
            "pkg/deep/leaf.py",
            id="importlib-variable",
        ),
        pytest.param(
            "import pkgutil\npkgutil.iter_modules(__path__)", "pkg/deep/leaf.py", id="pkgutil"
        ),
        pytest.param(
            "import uvicorn\nuvicorn.run('pkg.deep.leaf:app', workers=2)",
            "pkg/deep/leaf.py",
            id="factory-by-string",
        ),
        pytest.param("urls = [include('pkg.deep.leaf')]", "pkg/deep/leaf.py", id="include"),
        pytest.param(
            "subprocess.run(['python', 'pkg/deep/leaf.py'])",
            "pkg/deep/leaf.py",
            id="path-by-string",
        ),
    ],
)
def test_every_form_of_an_import_is_followed(tmp_path: Path, statement: str, target: str) -> None:
    """What the started module brings in runs, with the packages around it."""
    found = reach(
        tmp_path,
        {
            "Dockerfile": f"{DOCKERFILE}CMD python -m pkg.main\n",
            "pkg/__init__.py": "",
            "pkg/main.py": f"{statement}\n",
            "pkg/side.py": "",
            "pkg/deep/__init__.py": "",
            "pkg/deep/leaf.py": "",
            "pkg/deep/other.py": "",
            "aside/by_hand.py": "",
        },
    )

    assert {"pkg/__init__.py", "pkg/main.py", target} <= found.running
    assert "aside/by_hand.py" in found.idle


TRAPS = {
    "a-scripts-folder-that-cron-starts": (
        {
            "crontab": "0 3 * * * python /app/scripts/refresh.py\n",
            "scripts/refresh.py": MAIN,
            "core/work.py": "",
        },
        {"scripts/refresh.py", "core/work.py"},
    ),
    "applications-of-django": (
        {
            "Dockerfile": f"{DOCKERFILE}CMD gunicorn site1.wsgi:application\n",
            "manage.py": "",
            "site1/__init__.py": "",
            "site1/wsgi.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site1.settings')\n",
            "site1/settings.py": "INSTALLED_APPS = ['shop', 'pay.apps.PayConfig']\n",
            "shop/__init__.py": "",
            "shop/management/commands/load.py": "",
            "pay/__init__.py": "",
            "pay/apps.py": "",
            "pay/tasks.py": "",
        },
        {"site1/settings.py", "shop/management/commands/load.py", "pay/tasks.py"},
    ),
    "a-namespace-package-in-src": (
        {
            "Dockerfile": f"{DOCKERFILE}CMD python -m house.service.main\n",
            "src/house/service/main.py": "from house.common import tools\n",
            "src/house/common/tools.py": "",
        },
        {"src/house/service/main.py", "src/house/common/tools.py"},
    ),
    "a-folder-on-the-path-of-imports": (
        {
            "Dockerfile": f"{DOCKERFILE}CMD python main.py\n",
            "main.py": "import sys\nsys.path.insert(0, str(HERE / 'src'))\nimport server\n",
            "src/__init__.py": "",
            "src/server.py": "from parts.one import x\n",
            "src/parts/__init__.py": "",
            "src/parts/one.py": "",
        },
        {"src/server.py", "src/parts/one.py"},
    ),
    "pages-of-streamlit": (
        {
            "Procfile": "web: streamlit run home.py\n",
            "home.py": "",
            "pages/1_ask.py": "import helper\n",
            "helper.py": "",
        },
        {"pages/1_ask.py", "helper.py"},
    ),
}


@pytest.mark.parametrize(
    ("files", "running"), [pytest.param(*each, id=name) for name, each in TRAPS.items()]
)
def test_what_only_looks_unused_runs(
    tmp_path: Path, files: dict[str, str], running: set[str]
) -> None:
    """Schedulers, frameworks and layouts start files that no plain import names."""
    assert running <= reach(tmp_path, files).running


def test_two_services_of_the_same_names_are_kept_apart(tmp_path: Path) -> None:
    """Each service reaches its own modules, and the unused one of each is idle."""
    both = {
        f"{name}/{file}": text
        for name in ("ask", "tell")
        for file, text in (
            ("Dockerfile", "FROM python:3.12\nCOPY . .\nCMD uvicorn app.main:app\n"),
            ("requirements.txt", ""),
            ("app/__init__.py", ""),
            ("app/main.py", f"from app.{name} import x\n"),
            ("app/ask.py", ""),
            ("app/tell.py", ""),
        )
    }

    found = reach(tmp_path, both)

    assert found.idle == {"ask/app/tell.py", "tell/app/ask.py"}


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"main.py": "", "other.py": ""}, id="nothing-starts-it"),
        pytest.param(
            {"Dockerfile": f"{DOCKERFILE}CMD python $APP\n", "main.py": ""},
            id="started-by-a-variable",
        ),
        pytest.param(
            {"Dockerfile": f"{DOCKERFILE}CMD python -m vllm.entrypoints.openai\n", "main.py": ""},
            id="starts-somebody-else's",
        ),
        pytest.param(
            {
                "pyproject.toml": '[project.scripts]\nask = "pkg.cli:main"\n',
                "pkg/cli.py": "",
                "pkg/api.py": "",
            },
            id="only-a-script-of-a-package",
        ),
        pytest.param(
            {
                "a/Dockerfile": "FROM python:3.12\nCMD python main.py\n",
                "a/main.py": "",
                "b/requirements.txt": "",
                "b/job.py": "",
            },
            id="another-project-beside-it",
        ),
    ],
)
def test_unknown_is_never_idle(tmp_path: Path, files: dict[str, str]) -> None:
    """Without a start that was found in its own project, nothing is known of a file."""
    assert reach(tmp_path, files).idle == frozenset()


@settings(max_examples=25, deadline=None)
@given(names=st.sets(st.from_regex(r"\Azz[a-z]{3,8}\Z"), min_size=1, max_size=4))
def test_a_file_that_nobody_imports_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, names: set[str]
) -> None:
    """New modules that import others make none of them run, and do not run themselves."""
    base = {
        "Dockerfile": f"{DOCKERFILE}CMD python main.py\n",
        "main.py": MAIN,
        "core/__init__.py": "",
        "core/work.py": "",
        "core/rest.py": "",
    }
    added = {f"core/{name}.py": "import core.rest\n" for name in names}

    before = reach(tmp_path_factory.mktemp("before"), base)
    after = reach(tmp_path_factory.mktemp("after"), base | added)

    assert after.running == before.running
    assert after.idle == before.idle | added.keys()


CALL = "from transformers import AutoModel\nmodel = AutoModel.from_pretrained('owner/name', trust_remote_code=True)\n"


def test_the_first_place_is_one_that_runs(tmp_path: Path) -> None:
    """Of two places of one finding the one that nothing starts comes second."""
    reach(
        tmp_path,
        {
            "Dockerfile": f"{DOCKERFILE}CMD python main.py\n",
            "main.py": f"import used\n{CALL}",
            "used.py": "",
            "before.py": CALL,
        },
    )

    (found,) = (each for each in review_repository(tmp_path).findings if each.code == "AEG202")

    assert found.span is not None
    assert found.span.path == "main.py"
    assert [span.path for span in found.also] == ["before.py"]


def test_what_nothing_runs_weighs_like_an_example(tmp_path: Path) -> None:
    """A finding in dead code is left out by default, a credential in it is not."""
    key = "".join(("sk-ant-", "api03-", "Zk3mQ9vT1xW7" * 7, "8aXw-Q2pLmAA"))
    reach(
        tmp_path,
        {
            "Dockerfile": f"{DOCKERFILE}CMD python main.py\n",
            "main.py": "from fastapi import FastAPI\napp = FastAPI()\n",
            "before.py": f'{CALL}ANTHROPIC_API_KEY = "{key}"\n',
        },
    )

    codes = {each.code for each in review_repository(tmp_path).findings}

    assert "AEG202" not in codes
    assert "AEG251" in codes
