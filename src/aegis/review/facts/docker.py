"""Dockerfiles: the container they build, its bases, and what stands in its layers."""

from __future__ import annotations

import dataclasses
import posixpath
import re
from collections.abc import Iterator

from aegis.base.finding import Certainty, Span
from aegis.detect.names import secret_role
from aegis.detect.placeholders import is_placeholder
from aegis.review.documents.dockerfile import Instruction, instructions, last_stage
from aegis.review.documents.source import Source
from aegis.review.facts.commands import UNSETTLED, read_command
from aegis.review.facts.compose import places_from, url_path
from aegis.review.facts.images import image_of
from aegis.review.facts.types import (
    Container,
    Download,
    Fact,
    Image,
    ImageSecret,
    Probe,
    Start,
    Trait,
)

_ASSIGN = re.compile(r"([A-Za-z_]\w*)(?:=|\s+)(?:\"([^\"]*)\"|'([^']*)'|(\S*))")
_SECRET_FILES = re.compile(
    r"(?:^|\s|/)(?:\.env(?:\.\w+)?|\.git|\.netrc|\.npmrc|id_rsa|credentials\.json)(?:\s|/|$)"
)
_STAGE = re.compile(r"\bAS\s+([\w.-]+)\s*$", re.IGNORECASE)
_DEVELOPMENT = re.compile(r"dev(?:el(?:opment)?)?(?:[._-]|$)", re.IGNORECASE)
_SETTLED = re.compile(r"\bgit\s+(?:-C\s+\S+\s+)?(?:reset\s+--hard|checkout)\s+[\w./-]*\d")
_SAMPLES = re.compile(r"\.(?:example|sample|template|dist|defaults?)\b")
_ROOTLESS = ("distroless", "chainguard", "bitnami/", "nonroot")
# Public bases whose image runs as root unless a Dockerfile says otherwise.
_KNOWN_ROOT = (
    "python", "ubuntu", "debian", "alpine", "node", "nvidia/cuda", "pytorch/pytorch", "golang",
    "tensorflow/tensorflow", "continuumio/miniconda3", "nvcr.io/nvidia", "vllm/vllm-openai",
    "fedora", "centos", "amazonlinux", "rust", "openjdk", "condaforge", "rocm/",
)  # fmt: skip


def docker_facts(source: Source) -> Iterator[Fact]:
    """The image that the last stage makes, and facts of every instruction."""
    found = instructions(source)
    if not any(each.name == "FROM" for each in found):
        return
    stages = {
        match[1].lower()
        for each in found
        if each.name == "FROM" and (match := _STAGE.search(each.text)) is not None
    }
    arguments = _arguments(found)
    by_hand = _development_stages(found) - {last_stage(found)[0].stage}
    kept = _lineage(found)
    settled = any(_SETTLED.search(each.text) for each in found)
    for each in found:
        for fact in _instruction(source, each):
            if isinstance(fact, ImageSecret) and each.stage not in kept:
                continue  # its layers are thrown away
            if settled and isinstance(fact, Download) and fact.weak == UNSETTLED:
                continue  # a later step takes one commit of what was cloned
            yield _by_hand(fact) if each.stage in by_hand else fact
        if each.name == "FROM":
            image = _base(source, each, arguments, stages)
            if image is not None and each.stage not in kept and not image.tag:
                image = dataclasses.replace(image, certainty=Certainty.LIKELY)  # thrown away
            if image is not None:
                yield image
    yield _container(source, found, arguments, stages)
    yield from _starts(source, found)


def _starts(source: Source, found: list[Instruction]) -> Iterator[Start]:
    """What each stage runs, with where the files of the checkout lie in it."""
    folder, copies = "/", list[tuple[str, str]]()
    commands: dict[tuple[int, bool], tuple[list[str], str, int]] = {}
    for each in found:
        if each.name == "WORKDIR":
            folder = posixpath.join(folder, each.text.strip("\"'"))
        elif each.name in {"COPY", "ADD"} and "--from" not in each.text:
            named = [word for word in each.words if not word.startswith("--")]
            copies += [(name, posixpath.join(folder, named[-1])) for name in named[:-1]]
        elif each.name in {"RUN", "CMD", "ENTRYPOINT"}:
            key = each.stage, each.name != "RUN"
            said, _, line = commands.get(key, ([], folder, each.line))
            words = list(each.words)
            said = words + said if each.name == "ENTRYPOINT" else said + words
            commands[key] = said, folder, line
    for (_, at_start), (said, place, line) in commands.items():
        yield Start(
            span=source.at(line),
            command=" ".join(said),
            at_start=at_start,
            folder=place,
            copies=tuple(copies),
        )


def _development_stages(found: list[Instruction]) -> frozenset[int]:
    """Stages that are named for development."""
    return frozenset(
        each.stage
        for each in found
        if each.name == "FROM"
        and (match := _STAGE.search(each.text))
        and _DEVELOPMENT.match(match[1])
    )


def _lineage(found: list[Instruction]) -> frozenset[int]:
    """The last stage and the stages that it is made of."""
    root = last_stage(found)[0]
    seen = {root.stage}
    while root.words:
        parent = _stage_named(found, root.words[0].lower())
        if parent is None or parent[0].stage in seen:
            break
        root = parent[0]
        seen.add(root.stage)
    return frozenset(seen)


def _by_hand(fact: Fact) -> Fact:
    """A development server in a stage that the image does not end in is started by a developer."""
    if isinstance(fact, Trait) and fact.name == "development-server":
        return dataclasses.replace(fact, name="development-start")
    return fact


def _arguments(found: list[Instruction]) -> dict[str, str]:
    values: dict[str, str] = {}
    for each in found:
        if each.name == "ARG":
            name, _, value = each.text.partition("=")
            values[name.strip()] = value.strip().strip("\"'")
    return values


def _base(
    source: Source, each: Instruction, arguments: dict[str, str], stages: set[str]
) -> Image | None:
    words = [word for word in each.words if not word.startswith("--")]
    if not words or words[0].lower() in stages:
        return None
    text = re.sub(
        r"\$\{?(\w+)(?::?-[^}]*)?\}?", lambda match: arguments.get(match[1], match[0]), words[0]
    )
    if "$" in text or text.lower() in stages:
        return None  # chosen at build time, or made above
    image = image_of(text, source.find(words[0], near=each.line))
    named = "$" in words[0] and image is not None and not image.tag
    return dataclasses.replace(image, certainty=Certainty.LIKELY) if named and image else image


def _container(
    source: Source, found: list[Instruction], arguments: dict[str, str], stages: set[str]
) -> Container:
    final = last_stage(found)
    root = final[0]
    base, seen = _base(source, root, arguments, stages), {root.stage}
    user = _user(final)
    while base is None and root.words:
        parent = _stage_named(found, root.words[0].lower())
        if parent is None or parent[0].stage in seen:
            break
        seen.add(parent[0].stage)
        root = parent[0]
        user = user or _user(parent)
        base = _base(source, root, arguments, stages)
    command = next((each for each in reversed(final) if each.name in {"CMD", "ENTRYPOINT"}), None)
    text = " ".join(" ".join(each.words) for each in final if each.name in {"ENTRYPOINT", "CMD"})
    name = base.name.lower() if base else ""
    return Container(
        span=source.at(final[0].line),
        base=base,
        base_known=any(name == each or name.startswith(each) for each in _KNOWN_ROOT)
        and not any(word in f"{name}:{base.tag if base else ''}" for word in _ROOTLESS),
        user=user,
        command=text,
        command_span=source.at(command.line) if command else source.at(1),
        healthcheck=_healthcheck(source, final),
        copies_notebook=".ipynb" in text or "jupyter" in text.lower(),
    )


def _stage_named(found: list[Instruction], name: str) -> list[Instruction] | None:
    for each in found:
        if each.name == "FROM" and len(each.words) >= 3 and each.words[2].lower() == name:
            return [other for other in found if other.stage == each.stage]
    return None


def _user(stage: list[Instruction]) -> str:
    return next((each.text for each in reversed(stage) if each.name == "USER"), "")


def _healthcheck(source: Source, final: list[Instruction]) -> Probe | None:
    check = next((each for each in reversed(final) if each.name == "HEALTHCHECK"), None)
    if check is None or check.text.upper().startswith("NONE"):
        return None
    return Probe(kind="command", path=url_path(check.text), span=source.at(check.line))


def _instruction(source: Source, each: Instruction) -> Iterator[Fact]:
    if each.name in {"RUN", "CMD", "ENTRYPOINT"}:
        text = " ".join(each.words) if each.text.startswith("[") else each.text
        yield from read_command(text, places_from(source, each.line))
    if each.name in {"ARG", "ENV"}:
        yield from _secret_values(source, each)
    elif each.name in {"COPY", "ADD"}:
        copied = each.text.rpartition(" ")[0] + " "
        if _SECRET_FILES.search(copied) and not _SAMPLES.search(copied):
            yield ImageSecret(span=source.at(each.line), what=f"`{each.name} {each.text}`")
    elif each.name == "RUN" and "--build-arg" in each.text:
        yield from _secret_values(source, each)
    if each.name == "RUN" and _installs_unlocked(each.text):
        yield Trait(span=source.at(each.line), name="unlocked-install", detail=each.text[:60])


def _secret_values(source: Source, each: Instruction) -> Iterator[ImageSecret]:
    given = {match[1] for match in re.finditer(r"(?m)^\s*ARG\s+(\w+)", source.text)}
    for match in _ASSIGN.finditer(each.text if "=" in each.text else f"{each.text}="):
        value = match[2] or match[3] or match[4] or ""
        if not secret_role(match[1]):
            continue
        of_base = each.name == "ENV" and value.startswith("$") and value.strip("${}") not in given
        if of_base:
            continue  # another variable of the base, which is told of there
        copied = each.name == "ARG" or value.startswith("$")
        literal = value and not is_placeholder(value)
        if copied or literal:
            place: Span = source.find(match[1], near=each.line)
            yield ImageSecret(span=place, what=f"`{each.name} {match[1]}`")


def _installs_unlocked(text: str) -> bool:
    """A pip install of bare names, no requirements file, no version."""
    match = re.search(r"\bpip3?\s+install\s+([^&;|]+)", text)
    if not match or re.search(r"(?:-r|-c|--require-hashes|\s\.(?:\s|\[|$))", match[1]):
        return False
    names = [word for word in match[1].split() if not word.startswith("-") and word[0].isalpha()]
    loose = [word for word in names if not re.search(r"[=<>~@]", word)]
    return bool(set(loose) - {"pip", "setuptools", "wheel", "uv", "poetry", "pipenv"})
