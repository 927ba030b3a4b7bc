"""Causes about credentials, images and the host: a rule must speak, or be silent, by default."""

from __future__ import annotations

from tests.review.weighed import OPEN, Weighed, service

RANDOM = "Zq8Lr2Vn5Xw1" + "Kt7Pd3Hs9Jf4Mg6B"
REFUSED = f"""import os

KNOWN_SECRET = "{RANDOM}"


def secret() -> str:
    given = os.environ["SECRET"]
    if given == KNOWN_SECRET:
        {{then}}
    return given
"""
EXPORTED = 'export APP_DB_PASSWORD="{value}"\n'
OBJECT = """apiVersion: v1
kind: {kind}
metadata: {{name: store}}
spec:
  {field}:
    password: {value}
"""
DEPLOYED = """apiVersion: apps/v1
kind: Deployment
metadata: {{name: api}}
spec:
  template:
    spec:
      containers:
        - name: api
          image: acme/api:1.4.2
          env:
            - name: STORE_PASSWORD
              value: {value}
"""
SETTINGS = "store:\n  password: '{value}'\n"
WORDS_WITH_CAPITALS = "acme_rag_" + "store_OS_01"
STAGES = """FROM python:3.12 AS build
{build}
RUN true
FROM python:3.12
{end}
USER 1000
CMD python app.py
"""
RELEASE = """on: [push]
jobs:
  push:
    runs-on: ubuntu-24.04
    steps:
      - run: docker build --build-arg VENDOR_TOKEN=${{ secrets.VENDOR_TOKEN }} .
"""
ACCOUNT = "WAREHOUSE_URL={url}\nWAREHOUSE_USERNAME=admin\nWAREHOUSE_PASSWORD=admin\n"
TOOLS = """{"mcpServers": {"graph": {"command": "uv", "args": ["run", "x"],
  "env": {"GRAPH_PASSWORD": "demodemo", "MODE": "stdio"}}}}
"""
SOCKET = """{comment}
services:
  agents:
    image: {image}
    volumes: ["/var/run/docker.sock:/var/run/docker.sock"]
"""
HEALTH = """FROM python:3.12
USER 1000
HEALTHCHECK CMD curl -f http://localhost:8000/{path}
CMD python app.py
"""
LOOSE = "fastapi\nuvicorn\nopenai\n"
INSTALLS = (
    "FROM python:3.12\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\nUSER 1000\n"
)
ROLE = """apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: reader
rules:
  - apiGroups: [""]
    resources: ["secrets"]
    verbs: ["get", "list", "watch"]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {kind}
metadata:
  name: reader
roleRef:
  kind: ClusterRole
  name: reader
"""
DEFAULTED = """def answer(
    text: str,
    model: str = {model},
) -> str:
    return text
"""
RETIRED = "claude-3-opus-20240229"

ACCESS = {
    "value-that-is-refused": Weighed(
        "AEG251", {"app/auth.py": REFUSED.format(then='raise RuntimeError("known")')}, speaks=False
    ),
    "value-that-is-taken": Weighed(
        "AEG251", {"app/auth.py": REFUSED.format(then='print("known")')}, speaks=True
    ),
    "words-for-a-password": Weighed(
        "AEG251", {"app/start.sh": EXPORTED.format(value="store-secure-password-123")}, speaks=False
    ),
    "password": Weighed("AEG251", {"app/start.sh": EXPORTED.format(value=RANDOM)}, speaks=True),
    "sealed-secret": Weighed(
        "AEG251",
        {
            "store.yaml": OBJECT.format(
                kind="SealedSecret", field="encryptedData", value=f"AgBy3{RANDOM}"
            )
        },
        speaks=False,
    ),
    "open-secret": Weighed(
        "AEG251",
        {"store.yaml": OBJECT.format(kind="Secret", field="stringData", value=f"AgBy3{RANDOM}")},
        speaks=True,
    ),
    "one-password-twice": Weighed(
        "AEG254",
        {
            "conf/service.yaml": SETTINGS.format(value=WORDS_WITH_CAPITALS),
            "k8s/api.yaml": DEPLOYED.format(value=WORDS_WITH_CAPITALS),
        },
        speaks=False,
    ),
    "two-passwords": Weighed(
        "AEG254",
        {
            "conf/service.yaml": SETTINGS.format(value=WORDS_WITH_CAPITALS),
            "k8s/api.yaml": DEPLOYED.format(value=WORDS_WITH_CAPITALS.replace("01", "02")),
        },
        speaks=True,
    ),
    "argument-of-a-stage-that-goes": Weighed(
        "AEG252",
        {
            "Dockerfile": STAGES.format(build="ARG VENDOR_TOKEN", end=""),
            ".github/workflows/push.yml": RELEASE,
        },
        speaks=False,
    ),
    "argument-of-the-stage-that-stays": Weighed(
        "AEG252",
        {
            "Dockerfile": STAGES.format(build="", end="ARG VENDOR_TOKEN"),
            ".github/workflows/push.yml": RELEASE,
        },
        speaks=True,
    ),
    "account-of-another-system": Weighed(
        "AEG253", {".env.example": ACCOUNT.format(url="https://127.1.1.1:9200")}, speaks=False
    ),
    "account-of-a-system-here": Weighed(
        "AEG253", {".env.example": ACCOUNT.format(url="https://warehouse:9200")}, speaks=True
    ),
    "settings-as-an-example": Weighed("AEG254", {"mcp/config_example.json": TOOLS}, speaks=False),
    "settings-that-are-used": Weighed("AEG254", {"mcp/mcp_config.json": TOOLS}, speaks=True),
    "collector-under-any-name": Weighed(
        "AEG318",
        {"docker-compose.yml": SOCKET.format(comment="", image="elastic/filebeat:8.17.2")},
        speaks=False,
    ),
    "viewer-of-logs": Weighed(
        "AEG318",
        {"docker-compose.yml": SOCKET.format(comment="", image="amir20/dozzle:v8.13.0")},
        speaks=True,
    ),
    "socket-that-is-told-of": Weighed(
        "AEG318",
        {
            "docker-compose.yml": SOCKET.format(
                comment="# docker.sock is root-equivalent: run this only on a host of its own",
                image="acme/agents:1.4.2",
            )
        },
        speaks=False,
    ),
    "socket-that-is-needed": Weighed(
        "AEG318",
        {
            "docker-compose.yml": SOCKET.format(
                comment="# agents need docker.sock to start their sandboxes",
                image="acme/agents:1.4.2",
            )
        },
        speaks=True,
    ),
    "root-page-of-what-asks-no-model": Weighed(
        "AEG302",
        {"api/app.py": service(OPEN), "bridge/Dockerfile": HEALTH.format(path="")},
        speaks=False,
    ),
    "root-page-of-what-asks-a-model": Weighed(
        "AEG302",
        {"api/app.py": service(OPEN), "api/Dockerfile": HEALTH.format(path="")},
        speaks=True,
    ),
    "base-of-other-images": Weighed(
        "AEG317", {"base-image/Dockerfile": "FROM python:3.12\nRUN true\n"}, speaks=False
    ),
    "image-of-the-service": Weighed(
        "AEG317", {"api/Dockerfile": "FROM python:3.12\nRUN true\n"}, speaks=True
    ),
    "list-that-an-image-installs": Weighed(
        "AEG220",
        {
            "app.py": service(OPEN),
            "api/Dockerfile": INSTALLS,
            "api/requirements.txt": LOOSE,
        },
        speaks=True,
    ),
    "list-that-no-image-installs": Weighed(
        "AEG220",
        {
            "app.py": service(OPEN),
            "api/Dockerfile": INSTALLS,
            "api/requirements.txt": "fastapi==0.121.0\n",
            "reports/requirements.txt": LOOSE,
        },
        speaks=False,
    ),
    "role-bound-in-one-namespace": Weighed(
        "AEG221", {"rbac.yaml": ROLE.format(kind="RoleBinding")}, speaks=False
    ),
    "role-bound-everywhere": Weighed(
        "AEG221", {"rbac.yaml": ROLE.format(kind="ClusterRoleBinding")}, speaks=True
    ),
    "default-of-a-parameter": Weighed(
        "AEG212",
        {"app.py": service(OPEN), "ask.py": DEFAULTED.format(model=f'"{RETIRED}"')},
        speaks=False,
    ),
    "models-left-out": Weighed(
        "AEG212",
        {
            "app.py": service(OPEN),
            "models.py": f'DEPRECATED = {{\n    "gpt-4",\n    "{RETIRED}",\n}}\n',
        },
        speaks=False,
    ),
    "models-to-choose-from": Weighed(
        "AEG212",
        {"app.py": service(OPEN), "models.py": f'OFFERED = [\n    "gpt-4",\n    "{RETIRED}",\n]\n'},
        speaks=True,
    ),
    "row-of-a-table": Weighed(
        "AEG212",
        {"web/models.ts": f"const SIZES = {{ '{RETIRED}': {{ size: 9, name: '{RETIRED}' }} }}\n"},
        speaks=False,
    ),
    "asked-of-a-list": Weighed(
        "AEG212",
        {"web/models.ts": f"const ok = (m) => !['{RETIRED}', 'o1'].includes(m)\n"},
        speaks=False,
    ),
    "type-of-a-name": Weighed(
        "AEG212", {"web/models.ts": f"type Model = '{RETIRED}' | 'o1'\n"}, speaks=False
    ),
    "model-of-a-page": Weighed(
        "AEG212", {"web/models.ts": f"const model = '{RETIRED}'\n"}, speaks=True
    ),
}
