"""The gate passes data, sends estimators to a person, and blocks the rest. Nothing is loaded."""

from __future__ import annotations

import collections
import gzip
import io
import json
import pickle
import struct
import tarfile
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.review.models.inspect import inspect_model
from aegis.review.models.verdict import Gate


def gate(name: str, data: bytes) -> Gate:
    return inspect_model(name, data, len(data)).gate


class Attack:
    """Pickles into a call of the function that it is given."""

    def __init__(self, function: object, *arguments: object) -> None:
        self.function = function
        self.arguments = arguments

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return self.function, self.arguments


def text_pickle(module: str, name: str) -> bytes:
    """A protocol 0 pickle that calls `module.name('x')`."""
    return f"c{module}\n{name}\n(S'x'\ntR.".encode()


def stack_pickle(module: str, name: str) -> bytes:
    """A protocol 4 pickle that calls `module.name()` through STACK_GLOBAL."""
    strings = b"".join(
        b"\x8c" + bytes([len(each)]) + each.encode() + b"\x94" for each in (module, name)
    )
    return b"\x80\x04" + strings + b"\x93)R."


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("os", "system"),
        ("posix", "popen"),
        ("builtins", "eval"),
        ("__builtin__", "getattr"),
        ("subprocess", "Popen"),
        ("runpy", "_run_code"),
        ("importlib", "import_module"),
        ("operator", "attrgetter"),
        ("functools", "partial"),
        ("torch.storage", "_load_from_bytes"),
        ("torch.hub", "load"),
        ("numpy.testing._private.utils", "runstring"),
        ("numpy", "load"),
        ("numpy", "float64.tofile"),
        ("sklearn.utils._testing", "run_code"),
        ("sklearn.linear_model", "os.system"),
        ("pandas.core.frame", "eval"),
        ("mlflow.pyfunc", "load_model"),
        ("mlflow.utils.process", "Popen"),
        ("ultralytics.utils", "Run"),
        ("a_package_nobody_knows", "Thing"),
        ("pathlib", "Path.unlink"),
    ],
)
@pytest.mark.parametrize("make", [text_pickle, stack_pickle], ids=["protocol-0", "protocol-4"])
def test_a_pickle_that_calls_something_unknown_is_blocked(
    make: object, module: str, name: str
) -> None:
    """An allow-list needs no list of attacks."""
    assert callable(make)

    assert gate("model.pkl", make(module, name)) is Gate.BLOCK


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    "value",
    [
        {"weights": [1.5, 2.5], "bias": (0, None, True)},
        collections.OrderedDict(a=1, b={1, 2}),
        [b"bytes", "text" * 100, {"nested": [{}]}, frozenset((1,)), 2**70, 1j],
    ],
    ids=["dictionary", "ordered", "nested"],
)
def test_plain_data_passes(value: object, protocol: int) -> None:
    """In every protocol of the standard library."""
    assert gate("state.pkl", pickle.dumps(value, protocol)) is Gate.PASS


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("sklearn.linear_model._base", "LinearRegression"),
        ("mlflow.sklearn", "_SklearnModelWrapper"),
        ("gensim.models.keyedvectors", "KeyedVectors"),
        ("ultralytics.nn.tasks", "DetectionModel"),
        ("keras.src.legacy.preprocessing.text", "Tokenizer"),
        ("keras_preprocessing.text", "Tokenizer"),
    ],
)
def test_a_known_estimator_goes_to_a_person(module: str, name: str) -> None:
    """It is code of a library that many use; whether it may run is a decision."""
    assert gate("m.pkl", stack_pickle(module, name)) is Gate.REVIEW


@pytest.mark.parametrize("name", ["float64", "int64", "bool_", "dtype", "ndarray"])
def test_an_estimator_of_numpy_scalars_goes_to_a_person(name: str) -> None:
    """A type of numbers is data; beside an estimator it changes nothing."""
    with_scalar = b"csklearn.preprocessing\nOneHotEncoder\n(cnumpy\n" + name.encode() + b"\ntR."

    assert gate("encoder.pkl", with_scalar) is Gate.REVIEW
    assert gate("numbers.pkl", f"cnumpy\n{name}\n.".encode()) is Gate.PASS


@pytest.mark.parametrize("protocol", range(6))
def test_a_second_pickle_behind_the_first_is_read(protocol: int) -> None:
    """Old torch files are several pickles; an attack can wait in the last."""
    data = pickle.dumps({"a": 1}, protocol) + text_pickle("os", "system")

    assert gate("model.pt", data) is Gate.BLOCK


def zipped(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def tarred(content: bytes) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        entry = tarfile.TarInfo("data.pkl")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        pytest.param("m.pt", zipped({"m/data.pkl": text_pickle("os", "system")}), id="zip"),
        pytest.param("m.pt", zipped({"m/data.txt": stack_pickle("os", "system")}), id="renamed"),
        pytest.param("m.bin", stack_pickle("os", "system"), id="bin"),
        pytest.param("m.joblib", gzip.compress(stack_pickle("os", "system")), id="gzip"),
        pytest.param("m.nemo", tarred(stack_pickle("os", "system")), id="tar"),
        pytest.param("m.pkl", stack_pickle("os", "system")[:-2], id="cut-off"),
        pytest.param("m.pkl", b"\x80\x04\x93.", id="global-from-nowhere"),
        pytest.param("m.pkl", b"\x80\x02\x82\x01.", id="extension-registry"),
        pytest.param("m.pkl", b"", id="empty"),
        pytest.param("m.7z", b"7z\xbc\xaf\x27\x1c" + b"x" * 40, id="7z"),
    ],
)
def test_an_attack_in_a_wrapping_is_blocked(name: str, data: bytes) -> None:
    """And so is what cannot be read to its end."""
    assert gate(name, data) is Gate.BLOCK


def test_a_member_hidden_from_the_directory_is_read() -> None:
    """A loader may go by the local headers."""
    whole = zipped({"m/data.pkl": stack_pickle("os", "system")})
    end = whole.rindex(b"PK\x05\x06")
    hidden = whole[:end] + struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 0, 0, 0, 0, 0)

    assert gate("m.pt", hidden) is Gate.BLOCK


def safetensors(header: object, tail: int) -> bytes:
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + b"\0" * tail


def tensor(begin: int, end: int) -> dict[str, object]:
    return {"dtype": "F32", "shape": [1], "data_offsets": [begin, end]}


@pytest.mark.parametrize(
    ("data", "verdict"),
    [
        pytest.param(safetensors({"a": tensor(0, 4)}, 4), Gate.PASS, id="whole"),
        pytest.param(safetensors({"a": tensor(0, 4)}, 40), Gate.BLOCK, id="data-behind"),
        pytest.param(safetensors({"a": tensor(4, 8)}, 8), Gate.BLOCK, id="gap-before"),
        pytest.param(
            safetensors({"a": tensor(0, 4), "b": tensor(2, 6)}, 6), Gate.BLOCK, id="overlap"
        ),
        pytest.param(safetensors(["no table"], 4), Gate.BLOCK, id="no-table"),
        pytest.param(struct.pack("<Q", 2**62) + b"{}", Gate.BLOCK, id="header-too-long"),
        pytest.param(b"\0", Gate.BLOCK, id="cut-off"),
    ],
)
def test_a_safetensors_header_must_add_up(data: bytes, verdict: Gate) -> None:
    """Room between or behind tensors is room to hide in."""
    assert gate("m.safetensors", data) is verdict


def gguf(template: str) -> bytes:
    def text(value: str) -> bytes:
        return struct.pack("<Q", len(value)) + value.encode()

    entry = text("tokenizer.chat_template") + struct.pack("<I", 8) + text(template)
    return b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + entry


def test_a_chat_template_is_code() -> None:
    """One that reaches into Python is blocked, one that formats messages passes."""
    assert gate("m.gguf", gguf("{% for m in messages %}{{ m.content }}{% endfor %}")) is Gate.PASS
    assert gate("m.gguf", gguf("{{ ''.__class__.__mro__ }}")) is Gate.BLOCK
    assert gate("m.gguf", b"GGUF" + struct.pack("<IQQ", 3, 0, 9)) is Gate.REVIEW


def test_keras_lambda_layers_are_code() -> None:
    """Found in the configuration, whatever the container."""
    config = b'{"layers": [{"class_name": "Lambda"}]}'

    assert gate("m.keras", zipped({"config.json": config})) is Gate.BLOCK
    assert gate("m.h5", b"\x89HDF\r\n\x1a\n" + config) is Gate.BLOCK
    assert gate("m.keras", zipped({"config.json": b'{"layers": []}'})) is Gate.PASS


@given(
    st.binary(max_size=300), st.sampled_from(["m.pkl", "m.pt", "m.npy", "m.gguf", "m.safetensors"])
)
def test_any_bytes_end_in_a_verdict(data: bytes, name: str) -> None:
    """Never in a crash, and the bytes are never built."""
    for prefix in (b"", b"\x80\x04", b"PK\x03\x04", b"\x93NUMPY\x01\x00", b"GGUF"):
        assert gate(name, prefix + data) in set(Gate)


def test_reading_does_not_run_the_attack() -> None:
    """The proof that nothing is loaded: the function would have been called."""
    called: list[str] = []
    data = pickle.dumps(Attack(print, "x"))

    assert gate("m.pkl", data) is Gate.BLOCK
    assert called == []


def test_arrays_between_opcodes_go_to_a_person_unless_something_hides_behind() -> None:
    """Files of joblib cannot be followed to their end by opcodes alone."""
    module, name = "joblib.numpy_pickle", "NumpyArrayWrapper"
    head = stack_pickle(module, name)[:-2] + b"b" + b"\x00\x01\x02raw numbers\xff\xfe"

    assert gate("m.joblib", head) is Gate.REVIEW
    assert gate("m.joblib", head + text_pickle("os", "system")) is Gate.BLOCK
    assert gate("m.joblib", head + stack_pickle("subprocess", "Popen")) is Gate.BLOCK
