"""Ranking: hundreds of candidates a request, and a model that shapes what it learns from."""

from __future__ import annotations

from aegis.plan.decisions.told import Told, Words

# A text, a row.
# fmt: off
WORDS: Words = {
    "run-where": Told(
        later=("the rota owns a stage in a chain: retrieval before it, the page after it", "upgrades avoid the seasonal peak of the shop or the feed", "the graph is portable; the feature path is where the years went", "a new market brings new rules on profiling before it brings traffic"),
        shown="**pages shown in default order** because no ranking came",
        revisit="candidates per request double, or the page asks for ranking twice",
    ),
    "accelerator": Told(
        later=("embedding tables decide memory, dense layers decide time", "measured again when tables grow with the catalogue", "another device means another batch size, not another model", "user embeddings are personal data wherever the device stands"),
        shown="**candidates scored per second and device** at the page's deadline",
        revisit="the tables outgrow one device",
    ),
    "serving-platform": Told(
        later=("a ranker rolls like a web service and is judged like an experiment", "surge capacity during a rollout is agreed with the platform team", "rollout objects only", "experiment names in manifests may tell more than intended"),
        shown="**rollouts that disturbed a running experiment**",
        revisit="a dozen rankers share one team",
    ),
    "engine": Told(
        later=("batches form from candidates of one request: no waiting for strangers", "graph export is tested for equal order, not only for equal scores", "the graph format travels", "an export that reorders ties changes whose goods are seen"),
        shown="**order agreement** with the trainer on recorded pages",
        revisit="an operator of the next architecture is missing",
    ),
    "quantization": Told(later=("tables shrink well, the last layer does not", "order agreement is checked per market", "none", "small sellers feel rounding first: their scores are close together"), shown="**places moved on the first page** by the cheaper precision", revisit="tables bind memory"),
    "optimization": Told(
        why="fewer candidates cost less than faster layers: the cut before ranking is looked at first",
        later=("a two-stage cut is easier to reason about than a clever kernel", "cut-off depth is tested with each retrieval change", "none", "what is cut is never seen, and so never learned"),
        shown="**value lost by the cut** on pages ranked in full",
        revisit="retrieval improves enough to send fewer",
        options={
            "smaller-model": ("a light ranker in front frees the heavy one for fewer items", "two models must agree on what is hopeless"),
            "compilation": ("fused lookups help wide models", "table shapes change with the catalogue, and builds with them"),
            "distillation": ("the heavy ranker teaches a light one overnight", "yesterday's teacher does not know today's goods"),
            "pruning": ("rare rows of tables can go", "rare rows are new sellers"),
            "engine-defaults": ("nothing to rebuild when tables grow", "lookups are left where they fall"),
        },
    ),
    "scaling": Told(
        later=("the evening is the peak, everywhere, every day", "the floor follows the season's plan, agreed in autumn", "none", "at the ceiling pages use the default order, and sellers may ask why"),
        shown="**pages ranked inside the deadline at the evening peak**",
        revisit="a campaign needs twice the evening",
        options={
            "fixed": ("no surprise in the evening", "two thirds sleep at dawn"),
            "queue-signal": ("follows the evening as it rises", "must look ahead by the time a replica needs for its tables"),
            "utilisation-signal": ("is at hand", "is high for good and for bad batches alike"),
            "scale-to-zero": ("free at night", "somewhere it is always evening"),
            "job": ("pages can be ranked ahead for known users", "the session of the last minute is what ranks best"),
        },
    ),
    "scheduling": Told(later=("rankers before backfills before training", "spread over zones is checked after each node upgrade", "reserved floors end in a year, architectures sooner", "user tables stay on nodes of this service"), shown="**replicas per zone at the evening peak**", revisit="the autumn plan is written"),
    "request-routing": Told(later=("any replica ranks any page", "time-outs are the page's, minus retrieval", "none", "a shared result cache shows one user's taste to another"), shown="**latency p99 by zone**, and **pages given up**", revisit="a hot zone sets the tail"),
    "gateway": Told(
        why="the caller is the page service; what it needs is a deadline and an order to fall back on",
        later=("the page service knows the default order by heart", "candidate limits move with the page's design", "an own schema", "experiment assignment is logged with each page, or no analysis is possible"),
        shown="**requests beyond the candidate limit**",
        revisit="partners want rankings by API",
    ),
    "release-strategy": Told(
        why="order changes behaviour: interleaving tells in days which model people prefer, an A/B in weeks what it is worth",
        later=("every engineer reads an experiment page before a merge", "guardrail figures are agreed per quarter with the business", "assignment is a hash in our code", "long experiments treat people differently for long: somebody signs their end"),
        shown="**experiments ended by plan** against **ended by impatience**",
        revisit="two experiments interact",
        options={
            "shadow": ("orders can be compared before anyone sees them", "an unseen order gets no click"),
            "canary": ("crashes and empty pages show in minutes", "a share of pages by request mixes both orders for one user"),
            "ab": ("people keep their order, and the business figure answers", "network effects leak: sellers are in both arms"),
            "blue-green": ("", "everybody's page at once"),
            "all-at-once": ("no assignment to keep", "nobody will ever know what it did"),
        },
    ),
    "evaluation-stack": Told(
        why="offline gains rank candidates for experiments; they do not ship",
        later=("replay metrics per market and for new sellers", "sessions are refreshed monthly, bots removed", "sessions in columns", "sessions are people: they age out with consent"),
        shown="**share of offline winners that won online**",
        revisit="offline and online disagree three times",
        options={
            "eyeball": ("a merchant sees an absurd page at once", "everybody finds the own favourite missing"),
            "giskard": ("finds slices that rank badly", "knows nothing of positions and clicks"),
            "aegis-evaluate": ("both orders over the same sessions, per slice", "clicks of the old order flatter the old order: weights are needed"),
        },
    ),
    "monitoring-stack": Told(
        why="watch what is shown, not only how fast: a ranker that shows ten sellers is healthy in every latency chart",
        later=("diversity, freshness and empty pages beside latency", "catalogue counters are agreed with its owners", "none beyond queries", "user ids never become labels"),
        shown="**hours from a collapsed assortment to a person**",
        revisit="sellers complained before a chart did",
    ),
    "pipeline-orchestrator": Told(
        why="training follows the catalogue: tables, negatives and sessions arrive at different hours",
        later=("one graph from sessions to a candidate for interleaving", "late partitions have a rule, not a person", "containers", "each run names sampling of negatives and exploration share"),
        shown="**hours from last session to a candidate model**",
        revisit="a second ranker needs the same sessions",
    ),
    "iac": Told(
        later=("feature store, rankers and experiment tables in one review", "peak-season freeze is a flag in the repository", "moved once between its two dialects", "quotas raised by hand for a campaign are lowered by the plan"),
        shown="**hand-raised quotas** still standing after a campaign",
        revisit="regions are added each quarter",
    ),
    "registry": Told(later=("model and embedding tables are one release", "tables are large: old ones go after the last experiment that used them", "graph and arrays", "which sessions trained it stands on the card"), shown="**pages whose order can be recomputed**", revisit="tables no longer fit the registry"),
    "gitops": Told(later=("a merge starts a rollout; an experiment starts elsewhere, by name", "syncs pause in the evening peak", "plain objects", "who started which experiment is in history"), shown="**rollouts outside the agreed hours**", revisit="experiments are configured in manifests"),
    "experiment-tracker": Told(later=("offline runs link to the online experiment they led to", "failed ideas are kept: they return each spring", "tables", "seller-level metrics stay inside the team"), shown="**offline runs that reached an experiment**", revisit="ideas are tried twice unknowingly"),
    "feature-store": Told(
        later=("session features are minutes old, item features a day, and both say so", "counters of retired items are swept", "definitions in code", "a feature built from a protected trait needs a lawyer before a join"),
        shown="**age of session features** at the evening peak",
        revisit="the session feature becomes the model",
    ),
    "continuous-training": Told(
        why="a share of pages explores, so that the next model sees goods this one would hide",
        later=("a weekly candidate; most lose", "exploration is paid in orders and its price is known", "none", "learning from minors' sessions is excluded at the source"),
        shown="**diversity of shown items** before and after each model",
        revisit="exploration costs more than it teaches",
    ),
    "secrets": Told(
        why="rankers read features and tables by workload identity; the experiment service has its own",
        later=("two identities, two stores", "rotation never in the season", "standard", "analysts read copies, not the store"),
        shown="**static keys in the serving path** (none)",
        revisit="partners host a part of the features",
    ),
    "network": Told(
        why="a ranker speaks to the page service and the feature store, and exports metrics", later=("three arrows", "changes with the feature sources", "none", "no analytics beacon from the serving path"), shown="**dropped connections by policy**", revisit="an outside advertiser's score is to be mixed in"
    ),
    "data-retention": Told(
        why="pages are kept as references: who saw which items in which order under which experiment",
        later=("page logs are training data with an end", "partitions fall off by date", "columns", "a person's history is erased from logs and from the next tables"),
        shown="**oldest page log** and **erasures carried into tables**",
        revisit="a longer season is to be learned",
    ),
    "environments": Told(
        why="staging ranks replayed sessions against a copy of the tables",
        later=("replay traffic is scaled, never real", "table copies are refreshed after each release", "none", "staging holds pseudonyms only"),
        shown="**orders that differ between staging and production**",
        revisit="replays no longer resemble evenings",
    ),
    "disaster-recovery": Told(
        why="the default order is always at hand: newest first, in the page service itself",
        later=("each quarter an evening hour on the default order", "tables are restored before replicas", "none", "the drill is announced to sellers' support"),
        shown="**orders per session during the drill**",
        revisit="the drill's hour costs too much",
    ),
    "admission": Told(
        options={"admission-policy": ("costs nothing at thousands a second", "who built it is asked elsewhere"), "sigstore-policy-controller": ("asks each new pod", "each new pod is late by that"), "kyverno": ("one policy for all rankers", "its webhook meets the evening's scale-out")},
        wins={"admission-policy": "pods come by the dozen each evening, and nothing slow may stand at their door"},
        why="the evening's pods are the morning's bytes: a digest says so at no cost",
        later=("refusals are seen before the peak", "nothing to keep", "none", "none"),
        shown="**pods late at the door** in the peak",
        revisit="sellers may bring models",
    ),
    "fault-injection": Told(
        options={"by-hand": ("a script of the platform team", "and an evening without it"), "chaos-mesh": ("a zone's worth of pods gone, with last week's clicks", "daemons on hundreds of nodes"), "litmus": ("goes by the latency of the page", "slow to start beside such a fleet")},
        wins={"chaos-mesh": "losing pods under a replayed evening is one object, and it ends at the first late page"},
        why="the page falls back to popularity when we are late: the rehearsal shows what that sells",
        later=("replay first, faults second", "before each season", "none", "experiments of others are told"),
        shown="**pages by popularity** during a fault",
        revisit="a zone failed otherwise than rehearsed",
    ),
}
