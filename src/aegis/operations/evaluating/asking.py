"""Turns what a person asked for into a model, scorers and an order to run."""

from __future__ import annotations

import random
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
from aegis.evaluate.records import Records, read_records
from aegis.evaluate.samples import read_samples
from aegis.evaluate.scorers.registry import Helpers, scorer
from aegis.evaluate.scorers.scorer import Scorer
from aegis.evaluate.suites.suite import load_suite, new_canary
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
    usual = load_suite(asked.suite).scorer if asked.suite else "exact"
    judge = None
    if asked.judge.url is not None:
        endpoint = Endpoint(asked.judge.url, headers=asked.judge.headers, patience=asked.patience)
        judge = Chat(
            endpoint=endpoint, model=asked.judge.model,
            parameters=(("temperature", 0), ("max_tokens", 200)),
        )  # fmt: skip
    embeddings = None
    if asked.embeddings.url is not None:
        embeddings = Endpoint(
            asked.embeddings.url, headers=asked.embeddings.headers, patience=asked.patience
        )
    helpers = Helpers(judge=judge, embeddings=embeddings, embeddings_model=asked.embeddings.model)
    return [scorer(name, helpers) for name in dict.fromkeys(asked.scores or (usual,))]


def order_of(asked: Asked, *, started: str, rng: random.Random) -> Order:
    """The samples to ask, and what they are compared with.

    `rng` makes the token of a suite; a run that is taken up again keeps its own.

    Raises:
        InputError: neither or both of a data set and a suite.
    """
    if (asked.data is None) == (asked.suite is None):
        raise InputError("give either a data set (JSONL) or --suite")
    stable = _records(asked.against)
    labels, label_problems = labels_of(asked.labels)
    suite = load_suite(asked.suite) if asked.suite else None
    canary = ""
    if suite is not None:
        earlier = _records(asked.out if asked.out.is_file() else None).run
        canary = earlier.canary if earlier and earlier.canary else new_canary(rng)
        samples, name, digest = suite.samples(canary), suite.name, suite.digest
        problems: tuple[str, ...] = ()
    else:
        path = asked.data or Path()
        dataset = read_samples(read_lines(path), path=str(path))
        samples, name, digest = dataset.samples, path.stem, dataset.digest
        problems = dataset.problems
    if not samples:
        raise InputError(f"{asked.data} holds no sample{': ' + problems[0] if problems else ''}")
    if asked.at_most is not None and suite is None:
        raise InputError("--at-most bounds the attacks of a suite; give --suite")
    return Order(
        dataset=name, dataset_digest=digest, samples=samples, out=asked.out, started=started,
        concurrency=asked.concurrency, seed=asked.seed, stable=stable.results, terms=asked.terms,
        stop_early=asked.stop_early, labels=labels, suite=suite, canary=canary,
        at_most=None if asked.at_most is None else asked.at_most / 100,
        problems=(*problems, *stable.problems, *label_problems),
    )  # fmt: skip


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
