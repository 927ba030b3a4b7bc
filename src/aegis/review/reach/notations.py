"""Every notation in which a text names Python that is to be run: paths, modules, factories."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple


class Named(NamedTuple):
    """Python that a command names: a module by its dotted name, or a file by its path."""

    module: str = ""
    path: str = ""


# Quotes, brackets, commas, line ends and the dashes of YAML lists part the words of a command.
_BETWEEN = re.compile(r"(?:[\s\"'\[\](){},\\`]|&quot;)+(?:-\s+)?")
_SERVERS = (
    "uvicorn|gunicorn|hypercorn|granian|daphne|uwsgi|waitress-serve|functions-framework|fastapi"
    "|litestar|robyn|bentoml|serve|nameko|sanic|chalice|wsgi|asgi|opentelemetry-instrument|ddtrace-run"
)
_ATTRIBUTE = re.compile(r"^([A-Za-z_]\w*(?:[./]\w+)*)(?:\.py)?:[A-Za-z_]\w*$")
_PATH = re.compile(r"(?:^|[=:;&|<>@])((?:\.{0,2}/)?[\w.$/{}-]*\w\.py)(?::\w+)?$")
_DOTTED = re.compile(r"^[A-Za-z_]\w*(?:\.\w+)+$")
_SCRIPT = re.compile(r"^[\w./${}-]*\w\.(?:sh|bash)$")
_NAMES_MODULE = re.compile(
    r"(?:^| )(?:-m|-A|--app|-k|dramatiq|arq|taskiq worker|FLASK_APP|--wsgi-file|--module|-w|--mount"
    r"|DJANGO_SETTINGS_MODULE|CELERY_APP|APP_MODULE|MODULE_NAME|app_function|import_path|service"
    r"|WSGIPath|app-import-path|ENV FLASK_APP)"
    r"[ =:]+([A-Za-z_][\w./]*)"
)
_SERVED = re.compile(rf"\b(?:{_SERVERS})\b")
_HANDLER = re.compile(
    r"(?:handler|handlerName|_HANDLER|entry_?point)[\"']?\s*[:=]\s*[\"']?([\w./-]+)\.\w+",
    re.IGNORECASE,
)
_OF_LAMBDA = re.compile(r"^([\w/]+(?:\.\w+)*)\.\w*handler\w*$", re.IGNORECASE)
_ENTRY = re.compile(r"=\s*[\"']?([A-Za-z_][\w.]*):[A-Za-z_][\w.]*[\"']?\s*(?:[,\]\n]|$)")
# What a command line runs when it runs Python.
PYTHON = re.compile(
    rf"(?:^|[\s/\"'])(?:python[\d.]*|{_SERVERS}|celery|streamlit|chainlit|flask|django-admin|torchrun"
    r"|spark-submit|poetry run|uv run|pipenv run|dramatiq|arq)(?:[\s\"',]|$)"
)
_DEFAULTS = ("main.py", "app.py", "api.py", "app/main.py", "app/app.py", "app/api.py")


def named(command: str) -> Iterator[Named]:
    """What a command, or a file of commands, names; much of it may be in no repository."""
    line = _BETWEEN.sub(" ", command)
    served = _SERVED.search(line) is not None
    for word in line.split(" "):
        match = _PATH.search(word)
        if match:
            yield Named(path=match[1])
            continue
        attribute = _ATTRIBUTE.match(word)
        if attribute:
            yield Named(module=attribute[1].replace("/", "."))
        elif served and _DOTTED.match(word):
            yield Named(module=word)
        elif (handler := _OF_LAMBDA.match(word)) is not None:
            yield Named(module=handler[1].replace("/", "."))
    for match in _NAMES_MODULE.finditer(line):
        yield Named(module=match[1].strip("./").replace("/", ".").removesuffix(".py"))
    if re.search(r"\bfastapi (?:run|dev)\b", line):
        yield from (Named(path=path) for path in _DEFAULTS)
    for match in re.finditer(r"\bpython[\d.]* ([\w/]+/?|\.)(?= |$)", line):
        yield Named(path=f"{match[1].rstrip('/')}/__main__.py".removeprefix("./"))


def handlers(text: str) -> Iterator[Named]:
    """Functions of a platform: `handler: path.module.function`, with slashes or dots."""
    for match in _HANDLER.finditer(text):
        yield Named(
            path=f"{match[1]}.py" if "/" in match[1] else match[1].replace(".", "/") + ".py"
        )


def entry_points(text: str) -> Iterator[Named]:
    """Scripts of a package: `name = "package.module:function"`."""
    return (Named(module=match[1]) for match in _ENTRY.finditer(text))


def scripts(command: str) -> Iterator[str]:
    """Words of a command that may be shell scripts: by their extension, or by a path."""
    for word in _BETWEEN.sub(" ", command).split(" "):
        plain = word.strip(";&|")
        if (
            _SCRIPT.match(plain)
            or (0 < plain.find("/") < 30 or plain.startswith("/"))
            or "entry" in plain
        ):
            yield plain
