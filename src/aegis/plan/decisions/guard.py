"""Gateway and guardrails, secrets, network and tenancy, retention and audit."""

from __future__ import annotations

from aegis.base.prose import name
from aegis.plan.case import Case, listed
from aegis.plan.choose import Candidate, Later, choose
from aegis.plan.decisions.spoken import spoken
from aegis.plan.kept import SUBJECT
from aegis.plan.types import Decision


@spoken
def gateway(case: Case) -> Decision | None:
    """What stands in front of the model and may say no."""
    if case.on_device or case.is_batch:
        return None
    text = case.is_llm
    mine = case.brief.team.gateway == "envoy-ai-gateway"
    candidates: tuple[Candidate, ...] = (
        Candidate(
            id="none",
            name="nothing",
            good="one hop less",
            bad="the engine trusts every caller and keeps no record",
            fails="a hard rule: guardrails, limits, audit and a breaker must be in the request path",
        ),
        Candidate(
            id="proxy",
            name="a plain reverse proxy",
            good="TLS, limits by request and weights, with nothing new to learn",
            bad="does not see tokens, prompts or answers",
            fails="requests are text: limits count tokens, and answers must be filtered while they stream"
            if text
            else "",
            wins="requests are fixed in size and carry no free text: limits, weights and a breaker are enough",
        ),
        Candidate(
            id="aegis-gateway",
            name="the Aegis gateway behind a TLS proxy",
            good="limits by token and by cost, redaction, injection and output guardrails, breaker, "
            "fallback and audit in one place that every release passes",
            bad="a process in the request path: it gets replicas, an SLO and a bypass drill of its own",
            wins="callers send free text: what they may send, what may leave and what is recorded is decided in one place",
        ),
        Candidate(
            id="envoy-ai-gateway",
            name="Envoy AI Gateway before the Aegis gateway",
            good="callers and their tokens are counted at one entry for all models, as Kubernetes objects",
            bad="knows no guardrail, no redaction and no audit of texts, so it is one hop more and no gateway less",
            fails="needs a cluster"
            if not case.on_cluster
            else ""
            if text
            else "requests hold no tokens: there is nothing that it would count",
            wins="callers enter by it already: their tokens are counted there, and their texts are guarded behind it",
            when="callers of several models share one entry",
        ),
    )
    if mine:  # what the team already runs comes first, unless it fails something
        candidates = tuple(sorted(candidates, key=lambda c: c.id != "envoy-ai-gateway"))
    return choose(
        id="gateway",
        question="What stands in front of the model and may say no?",
        candidates=candidates,
        title="Put <chosen> in front",
        reasons=[
            "it is the one place where a limit, a redaction and a way back apply to every caller"
        ],
        later=Later(
            load="one policy file, reviewed like code",
            maintenance="detector tables and limits move with incidents and with evaluation",
            lock_in="callers speak the common API and never the engine's own",
            drift="every new guardrail is measured for false blocks before it blocks",
        ),
        improves=("reliable", "understandable"),
        shown_by="**blocked, redacted and shed requests** by reason, and **false blocks** on the benign set",
        revisit_when="a second model or a second tenant arrives, or a guardrail blocks more benign requests than agreed",
    )


_STORES = {
    "vault": "HashiCorp Vault",
    "external-secrets": "External Secrets Operator",
    "sops": "SOPS",
    "aws-secrets-manager": "AWS Secrets Manager",
    "gcp-secret-manager": "Google Secret Manager",
    "azure-key-vault": "Azure Key Vault",
    "systemd-creds": "systemd credentials",
}
_CLOUD_STORE = {
    "aws": "aws-secrets-manager",
    "gcp": "gcp-secret-manager",
    "azure": "azure-key-vault",
}


@spoken
def secrets(case: Case) -> Decision:
    """Where credentials live; artifacts name them and never hold them."""
    mine = case.brief.team.secrets
    cloud = case.brief.placement.clouds[0].provider if case.brief.placement.clouds else ""
    order = [
        *([mine] if mine in _STORES else []),
        *(["systemd-creds"] if case.on_host else []),
        *([_CLOUD_STORE[cloud]] if cloud in _CLOUD_STORE and case.where == "cloud" else []),
        "vault" if case.where in {"on-premises", "air-gapped", "sovereign", "hybrid", "multi-cloud"} else "sops",
    ]  # fmt: skip
    unique = list(dict.fromkeys(order))
    candidates = [
        Candidate(
            id="literal",
            name="values in files, images or pipeline variables",
            good="nothing to set up",
            bad="everyone with the repository, the image or the log has the credential, for ever",
            fails="a hard rule: no secret in code, configuration, image or repository",
        ),
        *(
            Candidate(
                id=store,
                name=_STORES[store],
                good="credentials have an owner, a rotation and an access log",
                bad="one more service that must be up when a replica starts",
                fails="it is its vendor's service and nothing may leave"
                if case.out_of_reach(store)
                else "",
                wins="your team already runs it"
                if store == mine
                else "it keeps encrypted values beside the code, without a service to operate"
                if store == "sops"
                else "it comes with where the service runs, so there is nothing more to operate",
            )
            for store in unique
        ),
    ]
    return choose(
        id="secrets",
        question="Where do credentials live?",
        candidates=candidates,
        title="Keep credentials in <chosen>; artifacts refer to them by name",
        reasons=["workload identity first: the best credential is one that does not exist"],
        later=Later(
            load="one way to name a secret",
            maintenance="rotation by calendar and after every incident",
            lock_in="names are portable, stores are not",
            drift="access to the store is reviewed each quarter",
        ),
        improves=("reliable",),
        shown_by="**age of the oldest credential** and **secrets found by `aegis review`**",
        revisit_when="a second environment or cloud arrives",
    )


@spoken
def network(case: Case) -> Decision:
    """Who may reach what, and what may leave."""
    strict = case.isolated or bool(case.sensitive) or case.where in {"sovereign", "on-premises"}
    agent = case.kind == "agent"
    return choose(
        id="network",
        question="Who may reach it, and what may leave?",
        candidates=(
            Candidate(
                id="open-egress",
                name="private ingress, open egress",
                good="nothing breaks when a dependency moves",
                bad="what an injected instruction or a stolen token reaches, it can send out",
                fails=_open_fails(case, strict=strict),
                wins="nothing confidential passes through it, and no text from outside can instruct it",
            ),
            Candidate(
                id="deny-by-default",
                name="private ingress, egress denied by default",
                good="exfiltration needs an entry on a list that somebody reviewed",
                bad="every new dependency is a change request",
                fails="nothing may leave at all" if case.isolated else "",
                wins=_deny_wins(case, agent=agent),
            ),
            Candidate(
                id="isolated",
                name="no route out",
                good="the network itself keeps the promise",
                bad="weights, images, rules and clocks are carried in: each import is a procedure",
                wins="`placement.where` is `air-gapped`: there is no route, so every import is signed and logged",
            ),
        ),
        title="Network: <chosen>",
        reasons=[
            "each environment has its own network; production is reachable from none of the others"
        ],
        later=Later(
            load="one list of allowed destinations",
            maintenance="the list is reviewed with each release",
            lock_in="none",
            drift="exceptions carry an end date",
        ),
        improves=("reliable",),
        shown_by="**denied egress attempts** by workload",
        revisit_when="a tool, a tenant or a data class is added",
    )


def _open_fails(case: Case, *, strict: bool) -> str:
    if case.is_llm:
        return "text from outside reaches the model: what leaves must be a short list"
    if strict or case.personal or not case.brief.data.classes:
        return "personal data passes through it: what leaves must be a short list"
    if set(case.brief.data.classes) - {"none"}:
        return "confidential data passes through it: what leaves must be a short list"
    return ""


def _deny_wins(case: Case, *, agent: bool) -> str:
    if case.managed:
        return "the gateway reaches the vendor's endpoint and nothing else"
    if case.on_device:
        return "the model's process reaches the update service and nothing else"
    if case.is_batch:
        return "the job reads its inputs and writes its outputs; it needs no other destination"
    if agent:
        return "the model server needs no internet at all, and tools reach named hosts only"
    return "the model server needs no internet once its weights are there"


@spoken
def retention(case: Case) -> Decision:
    """What is kept of requests and answers, for how long, and who may read it."""
    sensitive = case.sensitive
    no_logs = case.brief.data.retention_days == 0
    what = SUBJECT.get(case.kind, "text")
    return choose(
        id="data-retention",
        question="What is kept of requests and answers, for how long, and who may read it?",
        candidates=(
            Candidate(
                id="raw",
                name="everything, as sent",
                good="every incident can be replayed",
                bad="a second copy of the most sensitive data, readable by whoever operates the logs",
                fails="`data.retention_days` is none: nothing of a request may be kept"
                if no_logs
                else "requests hold personal data: a log may not hold what the product would not"
                if case.personal or not case.brief.data.classes
                else "",
                wins="nothing personal is in it, so a replay is worth more than the storage",
            ),
            Candidate(
                id="none",
                name="decisions and digests only",
                good="nothing to lose, nothing to erase",
                bad="an incident can be counted but not read",
                fails=""
                if no_logs
                else f"without {what} nobody can tell after an incident what was asked and answered",
                wins="`data.retention_days` is none: what is not kept cannot leak",
            ),
            Candidate(
                id="redacted",
                name=f"redacted {what}, encrypted, with an end date",
                good="incidents can be read, people cannot",
                bad="redaction misses some and hides some: its recall is a figure to be measured",
                fails="`data.retention_days` is none: nothing of a request may be kept"
                if no_logs
                else "",
                wins="an audit needs the words, and nobody needs the names"
                if what == "text"
                else f"an audit needs to see what was decided on which {what}, and nobody needs to see whose they were",
            ),
        ),
        title="Keep <chosen>" + ("" if no_logs else ", for {retention.days}"),
        reasons=[
            f"data classes: {listed(name(c) for c in case.brief.data.classes)}"
            if case.brief.data.classes
            else "the data class is not stated, so personal data is assumed",
            "logs are no training data unless consent says so (`data.training_consent`)",
            *(
                ["sensitive classes: access needs two people and leaves a record"]
                if sensitive
                else []
            ),
        ],
        later=Later(
            load="one store with one access procedure",
            maintenance="erasure is tested each quarter with a planted record",
            lock_in="none",
            drift="new fields in requests bypass old redaction: the detector set is versioned with the prompt",
        ),
        improves=("understandable",),
        shown_by="**redaction recall** on the test set and **oldest record** in the store",
        revisit_when="a data class, a jurisdiction or a purpose is added",
    )


@spoken
def environments(case: Case) -> Decision:
    """How development, staging and production are kept apart."""
    small = (case.brief.team.size or 0) <= 3
    host = case.on_host or case.managed
    return choose(
        id="environments",
        question="How are development, staging and production kept apart?",
        candidates=(
            Candidate(
                id="shared",
                name="one environment with flags",
                good="nothing to keep equal",
                bad="an experiment is an incident",
                fails="a hard rule: the three are told apart, with data and credentials of their own",
            ),
            Candidate(
                id="separate-by-account",
                name="separate credentials, networks and names on small footprints",
                good="apart where it counts: data, credentials, network; cheap where it does not",
                bad="staging proves less about capacity than production will ask",
                fails=""
                if small or host or case.on_device
                else "more than a few people deploy: quotas and admission must tell them apart",
                wins="a small team keeps three small footprints equal more easily than three platforms",
            ),
            Candidate(
                id="separate-by-cluster",
                name="a namespace each before production, production on its own",
                good="admission, quota and network policies per environment; production touched by automation only",
                bad="two clusters to upgrade, in order",
                fails="needs clusters" if not case.on_cluster and not case.is_batch else "",
                wins="development and staging share a cluster, production stands alone, promotion is a reviewed change",
            ),
            Candidate(
                id="separate-accounts",
                name="an account or site for each environment",
                good="the clearest boundary there is",
                bad="three of everything, including the bill",
            ),
        ),
        title="Keep them apart by <chosen>",
        reasons=[
            "the same digest moves through all three; only configuration differs, and the difference is a file"
        ],
        later=Later(
            load="one overlay a stage; everything else is common",
            maintenance="staging is rebuilt from scratch each month, so that it stays true",
            lock_in="none",
            drift="production data never moves down; staging gets synthetic or consented data",
        ),
        improves=("reliable", "understandable"),
        shown_by="**differences between staging and production** listed by `aegis diff`",
        revisit_when="another team deploys here, or an auditor asks for separate accounts",
    )
