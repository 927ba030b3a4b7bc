"""A classic model in an ONNX file, run here by onnxruntime."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np

from aegis.evaluate.errors import InputError
from aegis.evaluate.libraries import optional
from aegis.evaluate.models.model import Answer, NoAnswerError, class_answer
from aegis.evaluate.records import Release
from aegis.evaluate.releases import identified
from aegis.evaluate.samples import Sample, Turn


class _Tensor(Protocol):
    name: str
    type: str


class _Session(Protocol):
    """What is used of `onnxruntime.InferenceSession`."""

    def run(self, names: list[str] | None, feed: dict[str, object]) -> list[object]: ...
    def get_inputs(self) -> list[_Tensor]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Onnx:
    """One sample a run. `output` names the answer; empty: the last output of the file.

    Files of scikit-learn give the class first and the probabilities last, as numbers or as a map.
    """

    path: Path
    session: _Session
    output: str = ""
    classes: tuple[str, ...] = ()

    @property
    def release(self) -> Release:
        """Who answers: the digest of the file stands for the model."""
        digest = hashlib.sha256(self.path.read_bytes()).hexdigest()
        return identified(
            Release(model=f"sha256:{digest}", protocol="onnx", endpoint=self.path.name,
                    parameters={"output": self.output, "classes": list(self.classes)})
        )  # fmt: skip

    def answer(self, sample: Sample) -> Answer:
        """One run of the model."""
        start = time.perf_counter()
        outputs = self.session.run([self.output] if self.output else None, self._feed(sample))
        found = outputs[-1]
        if isinstance(found, list) and found and isinstance(found[0], dict):
            names, values = [str(key) for key in found[0]], [float(v) for v in found[0].values()]
            answer = class_answer(values, self.classes or names)
        else:
            answer = class_answer(np.asarray(found).ravel().tolist(), self.classes)
        return replace(answer, latency_s=round(time.perf_counter() - start, 4))

    def close(self) -> None:
        """Nothing is under way after a run."""

    def _feed(self, sample: Sample) -> dict[str, object]:
        wanted = self.session.get_inputs()
        if isinstance(sample.input, dict):
            missing = [i.name for i in wanted if i.name not in sample.input]
            if missing:
                raise NoAnswerError(f"the sample lacks the feature `{missing[0]}`")
            return {i.name: _array(sample.input[i.name], i.type) for i in wanted}
        values = sample.input if isinstance(sample.input, str) else list(sample.input)
        if len(wanted) != 1 or any(isinstance(v, Turn) for v in values):
            raise NoAnswerError(f"the model takes {len(wanted)} named inputs; name the features")
        return {wanted[0].name: _array(values, wanted[0].type)}


_TYPES = {
    "tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(int64)": np.int64,
    "tensor(int32)": np.int32, "tensor(bool)": np.bool_, "tensor(string)": np.str_,
}  # fmt: skip


def _array(value: object, kind: str) -> object:
    row = value if isinstance(value, list) else [value]
    return np.asarray([row], _TYPES.get(kind, np.float32))


def open_onnx(path: Path, *, output: str = "", classes: tuple[str, ...] = ()) -> Onnx:
    """The model of a file, on one thread.

    Raises:
        InputError: onnxruntime is not installed, or the file is no model.
    """
    onnxruntime = optional(
        "onnxruntime", "ONNX files; or serve the model and use --protocol kserve-v2"
    )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # noqa: BLE001  # it raises classes of its own for every fault
        raise InputError(f"{path} is no model that onnxruntime reads: {error}") from None
    return Onnx(path=path, session=session, output=output, classes=classes)
