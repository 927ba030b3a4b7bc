"""Security and safety controls, the four LLM controls, and incidents."""

from __future__ import annotations

from aegis.plan.case import Case
from aegis.plan.kept import kept, prompt_logging
from aegis.plan.parts import voice as words
from aegis.plan.parts.voice import voice_of
from aegis.plan.types import LIVE, Control, Incident, LlmControl, Role


def controls(case: Case) -> tuple[Control, ...]:
    """Defence in depth: each control has an owner and a test that can fail."""
    found = [*_always(case)]
    if case.is_llm:
        found += _llm()
    elif not case.on_device:
        found.append(
            _control(
                "input-bounds", "denial-of-service", "Bounded inputs",
                "requests beyond the schema, the size or the value range are refused before the model sees them",
                "service", "a fuzzed request set: every request is answered or refused within the deadline",
                _front(case),
            )
        )  # fmt: skip
    if case.kind == "rag" or (case.brief.model and case.brief.model.training.by_us):
        found.append(
            _control(
                "ingestion", "data-poisoning", "Checked ingestion",
                "every document or training record has a source that is allowed to write, passes the schema and the "
                "injection scan, and can be withdrawn; data sets are signed",
                "data", "a planted poisoned record is quarantined, and a withdrawn one is gone from the index or the next training",
                "index" if case.kind == "rag" else "registry", refs=("OWASP LLM04:2025",),
            )
        )  # fmt: skip
    if case.kind == "agent":
        found.append(
            _control(
                "tool-rights", "excessive-agency", "Tools with the caller's rights",
                "each tool call runs with the rights of the person who asked, within limits of steps and money; irreversible tools "
                "wait for a person",
                "security", "a task that asks for another tenant's record, and one that loops: both end refused",
                "tools", refs=("OWASP LLM06:2025",),
            )
        )  # fmt: skip
    if case.brief.users and case.brief.users.external and not case.on_device and not case.is_batch:
        found.append(
            _control(
                "tenants", "tenant-isolation", "Tenants kept apart",
                "identity is set by the gateway, caches are salted by tenant, logs and limits carry the tenant",
                "security", "two test tenants with the same prompt share no cache entry, no log and no budget",
                _front(case),
            )
        )  # fmt: skip
    said = voice_of(case)
    spoken = (
        # the kinds speak of redaction; where nothing is redacted, the decision itself speaks
        each
        if each.id == "privacy" and case.chosen("data-retention") != "redacted"
        else words.control(said, each)
        for each in found
    )
    return (*spoken, *said.own_controls)


def _front(case: Case) -> str:
    if case.on_device:
        return "device"
    return "job" if case.is_batch else "gateway"


def _control(
    control_id: str, threat: str, title: str, what: str, owner: Role, test: str, component: str,
    refs: tuple[str, ...] = (),
) -> Control:  # fmt: skip
    return Control.model_validate(
        {
            "id": control_id,
            "threat": threat,
            "title": title,
            "what": what,
            "owner": owner,
            "test": test,
            "component": component,
            "applies_to": LIVE,
            "refs": refs,
        }
    )


def _always(case: Case) -> list[Control]:
    device = case.on_device
    title, what, test = kept(case).control
    return [
        _control(
            "model-access", "model-theft", "The key to the model under lock",
            "the vendor's key is read by the gateway's identity only, limited in budget and rotated; prompts, adapters and evaluation "
            "sets, which are what is yours to steal, are access-controlled like code",
            "security", "a call with the key from outside the gateway's network fails and is seen", "gateway",
        )
        if case.managed
        else _control(
            "weights-access", "model-theft",
            "Weights under lock" if not device else "Weights in strangers' hands, on purpose",
            "weights are read by the workload's identity only, encrypted at rest, and every download leaves a record; the engine's own "
            "port is not reachable from outside its network"
            if not device
            else "weights on a device can be copied: ship nothing in them that must stay secret, encrypt them at rest, and bind "
            "updates to signatures",
            "security",
            "a download with a person's credential and a request to the engine's port from outside: both fail and are seen"
            if not device
            else "an update signed with another key is refused on a real device",
            "registry",
        ),
        _control(
            "signed-supply", "supply-chain", "Signed, pinned supply chain",
            ("the vendor's model is named by its dated version, images and rules by digest; what changes is evaluated before it is used"
            if case.managed
            else "weights, images and rules are pinned by digest, signed, listed in an inventory of models and software, and verified before "
            "they are loaded; formats that execute code on loading are refused"),
            "platform", "one byte of an artifact is changed in staging: loading is refused and alerts", "registry",
            refs=("OWASP LLM03:2025",),
        ),
        _control(
            "no-secrets", "secret-leak", "Credentials by reference",
            "credentials live in the secret store and reach the workload by identity; code, images, logs and this plan hold names only",
            "security", "`aegis review` over repository and bundle finds none; a planted one is found", "secrets",
        ),
        _control(
            "egress", "data-exfiltration", "A short list of ways out",
            "network policy denies what the decision on the network does not allow; answers and logs are scanned for planted canary values",
            "platform", "a planted canary value is sent out in staging by each known path: every attempt is denied and seen",
            _front(case) if not device else "device",
        ),
        _control(
            "privacy", "privacy", title, what, "data", test, "audit" if not device else "device"
        ),
        _control(
            "tampering", "tampering", "Changes by pipeline only",
            "production changes by the pipeline's identity; drift is undone and reported; break-glass access ends by itself",
            "platform", "a change by hand in staging is undone within minutes and leaves a record", "monitoring",
        ),
    ]  # fmt: skip


def _llm() -> list[Control]:
    return [
        _control(
            "injection", "prompt-injection", "Injection guardrail, in layers",
            "text from outside is marked as data, scanned, and never decides rights; the input guardrail flags or blocks; tools and "
            "egress assume that it was fooled",
            "security", "the injection corpus runs in the pipeline: recall and false blocks are gated, and one planted case runs end to end",
            "gateway", refs=("OWASP LLM01:2025", "MITRE ATLAS AML.T0051"),
        ),
        _control(
            "jailbreak", "jailbreak", "Refusals that hold",
            "requests for what the product must not do are refused across languages and role-play; over-refusal is measured as well",
            "model", "the red-team suite reports the share let through with its bound, and the share of benign requests refused",
            "evaluation",
        ),
        _control(
            "output-filter", "unsafe-output", "Filter on the way out",
            "answers pass the output filter sentence by sentence while they stream: secrets, personal spans, links and markup that "
            "callers would execute",
            "service", "a planted answer is stopped with streaming on and off", "gateway", refs=("OWASP LLM05:2025",),
        ),
        _control(
            "token-limits", "denial-of-wallet", "Limits in tokens and in money",
            "each caller has limits on requests, tokens and cost; the longest answer is bounded; loops are cut",
            "service", "a caller beyond its budget is refused with `429` while others are served", "gateway",
            refs=("OWASP LLM10:2025",),
        ),
    ]  # fmt: skip


def llm_controls(case: Case) -> tuple[LlmControl, ...]:
    """The four answers that every LLM deployment owes, each bound to an artifact."""
    if not case.is_llm:
        return ()
    return (
        LlmControl(
            id="guardrails",
            what="input: size, injection, personal data and secrets; output: secrets, personal data, links, agreed topics; "
            "`flag` before `block`, each rule measured for false blocks",
            privacy="detectors run in memory; what they find is recorded as kind and position, never as text",
            artifact="gateway/policy.yaml",
            component="gateway",
        ),
        LlmControl(
            id="rate-limiting",
            what="requests and tokens by caller, cost by month, sequences at once by replica, retries by budget; refusals carry "
            "`retry-after`",
            privacy="limits count by a caller's id, which is not a person's name",
            artifact="gateway/policy.yaml",
            component="gateway",
        ),
        prompt_logging(case),
        LlmControl(
            id="evaluation-harness",
            what="versioned sets for quality, safety and over-refusal; paired comparison with the running release, per slice; the same "
            "scorers on sampled traffic after release",
            privacy=f"sets hold consented or synthetic data; {kept(case).graded}",
            artifact="evaluation/gates.yaml",
            component="evaluation",
        ),
    )


def incident(case: Case) -> Incident:
    """Roles, severities and what is particular to this system."""
    nights = case.brief.team.on_call == "24x7"
    branches: list[tuple[str, tuple[str, ...]]] = []
    if case.is_llm:
        branches += [
            (
                "Harmful or wrong answers reached people",
                (
                    "roll back the newest of prompt, index, model and policy; the evidence record says which that is",
                    f"preserve: request ids, digests of prompt, model, policy and index, verdicts, {kept(case).evidence}",
                    "find everyone who got such an answer by querying the audit store for the span, not by memory",
                    "decide with the owner of the product who is told what",
                ),
            ),
            (
                "Injection or exfiltration is suspected",
                (
                    "freeze the source of the text and the tools it reached; do not delete it",
                    "revoke the credentials that the session could use, then ask whether it used them",
                    "search for the planted canary values outside",
                    "personal data involved: the data protection owner is called now, not after the cause is known",
                ),
            ),
        ]
    else:
        branches.append(
            (
                "Decisions were wrong in a pattern",
                (
                    "return to the previous model or to the rules in front of it; both are still loaded",
                    "preserve: inputs, features with their ages, scores, model and feature digests, decisions taken",
                    "list the affected cases and let a person decide again where it matters",
                    "compare by group: was somebody hit harder than others?",
                ),
            )
        )
    if case.on_device:
        branches.append(
            (
                "A model in the field misbehaves",
                (
                    "close the stage for the whole fleet; devices fall back by themselves",
                    "ask for logs only from devices whose owners agreed",
                    "a safety function is affected: the device stays in its safe state until a person releases it",
                ),
            )
        )
    if case.personal or not case.brief.data.classes:
        branches.append(
            (
                "Personal data may have left",
                (
                    "stop the path, keep its logs, note the time you learned of it: legal deadlines may run from there",
                    "the data protection owner decides on notification with counsel; engineering supplies facts",
                    "list subjects, kinds of data and recipients as far as known, and what is not known",
                ),
            )
        )
    branches.append(
        (
            "A supplier, a weight file or an image is suspect",
            (
                "stop loading it by digest; the admission policy takes a digest within minutes",
                "list where it runs from the inventory, not from memory",
                "rebuild from the last digest that was verified",
            ),
        )
    )
    said = voice_of(case)
    branches = list(said.branches) or branches
    roles = (
        ("Incident commander", "decides, delegates, writes the time line; does not debug"),
        ("Operations", "changes production; the only one who does during the incident"),
        ("Communications", "tells users and management what is known, what is not, and when the next word comes"),
        ("Model owner", "reads samples and verdicts; says what the model was meant to do"),
        ("Data protection and security", "called at once when people's data or an attacker may be involved"),
    )  # fmt: skip
    common = Incident.model_validate(
        {
            "roles": tuple((role, said.roles.get(role, does)) for role, does in roles),
            "severities": (
                ("SEV-1", "people are harmed, data left, or nobody is served: page everyone named here, first word within half an hour"),
                ("SEV-2", "an objective is missed and the budget will not last: page the rota" if nights else
                 "an objective is missed and the budget will not last: the rota in working hours, the ladder until then"),
                ("SEV-3", "a cause without a symptom yet: a ticket for the next working day"),
            ),
            "communication": (
                "one channel, one document, one commander; decisions are written where they are made",
                "the first message says what users see and what they can do meanwhile; it blames nothing",
                "the review is blameless and ends in changes with owners and dates; a new failure mode joins this plan",
            ),
            "evidence": (
                "freeze the audit records, verdicts and weights of the releases involved before anything is restarted twice",
                "record digests of model, prompt, policy, index and image; screenshots are not evidence",
                "access to evidence is logged and ends with the incident",
            ),
            "branches": branches,
        }
    )  # fmt: skip
    return common.model_copy(
        update={
            "severities": tuple(
                (level, text)
                for (level, _), text in zip(common.severities, said.severities, strict=True)
            )
            if said.severities
            else common.severities,
            "communication": said.communication or common.communication,
            "evidence": said.evidence or common.evidence,
        }
    )
