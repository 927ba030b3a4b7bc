"""Pickles by allow-list: every global that a pickle names must be known to be harmless.

The opcodes are followed by `pickle_stack`; nothing is built. What cannot be followed is blocked: a
gate that guesses is no gate. A file with joblib's raw arrays is read twice: as joblib reads it, and
as any other loader would. Modules that only rebuild tensors and arrays
pass; estimator classes of known families go to a person («review»); the rest is blocked.

Sources: the reference of `pickletools`; the failures of deny-lists collected in arXiv 2508.19774
(read as an abstract, 2026-11-22), which is why this is an allow-list.
"""

from __future__ import annotations

import io
import re

from aegis.detect.placeholders import words
from aegis.review.models.pickle_arrays import WRAPPER
from aegis.review.models.pickle_stack import Loader, PickleReading
from aegis.review.models.pickle_values import EndedError, UnfollowedError
from aegis.review.models.verdict import Gate, Inspection, worst

# Rebuild containers, numbers, arrays and tensors, and nothing else.
_DATA: frozenset[str] = words(
    "builtins.set builtins.frozenset builtins.list builtins.dict builtins.tuple builtins.int "
    "builtins.float builtins.complex builtins.bool builtins.str builtins.bytes builtins.bytearray "
    "builtins.slice builtins.range builtins.object __builtin__.set __builtin__.frozenset "
    "__builtin__.object __builtin__.complex __builtin__.slice __builtin__.bytearray "
    "__builtin__.int __builtin__.long __builtin__.float __builtin__.bool __builtin__.str "
    "__builtin__.unicode __builtin__.list __builtin__.dict __builtin__.tuple __builtin__.xrange "
    "collections.OrderedDict collections.defaultdict collections.Counter collections.deque "
    "_codecs.encode copyreg._reconstructor copy_reg._reconstructor copyreg.__newobj__ "
    "datetime.datetime datetime.date datetime.time datetime.timedelta datetime.timezone "
    "decimal.Decimal fractions.Fraction uuid.UUID pathlib.PosixPath pathlib.PurePosixPath "
    "numpy.dtype numpy.ndarray numpy.bool_ numpy.bool numpy.object_ numpy.str_ numpy.bytes_ "
    "numpy.float16 numpy.float32 numpy.float64 numpy.int8 numpy.int16 numpy.int32 numpy.int64 "
    "numpy.uint8 numpy.uint16 numpy.uint32 numpy.uint64 numpy.datetime64 numpy.timedelta64 "
    "numpy.complex64 numpy.complex128 numpy.core.multiarray._reconstruct numpy.core.multiarray.scalar "
    "numpy._core.multiarray._reconstruct numpy._core.multiarray.scalar "
    "numpy.core.numeric._frombuffer numpy._core.numeric._frombuffer "
    "numpy.random._pickle.__randomstate_ctor numpy.random._pickle.__bit_generator_ctor "
    "numpy.random._mt19937.MT19937 numpy.random._pcg64.PCG64 numpy.random._pickle.__generator_ctor "
    "numpy.random.bit_generator.SeedSequence numpy.random.bit_generator.__pyx_unpickle_SeedSequence "
    "numpy.ma.core._mareconstruct numpy.ma.MaskedArray numpy.ma.core.MaskedArray "
    "torch._utils._rebuild_tensor torch._utils._rebuild_tensor_v2 torch._utils._rebuild_tensor_v3 "
    "torch._utils._rebuild_parameter torch._utils._rebuild_parameter_with_state "
    "torch._utils._rebuild_qtensor torch._utils._rebuild_sparse_tensor "
    "torch._utils._rebuild_device_tensor_from_numpy torch._utils._rebuild_wrapper_subclass "
    "torch._tensor._rebuild_from_type_v2 torch.storage._load_from_bytes torch.Size torch.device "
    "torch.dtype torch.Tensor torch.nn.parameter.Parameter torch.serialization._get_layout "
    "torch.FloatStorage torch.DoubleStorage torch.HalfStorage torch.BFloat16Storage "
    "torch.LongStorage torch.IntStorage torch.ShortStorage torch.CharStorage torch.ByteStorage "
    "torch.BoolStorage torch.ComplexFloatStorage torch.ComplexDoubleStorage torch.QInt8Storage "
    "torch.QUInt8Storage torch.QInt32Storage torch.storage.UntypedStorage "
    "torch.storage.TypedStorage torch._C._nn torch.float32 torch.float16 torch.bfloat16 "
    "torch.int64 torch.int32 torch.uint8 torch.bool torch.float64 torch.int8"
) - words("torch.storage._load_from_bytes torch._C._nn")  # these load a second pickle
# Classes of these packages rebuild an estimator: their code runs, so a person decides.
_FAMILIES = re.compile(
    r"^(?:sklearn\.(?:linear_model|ensemble|tree|svm|neighbors|naive_bayes|preprocessing|pipeline|"
    r"compose|feature_extraction|feature_selection|decomposition|cluster|impute|model_selection|"
    r"multiclass|multioutput|neural_network|calibration|metrics|discriminant_analysis|dummy|"
    r"gaussian_process|isotonic|kernel_ridge|mixture|covariance|base|utils\._bunch|"
    r"loss|_loss|linear_model\.\w+)|xgboost\.(?:core|sklearn)|lightgbm\.(?:basic|sklearn)|"
    r"catboost\.core|pandas\.(?:core|_libs)|scipy\.sparse|nltk\.(?:tokenize\.punkt|tag)|"
    r"langchain(?:_community|_core|_classic)?\.(?:docstore|documents|schema)|category_encoders|imblearn|statsmodels|prophet|surprise|implicit|spacy\.(?:vocab|tokens)|"
    r"torch\.nn\.modules\.\w+|torchvision\.models|transformers\.training_args|joblib\.numpy_pickle|"
    r"mlflow\.(?:pyfunc|models\.(?:model|signature)|sklearn|types)|gensim\.(?:models|corpora)|pmdarima|lifelines|"
    r"hmmlearn|sklearn_crfsuite|ultralytics\.nn|keras_preprocessing\.text|"
    r"(?:tensorflow\.(?:python\.)?)?keras\.(?:src\.)?(?:legacy\.)?preprocessing\.text)"
    r"(?:\.|$)"
)
_CLASS_NAME = re.compile(r"_?[A-Z]\w*\Z")
_FUNCTIONS_OF_FAMILIES = words(
    "pandas.core.indexes.base._new_Index pandas._libs.internals._unpickle_block "
    "pandas.core.internals.blocks.new_block scipy.sparse._csr.csr_matrix "
    "scipy.sparse.csr.csr_matrix scipy.sparse._csc.csc_matrix "
    "joblib.numpy_pickle.NumpyArrayWrapper sklearn.tree._tree.Tree"
)
# Compiled classes of scikit-learn are made by functions of their modules; the module of the losses
# calls itself `_loss` in files of some versions.
_MADE_BY_SKLEARN = re.compile(
    r"(?:sklearn\.(?:neighbors\._?(?:kd_tree|ball_tree|dist_metrics)|metrics\._dist_metrics)\.newObj"
    r"|(?:sklearn\._loss\.)?_loss\.(?:__pyx_unpickle_)?Cy[A-Z]\w*(?:Loss|Error|LossIdentity))\Z"
)


def inspect_pickle(data: bytes, format_: str = "pickle") -> Inspection:
    """The verdict on a pickle, or on several of them one after the other."""
    parts: list[Inspection] = []
    stream = io.BytesIO(data)
    while stream.tell() < len(data):
        start = stream.tell()
        reading = PickleReading(stream=stream, size=len(data))
        try:
            reading.read()
        except UnfollowedError as error:
            parts.append(Inspection(format_, Gate.BLOCK, (str(error),)))
            break
        except Exception as error:  # noqa: BLE001 - pickletools raises whatever a bad file provokes
            if WRAPPER.name in reading.names:
                parts.append(_with_arrays(reading.names, data[start:], format_))
            elif not start or any(part.reasons for part in parts):
                reason = f"cannot be read to its end ({type(error).__name__})"
                parts.append(Inspection(format_, Gate.BLOCK, (reason,)))
            elif _looks_like_pickle(data[start:]):
                reason = f"the part behind the first pickle cannot be read ({type(error).__name__})"
                parts.append(Inspection(format_, Gate.BLOCK, (reason,)))
            if reading.arrays:
                parts.append(_as_plain(data[start:], format_))
            break
        parts.append(_judge(reading.names, format_))
        if reading.arrays:
            parts.append(_as_plain(data[start:], format_))
        if stream.tell() == start or not _looks_like_pickle(data[stream.tell() :]):
            break
    return worst(format_, parts) if parts else Inspection(format_, Gate.BLOCK, ("empty",))


_NAMED_AFTER = re.compile(rb"c([A-Za-z_][\w.]{0,80})\n([A-Za-z_][\w.]{0,80})\n")
_DANGEROUS_WORDS = re.compile(
    rb"(?:\x8c.|[XT].\0\0\0|\x8d.\0{7}|U[\x02-\x20]|V|S['\"])"
    rb"(?:posix|nt|os|sys|subprocess|builtins|__builtin__|importlib|runpy|socket|shutil|eval|exec"
    rb"|system|popen|getattr|__import__|code|pty|ctypes|operator|functools|webbrowser|urllib)\W",
    re.DOTALL,
)
# What `pickletools` says where every loader stops, too: no such opcode, or the file ends in one.
_ENDS = re.compile(
    r"at position \d+, opcode .{1,8} unknown|expected \d+ bytes in a \w+, but only \d+ remain"
    r"|no newline found|not enough data in stream|pickle exhausted|\w+ byte count [<>]"
)


def _with_arrays(names: list[str], data: bytes, format_: str) -> Inspection:
    """An array's length is not known; what follows is searched, never trusted."""
    named = [f"{match[1].decode()}.{match[2].decode()}" for match in _NAMED_AFTER.finditer(data)]
    found = _judge([*names, *named], format_)
    if found.gate is Gate.BLOCK or _DANGEROUS_WORDS.search(data):
        reasons = found.reasons or ("names a module that no model needs",)
        return Inspection(format_, Gate.BLOCK, reasons)
    reason = "arrays stand between the opcodes, so it was not followed to its end"
    return Inspection(format_, Gate.REVIEW, (*found.reasons, reason))


def _as_plain(data: bytes, format_: str) -> Inspection:
    """The same pickle for a loader other than joblib's, which takes arrays for opcodes.

    It stops with an error as soon as they are none, and what it would have called up to there counts.
    """
    reading = PickleReading(stream=io.BytesIO(data), size=len(data), loader=Loader.PLAIN)
    try:
        reading.read()
    except EndedError:
        return _judge(reading.names, format_)
    except UnfollowedError as error:
        return Inspection(format_, Gate.BLOCK, (f"read without joblib, {error}",))
    except Exception as error:  # noqa: BLE001 - pickletools raises whatever a bad file provokes
        if not _ENDS.match(str(error)):
            return _with_arrays(reading.names, data, format_)
    return _judge(reading.names, format_)


def _looks_like_pickle(data: bytes) -> bool:
    return data[:1] in {b"\x80", b"(", b"c", b"]", b"}", b"l", b"d", b"I", b"F", b"S", b"V", b"i"}


def _judge(names: list[str], format_: str) -> Inspection:
    unknown = [name for name in names if name not in _DATA]
    family = [name for name in unknown if _is_family(name)]
    strange = [name for name in unknown if name not in family]
    if strange:
        shown = tuple(f"calls `{_printable(name)}`" for name in dict.fromkeys(strange))
        return Inspection(format_, Gate.BLOCK, shown[:8])
    if family:
        packages = sorted({name.partition(".")[0].replace("_loss", "sklearn") for name in family})
        return Inspection(format_, Gate.REVIEW, (f"rebuilds objects of {', '.join(packages)}",))
    return Inspection(format_, Gate.PASS)


def _is_family(name: str) -> bool:
    if name in _FUNCTIONS_OF_FAMILIES or _MADE_BY_SKLEARN.match(name):
        return True
    module, _, last = name.rpartition(".")
    return _FAMILIES.match(module) is not None and _CLASS_NAME.match(last) is not None


def _printable(name: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in name)[:80]
