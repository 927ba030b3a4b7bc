"""AEG481 to AEG526: cost, data and agents."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

from aegis.base.finding import Certainty, Severity
from aegis.review.facts.types import AgentLoop, LlmClient, McpServer, Route, Trait, Workload
from aegis.review.repository import Repository
from aegis.review.rule import Hit, Profile, rule


@rule(
    "AEG481",
    checks=Repository,
    severity=Severity.MEDIUM,
    certainty=Certainty.ASK,
    refs=("OWASP LLM06:2026",),
    profile=Profile.REVIEW,  # 4 of 7 were worth raising when read blind
)
def no_spend_cap(repository: Repository) -> Iterator[Hit]:
    """Nothing stops spending.

    A loop, a leaked key or a popular Monday is paid by the token.
    """
    clients = [
        each
        for each in repository.clients
        if each.sdk
        in {"openai", "anthropic", "litellm", "langchain", "langchain_openai", "groq", "cohere"}
    ]
    found = repository.mentions(
        b"budget", b"quota", b"spend", b"max_budget", b"cost_limit", b"deploymentcapacity",
        b"deployment_capacity", b"sku_capacity", b"capacity:",
    )  # fmt: skip
    own = any(each.role == "model-server" for each in repository.all(Workload))
    if clients and repository.serves and repository.releases_models and not (found or own):
        yield Hit(
            clients[0].span,
            "what stops the spending, and at what sum?",
            label="searched for budgets and quotas, found none",
            mend="a hard cap with the vendor, a budget per tenant in the gateway, an alert at half",
        )


def _only_watches(workload: Workload) -> bool:
    """Whether it reads every device and works on none."""
    exporter = workload.image is not None and "exporter" in workload.image.name
    return exporter or workload.role == "observability"


@rule(
    "AEG482",
    checks=Repository,
    severity=Severity.MEDIUM,
    refs=("Aegis anti-pattern: oversized instances",),
)
def more_accelerator_than_needed(repository: Repository) -> Iterator[Hit]:
    """More hardware than the model needs.

    All devices of a node reserved, or weights in 32 bits, cost the double for the same answers.
    """
    for workload in repository.all(Workload):
        if workload.all_gpus and workload.gpu_span is not None and not _only_watches(workload):
            yield Hit(
                workload.gpu_span,
                "a service reserves every accelerator of the machine",
                label="all",
                mend="count: 1, or the number that sizing gives",
                # A server for whatever model its user loads may want them all.
                severity=None if "--model" in workload.command else Severity.LOW,
            )
    for trait in repository.traits("float32-inference"):
        yield Hit(
            trait.span,
            "inference runs in 32 bits",
            label="twice the memory of 16 bits",
            mend="float16 or bfloat16, compared on your evaluation set",
            certainty=Certainty.LIKELY,
            severity=Severity.LOW,  # training, processors without halves, and optional paths
        )


@rule("AEG484", checks=LlmClient, severity=Severity.LOW, refs=("openai-python README",))
def client_built_per_call(client: LlmClient) -> Iterator[Hit]:
    """Client object built for each call.

    Each one opens connections anew; one that only counts tokens does not need a client at all.
    """
    if client.per_request:
        yield Hit(
            client.span,
            "a model client is built for each call",
            label="to count tokens" if client.only_counts_tokens else "in a loop",
            mend="one client for the process; tiktoken for counting",
            certainty=Certainty.LIKELY,
        )


@rule("AEG502", checks=Trait, severity=Severity.HIGH, refs=("ATLAS AML.T0050", "CWE-94"))
def dangerous_switch(trait: Trait) -> Iterator[Hit]:
    """Switch that its authors called dangerous.

    The name is the review.
    """
    if trait.name == "dangerous-switch":
        yield Hit(
            trait.span,
            f"`{trait.detail}` is switched on",
            mend="find the way that does not need it, or run it in a sandbox",
        )


@rule(
    "AEG503",
    checks=Route,
    severity=Severity.MEDIUM,
    refs=("ATLAS AML.T0071", "CWE-400"),
    profile=Profile.REVIEW,
)
def unbounded_upload(route: Route) -> Iterator[Hit]:
    """Upload of any size and kind.

    A file of ten hours, or of ten gigabytes, is one request.
    """
    if route.upload and route.spends:
        yield Hit(
            route.span,
            "uploads of any size reach the model",
            label="read whole",
            mend="bound size and duration before reading, check the type by content",
            certainty=Certainty.LIKELY,
        )


@rule(
    "AEG505",
    checks=Trait,
    severity=Severity.MEDIUM,
    refs=("Regulation (EU) 2016/679, Article 5(1)(e)",),
    profile=Profile.REVIEW,  # never read blind, and likely at most
)
def conversation_kept_for_ever(trait: Trait) -> Iterator[Hit]:
    """Conversations stored with no end.

    What is kept must be found, corrected and erased on request.
    """
    if trait.name == "stored-conversation":
        yield Hit(
            trait.span,
            "conversations are stored with no retention",
            label=trait.detail,
            mend="an expiry, a tenant key, and an erasure path",
            certainty=Certainty.LIKELY,
        )


# What a store is given to read, and keeps nothing in.
_GIVEN = re.compile(r"initdb|:ro$|\.(?:sql|conf|cnf|sh|ya?ml|json|toml)(?::\w+)?$")


@rule(
    "AEG506",
    checks=Repository,
    severity=Severity.MEDIUM,
    refs=("Aegis strict requirement: incident response",),
)
def no_backup(repository: Repository) -> Iterator[Hit]:
    """Store without a backup.

    Vectors can be computed again, for money and hours; conversations cannot.
    """
    stores = [
        dataclasses.replace(each, volumes=kept)
        for each in repository.all(Workload, production=True)
        if each.role in {"vector-db", "database"} and each.product != "redis"
        if (kept := tuple(one for one in each.volumes if not _GIVEN.search(one[0])))
    ]
    if not stores or not repository.calls_models:
        return
    if not repository.mentions(
        b"backup", b"snapshot", b"pg_dump", b"velero", b"restic", b"wal-g", b"barman"
    ):
        yield Hit(
            stores[0].volumes[0][1],
            "stores have volumes and no backup",
            label="searched for backups and snapshots, found none",
            mend="a scheduled snapshot, and a restore that was tried",
            also=tuple(each.volumes[0][1] for each in stores[1:]),
            certainty=Certainty.LIKELY,
        )


@rule(
    "AEG521",
    checks=AgentLoop,
    severity=Severity.HIGH,
    refs=("OWASP LLM06:2026", "ATLAS AML.T0034.002"),
)
def unbounded_agent(agent: AgentLoop) -> Iterator[Hit]:
    """Agent that runs until it says it is done.

    It spends until somebody notices, and each turn may use a tool.
    """
    if not agent.bounded:
        yield Hit(
            agent.span,
            f"an agent ({agent.framework}) has no limit on steps",
            label="no limit",
            mend="a limit on steps, seconds and cost, whichever comes first",
            certainty=agent.certainty,
        )


@rule(
    "AEG522",
    checks=Trait,
    severity=Severity.HIGH,
    refs=("OWASP LLM06:2025", "OWASP LLM03:2026", "ATLAS AML.M0029"),
    profile=Profile.REVIEW,  # 0 of 1 was worth raising when read blind: names mislead
)
def destructive_tool(trait: Trait) -> Iterator[Hit]:
    """Tool that destroys, pays or sends, with nobody asked.

    Text in a document can use it.
    """
    if trait.name == "destructive-tool":
        yield Hit(
            trait.span,
            "an agent's tool acts without approval",
            label=f"`{trait.detail}`",
            mend="ask a person, or limit it to what can be undone",
            certainty=Certainty.LIKELY,
        )


@rule(
    "AEG523",
    checks=McpServer,
    severity=Severity.HIGH,
    refs=("ATLAS AML.T0104", "ATLAS AML.T0011.002"),
)
def moving_tool_server(server: McpServer) -> Iterator[Hit]:
    """Tool server started from whatever version is newest.

    Its next release reads your prompts and runs with your rights.
    """
    path = server.span.path.lower()
    name = path.rpartition("/")[2]
    by_hand = name in {".mcp.json", "mcp.json"} or name.startswith("claude") or "example" in path
    if not server.pinned:
        yield Hit(
            server.span,
            "tool servers are started without a version",
            label=server.command[:60],
            mend="name the version, and read a release before you take it",
            severity=Severity.LOW if by_hand else None,  # a developer's own tool, or a sample
        )


@rule("AEG524", checks=Trait, severity=Severity.HIGH, refs=("ATLAS AML.M0028",))
def approval_switched_off(trait: Trait) -> Iterator[Hit]:
    """Approval of tool use switched off for everything.

    The person in the loop is not in the loop.
    """
    if trait.name == "auto-approval":
        yield Hit(
            trait.span,
            "every tool of a server is approved beforehand",
            label=trait.detail,
            mend="list the tools that only read",
        )


@rule(
    "AEG525",
    checks=Repository,
    severity=Severity.HIGH,
    refs=("ATLAS AML.T0105", "ATLAS AML.M0032", "CWE-94"),
)
def generated_code_in_process(repository: Repository) -> Iterator[Hit]:
    """Code written by a model that runs where your secrets are.

    A prompt becomes a program with the rights of the service.
    """
    for trait in repository.traits("generated-code-in-process"):
        yield Hit(
            trait.span,
            "generated code runs in the service's process",
            label=trait.detail,
            mend="a sandbox without network, files or secrets, and a time limit",
        )
    for workload in repository.all(Workload):
        if workload.product == "n8n":
            for text, span in workload.volumes:
                if (
                    text.startswith(("./", "/", "../"))
                    and not text.endswith(":ro")
                    and "data/shared" in text
                ):
                    yield Hit(
                        span,
                        "a host folder is writable from an engine that runs code",
                        label="read and write",
                        mend="a named volume, or :ro",
                        severity=Severity.MEDIUM,
                    )


@rule("AEG526", checks=Trait, severity=Severity.HIGH, refs=("ATLAS AML.T0080", "CWE-488"))
def shared_conversation(trait: Trait) -> Iterator[Hit]:
    """Conversation kept in a variable of the process.

    All users share it: one reads what another wrote, and a restart forgets it.
    """
    if trait.name == "shared-conversation":
        yield Hit(
            trait.span,
            "one conversation is shared by all users",
            label=f"`{trait.detail}`",
            mend="a store keyed by session, with an expiry",
            certainty=trait.certainty,
        )


@rule(
    "AEG483",
    checks=Workload,
    severity=Severity.LOW,
    refs=("Kubernetes documentation, resource management",),
    profile=Profile.AUDIT,
)
def accelerators_always_on(workload: Workload) -> Iterator[Hit]:
    """Many replicas with accelerators, fixed.

    Nights and weekends cost what Monday morning costs.
    """
    if workload.gpus and workload.replicas >= 4:
        yield Hit(
            workload.span,
            "accelerators are held by a fixed number of replicas",
            label=f"{workload.replicas} × {workload.gpus}",
            mend="scale with the queue, with a floor that covers one failure",
        )
