"""Reranking: a stateless judge of pairs; when it is late the page goes on without it, and nobody is told."""

from __future__ import annotations

from aegis.base import conventions as names
from aegis.plan.case import Case
from aegis.plan.parts.voice import Mode, OwnTask, Voice
from aegis.plan.types import LIVE, Control, Task


def _always(case: Case) -> bool:
    return case.kind == "reranking"


# A text, a row.
# fmt: off
VOICE = Voice(
    goals={
        "phase-foundation": "the same list gets the same order on every replica",
        "phase-evidence": "what the second look adds to the first, in judged searches",
        "phase-staging": "long lists, empty texts, no scores at all",
        "phase-production": "a share of searches, then more, each on proof",
        "phase-run": "goods and words change; judged searches are renewed with them",
    },
    tasks={
        "answer-questions": ("Answer what is open with the owners of search and page", "`aegis plan` has no question left", "the page's deadline and the list's length decide nearly all"),
        "confirm-assumptions": ("Compare assumed list and text lengths with a week of searches", "length of list, length of text and their tails stand in the brief", "work grows with pairs, not with searches"),
        "stages": ("Replay rewritten searches in staging; keep visitors' own in production", "staging scores a recorded day without a visitor in it", "recorded lists are enough to compare orders"),
        "secrets": ("Let callers show an identity, and give the scorer no credential", "a replica can read nothing but its weights", "it needs nothing, so anything it can open is a mistake"),
        "serve-dev": ("Score a hundred pairs and compare with the model's own library", "order and scores agree; the text template is written down", "a wrong template still gives plausible scores"),
        "build-evaluation": ("Have searches judged with the lists they return: {evaluation.pairs_needed}", "two merchants judged, with a rule for ties", "clicks only know what was shown on top"),
        "freeze-evaluation": ("Freeze searches, lists and texts of the same day together", "one digest for the three, in the brief", "texts of articles change under a frozen search"),
        "baseline": ("Score the first search's order beside the new one", "gain with its interval, by slice and length of list", "without the first order nobody knows what is gained"),
        "security-review": ("Review who writes the texts that are scored", "partners' and sellers' texts are on the list", "text can be written to please a scorer"),
        "compliance-assessment": ("Settle what searches reveal, and what must be said about the order", "the owner of the page has answered both", "some markets ask how results are ordered"),
        "load-test": ("Send lists of the longest permitted length at peak", "p95 holds inside the page's deadline; the report is in `model.measurements`", "short test texts flatter it several times over"),
        "alerts-live": ("Make scores late, flat and wrong, one after the other", "each was named before anyone looked at a page", "none of the three is an error"),
        "way-back-drill": ("Release a reversed order and see it withdrawn", "the former order is back {release.way_back} after the verdict", "the way back is a weight, so use it often"),
        "fault-drills": ("Switch scores off at peak", "pages came in time, in the first search's order", "the fallback is the page's code, not ours"),
        "first-users": ("Let merchants search their own goods for a week", "what they disliked was judged and added", "they know what must stand on top"),
        "progressive": ("Open by share of searches", "gain, late scores and spread were read at each share", "late and flat scores show at a small share already"),
        "budget-guard": ("Bound pairs by caller and day", "an export of all pairs met the bound", "a loop over a catalogue is many pairs"),
        "slo-review": ("Look monthly at late scores, gain and longest lists", "each late hour has a cause", "lists grow when nobody looks"),
        "drift-review": ("Look monthly at spread of scores, new words and new goods", "judged searches follow the season", "flat scores mean that it has stopped understanding"),
        "restore-drill": ("Start from nothing in another zone", "minutes until scores are in time again are known", "there is no state; only weights must be near"),
        "handover": ("A search engineer releases a model and takes it back alone", "both in one afternoon", "then they will dare to"),
        "retire": ("Say when the model leaves, and which thresholds leave with it", "all code that compares its scores is listed", "a threshold on a score is a hidden user"),
    },
    own_tasks=(
        OwnTask(phase="phase-staging", task=Task(id="order-without-scores", title="Make the page stand without scores", done_when="with scores off at peak, pages are in time and count how often it happened", why="a page that waits for its order is worse than one in a plain order", owner="service", priority="P0", depends_on=("load-test",), applies_to=("staging", "production"), blocks_production=True)),
        OwnTask(phase="phase-evidence", task=Task(id="score-users", title="List everything that compares a score with a fixed number", done_when="each cut-off is set per model digest, or is gone", why="another model's half is not this model's half", owner="model", priority="P1", applies_to=("staging",))),
    ),
    stages={
        "development": ("templates and list lengths on judged searches", "published texts, rewritten searches", "search engineers", "", "any branch scores the judged lists"),
        "staging": ("a recorded day replayed, both orders kept", "recorded lists without visitors", "the pipeline; merchants look on", "", "each merge, judged on all slices"),
        "production": ("visitors' searches, scored in memory", "lists with scores and version", "service identity; people see orders, not visitors", "", "weights, template and cut length by one digest"),
    },
    roles={
        "Incident commander": "may switch scores off; the page stands without them",
        "Operations": "scores off, version back, bound the caller: in this order",
        "Communications": "tells merchants since when the order is plain or odd",
        "Model owner": "reads lists, first order beside second",
        "Data protection and security": "called when searches were stored or texts were written to deceive",
    },
    severities=(
        "the page waits or fails because of scores, or searches of people are readable: scores off, rota, owner of the page",
        "most pages come in plain order: rota in working hours, merchants informed",
        "one category or language is ordered oddly: ticket with ten lists",
    ),
    communication=("merchants hear it before they ask", "«plain order» is a known state with a name, said on the duty page", "the review shows lists, not averages"),
    evidence=("some lists with texts, both orders, scores and version", "digest of weights, template and cut length", "what the first search changed that day"),
    branches=(
        ("The order is nonsense", ("scores off", "template, digest and text field: which changed?", "same list to two replicas: do they agree?", "former version, scores on")),
        ("Scores are late", ("longer lists or texts, or more searches?", "which caller?", "bound the list at the page, then look for a replica")),
        ("Somebody writes for the scorer", ("find texts that rise for unrelated searches", "hold their writer's changes back", "add the lists to the judged set")),
        ("The first search changed", ("compare its lists with last week's", "plain order until judged lists are drawn again", "its owners announce the next change")),
    ),
    controls={
        "weights-access": ("Weights read by the scorer only", "no port to the engine but from the door", "a person's credential gets neither"),
        "signed-supply": ("Weights, template and cut length as one", "loaded together by digest, or not at all", "the same weights with another template are refused"),
        "no-secrets": ("Nothing to steal", "the scorer holds no credential; callers show theirs", "`aegis review` finds none in deployment and repository; a planted one is found"),
        "egress": ("In come lists, out go numbers", "destinations are listed in the network decision, and scoring needs none", "a planted value sent out from a replica is seen, and stopped where that decision says so"),
        "privacy": ("No search is kept with its visitor", "lists are stored without who searched; searches with names are found and removed", "an invented name searched in staging is in no store tomorrow"),
        "tampering": ("Bounds and versions by merge", "a list bound changed by hand returns and is reported", "change it by hand and wait"),
        "input-bounds": ("Lists and texts within bounds", "length of list, length of text and empty texts are checked before scoring", "an empty list, a thousand candidates and a book each get an answer or a refusal in time"),
        "tenants": ("One caller's list stays one caller's", "a batch may mix lists, an answer never does", "two callers at once, each gets scores for its own candidates only"),
    },
    own_controls=(
        Control(id="written-for-the-scorer", threat="data-poisoning", title="Texts written to stand on top", what="texts with repeated or foreign words are held back; an article that rises for unrelated searches is a ticket", owner="data", test="a stuffed text does not reach the first ten of unrelated searches in staging", component="evaluation", applies_to=LIVE),
    ),
    modes={
        "tei-truncation": ("descriptions grew by a legal notice at their head; what told the articles apart stood beyond the window, and all scored alike", "long texts, a field that moved to the front", "lengths beyond the window are counted by caller; the flat-score check opens a ticket", "put title and first lines into the template, cut the rest there", "put a long notice before each text in staging; hypothesis: the spread check names it; stop then"),
        "tei-overloaded": ("the page tried again at once after each `429`; refusals became most of the traffic, and lists that could have been scored were not", "immediate retries, bursts", "refusals come with `retry-after`; the page takes the plain order instead of trying again", "stop the retries at the page; then look at the bound on lists", "send twice the peak in staging; hypothesis: pages stay in time in plain order; stop when one waits"),
        "silent-drift": ("a new range used words that the model had seen for something else; it was ordered last, sold little, and was taken for unwanted", "new goods, new words, new languages", "spread of scores by category; a category gone flat becomes a ticket", "judge twenty searches of the category, then template or model", "add an invented range in staging; hypothesis: its flat scores are named in days; stop then"),
        "blind": ("late scores were counted by the page, and the page's counter lost its name in a release; plain order for a week", "a counter owned by somebody else", "lists sent and scores used are compared, from both sides", "count both by hand for a minute; mend the name", "rename the page's counter in staging; hypothesis: the comparison rings; stop then"),
        "moving-weights": ("a replica took the newest revision, whose scores had another scale; a cut-off threw away every second result on it", "a revision by name", "weights load by digest; reference pairs are scored at start", "remove the replica, compare reference pairs, pin", "start one with another revision; hypothesis: it never serves; stop if it does"),
    },
    own_modes=(
        Mode(
            id="cut-off-moves", applies=_always,
            title="A fixed cut-off meets another model's scores",
            story="results below one half were hidden; the next model was better and more modest, and popular searches showed three articles",
            trigger="a threshold on scores anywhere in the page",
            first_sign="pages grow shorter, for the share of METRIC that the track on trial serves",
            metric=names.GATEWAY_REQUESTS,
            automatic="judged lists count results that would be shown; a fall fails the gate",
            manual="version back; set the cut-off per digest, or drop it",
            alert=("accuracy-verdict", "drift-detected"),
            experiment="halve all scores in staging; hypothesis: pages keep their length; stop if they shrink",
            likelihood="likely", impact="moderate",
            query="sum by (track) (rate(METRIC[5m]))", mend=("roll-back",),
        ),
        Mode(
            id="first-search-moved", applies=_always,
            title="The first search changes, and the second look is blamed",
            story="the index was rebuilt with another splitter; the right article was no longer among the candidates, and three days went into comparing models",
            trigger="a release of search, index or filters",
            first_sign="METRIC holds on frozen lists while people find less",
            metric=names.EVALUATION_SCORE,
            automatic="recall of the first search is judged beside the order, so that the report names the half that fell",
            manual="compare candidates with last week's; leave the model alone",
            alert=("accuracy-verdict", "drift-detected"),
            experiment="drop a tenth of the candidates in staging; hypothesis: the report names the first search; stop after the run",
            likelihood="likely", impact="moderate",
            query="min(METRIC)",
        ),
        Mode(
            id="list-grows", applies=_always,
            title="A longer list eats the page's time",
            story="somebody doubled the candidates to find more; the median hardly moved, the slowest pages lost their order, and the experiment was called a success",
            trigger="a change of list length or text at the caller",
            first_sign="METRIC of the slowest twentieth climbs while the rate of searches is ordinary",
            metric=names.GATEWAY_LATENCY,
            automatic="lists beyond the bound are refused by the server, and the page shows the plain order",
            manual="bound the list at the caller; load-test before it grows again",
            alert=("latency-burn-fast", "latency-burn-slow", "shedding"),
            experiment="double the list at peak in staging; hypothesis: refused, and pages in time; stop when one is late",
            likelihood="likely", impact="moderate",
            query="histogram_quantile(0.95, sum by (le) (rate(METRIC_bucket[5m])))", mend=("shed", "logs"),
        ),
    ),
    asked={
        "tei-truncation": "let the template carry title and first lines only",
        "tei-overloaded": "let the page show the plain order instead of trying again",
        "silent-drift": "give each new range twenty judged searches before it is sold",
        "blind": "have the page count late scores, and be woken for them",
        "moving-weights": "accept no weights by name, also in a hurry",
        "cut-off-moves": "forbid fixed cut-offs on scores",
        "first-search-moved": "have search announce its releases here",
        "list-grows": "make the length of the list a release like any other",
    },
    runbooks={
        "availability-burn": (("Do pages wait, or stand in plain order?", "One caller, one replica, one release?", "Longest list of the last hour?"), ("Scores off at the page.", "Former version.", "Bound the caller."), ("Judged lists scored in time from each replica.",)),
        "latency-burn": (("Longer lists, longer texts or more searches?", "One caller?", "A step of a release running?"), ("Bound the list.", "Step back.", "A replica only if pairs wait."), ("Slowest twentieth inside the page's deadline through a peak.",)),
        "accuracy-quality": (("First search or second look: whose recall fell?", "Which slice, since which digest?", "Same template, same fields?"), ("Former version.", "Scores off for that category."), ("Judged searches of the slice pass.",)),
        "telemetry-silent": (("Lists sent and scores used: do both sides count?", "Was a series renamed at the page?"), ("No release until both count.",), ("Both counts agree for an hour.",)),
        "drift-detected": (("Spread, lengths or words: which moved?", "New range, new language, new field?", "Did the first search change?"), ("Template or field first.", "Judge twenty searches."), ("The spread is back where it was.",)),
        "shedding": (("Page or export?", "Above {traffic.peak}?", "Is something trying again at once?"), ("Bound the export.", "Stop the retries."), ("Pages get scores through a peak.",)),
    },
    alerts={
        "burn-fast": ("scores fail or come late at a rate that uses up the month in days, in both windows", "pages waiting? Scores off, then look"),
        "burn-slow": ("a few pages too many in plain order each day", "length of lists, by caller"),
        "verdict": ("judged searches are ordered worse than agreed, with an interval", "first search or second look?"),
        "telemetry-silent": ("lists or scores are no longer counted", "count both sides by hand"),
        "drift-detected": ("spread of scores or lengths left their history", "which category?"),
        "shedding": ("lists are refused for longer than a burst", "page or export?"),
    },
    lineage={
        "data": ("", "judged searches with lists and texts of the same day"),
        "code": ("commit of template, page fallback and service", "version control"),
        "environment": ("image and device type; reference pairs scored on it", "the run's record"),
        "configuration": ("template, cut length, bounds on list and batch", "signed beside the weights"),
        "model": ("", "registry; its digest goes with each stored list"),
    },
    does={
        "callers": "the search page, which sends a search with its candidates and waits a bounded time",
        "gateway": "deadline, limits by caller, weights between versions, breaker",
        "stable": "scores pairs with the proven weights and template",
        "canary": "scores some of the lists with the version on trial",
        "judge": "late scores, spread and judged searches of both versions",
        "evaluation": "judged searches beside the first search's own order",
        "monitoring": "late, long, flat and refused lists",
        "registry": "weights, template and cut length under one digest",
        "secrets": "callers' identities; none for the scorer",
    },
    policy="with budget left, templates and models may change on any afternoon; without it, only what makes scores come sooner",
    cost=("price of a thousand pairs, at the longest list", "gain of the last ten candidates beside their price", "replicas for the sale, with an end date"),
)
