"""Classic models over HTTP: plain JSON, and the Open Inference Protocol (KServe v2)."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from pydantic import JsonValue

from aegis.evaluate.models.http import Endpoint
from aegis.evaluate.models.model import Answer, NoAnswerError, class_answer
from aegis.evaluate.records import Release
from aegis.evaluate.releases import identified
from aegis.evaluate.samples import Sample, Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class KServe:
    """`POST /v2/models/MODEL/infer`, one sample a request.

    Named features become one tensor each, a row of numbers or a text a tensor of the name `input`.
    The answer is read from `output`, or from the only output there is.

    Source: Open Inference Protocol, REST, kserve/open-inference-protocol.
    """

    endpoint: Endpoint
    model: str
    output: str = ""
    classes: tuple[str, ...] = ()
    tensor: str = "input"

    @property
    def release(self) -> Release:
        """Who answers."""
        return identified(
            Release(model=self.model, protocol="kserve-v2", endpoint=self.endpoint.public_url,
                    parameters={"output": self.output, "classes": list(self.classes)})
        )  # fmt: skip

    def answer(self, sample: Sample) -> Answer:
        """One inference."""
        start = time.perf_counter()
        reply = self.endpoint.post(
            f"/v2/models/{self.model}/infer", {"inputs": [*tensors(sample, self.tensor)]}
        )
        outputs = reply.get("outputs") if isinstance(reply, dict) else None
        found = [o for o in outputs if isinstance(o, dict)] if isinstance(outputs, list) else []
        named = [o for o in found if o.get("name") == self.output] if self.output else found
        if len(named) != 1:
            names = ", ".join(f"`{o.get('name')}`" for o in found) or "none"
            raise NoAnswerError(
                f"which output is the answer? The model gives {names}; name one: --answer-at"
            )
        data = named[0].get("data")
        answer = class_answer(data if isinstance(data, list) else [], self.classes)
        return replace(answer, latency_s=round(time.perf_counter() - start, 4))

    def close(self) -> None:
        """Breaks off every request."""
        self.endpoint.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainJson:
    """`POST` of the features as JSON; a text or a row of numbers goes as `{"input": …}`.

    `output` is the way to the answer in the reply, such as `predictions.0.label`.
    """

    endpoint: Endpoint
    model: str = ""
    output: str = ""
    classes: tuple[str, ...] = ()

    @property
    def release(self) -> Release:
        """Who answers."""
        return identified(
            Release(model=self.model, protocol="http-json", endpoint=self.endpoint.public_url,
                    parameters={"output": self.output, "classes": list(self.classes)})
        )  # fmt: skip

    def answer(self, sample: Sample) -> Answer:
        """One request."""
        start = time.perf_counter()
        asked = sample.model_dump(mode="json")["input"]
        reply = self.endpoint.post("", asked if isinstance(asked, dict) else {"input": asked})
        found = at(reply, self.output)
        answer = class_answer(found if isinstance(found, list) else [found], self.classes)
        return replace(answer, latency_s=round(time.perf_counter() - start, 4))

    def close(self) -> None:
        """Breaks off every request."""
        self.endpoint.close()


def at(value: JsonValue, path: str) -> JsonValue:
    """The value at a dotted path; numbers are places of a list.

    >>> at({"predictions": [{"label": "dog"}]}, "predictions.0.label")
    'dog'
    """
    for step in path.split(".") if path else ():
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            raise NoAnswerError(f"the reply has no `{path}`")
    return value


def tensors(sample: Sample, name: str) -> list[dict[str, JsonValue]]:
    """The input of a sample as tensors of the Open Inference Protocol.

    >>> tensors(Sample(id="a", input=(1.5, 2.0)), "input")
    [{'name': 'input', 'shape': [1, 2], 'datatype': 'FP32', 'data': [1.5, 2.0]}]
    >>> tensors(Sample(id="a", input={"age": 3, "city": "Bern"}), "input")[1]
    {'name': 'city', 'shape': [1], 'datatype': 'BYTES', 'data': ['Bern']}
    """
    if isinstance(sample.input, dict):
        return [_tensor(key, value) for key, value in sample.input.items()]
    if isinstance(sample.input, str):
        return [_tensor(name, sample.input)]
    if any(isinstance(value, Turn) for value in sample.input):
        raise NoAnswerError("a conversation is no input of a classic model")
    return [_tensor(name, [v for v in sample.input if isinstance(v, float)])]


def _tensor(name: str, value: JsonValue) -> dict[str, JsonValue]:
    data: list[JsonValue] = value if isinstance(value, list) else [value]
    shape: list[JsonValue] = [1, len(data)] if isinstance(value, list) else [1]
    return {"name": name, "shape": shape, "datatype": _datatype(data), "data": data}


def _datatype(data: list[JsonValue]) -> str:
    for kind, name in ((bool, "BOOL"), (int, "INT64"), (int | float, "FP32")):
        if data and all(isinstance(v, kind) for v in data):
            return name
    return "BYTES"
