"""What users get instead of an error, rung by rung."""

from __future__ import annotations

from aegis.plan.case import Case
from aegis.plan.types import Degradation

_STATIC = {
    "embedding": "search answers from its word index until vectors come again",
    "reranking": "the page keeps the order in which the first search found things",
    "speech": "the caller keeps the sound and is told that it will be written later",
}
"""The last rung, where the kind has a better one than a default answer."""


def ladder(case: Case) -> tuple[Degradation, ...]:
    """What happens instead of an error, from the mildest rung to the last."""
    if case.on_device:
        return _device_ladder(case)
    if case.is_batch:
        return (
            Degradation(order=1, trigger="a chunk fails", behaviour="the chunk is repeated, then set aside and listed", component="job"),
            Degradation(order=2, trigger="the deadline is at risk", behaviour="items that somebody waits for are scored first", component="job"),
            Degradation(order=3, trigger="no result by the deadline", behaviour="consumers go on with the last good output, marked with its age", component="output"),
        )  # fmt: skip
    smaller = case.brief.model.smaller_model if case.brief.model else None
    static = _STATIC.get(
        case.kind,
        "a plain sentence says that the assistant is busy and where a person can be reached"
        if case.is_llm
        else "the caller gets the documented default of the product, marked as such",
    )
    rungs = [
        ("the queue grows beyond what the objective allows", "requests of the lowest priority are refused with `429` and `retry-after`", "gateway"),
        *(
            [("the model errs or is slow", f"the breaker sends requests to [[{smaller}]], evaluated beforehand", "gateway")]
            if smaller
            else []
        ),
        *(
            [("retrieval is down", "the assistant says that it cannot look things up, and does not answer from memory", "application")]
            if case.kind == "rag"
            else []
        ),
        *(
            [("a tool fails twice", "the agent stops acting, says what it has done, and hands over to a person", "tools")]
            if case.kind == "agent"
            else []
        ),
        *(
            [("features are older than the objective", "the model's fallback features are used and the answer is marked", "stable")]
            if "features.freshness" in case.numbers
            else []
        ),
        ("the breaker is open", static, "gateway"),
    ]  # fmt: skip
    return tuple(
        Degradation(order=i, trigger=t, behaviour=b, component=c)
        for i, (t, b, c) in enumerate(rungs, start=1)
    )


def _device_ladder(case: Case) -> tuple[Degradation, ...]:
    robot = case.kind == "robotics"
    return (
        Degradation(
            order=1,
            trigger="an inference misses its deadline",
            behaviour="the late answer is thrown away and the machine brakes or holds, without the model's consent"
            if robot
            else "the simpler answer is shown",
            component="watchdog",
        ),
        Degradation(
            order=2,
            trigger="the device is hot or its power budget is spent",
            behaviour="the rate of inferences is halved"
            if robot
            else "the model pauses and says so",
            component="watchdog",
        ),
        Degradation(
            order=3,
            trigger="answers fail repeatedly",
            behaviour="the robot goes to its safe state, without the model's consent"
            if robot
            else "the device returns to its last good model",
            component="watchdog",
        ),
    )
