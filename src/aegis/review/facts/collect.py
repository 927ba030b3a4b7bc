"""One source to its facts: what may be in it is asked of its bytes before anything is parsed."""

# ruff: noqa: PLC0415 - a parser is loaded when a file needs it: a cold start stays cheap

from __future__ import annotations

import json
from collections.abc import Iterator

from aegis.review.documents.source import Source
from aegis.review.documents.vocabulary import Said
from aegis.review.documents.yaml_view import Node, UnreadableError, read_yaml
from aegis.review.facts.types import Fact, Trait

# What a test may hold that proves nothing.
_HOLLOW = (b"requests.", b"httpx.", b"assert True", b"    pass\n", b"    ...\n")
NOT_PYTHON = "not Python of the version that Aegis runs on"
_SHELL = (".sh", ".bash", ".zsh", "makefile", "justfile", ".mk", "procfile")


def facts_of(source: Source, *, briefly: bool = False) -> Iterator[Fact]:
    """Every fact of one file; a file that cannot be parsed is named by a fact.

    `briefly` reads the credentials of a test, and no more.
    """
    from aegis.review.facts.text import text_facts
    from aegis.review.facts.words import said_in

    said = said_in(source)
    yield from text_facts(source, said)
    name = source.name.lower()
    if briefly:
        return
    if name.endswith(".py"):
        yield from _python(source, said)
    elif name.endswith(".ipynb"):
        yield from _notebook(source, said)
    elif name.endswith((".yaml", ".yml", ".tpl")):
        yield from _yaml(source)
    elif name.endswith(".tf.json"):
        from aegis.review.facts.terraform_json import terraform_json_facts

        yield from terraform_json_facts(source)
    elif name.endswith(".json"):
        yield from _json(source)
    elif name.endswith(".tf"):
        yield from _terraform(source)
    elif name.endswith(_SHELL):
        yield from _shell(source)
    else:
        yield from _other(source, name)


def _other(source: Source, name: str) -> Iterator[Fact]:
    from aegis.review.documents.dockerfile import is_dockerfile
    from aegis.review.facts.docker import docker_facts
    from aegis.review.facts.requirements import is_requirements, requirement_facts

    if is_dockerfile(source):
        yield from docker_facts(source)
    elif name.startswith("jenkinsfile") or name.endswith(".jenkinsfile"):
        from aegis.review.facts.pipelines import jenkins_facts

        yield from jenkins_facts(source)
    elif name.startswith("requirements") and is_requirements(source):
        yield from requirement_facts(source)
    elif source.data.startswith(b"#!") and b"sh" in source.data[:40]:
        yield from _shell(source)


def _python(source: Source, said: Said) -> Iterator[Fact]:
    from aegis.review.facts.words import worth_parsing

    a_test = source.name.startswith("test") and source.has(*_HOLLOW)
    if not (a_test or worth_parsing(source, said)):
        return
    from aegis.review.documents.python_module import read_python
    from aegis.review.facts.python import python_facts

    module = read_python(source)
    if module is None:
        yield Trait(span=source.at(1), name="unreadable", detail=NOT_PYTHON)
    else:
        yield from python_facts(module)


def _notebook(source: Source, said: Said) -> Iterator[Fact]:
    from aegis.review.facts.words import worth_parsing

    if not worth_parsing(source, said):
        return
    from aegis.review.facts.notebook import notebook_facts

    yield from notebook_facts(source)


def _yaml(source: Source) -> Iterator[Fact]:
    data = source.data
    folder_of_chart = "/templates/" in f"/{source.path}" and b"{{" in data
    if source.name.endswith(".tpl") or not source.has(
        b"services:",
        b"apiVersion:",
        b"jobs:",
        b"script:",
        b"image:",
        b"model",
        b"mcpServers",
        b"steps:",
    ):
        return
    try:
        documents = read_yaml(source, templated=folder_of_chart)
    except UnreadableError as error:
        if not folder_of_chart:
            yield Trait(span=source.at(1), name="unreadable", detail=str(error))
        return
    for document in documents:
        yield from _document(source, document)


def _document(source: Source, document: Node) -> Iterator[Fact]:
    path = source.path
    if path.startswith(".github/workflows/") and path.count("/") == 2:
        from aegis.review.facts.ci import workflow_facts

        yield from workflow_facts(source, document)
    elif "/.github/workflows/" in f"/{path}":
        return  # the forge runs those that lie in the root's folder itself, and no others
    elif source.name.startswith(".gitlab-ci") or path == ".circleci/config.yml":
        from aegis.review.facts.pipelines import circle_facts, gitlab_facts

        read = gitlab_facts if source.name.startswith(".gitlab-ci") else circle_facts
        yield from read(source, document)
    elif document.get("apiVersion") and document.get("kind"):
        from aegis.review.facts.kubernetes import manifest_facts

        yield from manifest_facts(source, document)
    elif source.has(b"task:", b"script:", b"bash:", b"pwsh:") and _is_azure(document):
        from aegis.review.facts.pipelines import azure_facts

        yield from azure_facts(source, document)
    elif document.get("services").is_mapping and source.name not in {"azure.yaml", "azure.yml"}:
        from aegis.review.facts.compose import compose_facts

        yield from compose_facts(source, document)
    elif source.name.startswith("values") or "/values" in path or "/charts/" in f"/{path}":
        from aegis.review.facts.helm import values_facts

        yield from values_facts(source, document)


def _is_azure(document: Node) -> bool:
    from aegis.review.facts.pipelines import is_azure_pipeline

    return is_azure_pipeline(document)


def _json(source: Source) -> Iterator[Fact]:
    from aegis.review.facts.mcp import is_mcp_config, mcp_facts

    if is_mcp_config(source):
        try:
            for document in read_yaml(source):
                yield from mcp_facts(document)
        except UnreadableError:
            return
    elif source.has(b'"bypassPermissions"'):
        place = source.find("bypassPermissions")
        yield Trait(span=place, name="auto-approval", detail="bypassPermissions")
    elif source.has(b'"apiVersion"') and source.has(b'"kind"'):
        yield from _manifest_in_json(source)
    elif source.name in {"tokenizer_config.json", "config.json"} and source.has(
        b"chat_template", b"auto_map"
    ):
        yield from _model_config(source)


def _manifest_in_json(source: Source) -> Iterator[Fact]:
    try:
        documents = read_yaml(source)
    except UnreadableError:
        return
    for document in documents:
        yield from _document(source, document)


def _model_config(source: Source) -> Iterator[Fact]:
    from aegis.review.facts.types import RemoteCode
    from aegis.review.models.headers import template_danger

    try:
        config = json.loads(source.text)
    except (ValueError, RecursionError):
        return
    if not isinstance(config, dict):
        return
    template = config.get("chat_template")
    if isinstance(template, str) and (danger := template_danger(template)):
        yield Trait(span=source.find("chat_template"), name="dangerous-template", detail=danger)
    if "auto_map" in config:
        yield RemoteCode(
            span=source.find("auto_map"), via="`auto_map` in the model's configuration"
        )


def _terraform(source: Source) -> Iterator[Fact]:
    from aegis.review.facts.terraform import terraform_facts

    yield from terraform_facts(source)


def _shell(source: Source) -> Iterator[Fact]:
    from aegis.review.facts.commands import read_command
    from aegis.review.facts.compose import places_from

    number, text, start = 0, "", 0
    for line in source.lines:
        number += 1
        stripped = line.strip()
        if stripped.startswith("#"):
            continue
        start = start or number
        if stripped.endswith("\\"):
            text += stripped[:-1] + " "
            continue
        text += stripped
        if text:
            yield from read_command(text, places_from(source, start))
        text, start = "", 0
