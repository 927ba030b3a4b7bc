"""Retrieval: an answer is as good as the passage, and a passage may be old, wrong or not yours."""

from __future__ import annotations

from aegis.base import conventions as names
from aegis.plan.case import Case
from aegis.plan.parts.voice import Mode, OwnTask, Voice
from aegis.plan.types import LIVE, Control, Task


def _always(case: Case) -> bool:
    return case.kind == "rag"


def _rights(case: Case) -> bool:
    retrieval = case.brief.workload.retrieval
    return bool(retrieval and retrieval.per_user_permissions)


# A text, a row.
# fmt: off
VOICE = Voice(
    goals={
        "phase-foundation": "search finds the right passage before any model reads it",
        "phase-evidence": "supported claims counted, and questions without an answer in the set",
        "phase-staging": "old documents, forbidden documents, hostile documents",
        "phase-production": "drafts for people who know better, then for others",
        "phase-run": "documents die; so must their passages",
    },
    tasks={
        "answer-questions": ("Answer what is open with the owners of the documents", "`aegis plan` is quiet, and each source has an owner who knows it", "most open points are about documents, not models"),
        "confirm-assumptions": ("Have document owners read the assumptions", "freshness and rights are theirs by name", "nobody else can say when a page is dead"),
        "stages": ("An index per environment, filled from sources it may read", "the staging index cannot hold a production-only document", "copies of an index are copies of every document"),
        "secrets": ("Give the indexer reading rights per source, and the gateway none", "a source can be closed by taking one right away", "indexers read everything, so watch what opens them"),
        "serve-dev": ("Answer ten known questions from a small index", "passages are right before answers are judged", "a good answer over a bad passage is luck"),
        "build-evaluation": ("Collect real questions with the passages that answer them: {evaluation.pairs_needed}", "some have no answer in the sources, and say so", "without unanswerable ones invention wins"),
        "freeze-evaluation": ("Freeze questions together with a snapshot of the sources", "digest of both in the brief", "documents change under a fixed question"),
        "baseline": ("Score retrieval and answer apart", "recall of passages and share of supported claims, per topic", "one number hides which half failed"),
        "security-review": ("Review who may write what is indexed, and who may read what is quoted", "each source has both lists", "the index is a side door to every source"),
        "red-team": ("Plant instructions and false facts in documents, then ask innocently", "what was believed or obeyed is in the set", "someone's ticket is the assistant's source"),
        "compliance-assessment": ("Walk an erased person from source to index to cache to log", "privacy owner saw the last trace go", "an embedding of a name is a name"),
        "load-test": ("Replay the busiest hour with real passages attached", "first word holds; the report is in `model.measurements`", "passages are most of the tokens"),
        "alerts-live": ("Stop the indexer, drop groundedness, fill the queue", "owners of documents got the first", "stale looks like fine"),
        "way-back-drill": ("Release a chunking that cuts tables and watch it return", "within {release.way_back} the former index answers", "an index is a release; keep two"),
        "fault-drills": ("Take search away, then one source", "it said that it could not look things up", "answers from memory are the dangerous ones"),
        "guardrails-measured": ("Measure the scan on documents as well as on questions", "shares missed and wrongly held, per source", "support tickets look hostile by nature"),
        "first-users": ("Drafts for a few experienced colleagues", "edits before sending were read for a week", "an edit is a label"),
        "progressive": ("Open topic by topic", "each topic held its supported share", "topics differ more than models"),
        "budget-guard": ("Bound passages per question", "tokens per answer stand beside its value", "five more passages are rarely five times right"),
        "slo-review": ("Monthly: supported share, unanswered questions, index age", "the ten commonest unanswered went to document owners", "they are a list of missing pages"),
        "drift-review": ("Monthly: which questions are new, which documents unread", "pages were written or buried", "documents drift too"),
        "restore-drill": ("Rebuild the index from sources, by the clock", "hours known; counts equal", "snapshots lack last week's erasures"),
        "handover": ("A document owner adds and withdraws a source alone", "both visible within the freshness objective", "they outlast the project"),
        "retire": ("Say when an index or source ends", "its readers and links are listed", "dead pages are quoted for years"),
    },
    own_tasks=(
        OwnTask(
            phase="phase-evidence",
            task=Task(
                id="rights-probe",
                title="Probe permissions with two people who may not read each other's pages",
                done_when="neither gets a passage, a title or a hint of the other's, also through the cache",
                why="similarity knows no permissions",
                owner="security",
                priority="P0",
                applies_to=("staging",),
                blocks_production=False,
            ),
        ),
    ),
    stages={
        "development": ("chunking and prompts on public pages", "public or invented pages", "the team", "", "any branch builds a small index"),
        "staging": ("index, prompt and model judged together", "pages cleared for staging, redacted tickets", "the pipeline; owners of documents look on", "", "each merge rebuilds and scores"),
        "production": ("answers with sources, to whom may read them", "live sources under each reader's rights", "index written by one job; people see redacted records", "", "index, prompt and model as separate releases"),
    },
    roles={
        "Incident commander": "decides whether answers go on without a source or topic",
        "Operations": "switches index, prompt, model back",
        "Communications": "tells readers which answers to mistrust",
        "Model owner": "reads passage beside claim",
        "Data protection and security": "called when someone read what they may not",
    },
    severities=("someone saw a forbidden passage, or a wrong answer reached customers in numbers: topic off, all roles", "stale index or slow first word: rota and source owner", "one topic answers poorly: ticket with ten examples"),
    communication=("readers hear which topics are off and since when", "document owners hear what was quoted wrongly", "review asks why the passage was there"),
    evidence=("question, passages with their versions, answer, reader's rights at that time", "digests of index build, chunking, prompt, model", "the hostile or false document as it was"),
    branches=(
        ("A wrong answer went out", ("passage wrong, or claim unsupported? They have different owners", "withdraw the page or return the prompt", "list readers of that passage since its date", "question into the set")),
        ("A document gave orders", ("withdraw it from the index, keep it as evidence", "search the index for its sentences", "what could its readers' sessions reach?")),
        ("A forbidden passage was shown", ("topic off; caches emptied", "reader, passage, time from the audit store", "privacy and source owners judge what follows")),
        ("The index is old", ("find the first missing update", "answer with age, or decline", "count documents on both sides after the run")),
    ),
    controls={
        "weights-access": ("Weights and index behind the service", "the index is guarded like the most secret page in it", "a person's credential reads neither"),
        "signed-supply": ("Model, index build and prompt by digest", "each answer can name its three digests", "an index built elsewhere is refused"),
        "no-secrets": ("Pages are scanned before they are indexed", "credentials found in documents are not indexed, and their owner is told", "a planted key in a ticket is neither found nor quoted"),
        "egress": ("Answers link inside", "the model server opens nothing; links go to known hosts", "a page with a tracking link yields none"),
        "privacy": ("Rights at the time of asking", "passages are filtered by the reader's rights now; records are redacted", "a right taken away works at the next question"),
        "tampering": ("Chunking and prompts by merge", "index settings changed by hand are undone at the next build", "change one and rebuild"),
    },
    own_controls=(
        Control(
            id="quoted-rights", threat="data-exfiltration", title="No passage beyond the reader's rights", what="filter before ranking, check again before quoting, cache by rights", owner="security", test="two readers, one question, two answers; nothing crosses by cache or title", component="index", applies_to=LIVE
        ),
    ),
    modes={
        "silent-drift": (
            "a product was renamed; questions used the new name, pages the old, and search found its neighbours",
            "names and products change faster than pages",
            "unanswered and reformulated questions by topic; a moved topic goes to its document owner",
            "synonyms today, pages this week, questions into the set",
            "rename a product in staging questions; hypothesis: topic flagged in days; stop then",
        ),
        "prompt-release": (
            "the prompt asked to be brief; citations went first",
            "a changed prompt or template",
            "supported share per topic gates it; the former prompt returns alone",
            "compare passages: same passages, fewer citations, so it is the prompt",
            "ask for brevity in staging; hypothesis: gate fails; stop there",
        ),
        "blind": ("the collector's token ended at night; support, age and requests all stood at their last good value, and a stale index answered for a week", "an ended token, a judge without quota", "what is missing alarms, and a release without a verdict is held", "ask one question with a known passage; then token, scrape, rule; judge twenty answers of the gap by hand", "end the token in staging; hypothesis: alarm within its window; stop then"),
        "privacy-leak": ("tickets were indexed with names in titles; titles were shown as sources", "fields thought harmless", "titles pass the same redaction as text", "rebuild without, empty caches, tell owners", "plant a name in a title; hypothesis: never shown; stop if shown"),
    },
    own_modes=(
        Mode(
            id="rights-lag",
            applies=_rights,
            title="Yesterday's rights answer today's question",
            story="a contractor left at noon; the index learned it at night, and the afternoon was long enough",
            trigger="rights copied into the index",
            first_sign="passages whose source refuses the reader",
            metric=names.INDEX_AGE,
            automatic="rights are asked at the source before quoting; copies only narrow",
            manual="close the reader, list the afternoon's passages",
            alert=("freshness-burn-fast", "drift-detected"),
            experiment="take a right away in staging; hypothesis: next answer lacks it; stop if quoted",
            likelihood="possible",
            impact="high",
        ),
    ),
    asked={
        "prompt-release": "let the supported share, not taste, release prompts",
        "injection": "decide which sources outsiders may write",
        "silent-drift": "give each topic a document owner",
        "rights-lag": "pay the look-up at the source for each quote",
        "retrieval-stale": "let it decline when sources are old",
        "privacy-leak": "treat titles as text",
        "blind": "let a missing verdict hold a release, also a wanted one",
    },
    runbooks={
        "accuracy-quality": (("Passage or claim?", "Which topic, since which build?"), ("Former index or prompt.",), ("Topic passes again.",)),
        "groundedness-quality": (
            ("Were right passages there and ignored, or missing?", "Same topic, same build, same prompt?", "Read claims beside passages; ten suffice for a suspicion."),
            ("Passages missing: former index.", "Ignored: former prompt.", "Topic off until either is done."),
            ("Supported share is back on fresh questions of the topic.",),
        ),
        "freshness-burn": (("Which source stopped, since when?", "Did its layout or login change?", "Success with nothing read?"), ("Run the missing interval.", "Tell its owner; answers carry the age."), ("Counts on both sides agree.",)),
        "drift-detected": (("New names, new product, new customers?", "Did new documents or a new product enter the index?", "Do unanswered questions rise with it?"), ("Synonyms and pages first.", "Questions into the set."), ("Topic answered from right passages.",)),
        "availability-burn": (("Search, model or gateway?", "One replica, one zone, one release?", "Do answers without retrieval work?"), ("Former release.", "Say that looking up is down, if it is search.", "Drain the zone."), ("Questions with known passages are answered for a long window.",)),
    },
    alerts={
        "burn-fast": ("bad or slow answers use the month up in hours to days, in both windows", "release running? Back first. Then search, then model"),
        "burn-slow": ("the month ends short at this pace", "same hour last week, by topic"),
        "drift-detected": ("questions or documents left their history", "which topic, and who owns its pages?"),
    },
    lineage={"code": ("commit of indexer, chunking and service", "version control; index metadata"), "configuration": ("passage limits, filters, prompt choice and steps", "bundle, with the plan's id"), "data": ("", "question set with its source snapshot")},
    does={
        "callers": "people with rights of their own",
        "gateway": "identity, limits, scan of questions and passages, citations checked on the way out",
        "stable": "writes from passages it was given",
        "canary": "the same with one thing changed: index, prompt or model",
        "judge": "supported share and speed of both",
        "evaluation": "passage recall and supported claims, by topic",
        "audit": "question, passage versions, answer, redacted",
    },
    policy="with budget left, index, prompt and model may change, one at a time; without it, none but what restores it",
    cost=("tokens per answer by topic; passages are the lever", "index size by source, with an owner who pays", "replica ceiling raised by review"),
)
