"""The roadmap: phases with owners and dependencies, from today to long after launch."""

from __future__ import annotations

from aegis.base.prose import name
from aegis.catalog.loader import techniques
from aegis.plan.case import Case
from aegis.plan.parts.emitters import emitters
from aegis.plan.parts.voice import Voice, voice_of
from aegis.plan.parts.voice import task as told
from aegis.plan.types import ALL, Environment, Phase, Role, Task

_DEV: tuple[Environment, ...] = ("development",)
_STAGE: tuple[Environment, ...] = ("staging",)
_PROD: tuple[Environment, ...] = ("production",)


def roadmap(case: Case) -> tuple[Phase, ...]:
    """Phases in order; every task names an owner, what it waits for and when it is done."""
    phases: tuple[Phase, ...] = (
        Phase(id="phase-foundation", name="Foundation", goal="one service in development, everything pinned, nothing promised", tasks=tuple(_foundation(case))),
        Phase(id="phase-evidence", name="Evidence", goal="know what good is before anybody is served", tasks=tuple(_evidence(case))),
        Phase(id="phase-staging", name="Staging", goal="prove the release, the load and the way back", tasks=tuple(_staging(case))),
        Phase(id="phase-production", name="Production", goal="few users first, more on proof", tasks=tuple(_production(case))),
        Phase(id="phase-run", name="Run, learn, retire", goal="a commitment, not a launch: review, refresh, hand over, retire", tasks=tuple(_run(case))),
    )  # fmt: skip
    said = voice_of(case)
    phases = tuple(_with_own(said, phase) for phase in phases)
    known = {task.id for phase in phases for task in phase.tasks}
    return tuple(
        phase.model_copy(
            update={
                "tasks": tuple(
                    task.model_copy(
                        update={"depends_on": tuple(d for d in task.depends_on if d in known)}
                    )
                    for task in phase.tasks
                )
            }
        )
        for phase in phases
    )


def _with_own(said: Voice, phase: Phase) -> Phase:
    """The phase in the words of the kind, with the tasks that only this kind has."""
    own = tuple(o.task for o in said.own_tasks if o.phase == phase.id)
    return phase.model_copy(
        update={
            "goal": said.goals.get(phase.id, phase.goal),
            "tasks": (*(told(said, task) for task in phase.tasks), *own),
        }
    )


def _task(
    task_id: str, title: str, done: str, why: str, owner: Role, *,
    priority: str = "P0", after: tuple[str, ...] = (), where: tuple[Environment, ...] = ALL,
    blocks: bool = False,
) -> Task:  # fmt: skip
    return Task.model_validate(
        {
            "id": task_id,
            "title": title,
            "done_when": done,
            "why": why,
            "owner": owner,
            "priority": priority,
            "depends_on": after,
            "applies_to": where,
            "blocks_production": blocks,
        }
    )


def _foundation(case: Case) -> list[Task]:
    model = case.brief.model
    pinned = bool(model and (model.digest or model.revision))
    tasks = [
        _task("answer-questions", "Answer the open questions of this plan", "`aegis plan` asks nothing more", "each answer moves a decision, not a detail", "business", blocks=True)
        if case.questions
        else _task("confirm-assumptions", "Confirm the assumptions of this plan", "the owner of the product has read them and `aegis plan` still asks nothing", "an assumption nobody read is a surprise with a date", "business"),
        _task("stages", "Set up development, staging and production with credentials and networks of their own", "a credential of one opens nothing in another", "an experiment must not be an incident", "platform", where=ALL),
        _task("secrets", "Put credentials into the secret store and give workloads identities", "`aegis review` finds none in code, images or logs", "a credential in a repository is public with a delay", "security", after=("stages",), blocks=True),
    ]  # fmt: skip
    if model and not pinned:
        tasks.append(_task("pin-model", f"Pin {name(model.reference)} to an immutable revision and record its digest", "the registry holds it, signed, and the loader refuses anything else", "what was evaluated must be what is served, also after a restart", "model", where=ALL, blocks=True))  # fmt: skip
    if model and not model.licence:
        tasks.append(_task("licence", "Have the licence of the model read by somebody who may decide", "terms, attribution and limits of use are written down", "a licence is cheaper to read before launch", "business", priority="P1"))  # fmt: skip
    if case.is_llm and not case.brief.prompts.versioned:
        tasks.append(_task("version-prompts", "Put prompts under version control and release them like code", "a prompt change is a reviewed change with a digest, and meets the evaluation gate", "a prompt that nobody versions is a release that nobody can take back", "model", where=ALL, blocks=True))  # fmt: skip
    if case.isolated:
        tasks.append(_task("import", "Rehearse the import of weights, images and rules through the gap", "everything on the mirror list arrived, verified by digest inside", "the second import happens during an incident", "platform", blocks=True))  # fmt: skip
    if not case.serves:
        platform = name(case.decisions["serving-platform"].winners[0].name)
        tasks.append(_task("server-by-hand", f"Write the model server for {platform} by hand, from the decisions of this plan", "image, model digest, limits and probes are files under review, in all environments", "no file of the bundle serves the model there; nothing is staged before", "platform", after=("stages",), blocks=True))  # fmt: skip
    if not case.managed:
        tasks.append(_task("serve-dev", "Serve the model in development from the rendered bundle", "health and metrics answer, and every metric named in this plan is there", "names of metrics change between versions; find out now", "service", after=("stages", "secrets", "server-by-hand"), where=_DEV))  # fmt: skip
    return tasks


def _evidence(case: Case) -> list[Task]:
    sets = case.brief.evaluation
    tasks = []
    if not sets:
        tasks.append(_task("build-evaluation", "Build an evaluation set from real cases, with consent: aim for {evaluation.pairs_needed}", "path, digest, metric and threshold stand in the brief", "without it a canary can tell that the service is up, not that its answers are right", "model", where=_STAGE, blocks=True))  # fmt: skip
    else:
        tasks.append(_task("freeze-evaluation", "Freeze the evaluation sets by digest and write down who may change them", "the gate refuses a set whose digest is not in the plan", "a set that moves with the model proves nothing", "model", where=_STAGE))  # fmt: skip
    tasks.append(_task("baseline", "Run the gates on the candidate and record the result as the first baseline", "a verdict with an interval, per slice, is in the evidence record", "later releases are compared with this one", "model", after=("build-evaluation", "freeze-evaluation", "serve-dev"), where=_STAGE, blocks=True))  # fmt: skip
    smaller = case.brief.model.smaller_model if case.brief.model else None
    if smaller:
        tasks.append(_task("try-smaller", f"Evaluate {name(smaller)} beside the chosen model, pair by pair", "the difference per slice is known, with its interval", "the largest saving there is, if quality allows it", "model", priority="P1", after=("baseline",), where=_STAGE))  # fmt: skip
    tasks.extend(_reviews(case))
    tasks.extend(_pilots(case))
    return tasks


def _reviews(case: Case) -> list[Task]:
    reviews = case.brief.reviews
    tasks = []
    who = case.brief.team.owners.get("security")
    tasks.append(_task("security-review", "Security review of design, supply chain and the way out" + (f", by {name(who)}" if who else ""),
                       "findings are closed or accepted by name" if reviews.security.status != "done" else f"done: {name(reviews.security.reference or 'see the brief')}; repeat after changes of tools, tenants or data",
                       "what an attacker can reach is easier to change on paper", "security", after=("serve-dev",), where=_STAGE,
                       blocks=case.high_impact and reviews.security.status != "done"))  # fmt: skip
    if case.high_impact or case.is_llm:
        when = "before it acts for anybody" if case.internal else "before the first external user"
        done = reviews.red_team.status == "done"
        tasks.append(_task("red-team", f"Red-team exercise by people who did not build it, {when}",
                           f"done: {name(reviews.red_team.reference or 'see the brief')}; repeat after changes of tools, prompts or guardrails" if done
                           else "attempts, successes and mends are recorded; successes are in the evaluation set",
                           "people will try; be first", "security", after=("baseline",), where=_STAGE,
                           blocks=case.high_impact and reviews.red_team.status != "done"))  # fmt: skip
    if case.high_impact or case.personal or case.brief.jurisdictions or case.brief.frameworks:
        tasks.append(_task("compliance-assessment", "Compliance assessment with the specialists that this plan names",
                           f"done: {name(reviews.compliance.reference or 'see the brief')}; repeat when data, purpose or jurisdiction change" if reviews.compliance.status == "done"
                           else "each requirement has an owner and an answer; Aegis signs nothing off",
                           "engineering supplies evidence; the judgement is theirs", "data", where=_STAGE,
                           blocks=case.high_impact and reviews.compliance.status != "done"))  # fmt: skip
    return tasks


def _pilots(case: Case) -> list[Task]:
    """A new technique brings a small validation before anybody relies on it."""
    on = {
        "feature-prefix-caching": "prefix-caching",
        "feature-speculative-decoding": "speculative-decoding",
        "feature-disaggregation": "disaggregated-prefill-decode",
        "feature-multi-lora": "multi-lora",
        "feature-expert-parallelism": "expert-parallelism",
    }
    used = {technique for decision, technique in on.items() if case.chosen(decision) == "on"}
    used |= {case.chosen("quantization")} & {t.id for t in techniques()}
    tasks = []
    for technique in techniques():
        if technique.id in used and technique.maturity.value in {"new", "maturing"}:
            check = technique.validate_by
            tasks.append(_task(f"pilot-{technique.id}", f"Time-boxed pilot of {name(technique.name)} before relying on it",
                               name(check) if any(c.isdigit() for c in check) else check,
                               f"its maturity in the catalog is `{technique.maturity.value}`: small first, then spend", "platform",
                               priority="P1", where=_STAGE))  # fmt: skip
    if case.on_device:
        tasks.append(_task("pilot-device", "Measure latency, memory and energy on the oldest device you support, warm and throttled", "figures with the device, the version and the temperature are in the brief as measurements", "the laboratory device is never the slow one", "platform", where=_STAGE, blocks=True))  # fmt: skip
    return tasks


def _load_title(case: Case) -> str:
    if case.on_device:
        return "Measure sustained inference on every supported device class"
    if case.is_batch:
        return "Measure one worker on a real day's input, and the whole run once"
    if case.managed:
        return "Measure the vendor's latency and limits from where your callers are"
    if case.is_llm:
        return "Measure capacity in staging with recorded lengths and arrivals"
    return "Measure capacity in staging with recorded requests and arrivals"


def _staging(case: Case) -> list[Task]:
    tasks = [
        _task("load-test", _load_title(case), "the report stands in the brief (`model.measurements`) and replaces the estimates of this plan", "you will need to benchmark this in your environment; nobody else's figure is yours", "platform", after=("serve-dev",), where=_STAGE, blocks=case.capacity is not None and case.capacity.replicas == 0 and not case.managed),
        _task("alerts-live", "Load rules, routes and dashboards; fire each alert once", "each alert reached a person and its runbook was followed by somebody new to it", "an alert that never fired is a hope", "platform", after=("serve-dev",), where=_STAGE, blocks=True),
        _task("way-back-drill", "Release a version that is bad on purpose and watch it go back by itself", "errors, slowness and worse answers each went back within {release.way_back}", "a way back that was never used is not one", "service", after=("alerts-live", "baseline"), where=_STAGE, blocks=True),
        _task("fault-drills", "Run the experiments of the failure table, gravest first", "hypotheses held, or became changes", "stochastic systems fail in ways nobody wrote down", "platform", priority="P1", after=("alerts-live",), where=_STAGE),
    ]  # fmt: skip
    tasks[1:1] = emitters(case)
    if case.is_llm:
        tasks.append(_task("guardrails-measured", "Measure guardrails on hostile and on benign texts", "the share let through and the share falsely blocked are known, with bounds", "a guardrail without its false-block rate is a complaint with a date", "security", where=_STAGE, blocks=True))  # fmt: skip
    return tasks


def _production(case: Case) -> list[Task]:
    internal = case.brief.users is not None and not case.brief.users.external
    first = "your own staff" if not internal and not case.on_device else "a first team"
    if case.on_device:
        first = "devices of your own staff"
    if case.is_batch:
        first = "one consumer that compares by hand"
    return [
        _task("first-users", f"Open to {first}", "a week without a page that needed a new runbook", "kind users find the first surprises", "service", after=("way-back-drill", "security-review", "guardrails-measured"), where=_PROD),
        _task("progressive", "Open step by step, as the release of this plan says", "each step was promoted on evidence; none on silence", "harm stays as small as the step", "service", after=("first-users", "red-team", "compliance-assessment"), where=_PROD),
        _task("budget-guard", "Set budgets, quotas and alarms before the first bill", "an alarm was seen by the person who pays", "cost is a signal like latency", "business", priority="P1", after=("stages",), where=_PROD),
    ]  # fmt: skip


def _run(case: Case) -> list[Task]:
    tasks = [
        _task("slo-review", "SLO review, every month", "objectives, budget spent and pages without an action are looked at together", "objectives that nobody reviews become decoration", "service", priority="P1", after=("progressive",), where=_PROD),
        _task("drift-review", "Drift and feedback review, every month", "moved slices are labelled, added to the set, or accepted with a reason", "the world moves; the set must follow", "model", priority="P1", after=("progressive",), where=_PROD),
        _task("restore-drill", "Restore drill, every quarter, with a stopwatch", "the measured time stands in the plan", "backups are restored or they are hopes", "platform", priority="P1", after=("progressive",), where=_PROD),
        _task("handover", "Hand over: a named owner inside the team runs a release and an incident drill alone", "the owner led both; nobody outside was needed", "the aim is a team that needs no one else", "business", priority="P1", after=("progressive",), where=_PROD),
        _task("retire", "Retirement criteria, written now", "the date or the signal that ends this version, and what its callers get instead, are agreed", "a service without an end is kept alive by fear", "business", priority="P2", after=("progressive",), where=_PROD),
    ]  # fmt: skip
    if case.chosen("continuous-training") not in {"", "none"}:
        tasks.append(_task("retrain", "First retraining through the same gates", "a retrained candidate was compared pair by pair and either shipped or refused with its reason", "a training run is a release candidate, not an update", "model", priority="P1", after=("progressive",), where=_PROD))  # fmt: skip
    return tasks
