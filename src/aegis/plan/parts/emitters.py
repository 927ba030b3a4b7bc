"""Metrics that nothing in the bundle emits, and the task that brings each emitter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aegis.base import conventions as names
from aegis.plan.case import Case, listed
from aegis.plan.types import LIVE, Role, Task


def _always(case: Case) -> bool:
    del case
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Emitter:
    """Who has to bring which series, and when a plan needs it."""

    id: str
    metrics: tuple[str, ...]
    applies: Callable[[Case], bool]
    title: str
    done: str
    why: str
    owner: Role


EMITTERS: tuple[Emitter, ...] = (
    Emitter(
        id="emit-requests",
        metrics=names.GATEWAY_METRICS,
        applies=lambda case: case.chosen("gateway") == "proxy",
        title="Record the proxy's counts and times under the names of this plan",
        done="the series of the availability objective is there with service, version and environment; one recording rule each",
        why="objectives and breakers read these names, and no file of the bundle writes them",
        owner="platform",
    ),
    Emitter(
        id="emit-quality",
        metrics=(names.EVALUATION_SCORE,),
        applies=_always,
        title=f"Write `{names.EVALUATION_SCORE}` from sampled traffic: QUALITY",
        done="`aegis evaluate watch … --metrics`, or a job of yours, writes it for QUALITY",
        why="silence here holds every release",
        owner="model",
    ),
    Emitter(
        id="emit-drift",
        metrics=(names.DRIFT_EVIDENCE,),
        applies=_always,
        title=f"Write `{names.DRIFT_EVIDENCE}` over MOVES",
        done="`aegis drift check … --metrics` sees it when MOVES are shifted by hand",
        why="nothing in the bundle writes it",
        owner="data",
    ),
    Emitter(
        id="emit-index-age",
        metrics=(names.INDEX_AGE,),
        applies=lambda case: "index.freshness" in case.numbers,
        title=f"Let the indexer write `{names.INDEX_AGE}`",
        done="a document changed in staging shows its age until the index has it",
        why="freshness is promised, and only the indexer knows it",
        owner="data",
    ),
    Emitter(
        id="emit-feature-age",
        metrics=(names.FEATURE_AGE,),
        applies=lambda case: "features.freshness" in case.numbers,
        title=f"Let each feature read record `{names.FEATURE_AGE}`",
        done="a stream stopped in staging is seen in the age of its features",
        why="freshness is promised, and only the reader of a feature knows it",
        owner="data",
    ),
    Emitter(
        id="emit-business",
        metrics=(names.BUSINESS_EVENTS,),
        applies=lambda case: bool(case.brief.release.kpis),
        title=f"Let the product count `{names.BUSINESS_EVENTS}` by version",
        done="events of a test user appear under the version that served them",
        why="a release goes back on it, and only the product can count it",
        owner="business",
    ),
    Emitter(
        id="emit-device",
        metrics=names.DEVICE_METRICS,
        applies=lambda case: case.on_device,
        title="Let devices report the counters of this plan, where their owners agreed",
        done="inferences, times and fallbacks of the rack arrive with version and device class",
        why="stages open on these counters; without them the fleet is updated blind",
        owner="service",
    ),
    Emitter(
        id="emit-job",
        metrics=names.JOB_METRICS,
        applies=lambda case: case.is_batch,
        title="Let the job report items, duration and last success",
        done="a run that was stopped half-way is seen as one",
        why="deadline and completion are judged on these, and only the job knows them",
        owner="service",
    ),
)  # fmt: skip


def emitters(case: Case) -> list[Task]:
    """One task for each series that somebody has to bring; production waits for all of them."""
    return [
        Task(
            id=each.id,
            title=_of(case, each.title),
            done_when=_of(case, each.done),
            why=each.why,
            owner=each.owner,
            priority="P0",
            depends_on=("serve-dev",),
            applies_to=LIVE,
            blocks_production=True,
        )
        for each in EMITTERS
        if each.applies(case)
    ]


_MOVES = {
    "chat": "topics, languages and lengths of turns",
    "completion": "languages, file types and lengths of context",
    "rag": "topics of questions and scores of passages",
    "agent": "kinds of task, tools called and steps taken",
    "embedding": "lengths, languages and norms of vectors",
    "reranking": "lengths of queries and spread of scores",
    "prediction": "features and scores",
    "ranking": "features, positions and scores",
    "vision": "brightness, sharpness and scores of images",
    "speech": "noise, accents and words a minute",
    "batch": "columns of the input and results",
    "on-device": "confidence and device classes",
    "robotics": "light, speed and confidence of detections",
}


def _of(case: Case, text: str) -> str:
    """The text with what this system is judged by, and what can move in it."""
    wished = [f"[[{q.metric}]]" for q in case.brief.objectives.quality]
    sets = [f"[[{s.metric}]]" for s in case.brief.evaluation or ()]
    quality = listed(list(dict.fromkeys(wished or sets))[:2]) or "the metric that the set will name"
    return text.replace("QUALITY", quality).replace("MOVES", _MOVES[case.kind])
