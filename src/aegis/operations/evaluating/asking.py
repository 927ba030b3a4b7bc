"""Turns what a person asked for into a model, scorers and an order to run."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, JsonValue

from aegis.evaluate.compare import Terms
from aegis.evaluate.errors import InputError
from aegis.evaluate.jsonlines import read_lines
from aegis.evaluate.judged import read_labels
from aegis.evaluate.models.chat import Chat
from aegis.evaluate.models.classic import KServe, PlainJson
from aegis.evaluate.models.http import Endpoint, Patience
from aegis.evaluate.models.model import Model
from aegis.evaluate.models.onnx import open_onnx
from aegis.evaluate.models.replay import read_replay
from aegis.evaluate.prompts import PLAIN, Prompt, read_prompt
from aegis.evaluate.records import Records, Run, read_records
from aegis.evaluate.samples import Sample, read_samples
from aegis.evaluate.scorers.registry import Helpers, scorer
from aegis.evaluate.scorers.scorer import Scorer
from aegis.evaluate.suites.public import find_suite
from aegis.evaluate.suites.suite import Suite, new_canary
from aegis.operations.evaluating.running import Order


class Server(BaseModel):
    """Where a model is, and how to speak to it."""

    model_config = ConfigDict(frozen=True)

    url: str | None = None
    model: str = ""
    headers: tuple[tuple[str, str], ...] = ()


class Asked(BaseModel):
    """The options of `aegis evaluate run`."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    data: Path | None
    suite: str | None = None
    suite_from: Path | None = None
    out: Path
    server: Server
    protocol: str = "openai"
    replay: Path | None = None
    prompt: Path | None = None
    parameters: tuple[tuple[str, JsonValue], ...] = ()
    stream: bool = False
    classes: tuple[str, ...] = ()
    answer_at: str = ""
    scores: tuple[str, ...] = ()
    judge: Server = Server()
    embeddings: Server = Server()
    labels: Path | None = None
    against: Path | None = None
    terms: Terms = Terms()
    stop_early: bool = True
    at_most: float | None = None
    concurrency: int = 8
    patience: Patience = Patience()
    seed: int = 0


def model_of(asked: Asked) -> tuple[Model, tuple[str, ...]]:
    """Who answers, and what is wrong with the lines of a replay.

    Raises:
        InputError: nobody is named, or it cannot be spoken to.
    """
    if asked.replay is not None:
        replay, problems = read_replay(read_lines(asked.replay), path=str(asked.replay))
        return replay, problems
    server = asked.server
    if asked.protocol == "onnx":
        path = Path(server.model)
        if not path.is_file():
            raise InputError(f"--protocol onnx takes the file as --model; there is no `{path}`")
        return open_onnx(path, output=asked.answer_at, classes=asked.classes), ()
    if server.url is None:
        raise InputError("who answers? Give --endpoint URL, or --replay FILE")
    endpoint = Endpoint(server.url, headers=server.headers, patience=asked.patience)
    if asked.protocol == "http-json":
        return PlainJson(
            endpoint=endpoint, model=server.model, output=asked.answer_at, classes=asked.classes
        ), ()
    if not server.model:
        raise InputError("give --model: the name of the model as the endpoint knows it")
    if asked.protocol == "kserve-v2":
        return KServe(
            endpoint=endpoint, model=server.model, output=asked.answer_at, classes=asked.classes
        ), ()
    return Chat(
        endpoint=endpoint, model=server.model, prompt=_prompt(asked), stream=asked.stream,
        parameters=asked.parameters,
    ), ()  # fmt: skip


def scorers_of(asked: Asked) -> list[Scorer]:
    """What judges the answers: as asked, else that of the suite, else `exact`.

    Raises:
        InputError: there is no such scorer, or it lacks something.
    """
    usual = find_suite(asked.suite, asked.suite_from).scorer if asked.suite else "exact"
    helpers = helpers_of(asked.judge, asked.embeddings, asked.patience)
    return [scorer(name, helpers) for name in dict.fromkeys(asked.scores or (usual,))]


def helpers_of(judge: Server, embeddings: Server, patience: Patience) -> Helpers:
    """The models that scorers need, where they are named."""
    asked_judge = embedder = None
    if judge.url is not None:
        endpoint = Endpoint(judge.url, headers=judge.headers, patience=patience)
        asked_judge = Chat(
            endpoint=endpoint, model=judge.model,
            parameters=(("temperature", 0), ("max_tokens", 200)),
        )  # fmt: skip
    if embeddings.url is not None:
        embedder = Endpoint(embeddings.url, headers=embeddings.headers, patience=patience)
    return Helpers(judge=asked_judge, embeddings=embedder, embeddings_model=embeddings.model)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Questions:
    """The samples of a data set or a suite, and where they come from."""

    name: str
    samples: tuple[Sample, ...]
    digest: str
    file_digest: str = ""
    problems: tuple[str, ...] = ()
    suite: Suite | None = None
    canary: str = ""


def order_of(asked: Asked, scorers: Sequence[Scorer], *, started: str, rng: random.Random) -> Order:
    """The samples to ask, and what they are compared with.

    `rng` makes the token of a suite; a run that is taken up again keeps its own.

    Raises:
        InputError: neither or both of a data set and a suite, or `against` is of something else.
    """
    if (asked.data is None) == (asked.suite is None):
        raise InputError("give either a data set (JSONL) or --suite")
    if asked.at_most is not None and asked.suite is None:
        raise InputError("--at-most bounds the attacks of a suite; give --suite")
    if asked.suite_from is not None and asked.suite is None:
        raise InputError("--suite-from is where a public set lies; name the set with --suite")
    questions = _suite(asked, rng) if asked.suite else _dataset(asked.data or Path())
    stable = _records(asked.against)
    if stable.run is not None:
        _same_question(stable.run, questions.digest, scorers, path=asked.against)
    labels, label_problems = labels_of(asked.labels)
    return Order(
        dataset=questions.name, dataset_digest=questions.digest, file_digest=questions.file_digest,
        samples=questions.samples, out=asked.out, started=started, concurrency=asked.concurrency,
        seed=asked.seed, stable=stable.results, terms=asked.terms, stop_early=asked.stop_early,
        labels=labels, suite=questions.suite, canary=questions.canary,
        at_most=None if asked.at_most is None else asked.at_most / 100,
        problems=(*questions.problems, *stable.problems, *label_problems),
    )  # fmt: skip


def _suite(asked: Asked, rng: random.Random) -> _Questions:
    suite = find_suite(asked.suite or "", asked.suite_from)
    earlier = _records(asked.out if asked.out.is_file() else None).run
    canary = earlier.canary if earlier and earlier.canary else new_canary(rng)
    return _Questions(
        name=suite.name, samples=suite.samples(canary), digest=suite.digest, suite=suite,
        canary=canary,
    )  # fmt: skip


def _dataset(path: Path) -> _Questions:
    found = read_samples(read_lines(path), path=str(path))
    if not found.samples:
        first = f": {found.problems[0]}" if found.problems else ""
        raise InputError(f"{path} holds no sample{first}")
    return _Questions(
        name=path.stem, samples=found.samples, digest=found.digest, problems=found.problems,
        file_digest="sha256:" + hashlib.sha256(path.read_bytes()).hexdigest(),
    )  # fmt: skip


def _same_question(
    stable: Run, digest: str, scorers: Sequence[Scorer], *, path: Path | None
) -> None:
    """Refuses to compare answers to other questions, or by another measure."""
    if stable.dataset_digest != digest:
        raise InputError(
            f"{path} was run over another data set ({stable.dataset_digest[:19]}…, this one is "
            f"{digest[:19]}…); run the stable release over this one first"
        )
    first = scorers[0].name if scorers else ""
    if stable.scorers[:1] != (first,):
        raise InputError(
            f"{path} was scored by `{', '.join(stable.scorers)}`, this run by `{first}`; "
            f"`aegis evaluate run DATA --replay {path} --score {first}` scores it again"
        )


def _prompt(asked: Asked) -> Prompt:
    if asked.prompt is None:
        return PLAIN
    return read_prompt(asked.prompt.read_text("utf-8", "replace"), path=str(asked.prompt))


def labels_of(path: Path | None) -> tuple[dict[str, bool], tuple[str, ...]]:
    """What people said, and what is wrong with other lines; nothing without a file."""
    return read_labels(read_lines(path), path=str(path)) if path is not None else ({}, ())


def _records(path: Path | None) -> Records:
    lines = read_lines(path) if path is not None else []
    found = read_records(lines, path=str(path))
    if path is not None and not found.results and not found.run:
        raise InputError(f"{path} holds no result")
    return found
