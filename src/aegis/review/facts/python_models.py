"""Models in Python code: fetched by name, loaded from files, allowed to bring code along."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from aegis.base.finding import Certainty
from aegis.review.documents.python_module import Call, Module, is_true
from aegis.review.facts.commands import is_commit, weakness
from aegis.review.facts.types import (
    DatasetReference,
    Download,
    Fact,
    ModelReference,
    RemoteCode,
    Trait,
    UnsafeLoad,
)

# Last part of a call's name, position of the model's name, keywords that hold it.
_BY_NAME: dict[str, tuple[int, tuple[str, ...]]] = {
    "from_pretrained": (0, ("pretrained_model_name_or_path", "model_id", "repo_id")),
    "snapshot_download": (0, ("repo_id",)),
    "hf_hub_download": (0, ("repo_id",)),
    "SentenceTransformer": (0, ("model_name_or_path",)),
    "CrossEncoder": (0, ("model_name",)),
    "HuggingFaceEmbeddings": (9, ("model_name",)),
    "HuggingFaceBgeEmbeddings": (9, ("model_name",)),
    "HuggingFaceInstructEmbeddings": (9, ("model_name",)),
    "SentenceTransformerEmbeddings": (9, ("model_name",)),
    "SentenceTransformerEmbeddingFunction": (9, ("model_name",)),
    "HuggingFaceEmbedding": (0, ("model_name",)),
    "from_model_id": (9, ("model_id",)),
    "WhisperModel": (0, ("model_size_or_path",)),
}
_PIPELINE = ("transformers.pipeline", "transformers.pipelines.pipeline")
_WHISPER = ("whisper.load_model", "whisperx.load_model")
_DATASET = ("datasets.load_dataset",)
_LOCAL = re.compile(r"^(?:\.{0,2}/|~|[A-Za-z]:\\|/)|\.(?:pt|pth|bin|gguf|onnx|pkl|h5)$")
_REVISION = ("revision", "code_revision", "model_revision")

_PICKLES: dict[str, str] = {
    "pickle.load": "pickle",
    "pickle.loads": "pickle",
    "pickle.Unpickler": "pickle",
    "_pickle.load": "pickle",
    "cPickle.load": "pickle",
    "dill.load": "dill",
    "dill.loads": "dill",
    "cloudpickle.load": "cloudpickle",
    "cloudpickle.loads": "cloudpickle",
    "joblib.load": "joblib",
    "sklearn.externals.joblib.load": "joblib",
    "pandas.read_pickle": "pickle",
    "jsonpickle.decode": "jsonpickle",
}
_SAFETENSORS = "keep weights as safetensors and check their digest before loading"
_KERAS = ("keras.models.load_model", "load_model")


def model_facts(module: Module) -> Iterator[Fact]:
    """Every model reference, unsafe load and permission to run remote code."""
    for call in module.calls:
        last = call.name.rpartition(".")[2]
        if is_true(call.keyword("trust_remote_code")):
            place = call.keyword("trust_remote_code") or call.node
            yield RemoteCode(span=module.span(place), via="`trust_remote_code=True`")
        if last == "from_pretrained":
            yield from _in_32_bits(module, call)
        if last in _BY_NAME or call.name in _PIPELINE or call.name in _WHISPER:
            yield from _reference(module, call, last)
        elif call.name in _DATASET:
            yield from _dataset(module, call)
        elif call.name == "torch.hub.load":
            yield from _hub(module, call)
        else:
            yield from _load(module, call, last)


_GENERATES = ("ForCausalLM", "ForConditionalGeneration", "ForSeq2SeqLM", "DiffusionPipeline")
_32_BITS = ("torch.float32", "torch.float", "float32")


def _in_32_bits(module: Module, call: Call) -> Iterator[Fact]:
    """A generating model that is put on a device with the width of a processor."""
    width = call.keyword("torch_dtype", "dtype")
    if width is None or not any(word in call.name for word in _GENERATES):
        return
    named = module.literal(width) or module.resolve(width)
    if named in _32_BITS and b"cuda" in module.source.lower:
        yield Trait(span=module.span(width), name="float32-inference", detail=call.name)


def _reference(module: Module, call: Call, last: str) -> Iterator[Fact]:
    if call.name in _PIPELINE:
        node = call.argument(1, "model")
    elif call.name in _WHISPER:
        node = call.argument(0, "name")
    else:
        position, keywords = _BY_NAME[last]
        node = call.argument(position, *keywords)
    name = literal_or_default(module, node)
    if name is None or node is None or not name or _LOCAL.search(name) or call.spreads:
        return
    if (local := call.keyword("local_files_only")) is not None and ast.unparse(local) == "True":
        return  # nothing is fetched here
    revision = call.keyword(*_REVISION)
    text = module.literal(revision) if revision is not None else ""
    pinned = revision is not None and (text is None or is_commit(text))
    if "Tokenizer" in call.name:
        return  # lengths and pieces of text; the weights have a reference of their own
    digest = call.name in _WHISPER or last == "WhisperModel"
    yield ModelReference(
        span=module.span(node),
        certainty=Certainty.LIKELY if digest else Certainty.CERTAIN,
        name=name,
        revision=text or "",
        pinned=pinned,
        via="code",
    )


def literal_or_default(module: Module, node: ast.expr | None, depth: int = 0) -> str | None:
    """A string, or the default of an environment variable that replaces it."""
    text = module.literal(node)
    if text is not None:
        return text
    if isinstance(node, ast.Name) and depth < 3:
        return literal_or_default(module, module.variables.get(node.id), depth + 1)
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
        return literal_or_default(module, node.values[-1], depth + 1)
    if isinstance(node, ast.Call):
        name = module.resolve(node.func)
        if name.endswith(("getenv", "environ.get")) and len(node.args) > 1:
            return module.literal(node.args[1])
    return None


def _dataset(module: Module, call: Call) -> Iterator[Fact]:
    name = module.literal(call.argument(0, "path"))
    builders = {"json", "csv", "parquet", "text", "imagefolder", "audiofolder", "arrow"}
    if name and name not in builders and not _LOCAL.search(name):
        yield DatasetReference(
            span=module.span(call.node), name=name, pinned=call.keyword("revision") is not None
        )


def _hub(module: Module, call: Call) -> Iterator[Fact]:
    name = module.literal(call.argument(0, "repo_or_dir"))
    if name and "/" in name and ":" not in name:
        yield RemoteCode(span=module.span(call.node), via="`torch.hub.load` of a branch")


def _load(module: Module, call: Call, last: str) -> Iterator[Fact]:
    name = call.name
    if name in _PICKLES:
        loader = _PICKLES[name]
        yield UnsafeLoad(
            span=module.span(call.node),
            loader=f"`{name}`",
            danger=f"{loader} runs what the file says",
            mend=_SAFETENSORS,
            own=module.source.has(f"{loader}.dump".encode(), b"to_pickle(")
            or (loader == "pickle" and not _names_a_model(module, call)),
        )
    elif name == "torch.load":
        yield from _torch(module, call)
    elif last == "load_model" and ("keras" in name or name.startswith("tensorflow")):
        yield from _keras(module, call)
    elif name == "numpy.load" and is_true(call.keyword("allow_pickle")):
        yield UnsafeLoad(
            span=module.span(call.node),
            loader="`numpy.load(allow_pickle=True)`",
            danger="object arrays are pickles",
            mend="store plain arrays and leave allow_pickle off",
        )
    elif is_true(call.keyword("allow_dangerous_deserialization")):
        yield UnsafeLoad(
            span=module.span(call.node),
            loader=f"`{last}(allow_dangerous_deserialization=True)`",
            danger="the index is a pickle beside the vectors",
            mend="rebuild the index from its documents, or verify its digest before loading",
            own=module.source.has(b".save_local(", b".persist("),
        )
    elif name in {"yaml.load", "yaml.load_all", "yaml.unsafe_load"}:
        yield from _yaml(module, call)
    elif name in {"urllib.request.urlretrieve", "gdown.download", "wget.download", "nltk.download"}:
        yield from _download(module, call, name)


_MODEL_WORDS = re.compile(
    r"model|clf|classif|regress|vectori|scaler|encoder|pipeline|weights|estimator|predict|checkpoint",
    re.IGNORECASE,
)


def _names_a_model(module: Module, call: Call) -> bool:
    """Whether what is read is called a model near the call; caches and cookies are not."""
    line = call.node.lineno
    return any(_MODEL_WORDS.search(each) for each in module.source.lines[max(line - 3, 0) : line])


def _torch(module: Module, call: Call) -> Iterator[Fact]:
    only = call.keyword("weights_only")
    if is_true(only) or (only is not None and not isinstance(only, ast.Constant)):
        return
    yield UnsafeLoad(
        span=module.span(call.node),
        certainty=Certainty.CERTAIN if only is not None else Certainty.LIKELY,
        loader="`torch.load`",
        danger="a pickle without weights_only (the default before torch 2.6)"
        if only is None
        else "weights_only=False reads any pickle",
        mend="torch.load(..., weights_only=True), or safetensors",
        by_default=only is None,
    )


def _keras(module: Module, call: Call) -> Iterator[Fact]:
    name = module.literal(call.argument(0, "filepath")) or ""
    only_keras = module.source.has(b".keras") and not module.source.has(b".h5", b".hdf5")
    native = name.endswith(".keras") or (not name and only_keras)
    if native and not _is_false(call.keyword("safe_mode")):
        return
    yield UnsafeLoad(
        span=module.span(call.node),
        certainty=Certainty.CERTAIN if name.endswith((".h5", ".hdf5")) else Certainty.LIKELY,
        loader="`load_model`",
        danger="a Lambda layer in an HDF5 model is code",
        mend="save as .keras and keep safe_mode on, or load the weights alone",
    )


def _is_false(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def _yaml(module: Module, call: Call) -> Iterator[Fact]:
    loader = call.argument(1, "Loader")
    name = module.resolve(loader).rpartition(".")[2] if loader is not None else ""
    if call.name.endswith("unsafe_load") or name in {"Loader", "UnsafeLoader"}:
        yield UnsafeLoad(
            span=module.span(call.node),
            loader=f"`{call.name}`",
            danger="tags can build any object",
            mend="yaml.safe_load",
        )


def _download(module: Module, call: Call, name: str) -> Iterator[Fact]:
    url = module.literal(call.argument(0, "url")) or ""
    if name == "nltk.download":
        yield Trait(span=module.span(call.node), name="corpus-at-start", detail=url)
    elif url and (weak := weakness(url) or "no digest is checked"):
        yield Download(span=module.span(call.node), url=url, weak=weak)
