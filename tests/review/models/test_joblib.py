"""Files of joblib are followed across their raw arrays, and nothing hides in or behind one."""

from __future__ import annotations

import base64
import gzip
import io
import json
import os
import struct
import zlib
from pathlib import Path

import joblib  # type: ignore[import-untyped]  # locked for tests by way of rouge-score and nltk
import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from aegis.review.models.inspect import inspect_model
from aegis.review.models.pickle_stack import PickleReading
from aegis.review.models.verdict import Gate, Inspection

# Written by scikit-learn 1.9.1, joblib 1.6.0 and numpy 2.4.6: twelve rows, classes «no» and «yes».
FILES: dict[str, str] = json.loads((Path(__file__).parent / "sklearn_files.json").read_text())
PROTOCOLS = range(6)


def verdict(data: bytes) -> Inspection:
    return inspect_model("model.joblib", data, len(data))


def dumped(value: object, protocol: int = 5) -> bytes:
    stream = io.BytesIO()
    joblib.dump(value, stream, protocol=protocol)
    return stream.getvalue()


class Attack:
    """Pickles into a call of `os.system`."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("true",)


def objects(*values: object) -> numpy.ndarray:
    made = numpy.empty(len(values), dtype=object)
    made[:] = values
    return made


@pytest.mark.parametrize("name", FILES)
def test_estimators_are_followed_to_their_end(name: str) -> None:
    """They go to a person, and neither an array nor a pickled one is taken for opcodes."""
    data = zlib.decompress(base64.b64decode(FILES[name]))

    assert verdict(data) == Inspection(
        "pickle", Gate.REVIEW, ("rebuilds objects of joblib, sklearn",)
    )
    assert verdict(gzip.compress(data)).gate is Gate.REVIEW
    assert verdict(data[:-40]).gate is not Gate.PASS


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    "value",
    [
        {"a": numpy.arange(3.0), "b": numpy.zeros((0, 4), "i4"), "c": "text"},
        {"a": numpy.array(["x", "yy"]), "b": numpy.array([b"cc\n"]), "c": numpy.array([True])},
        [numpy.array(2.0), numpy.asfortranarray(numpy.ones((3, 2), ">f4")), numpy.arange(9)[::2]],
        [objects("no", "yes"), numpy.arange(2), objects(1, None, 2.5), objects()],
        [numpy.array(["2026-01-01"], "M8[s]"), numpy.array([1j]), numpy.array([3], "m8[ns]")],
        [numpy.array([(1, 2.0, b"a")], [("n", "i4"), ("x", "f8"), ("s", "S1")]), "behind"],
        [numpy.frombuffer(b"cos\nsystem\n(S'true'\ntR.", "u1"), numpy.eye(2).view(numpy.matrix)],
    ],
    ids=["numbers", "texts", "orders", "objects", "dates", "structured", "like-opcodes"],
)
def test_arrays_are_passed_over_exactly(value: object, protocol: int) -> None:
    """Whatever their bytes look like: the reader stands behind the last opcode at the end."""
    data = dumped(value, protocol)
    reading = PickleReading(stream=io.BytesIO(data), size=len(data))
    reading.read()

    assert reading.stream.tell() == len(data)
    assert reading.arrays
    if b"matrix" not in data:
        assert verdict(data).reasons == ("rebuilds objects of joblib",)


@given(
    arrays.arrays(
        dtype=st.one_of(
            arrays.scalar_dtypes().filter(lambda each: each.itemsize > 0),
            arrays.array_dtypes(
                arrays.integer_dtypes() | arrays.floating_dtypes(), allow_subarrays=False
            ),
        ),
        shape=arrays.array_shapes(min_dims=0, min_side=0, max_dims=3, max_side=4),
    ),
    st.sampled_from(PROTOCOLS),
)
def test_the_length_of_any_array_is_the_one_joblib_writes(
    array: numpy.ndarray, protocol: int
) -> None:
    """For every type of element, shape and protocol; what stands behind is found."""
    data = dumped([array, "behind", array, Attack()], protocol)
    reading = PickleReading(stream=io.BytesIO(data), size=len(data))
    reading.read()

    assert reading.stream.tell() == len(data)
    assert reading.names[-1].endswith(".system")
    assert verdict(data).gate is Gate.BLOCK


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    "value",
    [
        pytest.param([Attack(), numpy.arange(3.0)], id="before"),
        pytest.param([numpy.arange(3.0), Attack(), numpy.arange(2)], id="between"),
        pytest.param({"a": numpy.arange(3.0), "b": Attack()}, id="behind"),
        pytest.param([numpy.arange(2), objects(Attack())], id="in-objects"),
        pytest.param([objects("x"), numpy.arange(2), Attack()], id="behind-objects"),
        pytest.param([objects(objects(Attack()))], id="in-objects-of-objects"),
    ],
)
def test_an_attack_beside_an_array_is_blocked(value: object, protocol: int) -> None:
    """By `GLOBAL` up to protocol 3 and by `STACK_GLOBAL` from 4 on."""
    data = dumped(value, protocol)

    assert verdict(data).gate is Gate.BLOCK
    assert any(reason.endswith(".system`") for reason in verdict(data).reasons)


# Hostile files, opcode by opcode.

TEXT_CALL = b"cos\nsystem\n(S'true'\ntR"
STACK_CALL = b"\x8c\x05posix\x8c\x06system\x93\x8c\x04true\x85R"
BY_MEMO = b"h\xf0h\xf1\x93\x8c\x04true\x85R"
MEMO = b"\x8c\x05posixq\xf00\x8c\x06systemq\xf10"
CLASS = b"cjoblib.numpy_pickle\nNumpyArrayWrapper\n"


def element(name: bytes = b"f8", size: bytes = b"J\xff\xff\xff\xff", flags: int = 0) -> bytes:
    called = b"cnumpy\ndtype\nU" + bytes([len(name)]) + name + b"\x89\x88\x87R"
    return called + b"(K\x03U\x01<NNN" + size + b"J\xff\xff\xff\xffK" + bytes([flags]) + b"tb"


def state(
    *,
    shape: bytes = b"K\x01\x85",
    dtype: bytes = element(),
    alignment: bytes = b"",
    more: bytes = b"",
) -> bytes:
    said = b"U\x08subclasscnumpy\nndarray\nU\x05shape" + shape + b"U\x05orderU\x01CU\x05dtype"
    aligned = alignment and b"U\x1bnumpy_array_alignment_bytes" + alignment
    return b"}(" + said + dtype + aligned + more + b"u"


def wrapper(behind: bytes, **said: bytes) -> bytes:
    return CLASS + b")\x81" + state(**said) + b"b" + behind


NUMBER = struct.pack("<d", 1.5)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(wrapper(NUMBER), id="without-alignment"),
        pytest.param(wrapper(b"\x02\xff\xff" + NUMBER, alignment=b"K\x10"), id="aligned"),
        pytest.param(wrapper(b"\x00" + NUMBER, alignment=b"K\x10"), id="no-padding"),
        pytest.param(wrapper(NUMBER * 6, shape=b"K\x02K\x03\x86"), id="matrix"),
        pytest.param(wrapper(b"(lp0\n.", dtype=element(b"O8", flags=63)), id="objects"),
    ],
)
def test_the_hostile_files_below_are_read_without_what_makes_them_hostile(data: bytes) -> None:
    """The proof that they are blocked for that alone."""
    assert verdict(b"\x80\x02" + data + b".").gate is Gate.REVIEW
    assert verdict(b"\x80\x04" + MEMO + data + b".").gate is Gate.REVIEW


@pytest.mark.parametrize("call", [TEXT_CALL, STACK_CALL, BY_MEMO], ids=["text", "stack", "memo"])
@pytest.mark.parametrize(
    ("before", "behind"),
    [
        pytest.param(b"", b"0" + wrapper(NUMBER), id="before"),
        pytest.param(wrapper(NUMBER), b"0" + wrapper(NUMBER), id="between"),
        pytest.param(wrapper(b"\x01\xff" + NUMBER, alignment=b"K\x10"), b"", id="behind"),
        pytest.param(wrapper(b"", shape=b"K\x00\x85"), b"", id="behind-nothing"),
        pytest.param(wrapper(b"", shape=b"K\x05\x85"), b"." + b"\0" * 60, id="in-a-false-shape"),
        pytest.param(wrapper(b"", shape=b"M\xff\xff\x85"), b"", id="in-a-shape-beyond-the-file"),
        pytest.param(wrapper(b"", shape=b"J\xff\xff\xff\xff\x85"), b"", id="in-a-negative-shape"),
        pytest.param(wrapper(b"c", alignment=b"K\x10"), b"." + b"\0" * 150, id="in-the-padding"),
        pytest.param(wrapper(b"(", dtype=element(b"O8", flags=63)), b"l.", id="in-objects"),
        pytest.param(wrapper(b"]", dtype=element(b"O8", flags=63)), b"a.", id="in-a-list"),
        pytest.param(wrapper(NUMBER, dtype=element(b"f8", flags=63)), b"", id="false-flags"),
        pytest.param(wrapper(b"", dtype=element(b"O8", flags=0)), b"", id="objects-denied"),
        pytest.param(wrapper(b"ab", dtype=element(b"S2", b"K\x50")), b"", id="false-size"),
        pytest.param(wrapper(b"", dtype=element(b"Q9")), b"", id="unknown-type"),
    ],
)
def test_a_call_around_or_inside_an_array_is_blocked(
    before: bytes, call: bytes, behind: bytes
) -> None:
    """Also where only a loader other than joblib's would come to it."""
    assert verdict(b"\x80\x04" + MEMO + before + call + behind + b".").gate is Gate.BLOCK


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(CLASS + b")R" + state() + b"b" + NUMBER, id="called"),
        pytest.param(CLASS + b"]\x81" + state() + b"b" + NUMBER, id="made-of-a-list"),
        pytest.param(b"(" + CLASS + b"o" + state() + b"b" + NUMBER, id="old-object"),
        pytest.param(b"(i" + CLASS[1:] + state() + b"b" + NUMBER, id="old-instance"),
        pytest.param(b"ccopyreg\n__newobj__\n" + CLASS + b"\x85R" + state() + b"b", id="indirect"),
        pytest.param(b"ccollections\ndefaultdict\n" + CLASS + b"\x85R", id="as-a-factory"),
        pytest.param(CLASS + b")\x81q\x050h\x05" + state() + b"b" + NUMBER, id="remembered"),
        pytest.param(CLASS + b")\x812" + state() + b"b" + NUMBER, id="doubled"),
        pytest.param(CLASS + b"NU\x04read" + b"c__builtin__\nint\ns\x86b", id="class-changed"),
        pytest.param(CLASS + b"N}\x86b", id="class-touched"),
        pytest.param(CLASS + b")\x81}b" + NUMBER, id="no-state"),
        pytest.param(CLASS + b")\x81N" + state() + b"\x86b" + NUMBER, id="state-of-slots"),
        pytest.param(CLASS + b")\x81" + state() + b"q\x050h\x05b" + NUMBER, id="state-shared"),
        pytest.param(wrapper(NUMBER, more=b"U\x04readc__builtin__\nint\n"), id="method-replaced"),
        pytest.param(wrapper(NUMBER, more=b"c__builtin__\nstr\n)RN"), id="key-made-by-a-call"),
        pytest.param(wrapper(NUMBER, shape=b"](K\x01e"), id="shape-in-a-list"),
        pytest.param(wrapper(NUMBER, shape=b"c__builtin__\nint\n)R\x85"), id="shape-by-a-call"),
        pytest.param(wrapper(NUMBER, alignment=b"]"), id="alignment-in-a-list"),
        pytest.param(wrapper(NUMBER, dtype=element() + b"Nb(K\x03tb"), id="type-set-twice"),
        pytest.param(
            wrapper(wrapper(NUMBER) + b".", dtype=element(b"O8", flags=63)), id="inside-objects"
        ),
        pytest.param(
            wrapper(b"N.", dtype=element(b"O8", flags=63), more=b"U\nallow_mmap\x88"), id="mapped"
        ),
    ],
)
def test_a_wrapper_that_joblib_does_not_write_is_blocked(data: bytes) -> None:
    """Its length can be argued about, and the loaders may not agree with us."""
    assert verdict(b"\x80\x02" + data + b".").gate is Gate.BLOCK


@pytest.mark.parametrize("beyond", [1, 2, 50])
def test_an_array_begins_behind_its_frame(beyond: int) -> None:
    """Joblib reads the array from the file, whose position is the end of the frame."""
    head = wrapper(b"")

    def framed(size: int) -> bytes:
        return b"\x80\x04\x95" + struct.pack("<Q", size) + head + NUMBER + b"." + b"\0" * 50

    assert verdict(framed(len(head))).gate is Gate.REVIEW
    assert verdict(framed(len(head) + beyond)).gate is Gate.BLOCK


def test_an_object_array_means_something_else_to_a_plain_loader() -> None:
    """Its memo is its own for joblib, and the file's for `pickle.load`: both are judged."""
    outer = b"\x8c\x05posix\x94\x8c\x06system\x940" * 2
    inner = b"\x8c\x05numpy\x94\x8c\x05dtype\x94h\x00h\x01\x930N."
    objects_ = element(b"O8", flags=63)

    assert verdict(b"\x80\x04" + wrapper(inner, dtype=objects_) + b".").gate is not Gate.PASS
    assert verdict(b"\x80\x04" + outer + wrapper(inner, dtype=objects_) + b".").gate is Gate.BLOCK
