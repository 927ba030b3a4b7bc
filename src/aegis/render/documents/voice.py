"""The sentences that join the parts, by what kind of system it is: words only, no choices.

What the plan decided is said by the plan. These say why the reader should care here.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from aegis.plan.types import Plan

Nature: TypeAlias = Literal[
    "chat",
    "rag",
    "agent",
    "managed",
    "online",
    "ranking",
    "search",
    "senses",
    "batch",
    "phone",
    "robot",
]

_KINDS: dict[str, Nature] = {
    "chat": "chat",
    "completion": "chat",
    "rag": "rag",
    "agent": "agent",
    "ranking": "ranking",
    "embedding": "search",
    "reranking": "search",
    "vision": "senses",
    "speech": "senses",
    "batch": "batch",
    "on-device": "phone",
    "robotics": "robot",
}


def nature(plan: Plan) -> Nature:
    """What the system feels like to operate."""
    if plan.chosen("run-where") == "managed-api":
        return "managed"
    return _KINDS.get(plan.kind, "online")


ARCHITECTURE: dict[Nature, str] = {
    "chat": "Callers meet one door, and behind it an engine they never name. What has to hold for "
    "every release stands in that door, so engine, prompt and weights can change without a caller "
    "noticing.",
    "rag": "Two things can be wrong here, the passage and the sentence made of it, and they are kept "
    "apart on purpose: retrieval answers for what was found and for who may see it, the model for "
    "what it made of that.",
    "agent": "The model proposes and the broker disposes: no tool is reachable from the engine, and "
    "every call carries the rights of the person who asked. That line in the drawing matters more "
    "than any prompt.",
    "managed": "The weights are somebody else's and may be retired on their calendar. What stays "
    "yours is drawn first: the door, the evaluation and the way to a second vendor.",
    "online": "The prediction is one step inside somebody else's request, so the path is short, "
    "every hop has a deadline, and there is an answer for the case that the model gives none.",
    "ranking": "A page waits while this ranks. The path is kept to what must happen per request, and "
    "everything that can be computed before has been moved out of it.",
    "search": "Search asks this for a number or a vector and cannot wait for it. The path is one "
    "hop long, and search can answer without it, less well.",
    "senses": "Sound or images come in, large and never twice the same. They stay near where they "
    "arise, and the path ends with a person or a rule for what could not be judged.",
    "batch": "Nothing stands by between runs. A run reads, scores and writes to a new place, and "
    "consumers see it only when a pointer moves, which is also why going back is cheap.",
    "phone": "The phone decides alone, often without a network. The parts on the server side only "
    "prepare what it runs and read what it is willing to tell.",
    "robot": "The controller must go on when no answer comes. The model is therefore an adviser with "
    "a deadline, and the watchdog, which contains no model, has the last word.",
}

TRADE_OFFS: dict[Nature, str] = {
    "chat": "Options were read from the simplest to the most demanding, and the first that fails no "
    "requirement of the brief won. Each table says what the winner costs and what the losers would "
    "have given.",
    "rag": "For each question the simplest option that fails nothing in the brief was taken. Where a "
    "richer one lost, its advantage is written down, because a larger index or stricter permissions "
    "may make it right later.",
    "agent": "An agent multiplies every cost by its steps and every mistake by its rights, so the "
    "simplest option that survives the brief won each time. What was given up stands beside it.",
    "managed": "The least work won, and that has a price which the tables name: behaviour you do not "
    "control and a calendar that is not yours.",
    "online": "Each question was settled for the simplest thing that holds the objectives. The "
    "alternatives are real ones, each with what it would have given you.",
    "ranking": "At this rate a small inefficiency is a rack, and a clever part is a page at night. "
    "The tables weigh one against the other, simplest first.",
    "search": "A search that is a little worse is still a search, so the simplest option that keeps "
    "its pace won each time. What the others would have found is in the tables.",
    "senses": "What is expensive here are devices and labels, not requests. The simplest option won "
    "wherever it loses neither; the tables name the exceptions.",
    "batch": "A deadline forgives what a waiting person does not, so most of the clever options lost "
    "here. Their advantages are kept in the tables for the day somebody waits for a result.",
    "phone": "What is shipped to a fleet stays there for years. The tables favour what an old device "
    "can still run and what can be taken back.",
    "robot": "Where a late answer can do harm, predictable beats fast. The tables say what that "
    "costs.",
}

OBSERVABILITY: dict[Nature, str] = {
    "chat": "A chat service can be up, quick and wrong. Time and availability are measured on every "
    "request, quality on judged samples, and both can wake somebody.",
    "rag": "Errors stay flat while a stale index lies. So freshness and support of claims have "
    "objectives beside the usual ones, each with an alert or a reason why not.",
    "agent": "Requests are the wrong unit here: a task of many steps can fail with every step green. "
    "What the broker refuses is watched as closely as what the model answers.",
    "managed": "You cannot look inside, so you look at the edges: what your callers get, what the "
    "samples say, and what the bill does.",
    "online": "Labels come late, so drift and calibration stand watch until they arrive; latency and "
    "errors are judged on every request.",
    "ranking": "The list is always full, so nothing looks broken when it is merely bad. Latency is "
    "watched per request, usefulness through what people do with the list.",
    "search": "Bad results arrive on time and without an error. Pace is measured on every request; "
    "whether people find things is judged on searches with known answers.",
    "senses": "A blind camera and a deaf line answer quickly. What goes in is therefore measured as "
    "well as what comes out, device by device.",
    "batch": "A job that did not run looks exactly like a quiet night. Completion is therefore an "
    "objective of its own, and silence is an alert.",
    "phone": "Devices report when they like and only with consent. Every figure is read together with "
    "the share of the fleet that sent it.",
    "robot": "Deadlines are counted on the machine, by the watchdog, and not by the model that may "
    "have missed them.",
}

FAILURES: dict[Nature, str] = {
    "chat": "These are the ways in which services of this kind have gone wrong, not a list of what a "
    "computer can do. The third column happens without anybody; the last one is yours.",
    "rag": "Half of these begin in the index and are seen in the answers. Look there first, and keep "
    "what runs by itself apart from what waits for you.",
    "agent": "What an agent breaks, it breaks in other people's systems. The automatic column stops "
    "it; repairing what it did is in the last one.",
    "managed": "Most of these arrive from outside and without notice. What Aegis does by itself buys "
    "the time in which you do the rest.",
    "online": "Few of these raise an error. They show first in a distribution, and the row says in "
    "which one.",
    "ranking": "At this rate a fault spreads faster than a person reads, so the automatic column does "
    "the first minutes alone.",
    "search": "Nearly all of these return a full page. The row says which figure moves although the "
    "page looks right.",
    "senses": "Look at the lens or the line before the model: half of these begin in front of it. "
    "The row says which figure tells the two apart.",
    "batch": "Most of these are found the morning after. The automatic column makes sure that the "
    "morning still has yesterday's results.",
    "phone": "You cannot log in to a fleet. What the device cannot do for itself has to wait for its "
    "next contact, and the table is honest about which is which.",
    "robot": "Every row ends in a state that is safe without the model. Recovery is the second "
    "question.",
}

SECURITY: dict[Nature, str] = {
    "chat": "Free text is an attack surface that reaches the model unparsed. Controls stand before, "
    "around and after it, so that no single one has to be perfect.",
    "rag": "Whoever can write a document can write to the prompt. The controls treat retrieved text "
    "as somebody else's words, and permissions are checked where passages are found.",
    "agent": "The model will be talked into things. What limits the damage is not the model: rights "
    "of the caller, approval by a person, and a broker that counts.",
    "managed": "The perimeter ends at a vendor. What leaves, under which identity and with what "
    "record, is decided on your side of it.",
    "online": "Inputs are numbers, and poisoned numbers look like customers. Controls sit where data "
    "comes in and where weights are stored.",
    "ranking": "Those who are ranked will try to be ranked better. Controls cover the features they "
    "can write as much as the endpoint.",
    "search": "What is searched for is personal, and what is found was written by somebody with an "
    "interest. Controls sit on both sides.",
    "senses": "Recordings of people and places are the asset; the model is the smaller secret. "
    "Controls say who may see or hear them, and until when.",
    "batch": "A job has broad rights and nobody watching. It gets its own identity, a narrow place to "
    "write, and a record of each run.",
    "phone": "The weights are in somebody's pocket, and so is the attacker. Nothing on the device is "
    "a secret; what it accepts is signed.",
    "robot": "A tampered model moves metal. Only signed models start, and the safe state does not ask "
    "them.",
}

COST: dict[Nature, str] = {
    "chat": "Accelerators that wait cost as much as accelerators that work, so the figure follows "
    "replicas and hours, not requests.",
    "rag": "Retrieved passages are paid for as input tokens on every question; the cheapest saving is "
    "usually a shorter context.",
    "agent": "One task is many requests. The bound that matters is money per task, and it is "
    "enforced while the task runs.",
    "managed": "You pay per token, so a retry loop is a bill. Limits by caller are the cost control.",
    "online": "The service is small beside its data pipeline; what is estimated here is the serving "
    "side only.",
    "ranking": "At this rate the price of one millisecond is a number of machines, and the table "
    "shows which one.",
    "search": "Paid by tokens scored or embedded, most of which nobody sees: the length of texts "
    "and lists is the lever.",
    "senses": "Paid by the second of sound or the megapixel, and then again for storage. What never "
    "reaches the model costs least.",
    "batch": "The run is paid by the hour it takes; a later deadline is the cheapest optimization.",
    "phone": "The inference is free to you and paid in somebody's battery. What costs is the channel "
    "that updates it and the rack that tests it.",
    "robot": "The budget is watts before it is money; both are bounded here.",
}

ROADMAP: dict[Nature, str] = {
    "chat": "Evidence comes before traffic: the phases are ordered so that nobody is served by "
    "something that was not judged.",
    "rag": "The index is released like the model, and judged first; the phases keep that order.",
    "agent": "Rights are added one at a time, read before write, and each with a drill. The phases "
    "follow the harm, not the feature list.",
    "managed": "There is no hardware to wait for, which makes it tempting to skip the evidence. The "
    "phases do not.",
    "online": "The comparison with what decides today comes first, then shadow traffic, then a share "
    "of it.",
    "ranking": "The replay of logged requests comes before live ones; at this rate a staging test "
    "without real load proves little.",
    "search": "Judged searches come first, a replay of real ones second, and visitors third.",
    "senses": "First what was really said or seen, written down by people; then copies of live "
    "input; then decisions.",
    "batch": "The first three runs are compared with what exists before anybody reads them.",
    "phone": "The oldest supported device is the first to be measured and the last to be served.",
    "robot": "Bench, then a cage, then one machine with a person at the switch: the phases keep that "
    "order.",
}

INCIDENT: dict[Nature, str] = {
    "chat": "When it goes wrong, people may have been told something. The playbook starts with "
    "stopping it and goes on with finding out who was told.",
    "rag": "The first question is which of four things moved: prompt, index, model or policy. The "
    "playbook answers it from the evidence record.",
    "agent": "First take away the tools, then look. The playbook lists what was done in other "
    "systems and who has to be asked to undo it.",
    "managed": "The vendor's status page will be the last to know. The playbook tells how to decide "
    "without it.",
    "online": "Decisions already taken on bad scores have to be found again. The playbook says where "
    "they are recorded.",
    "ranking": "Fall back to the plain order first; the loss is known and the page stays up.",
    "search": "Let search answer without it first; what changed is compared afterwards, at leisure.",
    "senses": "Keep what was recorded, send to people what cannot be trusted, and only then look "
    "for the cause.",
    "batch": "Stop the pointer, not the job: consumers keep what they had while you look.",
    "phone": "A fleet cannot be hurried. The playbook separates what the device does now from what "
    "an update can do tomorrow.",
    "robot": "Make it stand still, then make it safe to approach, then read the log.",
}

SUMMARY_RELEASE: dict[str, str] = {
    "canary": "A new version meets a small share of requests first and goes back by itself, BACK of "
    "a breach.",
    "blue-green": "A new version is switched in whole and switched back by itself, BACK of a breach.",
    "shadow": "A new version answers copies of requests before it answers real ones, and goes back by "
    "itself, BACK of a breach.",
    "ab": "A new version has to prove that users are better off with it, and is withdrawn by itself, "
    "BACK of a sign of harm.",
    "staged-fleet": "A new model reaches the fleet in shares, and a device that it harms returns to "
    "its last good one by itself, BACK of a breach.",
    "job-swap": "A run is published only after it was compared with the last one, and the pointer goes "
    "back by itself, BACK of a breach.",
}

RELEASE: dict[str, str] = {
    "canary": "A few requests meet the new version first, beside the old one, and a judge that looks "
    "at the evidence decides each step.",
    "blue-green": "The new version stands ready in full before anybody meets it; one switch moves "
    "everybody, and one moves them back.",
    "shadow": "The new version first answers copies of requests that nobody reads, and only then a "
    "share of real ones.",
    "ab": "Users are assigned and stay assigned, because the question is whether the new version is "
    "better for them, not merely whether it runs.",
    "staged-fleet": "A share of the fleet fetches the model, proves it over days, and only then is the "
    "next share offered it.",
    "job-swap": "A release is a run that was compared: the pointer moves when the comparison passed "
    "and stays where it was otherwise.",
}
