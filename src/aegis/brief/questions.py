"""The questions of `aegis init`, in order, as data: what is asked, why, and when it arises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aegis.brief.schema import DEVICE_KINDS, LLM_KINDS, ONLINE_KINDS

AnswerKind = Literal[
    "slug", "line", "word", "words", "number", "count", "yes-no", "model", "clouds", "evaluation",
    "tools",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A word of the brief, and what it means to somebody who does not know it."""

    word: str
    says: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """The field of an earlier answer, and the words under which the question arises."""

    field: str
    words: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question of the interview.

    `field` is the path in the brief, and the id of the question. `example` shows how an answer is
    written. `default` is taken by an empty answer; without one an empty answer leaves the field
    open, unless it is `required`. `unit` may follow a number.
    """

    field: str
    asks: str
    why: str
    kind: AnswerKind
    choices: tuple[Choice, ...] = ()
    default: str = ""
    example: str = ""
    unit: str = ""
    required: bool = False
    when: tuple[When, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(choice.word for choice in self.choices)


def _choices(**says: str) -> tuple[Choice, ...]:
    return tuple(Choice(word=word.replace("_", "-"), says=text) for word, text in says.items())


def _kind(words: frozenset[str]) -> tuple[When, ...]:
    return (When(field="workload.kind", words=words),)


_NOT_ON_DEVICE = frozenset(ONLINE_KINDS | {"batch"})
_VENDORS_SERVE = frozenset(LLM_KINDS | {"embedding", "reranking", "speech"})

KINDS = _choices(
    chat="answers people turn by turn",
    completion="continues a text or code",
    rag="answers from your documents",
    agent="calls tools and acts",
    embedding="turns texts into vectors",
    reranking="orders search results",
    prediction="one row in, one score out (fraud, churn, prices)",
    ranking="orders many candidates a request (feed, shop)",
    vision="looks at images, on a server",
    speech="listens or speaks, on a server",
    batch="a run over many items by a deadline",
    on_device="on phones or small devices",
    robotics="on a machine that moves, with a deadline",
)

QUESTIONS: tuple[Question, ...] = (
    Question(
        field="name",
        asks="What is the service called?",
        why="it names every file, metric and alert; small letters, digits and dashes",
        kind="slug",
        example="support-assistant",
        required=True,
    ),
    Question(
        field="purpose",
        asks="What does it do, and for whom? One sentence.",
        why="everything that is measured later is measured against this sentence",
        kind="line",
        example="Drafts answers for our support agents from the help centre",
        required=True,
    ),
    Question(
        field="workload.kind",
        asks="What kind of work is it?",
        why="it decides which questions arise at all: engine, gateway, objectives, ways to fail",
        kind="word",
        choices=KINDS,
        required=True,
    ),
    Question(
        field="model.reference",
        asks="Which model, and which revision?",
        why="an unpinned name can be other weights tomorrow; memory and cost follow from the model",
        kind="model",
        example="meta-llama/Llama-3.1-8B-Instruct@0e9e39f249a16976918f6564b8830bc894c89659",
    ),
    Question(
        field="workload.tools",
        asks="Which tools may it call? For each: name, effect, and `approval` if a person confirms.",
        why="an irreversible tool decides limits, approvals and how a release may be tried",
        kind="tools",
        example="read-order read, refund irreversible approval",
        when=_kind(frozenset({"agent"})),
    ),
    Question(
        field="workload.traffic.peak_rps",
        asks="How many requests a second arrive in the busiest minute?",
        why="it decides the number of replicas, the cost, and how fast a release can be judged",
        kind="number",
        unit="req/s",
        example="20",
        when=_kind(ONLINE_KINDS),
    ),
    Question(
        field="workload.batch.items",
        asks="How many items does one run score?",
        why="items and deadline together say how many workers a run needs",
        kind="count",
        unit="items",
        example="2000000",
        required=True,
        when=_kind(frozenset({"batch"})),
    ),
    Question(
        field="workload.batch.deadline_hours",
        asks="Within how many hours must the last result be there?",
        why="a job has no latency; its objective is to be done in time",
        kind="number",
        unit="h",
        example="4",
        required=True,
        when=_kind(frozenset({"batch"})),
    ),
    Question(
        field="workload.device.device",
        asks="On which device does it run?",
        why="it decides the runtime; the oldest device you support is where it is measured",
        kind="line",
        example="Android and iPhone phones from 2021 on",
        required=True,
        when=_kind(DEVICE_KINDS),
    ),
    Question(
        field="workload.device.latency_ms",
        asks="Within how many milliseconds must one inference end?",
        why="beyond the deadline the degradation ladder answers, or the safe state is commanded",
        kind="number",
        unit="ms",
        example="33",
        when=_kind(DEVICE_KINDS),
    ),
    Question(
        field="workload.device.power_w",
        asks="How many watts may inference draw?",
        why="heat decides the precision, the size of the model and the duty cycle",
        kind="number",
        unit="W",
        example="30",
        when=_kind(frozenset({"robotics"})),
    ),
    Question(
        field="data.classes",
        asks="What may requests and answers contain? Several, with commas.",
        why="it decides redaction, retention, residency and which requirements apply",
        kind="words",
        choices=_choices(
            none="none of these",
            personal="names, addresses, anything about a person",
            health="about somebody's health",
            payment="cards and accounts",
            biometric="faces, voices, fingerprints",
            children="about or from children",
            confidential="your business secrets",
            code="source code",
        ),
        example="personal, payment",
    ),
    Question(
        field="impact.level",
        asks="What happens to a person when an answer is wrong and nobody notices?",
        why="high impact needs a security review, a compliance assessment and red-teaming first",
        kind="word",
        choices=_choices(
            low="an annoyance",
            moderate="time or money is lost, and can be restored",
            high="health, work, money for living, rights or freedom",
        ),
    ),
    Question(
        field="impact.areas",
        asks="In which of these areas? Several, with commas.",
        why="laws list these areas; the plan then names the articles and the specialists",
        kind="words",
        choices=_choices(
            employment="", education="", essential_services="public benefits, utilities", credit="",
            insurance="", health="", medical_device="", law_enforcement="", migration="", justice="",
            biometrics="", critical_infrastructure="", safety_component="part of a machine",
        ),
        when=(When(field="impact.level", words=frozenset({"high"})),),
    ),
    Question(
        field="evaluation",
        asks="Which labelled examples judge a release? Path, number of items, metric, threshold.",
        why="without them production stays closed: up and fast is not the same as right",
        kind="evaluation",
        example="eval/golden.jsonl, 120, exact match, 0.9   (or: none)",
    ),
    Question(
        field="placement.where",
        asks="Where may it run?",
        why="it decides the platform, prices, residency and who patches the hosts",
        kind="word",
        choices=_choices(
            cloud="one public cloud",
            on_premises="your own machines",
            hybrid="both",
            multi_cloud="several clouds",
            sovereign="a cloud under your law",
            air_gapped="no way out at all",
            edge="a site without a data centre",
        ),
        default="cloud",
        when=_kind(_NOT_ON_DEVICE),
    ),
    Question(
        field="placement.clouds",
        asks="Which cloud and region? Several, with commas.",
        why="prices and accelerators differ by region, and data may have to stay in one",
        kind="clouds",
        example="aws eu-central-1",
        when=(
            *_kind(_NOT_ON_DEVICE),
            When(field="placement.where", words=frozenset({"cloud", "hybrid", "multi-cloud"})),
        ),
    ),
    Question(
        field="placement.managed_api_allowed",
        asks="May requests go to a vendor's model API under a data processing agreement?",
        why="it decides whether you need to run a model server at all",
        kind="yes-no",
        when=(
            *_kind(_VENDORS_SERVE),
            When(field="placement.where", words=frozenset({"cloud", "hybrid", "multi-cloud"})),
        ),
    ),
    Question(
        field="team.orchestrator",
        asks="What does the team run services on today?",
        why="what it already runs costs nothing new; a cluster nobody knows costs the most",
        kind="word",
        choices=_choices(
            none="nothing yet", compose="", systemd="", kubernetes="", kserve="", ray="", dynamo="",
            ecs="", nomad="", slurm="", sagemaker="", vertex_ai="", azure_ml="",
        ),
        default="none",
        when=_kind(_NOT_ON_DEVICE),
    ),
    Question(
        field="team.on_call",
        asks="Who can stop a release on a Saturday night?",
        why="it decides what may wake somebody and what must heal by itself",
        kind="word",
        choices=(
            Choice(word="none", says="nobody"),
            Choice(word="business-hours", says="somebody, on Monday"),
            Choice(word="24x7", says="a rota around the clock"),
        ),
        default="none",
    ),
    Question(
        field="jurisdictions",
        asks="Under which law do the people live whom it affects? Several, with commas.",
        why="requirements follow from it; Aegis names them and signs nothing off",
        kind="words",
        choices=_choices(
            eu="", us="", us_ca="California", uk="", ch="", ca="Canada", br="", **{"in": ""}, jp="",
            sg="", au="", other="",
        ),
        example="eu",
    ),
)  # fmt: skip
