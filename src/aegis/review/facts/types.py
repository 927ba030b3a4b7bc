"""The facts that rules read. Every fact carries its place and, where it can differ, its tier."""

from __future__ import annotations

from dataclasses import dataclass

from aegis.base.finding import Certainty, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something a file says, where it says it, and how sure the reading is."""

    span: Span
    certainty: Certainty = Certainty.CERTAIN


# --- models ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelReference(Fact):
    """A model, tokenizer or adapter fetched by name; `pinned` when the name cannot move."""

    name: str
    revision: str
    pinned: bool
    via: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HostedModel(Fact):
    """The id of a model that a vendor hosts."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeModel(Fact):
    """The model that scores answers in an evaluation."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteCode(Fact):
    """Code from a model repository is allowed to run."""

    via: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsafeLoad(Fact):
    """A file is read in a form that can run code; `loader` is the call.

    `own` says that the same module writes such files, `by_default` that only the version of the
    library decides whether it can.
    """

    loader: str
    danger: str
    mend: str
    own: bool = False
    by_default: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Download(Fact):
    """Something is fetched at build or start; `weak` says why it can change under you."""

    url: str
    weak: str
    runs: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetReference(Fact):
    """A data set fetched by name."""

    name: str
    pinned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile(Fact):
    """Weights in the repository; `problems` are what the gate found, worst first."""

    path: str
    format: str
    verdict: str
    problems: tuple[str, ...] = ()
    has_safe_twin: bool = False


# --- secrets ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret(Fact):
    """A credential in a text; the value is never kept."""

    kind: str
    masked: str
    verified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultCredential(Fact):
    """A password or key that everybody knows, used when nobody sets another."""

    name: str
    fallback: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSecret(Fact):
    """A secret that becomes part of an image layer."""

    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LiteralKey(Fact):
    """A key-named variable with a literal value in a deployment file."""

    name: str
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudKeyVariable(Fact):
    """A long-lived cloud key handed to a workload or a CI job."""

    name: str
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandLineKey(Fact):
    """A key passed as a command-line argument."""

    flag: str


# --- code ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class LogCall(Fact):
    """A call that writes to a log; `carries` is what it writes: secret, content or person."""

    carries: str
    names: tuple[str, ...]
    is_debug: bool = False
    is_info: bool = False
    is_trouble: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmClient(Fact):
    """A client or call of a language model; unknown settings count as set."""

    sdk: str
    is_call: bool
    has_timeout: bool
    has_output_cap: bool
    in_loop: bool = False
    per_request: bool = False
    only_counts_tokens: bool = False
    by_hand: bool = False
    embeds: bool = False
    within: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOutputUse(Fact):
    """Output of a model goes on unchecked; `sink` says where to."""

    sink: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt(Fact):
    """A prompt written as a literal in code."""

    role: str
    interpolates: tuple[str, ...]
    claims_human: bool
    templated_by: str = ""
    frozen_at_import: str = ""
    holds: str = ""
    words: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Route(Fact):
    """An HTTP route; `spends` when it reaches a model, directly or through a function.

    `made_by` names the function inside which it is defined; without a call of that there is none.
    """

    method: str
    path: str
    name: str
    authenticated: bool
    limited: bool
    spends: bool
    is_async: bool
    returns_constant: bool = False
    blocking: Span | None = None
    upload: bool = False
    needs: frozenset[str] = frozenset()
    made_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionCalls(Fact):
    """A function and the simple names it calls; `*` among them marks a call of a model."""

    name: str
    calls: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trait(Fact):
    """A code or configuration pattern that one rule of its own judges, by its name."""

    name: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLoop(Fact):
    """An agent that runs until it says it is done."""

    framework: str
    bounded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class McpServer(Fact):
    """A tool server started by name."""

    command: str
    pinned: bool
    auto_approved: bool = False


# --- deployment ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Image(Fact):
    """An image reference; `pinned` by digest or by a tag of a full version."""

    name: str
    tag: str
    digest: str
    built_here: bool = False

    @property
    def is_mutable(self) -> bool:
        return not self.digest and self.tag in {"", "latest", "main", "master", "nightly", "edge"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """A port of a workload; `published` when the host or a public service opens it."""

    number: int
    published: bool
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A health check; times in seconds."""

    kind: str
    path: str
    span: Span
    period_s: int = 10
    failures: int = 3
    initial_s: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """An environment variable with a literal value; empty when it comes from elsewhere."""

    name: str
    value: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload(Fact):
    """A container with everything a file says about how it runs.

    `built_from` is the folder of the repository that it is built from, `""` for all of it.
    """

    origin: str
    kind: str
    name: str
    image: Image | None
    product: str
    role: str
    command: str
    command_span: Span
    variables: tuple[Variable, ...] = ()
    ports: tuple[Port, ...] = ()
    volumes: tuple[tuple[str, Span], ...] = ()
    readiness: Probe | None = None
    liveness: Probe | None = None
    startup: Probe | None = None
    gpus: int = 0
    gpu_span: Span | None = None
    all_gpus: bool = False
    gpu_in_requests_only: bool = False
    has_memory_limit: bool = False
    shared_memory: bool = False
    replicas: int = 1
    runs_as_root: bool | None = None
    dangers: tuple[tuple[str, Span], ...] = ()
    annotations: tuple[tuple[str, str], ...] = ()
    grace_s: int = 30
    drains: bool = False
    waits_for: tuple[tuple[str, str], ...] = ()
    strategy: str = ""
    placed_on: tuple[str, ...] = ()
    built_from: str | None = None

    def variable(self, name: str) -> Variable | None:
        return next((each for each in self.variables if each.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Container(Fact):
    """An image built by a Dockerfile of the repository."""

    base: Image | None
    base_known: bool
    user: str
    command: str
    command_span: Span
    healthcheck: Probe | None
    copies_notebook: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Start(Fact):
    """What a stage of an image runs: when it is built, or, `at_start`, when a container starts.

    `copies` are pairs of a path in the checkout and an absolute path in the image.
    """

    command: str
    at_start: bool
    folder: str = "/"
    copies: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Autoscaler(Fact):
    """What a scaler watches and whom it scales."""

    kind: str
    target: str
    metrics: tuple[str, ...]
    maximum: int
    minimum: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One setting of a resource; blocks stand in the path, as in `model.name`."""

    path: str
    value: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource(Fact):
    """A resource of Terraform with its settings as written."""

    kind: str
    name: str
    attributes: tuple[Attribute, ...] = ()

    def get(self, path: str) -> Attribute | None:
        return next((each for each in self.attributes if each.path == path), None)

    def says(self, path: str, value: str) -> bool:
        """Whether the setting is written with exactly this value."""
        found = self.get(path)
        return found is not None and found.value == value


@dataclass(frozen=True, slots=True, kw_only=True)
class KubernetesObject(Fact):
    """Any object, for joins: a service, a network policy, a rollout, an alert rule."""

    kind: str
    name: str
    namespace: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CiJob(Fact):
    """A job of a CI workflow; `publishes` images or deploys, `tests`, `evaluates`.

    `unpinned_actions` are pairs of an action as it is named and its place. `calls` is the path of a
    workflow of this repository that the job runs.
    """

    workflow: str
    name: str
    needs: tuple[str, ...]
    triggers: tuple[str, ...]
    publishes: Span | None
    deploys: Span | None
    tests: bool
    evaluates: bool
    pushes_mutable_only: Span | None = None
    unpinned_actions: tuple[tuple[str, Span], ...] = ()
    guarded: bool = False
    calls: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency(Fact):
    """A line of a requirements file; `only_patches` when it names all but the last figure."""

    name: str
    pinned: bool
    file: str
    only_patches: bool = False
