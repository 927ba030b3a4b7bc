"""Fraud: a row is scored while a payment waits, and the truth comes weeks later."""

from __future__ import annotations

from aegis.plan.decisions.told import Told, Words

# A text, a row.
# fmt: off
WORDS: Words = {
    "run-where": Told(
        later=(
            "the rota learns what a late score does to the caller: a scorer is one hop in somebody else's deadline",
            "node image and driver updates fall outside the caller's freeze windows, which are many at year's end",
            "a compiled tree and a protobuf: the scorer can move in a week, the feature stream cannot",
            "a move to another region moves customer rows with it: the data map is updated first",
        ),
        shown="**share of decisions taken by the fallback rule** because no score came in time",
        revisit="the caller gives the score less time, or a second decision wants the same features",
    ),
    "accelerator": Told(
        why="trees branch: a device made for matrix products waits most of the time",
        later=("cores and clocks, which every engineer can read", "one load test per processor generation, on the same recorded hour", "none: the instance type is a line in a file", "shared hosts may throttle; noisy neighbours show in the tail, not in the mean"),
        shown="**score latency p99** per core at the busiest minute",
        revisit="the forest grows by half, or a neural model wins the champion's place",
    ),
    "serving-platform": Told(
        later=("a scorer is a Deployment like the payment services beside it", "rollout controller upgrades wait for the end of a shadow run", "analysis templates name our metrics; the rest is plain", "admission rejects an unsigned model image before an audit finds one"),
        shown="**champion changes** that needed a second attempt",
        revisit="champions and challengers multiply beyond what a person can list from memory",
        options={
            "kubernetes": ("a scorer looks like every other service the on-call engineer restarts", "champion and challenger are wired by hand, one analysis template each"),
            "kserve": ("a model resource with a transformer in front, where features can be fetched", "its request path adds a hop to a budget of milliseconds"),
            "ray-serve": ("scores of several models can be combined in code", "a Python process per request in a budget that has no room for one"),
            "nvidia-dynamo": ("schedules fleets of language models well", "has nothing to schedule where a request is one row"),
        },
    ),
    "engine": Told(
        later=(
            "a scorer without an interpreter: stack traces are short and rare",
            "the compile step is rebuilt with each champion, and its scores are compared row by row with the trainer's",
            "the forest stays in its own format; the compiled library is a build product",
            "a rounding difference at the threshold changes decisions: parity is tested on rows near it",
        ),
        shown="**score parity** with the training library on the golden rows, and **latency p99**",
        revisit="the champion stops being a forest, or parity fails on one row",
    ),
    "optimization": Told(
        why="in a scorer the features cost more than the forest: time is looked for there first",
        later=("fewer features are easier to explain to an analyst", "features that no split uses are dropped at each champion change", "none", "a dropped feature may be the one an auditor asks about: its history is kept"),
        shown="**milliseconds by part**: features, forest, network",
        revisit="the feature lookup is no longer the largest part of a score",
        options={
            "smaller-model": ("fewer and shallower trees score in less of the deadline", "rare patterns live in the deep leaves: the tail of fraud is what goes first"),
            "engine-defaults": ("the compiled forest is already branch-free where it can be", "cache misses of wide rows are left as they are"),
            "compilation": ("trees become code that predicts its branches", "a compiler joins the supply chain of the score"),
            "distillation": ("one small forest learns what an ensemble knew", "reason codes of the student need not be those of the teacher"),
            "pruning": ("leaves that never decide go away", "what never decided last quarter may be next quarter's attack"),
        },
    ),
    "scaling": Told(
        later=("one question at night: are requests waiting for a worker?", "the floor is set again before sales days, by the calendar of the merchants", "none beyond the autoscaler's object", "the ceiling bounds cost; above it the fallback rule decides, and that is written down"),
        shown="**requests in flight per worker** in the minute of the pay-day peak",
        revisit="a sales day reached the ceiling, or the floor stood idle for a quarter",
        options={
            "fixed": ("the pay-day peak is paid for all month, and never surprises", "nine tenths of the workers wait for a day that comes once"),
            "queue-signal": ("workers follow requests in flight, and a scorer starts in seconds", "the signal must be smoothed: card traffic is spiky by nature"),
            "utilisation-signal": ("processor load is honest for trees, unlike for accelerators", "it rises after the wait does, and a decline is already late"),
            "scale-to-zero": ("nothing to pay at four in the morning", "the first card of the morning is declined by time-out"),
            "job": ("scores for tomorrow can be made tonight", "a payment cannot wait for tonight"),
        },
    ),
    "scheduling": Told(
        later=("scorers first, training second, notebooks last", "training moves to the night when the floor is low", "a commitment to cores is easier to resell than one to accelerators", "card data pins these pods to nodes inside the audited boundary"),
        shown="**evictions of scorers** (none) beside **cost of a million scores**",
        revisit="the boundary of the audit is drawn again",
        options={
            "spot": ("cheap cores for training and for backtests", "an eviction at the peak becomes declined cards"),
            "dedicated": ("cores inside the audited boundary, at known speed", "idle in the small hours"),
            "reserved": ("a floor of cores changes slowly and can be committed", "the commitment outlives two champions"),
        },
    ),
    "request-routing": Told(
        later=("any worker scores any row", "time-outs shorter than the caller's, reviewed when the caller changes its own", "none", "a cached score is a decision on old facts: nobody may add one quietly"),
        shown="**score latency p99** by worker and **time-outs seen by the caller**",
        revisit="one slow worker in a hundred is what the caller's time-outs are made of",
        options={
            "direct": ("the shortest path a row can take", "a worker in garbage collection keeps its share until it is ejected"),
            "hedged": ("the second worker answers while the first pauses", "each hedge reads the features twice"),
            "result-cache": ("a retried payment gets the same score", "velocity features change with each attempt; a cache hides the attack it should count"),
        },
    ),
    "gateway": Told(
        why="the caller is a service, not a person: identity, a deadline and a breaker are what it needs",
        later=("one budget per calling service, agreed with its owner", "the value ranges of features are reviewed with each champion", "callers speak a schema of ours, never the library's", "every declined request keeps its reason code, as regulators may ask for it"),
        shown="**rows refused by schema** per caller, and **breaker openings**",
        revisit="somebody outside the company is to send rows",
        options={
            "none": ("", "a caller's bug reaches the forest as a plausible row"),
            "proxy": ("deadline, identity and breaker without a second runtime in the path", "cannot judge whether a value makes sense: the scorer checks ranges itself"),
            "aegis-gateway": ("audit and breaker as for the language models of the house", "made for text and streams; a row pays for what it does not use"),
            "envoy-ai-gateway": ("the mesh's own objects", "built around tokens, of which a row has none"),
        },
    ),
    "release-strategy": Told(
        why="a challenger is compared on the same rows as the champion, because outcomes come weeks later than a release would like",
        later=("champion and challenger: analysts learn both names and ask which one declined", "the threshold moves with the model, so that the decline rate does not", "a shadow log of two scores a row, in plain columns", "reason codes of both versions stay readable for as long as a decision can be disputed"),
        shown="**decisions that would flip** between champion and challenger, by segment",
        revisit="the label delay shortens, or the rules in front of the model change",
        options={
            "shadow": ("both versions score each row, and every flipped decision can be read before it happens", "the feature store is read twice, and no outcome follows from a score nobody acted on"),
            "canary": ("real decisions, real approvals, on a small share", "labels arrive after the release is over: only proxies can judge a step"),
            "ab": ("tells whether approvals and losses moved, not just scores", "half of the fraudsters meet the weaker version for weeks"),
            "blue-green": ("the threshold and the forest switch together", "no segment is spared when it is wrong"),
            "all-at-once": ("no second version to explain to analysts", "a bad threshold declines a country before lunch"),
        },
    ),
    "evaluation-stack": Told(
        why="backtests are cut by time, never at random: a row of tomorrow must not teach about yesterday",
        later=("one table per champion: recall at the agreed decline rate, by segment", "backtest windows move forward each month, as labels mature", "rows and verdicts are columns in files", "fairness between groups is computed with each champion, not with each complaint"),
        shown="**recall at the agreed decline rate** on the newest mature month",
        revisit="analysts contest more than they confirm, or a segment is too thin to judge",
        options={
            "aegis-evaluate": ("one verdict for both versions on the same rows, by segment, with its error rate", "chargebacks must be joined to scores by your own job"),
            "giskard": ("scans a classifier for slices that do badly", "its scan is a first look, not a gate"),
            "eyeball": ("an analyst sees in ten rows what a metric averages away", "the next analyst sees something else"),
        },
    ),
    "monitoring-stack": Told(
        why="decline rate by segment is watched each minute, since truth comes in weeks",
        later=("four curves: decline rate, score quantiles, feature age, latency", "a new segment gets its band from two weeks of its own history", "queries are portable; the segment labels are ours", "card numbers and names are never labels"),
        shown="**minutes from a moved decline rate to a ticket**",
        revisit="an attack was seen first by an analyst and not by a chart",
        options={
            "hosted": ("one pager for payments and models", "a label per merchant is a bill per merchant"),
            "prometheus": ("score quantiles as histograms, beside the services that call", "a year of segments is more series than a small instance holds"),
            "none": ("", "the chargeback report is the alert, six weeks late"),
        },
    ),
    "pipeline-orchestrator": Told(
        why="the training table waits for label maturity: a schedule that knows data intervals is worth having",
        later=("one graph from mature labels to a signed challenger", "backfills are rehearsed: the day after an outage is when they are needed", "tasks are containers; the schedule is the tool's", "each training run names the label cut-off date it used"),
        shown="**days from label maturity to a judged challenger**",
        revisit="two teams wait for each other's tables",
    ),
    "iac": Told(
        why="the audited boundary is declared, so that an auditor reads a file and not a screen",
        later=("the payment platform's modules, with one of your own for scorers", "state lies inside the same boundary as what it describes", "resources import into its fork in an afternoon", "a security group changed by hand is a finding, and the nightly plan is who finds it"),
        shown="**differences found inside the audited boundary** each night",
        revisit="the boundary moves to another account",
    ),
    "registry": Told(
        later=("champion and challenger are aliases of digests, moved by the pipeline only", "a retired champion is kept as long as its decisions can be disputed", "a forest is a file; its card is text", "who approved a champion is a field, not a memory"),
        shown="**disputed decisions whose exact model could be loaded again** (all)",
        revisit="a regulator asks for a score of two years ago and it takes a day",
        options={"oci": ("a forest of a few megabytes travels well as an image layer", "no table in which analysts compare champions"), "hugging-face-hub": ("pages and cards that read well", "a public hub is no home for a fraud model")},
    ),
    "gitops": Told(
        later=("a champion change is a merge that risk and engineering both approve", "sync windows follow the payment freeze calendar", "manifests stay plain", "emergency changes are merged after the fact within a day, or undone"),
        shown="**changes in production without a merge** (none)",
        revisit="freeze windows and sync windows disagree twice",
    ),
    "experiment-tracker": Told(
        later=("each challenger has a page: features, cut-off, recall at the agreed decline rate", "tracking data are pruned by age, champions exempt", "runs can be read back as tables", "a run names its training rows by table version, so that an erasure can be followed"),
        shown="**challengers reproduced from their page** within a point of recall",
        revisit="challengers are compared in spreadsheets again",
    ),
    "feature-store": Told(
        later=("velocity counters have an owner, a window and a default that training used too", "a counter that no champion reads is stopped, not kept warm", "point-in-time joins are written against the store's interface", "a feature that stands in for a protected trait is found by the fairness run, not by its name"),
        shown="**age of velocity counters p99** and **rows whose online and offline values differ**",
        revisit="the stream cannot keep the counters as fresh as the attack is fast",
    ),
    "continuous-training": Told(
        why="a declined payment never becomes a chargeback: a small share is let through on purpose, so that training sees what it would refuse",
        later=("a challenger each cycle, most of which are refused, and that is the point", "maturity of labels is checked before each run: young frauds look like honest customers", "the training table is yours", "a purpose beyond fraud needs its own legal look before the first row is used"),
        shown="**recall of challenger against champion** on the newest mature month",
        revisit="attackers change within one training cycle",
        options={
            "none": ("no label pipeline to keep honest", "attackers train each week"),
            "on-drift": ("follows the attack instead of the calendar", "scores drift on every sales day, which is no attack"),
            "scheduled": ("risk, engineering and analysts know the day of the next challenger", "the week's immature labels tempt everybody"),
        },
    ),
    "secrets": Told(
        why="the feature store, the stream and the registry each know the scorer by its workload identity",
        later=("one path per service and environment", "rotation outside sales days, with both credentials valid for an hour", "an export exists and is rehearsed once", "who read which credential is an audit question with an answer"),
        shown="**days since the last rotation** of the feature store's credential",
        revisit="a scorer in a second account needs the same feature store",
    ),
    "network": Told(
        why="a scorer talks to its callers, its feature store and nobody else",
        later=("three peers, drawn on one line", "the peer list changes with the feature sources", "none", "the segmentation that an assessor tests each year is this list"),
        shown="**connections refused by the segment's policy**",
        revisit="a feature is to come from a vendor outside",
    ),
    "data-retention": Told(
        why="a disputed decision must be explained with the values of that second",
        later=("a decision record: row by reference, score, threshold, reason codes", "records leave by partition, on a date", "columns in open files", "a primary account number is replaced by a token before any record is written"),
        shown="**disputes answered from the record alone**",
        revisit="the period in which a decision can be disputed changes",
        options={
            "raw": ("every score can be replayed", "card data in a log puts the log inside the audit"),
            "none": ("a log that no thief wants", "a customer who asks why gets no answer"),
            "redacted": ("decisions are explainable, card numbers are tokens", "the token vault is one more dependency of each investigation"),
        },
    ),
    "environments": Told(
        why="staging replays yesterday's rows with tokens in place of cards",
        later=("the same scorer three times, with other rows", "replayed rows are refreshed monthly and expire", "none", "no analyst's notebook has a route to production's store"),
        shown="**champions that behaved in production as in staging**, by decline rate",
        revisit="an assessor draws the boundary around staging as well",
    ),
    "disaster-recovery": Told(
        why="the rules in front of the model can decide alone for an hour, and that hour is rehearsed",
        later=("one drill each quarter with the scorer off and the rules on", "the counters of the feature store are rebuilt from the stream, which takes its own time", "none", "decisions taken by rules alone are marked, and reviewed afterwards"),
        shown="**losses and wrong declines in the drill's hour** of rules alone",
        revisit="the loss in that hour costs more than a second site",
    ),
    "admission": Told(
        options={"admission-policy": ("no part that could hold up a payment", "an insider with a namespace needs no signature"), "sigstore-policy-controller": ("signer by name", "the scored model is outside its sight"), "kyverno": ("the model that declines people is signed by who answers for it", "a webhook before a scaling burst")},
        wins={"kyverno": "a swapped model is the quietest theft there is: it starts only with the risk board's signature"},
        why="four eyes release a model; admission is where that is more than a habit",
        later=("refusals go to security, not to the team", "keys in the payment HSM's calendar", "standard signatures", "assessors read the exceptions"),
        shown="**models started unsigned** (none)",
        revisit="the assessor asks for attestations too",
    ),
    "fault-injection": Told(
        options={"by-hand": ("the pager's owner is right there", "and so is a cardholder"), "chaos-mesh": ("replayed payments and a lost replica, ended by the burn", "kept out of the card environment"), "litmus": ("probes read the error budget", "its operator enters the assessor's scope")},
        wins={"chaos-mesh": "staging replays payments under the fault and stops at the objective: no cardholder meets it first"},
        why="when we are late the rules decide alone: how that looks is measured before it happens",
        later=("fallback rules are watched as closely as the model", "before the season, not in it", "none", "the assessor gets the dates"),
        shown="**decisions by fallback** during a fault",
        revisit="the fallback declined somebody it should not",
    ),
}
