"""Lineage, requirements that may apply, and how the three stages differ."""

from __future__ import annotations

from aegis.base.prose import name
from aegis.catalog.loader import regulations
from aegis.catalog.types import Regulation
from aegis.plan.case import Case
from aegis.plan.kept import kept
from aegis.plan.parts import voice as words
from aegis.plan.parts.voice import voice_of
from aegis.plan.types import LineageItem, Requirement, Stage

_JURISDICTION = {"eu": "eu", "us": "us", "us-ca": "us-ca", "uk": "uk", "ch": "ch"}


def lineage(case: Case) -> tuple[LineageItem, ...]:
    """What must be recorded so that one answer can be explained and reproduced."""
    brief, model = case.brief, case.brief.model
    pinned = bool(model and (model.digest or (model.revision and len(model.revision) >= 7)))
    prompt = "pinned" if brief.prompts.versioned else "to pin"
    sets = brief.evaluation or ()
    items = [
        ("data", f"evaluation sets {', '.join(name(s.name) for s in sets)} by path and digest" if sets
         else "evaluation sets, once they exist, by path and digest",
         "pinned" if sets and all(s.digest for s in sets) else "to pin", "data", "beside the code, or in a store with versions"),
        ("code", "the commit of the service, of the pipeline and of the brief", "pinned", "service", "version control; the plan names the digest of the brief"),
        ("model", f"{name(model.reference)} at {name(model.digest or model.revision or 'a revision still to be pinned')}" if model
         else "the model, once chosen, at an immutable revision", "pinned" if pinned else "to pin", "model", "the registry, by digest, signed"),
        ("environment", "the vendor's dated model version and the gateway's image by digest" if case.managed else "images by digest, drivers and engine version", "to pin", "platform", "the bundle; the first staging release writes the digests"),
        ("configuration", "gateway policy, rules and release steps, as rendered from this plan", "pinned", "service", "the bundle's index, with the plan's id"),
    ]  # fmt: skip
    if case.is_llm:
        items.append(("prompt", "system prompts, templates and tool descriptions, by digest, released like code",
                      prompt, "model", (brief.prompts.path and name(brief.prompts.path)) or "version control, beside the code"))  # fmt: skip
    if case.kind == "rag":
        items.append(("index", "the index build: source watermark, chunking, embedding model digest", "to pin", "data", "the index's own metadata, copied into the audit record"))  # fmt: skip
    if case.kind in {"prediction", "ranking"}:
        items.append(("features", "feature definitions and the point in time of each value", "to pin", "data", "the feature store or the request log"))  # fmt: skip
    said = voice_of(case)
    return tuple(
        words.lineage(
            said,
            LineageItem.model_validate(
                {
                    "what": what,
                    "identity": identity,
                    "status": status,
                    "owner": owner,
                    "where": where,
                }
            ),
        )
        for what, identity, status, owner, where in items
    )


def requirements(case: Case) -> tuple[Requirement, ...]:
    """Articles that may apply, each with the part of this plan that speaks to it. Never a sign-off."""
    return tuple(
        Requirement(
            regulation=regulation.id,
            name=regulation.name,
            article=item.id,
            asks=name(item.asks) if any(c.isdigit() for c in item.asks) else item.asks,
            evidence=tuple(item.evidence),
            open="a specialist confirms whether and how it applies",
            specialist=regulation.specialist,
        )
        for regulation in regulations()
        if _may_apply(case, regulation)
        for item in regulation.requirements
    )


def _may_apply(case: Case, regulation: Regulation) -> bool:
    brief = case.brief
    signals = {f"data:{c}" for c in brief.data.classes}
    if set(brief.data.classes) & {"health", "payment", "biometric", "children"}:
        signals.add("data:personal")
    if not brief.data.classes:
        signals.add("data:personal")
    signals |= {f"area:{a}" for a in brief.impact.areas}
    signals |= {f"jurisdiction:{_JURISDICTION.get(j, j)}" for j in brief.jurisdictions}
    signals |= {f"customer:{f.replace('-', '')}" for f in brief.frameworks}
    signals |= {f"customer:{f}" for f in brief.frameworks}
    if case.high_impact:
        signals.add("impact:high")
    if regulation.id in brief.frameworks:
        return True
    places = {s for s in regulation.applies_when if s.startswith("jurisdiction:")}
    others = set(regulation.applies_when) - places
    if places:  # a law of a place needs the place, and its subject where it names one
        return bool(places & signals) and (not others or bool(others & signals))
    if regulation.jurisdiction.lower() in {"us", "eu"} and brief.jurisdictions:
        here = {j.split("-")[0] for j in brief.jurisdictions}
        return regulation.jurisdiction.lower() in here and bool(others & signals)
    return bool(others & signals)


def stages(case: Case) -> tuple[Stage, ...]:
    """What each environment is for and how it differs."""
    where = {
        "air-gapped": "on isolated machines of its own",
        "on-premises": "on a reserved part of your machines",
        "edge": "on test devices",
    }.get(case.where, "in an account or project of its own")
    sensitive = bool(case.sensitive)
    said = voice_of(case)
    common = (
        Stage(
            environment="development",
            purpose="ideas fail here, quickly and alone",
            data="synthetic data only",
            access="every engineer of the team; no route to production",
            capacity="the vendor's test key with a small budget"
            if case.managed
            else "one replica of the smallest device that loads the model, stopped at night"
            if not case.on_device
            else "an emulator and one device per class",
            change="any branch; the bundle is rendered by the same command",
        ),
        Stage(
            environment="staging",
            purpose="proves the release: gates, drills, load, the way back",
            data=kept(case).staging
            if not sensitive
            else "synthetic data only, shaped like production's",
            access="the pipeline, and the rota for drills",
            capacity="the production model version under a key and a budget of its own"
            if case.managed
            else f"the same engine and device as production, fewer of them, {where}"
            if not case.on_device
            else "a rack with every supported device class, the oldest first",
            change="every merge; the same digest that production will get",
        ),
        Stage(
            environment="production",
            purpose="serves people",
            data="real data, under the retention decision",
            access="automation; people by break-glass that ends by itself"
            + (", two at a time" if sensitive else ""),
            capacity="the fleet, by stages"
            if case.on_device
            else "the quota that the contract names, with a second vendor ready"
            if case.managed
            else "the capacity plan with its spare",
            change="promotion of a digest that passed staging, by the release strategy, never directly",
        ),
    )
    return tuple(words.stage(said, each) for each in common)
