"""AEG201 to AEG221: the model supply chain."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from aegis.base.finding import Certainty, Severity, Span
from aegis.review.documents.source import Source, Tier, in_pipeline, tier_of
from aegis.review.facts.types import (
    CiJob,
    DatasetReference,
    Dependency,
    Download,
    HostedModel,
    ModelFile,
    ModelReference,
    RemoteCode,
    Trait,
    UnsafeLoad,
)
from aegis.review.facts.world import retired_models
from aegis.review.repository import Repository
from aegis.review.rule import Hit, Profile, rule

_SUPPLY = ("OWASP LLM03:2025", "OWASP LLM04:2026")


@rule(
    "AEG201",
    checks=ModelReference,
    severity=Severity.HIGH,
    refs=(*_SUPPLY, "ATLAS AML.T0010.003", "ATLAS AML.M0014"),
)
def moving_model_reference(model: ModelReference) -> Iterator[Hit]:
    """Model named by a reference that can move.

    What you evaluate today is not what you serve tomorrow, and a rollback returns to something
    else: a branch, a tag and a bare name can all be pointed at other weights by their owner.
    """
    if not model.pinned:
        mend = 'pin it: revision="<40 hex digits>"'
        if model.via == "ollama":
            mend = "name the quantisation tag and check the digest that `ollama show` prints"
        label = f"`{model.revision}` is a branch or tag" if model.revision else "no revision"
        yield Hit(
            model.span,
            "models are fetched by a name that can move",
            label=label,
            mend=mend,
            certainty=model.certainty,
            severity=Severity.LOW if _by_hand(model.span.path) else None,
        )


def _by_hand(path: str) -> bool:
    """Whether a pipeline's throwaway machine or a developer fetches it, and no service."""
    name = path.rpartition("/")[2].lower()
    set_up = name.endswith((".sh", ".bash", ".ps1", ".bat")) and _SETS_UP.match(name) is not None
    trains = _TRAINS.search(path.lower()) is not None
    return (
        set_up
        or trains
        or path.startswith((".github/", "scripts/", "bin/"))
        or name in {"makefile", "justfile"}
    )


# Where a model begins to be made; what is served is what was made and kept.
_TRAINS = re.compile(
    r"(?:^|[/_.-])(?:train\w*|fine_?tun\w*|pretrain\w*|kubeflow|dags?|optuna|sweep|vertex_ai_pipeline)(?=[/_.-])"
)
_SETS_UP = re.compile(r"(?:set-?_?up|install|bootstrap|prepare|init|quick-?_?start|download)")


@rule(
    "AEG202",
    checks=RemoteCode,
    severity=Severity.HIGH,
    refs=("ATLAS AML.T0011.000", "ATLAS AML.M0011", "CWE-829"),
)
def remote_code_trusted(model: RemoteCode) -> Iterator[Hit]:
    """Code from a model repository may run.

    Whoever can push to that repository runs code in your process, with your network and your
    keys, at the next download.
    """
    yield Hit(
        model.span,
        "code from a model repository is run",
        label=model.via,
        mend="use an architecture that the library knows, or vendor the code and pin a commit",
    )


@rule(
    "AEG203",
    checks=Repository,
    severity=Severity.HIGH,
    refs=("OWASP LLM03:2025", "ATLAS AML.T0018.002", "CWE-502"),
)
def unsafe_deserialisation(repository: Repository) -> Iterator[Hit]:
    """Model or index loaded in a form that can run code.

    A pickle is a program: loading a file that somebody could replace gives them the process. What
    the same module has written, and `torch.load` where nothing asks for a torch before 2.6, weigh
    little.
    """
    for load in repository.all(UnsafeLoad):
        indexed = "allow_dangerous" in load.loader and repository.mentions(b".save_local(")
        trains = re.search(r"(?:^|/)(?:train\w*|finetun\w*|fit)/", load.span.path) is not None
        own = load.own or indexed or trains or _written_here(load, repository)
        safe = own or (load.by_default and not repository.asks_for_old_torch)
        yield Hit(
            load.span,
            "models or indexes are loaded in a form that can run code",
            label=f"{load.loader}: {load.danger}",
            mend=load.mend,
            certainty=load.certainty,
            severity=Severity.LOW if safe else None,
        )


_WRITERS = {
    "joblib": (b"joblib.dump(",), "pickle": (b"pickle.dump(", b".to_pickle("),
    "dill": (b"dill.dump(",), "cloudpickle": (b"cloudpickle.dump(",), "torch": (b"torch.save(",),
}  # fmt: skip
_FETCHED = (
    b"download_file(", b"download_fileobj", b"hf_hub_download", b"snapshot_download", b"urlretrieve",
    b"gdown", b"get_object(", b"download_to_filename", b"download_blob", b"load_from_http",
)  # fmt: skip


def _written_here(load: UnsafeLoad, repository: Repository) -> bool:
    """Whether the repository's own code writes such files and the module that loads fetches none.

    Then the file is made where it is used; who can replace it can replace the code as well.
    """
    kind = next((each for each in _WRITERS if each in load.loader), "")
    source = next((each for each in repository.tree.sources if each.path == load.span.path), None)
    fetched = source is not None and source.has(*_FETCHED)
    return bool(kind) and not fetched and repository.mentions(*_WRITERS[kind])


# Pickles are also indexes, notes and caches; these names promise a model.
_HOLDS_WEIGHTS = re.compile(
    r"\.(?:pt|pth|ckpt|joblib|bin|h5|skops)$|model|weight|checkpoint|clf|classif|regress|scaler|"
    r"encoder|vectori|pipeline|estimator|predict"
)


# What training and its checks write; who serves it copies it elsewhere.
_TRAINS = re.compile(r"(?:^|/)(?:train(?:ing)?|fine-?tun\w*|validation(?:[_-]\w+)?)/")


@rule(
    "AEG204",
    checks=ModelFile,
    severity=Severity.MEDIUM,
    refs=("OWASP LLM03:2025", "ATLAS AML.T0018.002"),
    profile=Profile.REVIEW,  # 1 of 4 was worth raising when read blind: most were no weights
)
def pickled_weights_committed(model: ModelFile) -> Iterator[Hit]:
    """Weights kept as a pickle, with no safe twin beside them.

    Everyone who loads them runs them, and a diff cannot show what changed.
    """
    kept = model.format == "pickle" and not model.has_safe_twin and model.verdict != "block"
    if kept and _HOLDS_WEIGHTS.search(model.path.lower()):
        yield Hit(
            model.span,
            "weights are committed as pickles",
            mend="export to safetensors or ONNX and record the digest"
            if _TENSORS.search(model.path.lower())
            else "keep it with skops or ONNX, or build it from code in CI, and record the digest",
            severity=Severity.LOW if _is_beside_weights(model) else None,
        )


# Files of tensors, which safetensors can hold.
_TENSORS = re.compile(r"\.(?:pt|pth|ckpt|bin|h5)$")
# What prepares the input of a model, and what was measured or split: data, and no weights.
_PREPARES = re.compile(
    r"(?:^|[_-])(?:scalers?|sc|ohe|encoders?|le|labels?|imputers?|binarizer|columns?|vocab\w*|tokenizers?"
    r"|[xy]_(?:train|test|val)|train|test|mapping|features?|preprocess\w*|transformer)(?:[_.-]|$)"
)


def _is_beside_weights(model: ModelFile) -> bool:
    """Whether training wrote it, or it holds data or what prepares input: a pickle, but no model."""
    path = model.path.lower()
    name = path.rpartition("/")[2]
    data = model.verdict == "pass" and re.search(r"model|weight|checkpoint|net", name) is None
    prepares = data or _PREPARES.search(name) is not None
    return (prepares and _TENSORS.search(name) is None) or _TRAINS.search(path) is not None


@rule(
    "AEG205",
    checks=ModelFile,
    severity=Severity.CRITICAL,
    refs=("ATLAS AML.M0014", "ATLAS AML.M0016", "CWE-502"),
)
def model_file_fails_the_gate(model: ModelFile) -> Iterator[Hit]:
    """Model file that does more than hold data.

    The gate reads the file without loading it and knows what a model needs; this one asks for
    something else, or cannot be read to its end.
    """
    if model.verdict == "block":
        damaged = not any(problem.startswith("calls") for problem in model.problems)
        found = f"{model.path.rpartition('/')[2]}: {'; '.join(model.problems[:3])}"
        shared = _shared_message(model)
        yield Hit(
            model.span,
            shared or found,
            label=found if shared else "",
            mend="do not load it; get the weights again from their source, as safetensors",
            severity=_weight(model, damaged=damaged, shared=bool(shared)),
        )


_RUNS = re.compile(
    r"calls `(?:posix|nt|os|sys|subprocess|builtins|__builtin__|importlib|runpy|socket|shutil|pty|code"
    r"|ctypes|operator|functools|webbrowser|urllib|http|requests|pip|timeit|pdb|bdb|pickle|_pickle"
    r"|platform|multiprocessing|asyncio|commands|types|ssl|tempfile|cProfile|profile|trace)\b"
)


_FUNCTION = re.compile(r"calls `[\w.]*\.[a-z_]\w*`")


def _weight(model: ModelFile, *, damaged: bool, shared: bool) -> Severity | None:
    """Less for an empty file and for a class that only has no entry; functions may do anything."""
    if "empty" in model.problems:
        return Severity.LOW
    if shared:
        named = any(_FUNCTION.search(problem) for problem in model.problems)
        return Severity.HIGH if named else Severity.LOW
    return Severity.MEDIUM if damaged else None


def _shared_message(model: ModelFile) -> str:
    """One message for many files: what is made for tests, and classes that nothing is known of."""
    if tier_of(model.path) is Tier.TEST:
        return "model files made for tests do more than hold data"
    known = any(_RUNS.search(problem) for problem in model.problems)
    calls = any(problem.startswith("calls") for problem in model.problems)
    return "model files hold classes that the gate does not know" if calls and not known else ""


_STARTS = re.compile(r"(?:^|[-_.])(?:docker|entrypoint|entry|start|startup|launch|run)")


def _beside_the_service(download: Download) -> bool:
    """Whether no image and no start of a service depends on it: pipelines, helpers, corpora."""
    path = download.span.path.lower()
    name = path.rpartition("/")[2]
    helper = name.endswith((".sh", ".bash", ".mk", "makefile")) and not _STARTS.search(name)
    corpus = download.weak == "no version and no digest"
    return in_pipeline(path) or path.startswith(("scripts/", "tools/")) or helper or corpus


@rule("AEG206", checks=Download, severity=Severity.MEDIUM, refs=("ATLAS AML.T0010", "CWE-494"))
def unverified_download(download: Download) -> Iterator[Hit]:
    """Weights, scripts or corpora fetched from a place that can change, with no digest.

    The build of next week holds something else, and nobody will see the difference.
    """
    in_pipeline = _beside_the_service(download)
    if download.runs:
        yield Hit(
            download.span,
            "a script from the network is run unread",
            label=download.weak,
            mend="fetch a release, check its digest, then run it",
            severity=Severity.LOW if in_pipeline else Severity.HIGH,
        )
    else:
        yield Hit(
            download.span,
            "something is downloaded without version or digest",
            label=download.weak,
            mend="name a version and check sha256 before use",
            severity=Severity.LOW if in_pipeline else None,
        )


@rule(
    "AEG207",
    checks=DatasetReference,
    severity=Severity.MEDIUM,
    refs=("ATLAS AML.T0010.002", "ATLAS AML.M0025"),
    profile=Profile.REVIEW,
)
def moving_dataset(dataset: DatasetReference) -> Iterator[Hit]:
    """Data set fetched by a name that can move.

    Two evaluations are comparable only on the same data, and poisoned data arrives as an update.
    """
    if not dataset.pinned:
        yield Hit(
            dataset.span,
            "data sets are fetched by a name that can move",
            label="no revision",
            mend='revision="<commit>"',
        )


@rule(
    "AEG208",
    checks=Repository,
    severity=Severity.MEDIUM,
    certainty=Certainty.ASK,
    refs=("ATLAS AML.M0013", "OpenSSF Model Signing v1.0"),
    profile=Profile.REVIEW,
)
def model_not_verified(repository: Repository) -> Iterator[Hit]:
    """Nothing checks the model before it serves.

    A digest in a manifest says what should be there; only a check says that it is.
    """
    references = repository.all(ModelReference, production=True)
    loads = repository.all(UnsafeLoad, production=True)
    signed = repository.mentions(b"model_signing", b"cosign verify", b"sigstore", b"sha256sum -c")
    if (references or loads) and repository.deploys and not signed:
        place = (references or loads)[0].span
        yield Hit(
            place,
            "who checks that the weights are the ones that were evaluated?",
            label="searched for signatures and digest checks, found none",
            mend="verify a signature or a digest in an init step, and refuse to start without it",
        )


@rule(
    "AEG212",
    checks=HostedModel,
    severity=Severity.HIGH,
    refs=("vendor deprecation pages",),
    profile=Profile.REVIEW,  # 3 of 9 were worth raising when read blind: named is not chosen
)
def retired_model(model: HostedModel) -> Iterator[Hit]:
    """Hosted model that its vendor has shut down.

    Requests to it fail today; where a partner still serves it, they will fail on a day you do
    not choose.
    """
    known = retired_models().get(model.name)
    if known is not None:
        yield Hit(
            model.span,
            "the code names models that their vendor has retired",
            label=f"retired by {known.vendor} on {known.retired}",
            mend="move to a served model and evaluate before you switch",
        )


@rule(
    "AEG213",
    checks=HostedModel,
    severity=Severity.LOW,
    refs=("vendor model lifecycle pages",),
    profile=Profile.REVIEW,
)
def floating_hosted_model(model: HostedModel) -> Iterator[Hit]:
    """Hosted model named by an alias that the vendor moves.

    The behaviour of the service changes on the vendor's day, with no change of yours to bisect.
    """
    if model.name not in retired_models() and not any(
        part.isdigit() and len(part) >= 4 for part in model.name.split("-")
    ):
        yield Hit(
            model.span,
            "hosted models are named by an alias that moves",
            label="no dated version",
            mend="name the dated version and evaluate before you change it",
            certainty=Certainty.LIKELY,
        )


@rule("AEG214", checks=Trait, severity=Severity.HIGH, refs=("ATLAS AML.T0018.001", "CWE-1336"))
def dangerous_chat_template(trait: Trait) -> Iterator[Hit]:
    """Chat template that reaches for more than messages.

    A chat template is code for a template engine and runs on every request.
    """
    if trait.name == "dangerous-template":
        yield Hit(
            trait.span,
            "a chat template uses what no chat template needs",
            label=f"`{trait.detail}`",
            mend="take the template of the model's publisher and compare",
        )


@rule("AEG220", checks=Repository, severity=Severity.MEDIUM, refs=("OWASP LLM03:2025", "CWE-1357"))
def unpinned_dependencies(repository: Repository) -> Iterator[Hit]:
    """Serving dependencies that are resolved anew at each build.

    Two builds of one commit differ, so what was tested is not what runs and a rollback is not
    a return.
    """
    by_file: dict[str, list[Dependency]] = {}
    for dependency in repository.all(Dependency, production=True):
        by_file.setdefault(dependency.file, []).append(dependency)
    locked = any(
        path.endswith(("uv.lock", "poetry.lock", "requirements.lock", "Pipfile.lock"))
        for path in repository.tree.paths
    )
    used = _installed(repository, by_file)
    for path, lines in by_file.items():
        if path not in used:
            continue
        loose = [line for line in lines if not line.pinned]
        if loose and len(loose) * 2 >= len(lines) and not locked:
            yield Hit(
                loose[0].span,
                "most serving dependencies are resolved anew at each build",
                label=f"{len(loose)} of {len(lines)} may change",
                mend="compile a lock file with hashes and install from it",
                # Named to the last figure, only mends move: a policy, and a stated one.
                severity=Severity.LOW if all(line.only_patches for line in loose) else None,
            )
    for trait in repository.traits("unlocked-install"):
        yield Hit(
            trait.span,
            "the image installs packages without versions",
            label="no version",
            mend="install from a lock file",
            certainty=Certainty.LIKELY,
            severity=Severity.LOW,
        )


def _installed(repository: Repository, files: dict[str, list[Dependency]]) -> set[str]:
    """Requirements that an image installs; all of them where no image names any."""
    recipes = [each for each in repository.tree.sources if "dockerfile" in each.name.lower()]
    named = {path for path in files if any(_installs(recipe, path) for recipe in recipes)}
    return named or set(files)


def _installs(recipe: Source, path: str) -> bool:
    """Whether an image names a file by its path, or by its name where the image copies from."""
    folder, _, name = path.rpartition("/")
    if name.encode() not in recipe.data:
        return False
    copied = not folder or f"{folder}/".encode() in recipe.data
    near = f"{posixpath.dirname(recipe.path)}/".startswith(f"{folder}/")
    beside = re.search(rf"(?<![\w/.-])(?:\./)?{re.escape(name)}", recipe.text) is not None
    full = re.finditer(rf"(?:\./)?(\w[\w.-]*(?:/[\w.-]+)*/{re.escape(name)})", recipe.text)
    whole = any(f"/{path}".endswith(f"/{match[1]}") for match in full)
    return whole or (beside and (copied or near))


@rule("AEG221", checks=Repository, severity=Severity.HIGH, refs=("ATLAS AML.M0026", "CWE-250"))
def wildcard_rights(repository: Repository) -> Iterator[Hit]:
    """Identity of a serving or agent workload that may do everything.

    What a prompt can make the workload do ends where its rights end.
    """
    for trait in repository.traits("wildcard-rights"):
        bound = "of the cluster" in trait.detail and _bound_by_namespace(trait.span, repository)
        yield Hit(
            trait.span,
            f"an identity may use {trait.detail}",
            label="wider than serving needs",
            mend="list the few verbs and names that it needs",
            severity=Severity.LOW if bound else None,
        )


_ROLE = re.compile(r"(?m)^kind:\s*ClusterRole\s*$(?s:(?!^---).)*?^\s+name:\s*[\"']?([\w.-]+)")
_BINDING = re.compile(r"(?m)^kind:\s*(Cluster)?RoleBinding\s*$")


def _bound_by_namespace(place: Span, repository: Repository) -> bool:
    """Whether a role of the cluster is only ever bound inside one namespace at a time.

    Kubernetes grants what a role of the cluster holds in the namespace of a RoleBinding, and
    everywhere only with a ClusterRoleBinding.
    """
    sources = {source.path: source for source in repository.tree.sources}
    source = sources.get(place.path)
    above = "" if source is None else source.text[: source.offset(place.line)]
    roles = [match[1] for match in _ROLE.finditer(above)]
    if not roles:
        return False
    kinds = {
        binding[1]
        for source in sources.values()
        if source.has(b"RoleBinding") and roles[-1] in source.text
        for part in re.split(r"(?m)^---", source.text)
        if roles[-1] in part
        for binding in _BINDING.finditer(part)
    }
    return kinds == {None}


@rule(
    "AEG209",
    checks=Repository,
    severity=Severity.LOW,
    refs=("OWASP LLM04:2026", "ATLAS AML.M0023"),
    profile=Profile.REVIEW,
)
def no_bill_of_materials(repository: Repository) -> Iterator[Hit]:
    """Image released with no list of what is in it.

    When the next hole is published, nobody can say whether you have it.
    """
    jobs = [job for job in repository.all(CiJob) if job.publishes is not None]
    listed = repository.mentions(b"sbom", b"cyclonedx", b"spdx", b"syft", b"attest", b"aibom")
    if jobs and repository.calls_models and not listed:
        place = jobs[0].publishes or jobs[0].span
        yield Hit(
            place,
            "images are published without a bill of materials",
            label="searched for SBOM, AIBOM and attestations, found none",
            mend="write one in the build, for packages, model and data, and attach it to the image",
        )


@rule(
    "AEG211",
    checks=Repository,
    severity=Severity.HIGH,
    refs=("ATLAS AML.T0058", "ATLAS AML.T0111"),
)
def model_owner_not_allowed(repository: Repository) -> Iterator[Hit]:
    """Model of an owner that your list does not name.

    Names on a hub can be given up and taken by somebody else. The list stands in `aegis.yaml`
    under `review.model_owners`; without a list this rule is silent.
    """
    allowed = repository.model_owners
    if not allowed:
        return
    for model in repository.all(ModelReference):
        owner = model.name.removeprefix("hf://").partition("/")[0]
        if "/" in model.name and owner not in allowed:
            yield Hit(
                model.span,
                "models come from owners that the list does not name",
                label=f"`{owner}`",
                mend="take a model of a listed owner, or have the owner added by whoever keeps the list",
            )
