"""Scoring by night: nothing waits, everything has an hour, and the morning must find something usable."""

from __future__ import annotations

from aegis.plan.decisions.told import Told, Words

# A text, a row.
# fmt: off
WORDS: Words = {
    "run-where": Told(
        options={"batch-job": ("machines exist while a run does, and not a minute longer", "whoever wants one score at noon gets yesterday's"), "cluster": ("could answer at noon as well", "a service to keep awake for a list that is read once a day")},
        later=("the scheduler's page is the whole platform", "workers are new every night: patching is choosing an image", "a container and two stores, anywhere", "a new consumer of the list is a new purpose"),
        shown="**margin to the deadline**, and nights with a hand on them (none)",
        revisit="somebody needs a score within the hour",
    ),
    "serving-platform": Told(options={"job": ("a container with a start, an end and an exit code", "what happens between two jobs is yours to order"), "ray-serve": ("one program over many machines", "a cluster to start every night for work that splits by rows")}, later=("data engineers read its log already", "nothing lives long enough to be upgraded", "none", "none"), shown="**runs that ended by themselves**", revisit="steps of one run need different machines"),
    "engine": Told(
        options={
            "treelite": ("a forest becomes a library: no server, no port", "the library knows positions, so the schema must travel with it"),
            "onnxruntime": ("one runtime for forests and networks", "the conversion has to be compared score by score"),
            "triton": ("batches by itself", "a server between a table and a function"),
            "bentoml": ("packs model and code", "made to be called, and nobody calls"),
            "custom": ("the trainer's own library", "its versions decide the scores"),
        },
        later=("a library inside the job: no second process to read", "compiled again with each model, and compared with the trainer's scores", "the forest's own file can go elsewhere", "none"),
        shown="**scores equal to the trainer's** (all), and **records per second**",
        revisit="the model is no longer a forest",
    ),
    "optimization": Told(
        options={
            "smaller-model": ("fewer trees, shorter nights", "lift in the top decile is what is sold"),
            "engine-defaults": ("the night is long enough", "machines could be given back sooner"),
            "compilation": ("less of the night", "reading the table takes most of it anyway"),
            "distillation": ("one small tree that people can read", "says less about the rare customer"),
            "pruning": ("", "saves minutes that nobody waits for"),
        },
        why="reading and joining take most of a night: the columns that no tree uses are the first saving",
        later=("unused columns are removed from the read", "looked at with each training", "none", "a column not read is a column not leaked"),
        shown="**minutes reading** beside **minutes scoring**",
        revisit="the margin to the deadline is under an hour",
    ),
    "scaling": Told(
        options={
            "fixed": ("always the same workers", "paid all day for a night's work"),
            "job": ("workers for the run, by partition", "the slowest partition ends the run"),
            "queue-signal": ("follows a stream", "there is no stream"),
            "utilisation-signal": ("a gauge by day", "a run is always busy"),
            "scale-to-zero": ("the same idea, as a service", "a service with a port for nobody"),
        },
        why="the deadline and the number of items give the number of workers; nothing has to be sensed",
        later=("one formula on one page", "looked at when the table has grown by a tenth", "none", "none"),
        shown="**margin to the deadline** by week",
        revisit="the margin shrinks three weeks in a row",
    ),
    "scheduling": Told(options={"spot": ("a lost worker costs one chunk", "on a bad night the cloud takes all of them: on-demand after the second loss"), "dedicated": ("nobody takes it away", "waits all day"), "reserved": ("cheaper by the year", "a night is a third of a day")}, later=("chunks are small enough to lose", "the switch to on-demand is tried each quarter", "none", "none"), shown="**chunks repeated** per night", revisit="repeats eat the margin"),
    "release-strategy": Told(
        options={"job-swap": ("both outputs exist before anybody reads one, and a pointer decides", "two runs to pay on the night of a release"), "all-at-once": ("", "the retention team finds out by telephone")},
        why="two lists of the same night can be laid side by side: no user is needed to compare them",
        later=("an engineer looks at changed records once a release", "the comparison's bands are renewed with each training", "none", "who was called because of which version can be told"),
        shown="**records that changed sides**, release by release",
        revisit="the list is read more than once a day",
    ),
    "evaluation-stack": Told(
        options={"aegis-evaluate": ("past periods with known outcomes, as files", "outcomes changed by acting must be set apart"), "giskard": ("a scan for odd slices", "not of your segments"), "eyeball": ("the callers know who should not be on a list", "they see the top of it only")},
        why="the past has an outcome: a held-out quarter says more than any live sample",
        later=("one frozen quarter, renewed once a quarter", "outcome tables move: their version is part of the digest", "files", "outcomes are personal data too"),
        shown="**lift on people nobody acted on**",
        revisit="acting has changed the outcome for most of the list",
    ),
    "monitoring-stack": Told(
        options={"hosted": ("watches while the workers do not exist", "counts only what it is told: a run that never began tells nothing"), "prometheus": ("rules as files", "a server awake for one run a day"), "none": ("", "the callers' empty screen at eight")},
        why="the absence of a start is the failure that matters, and only something outside the scheduler sees it",
        later=("three questions each morning: began, ended, plausible", "rules follow the schedule's changes", "files", "no customer number in a label"),
        shown="**failures found before eight o'clock**",
        revisit="the callers start earlier",
    ),
    "pipeline-orchestrator": Told(options={"airflow": ("knows already when the tables are ready", "its upgrade pauses every schedule: start them by hand once after it"), "ci": ("a timer and a script", "does not know that a table is late"), "dagster": ("thinks in tables", "a second scheduler in the house"), "prefect": ("", "a second scheduler in the house")}, later=("one graph from table to pointer", "one upgrade a year, followed by a night on watch", "graphs are code", "who may start a run by hand is a list"), shown="**runs started by hand** per month"),
    "iac": Told(options={"terraform": ("roles, stores and schedule in one plan", "state with locks"), "opentofu": ("", "no gain tonight"), "pulumi": ("", "for three roles and a bucket"), "crossplane": ("", "no cluster stays up for it")}, later=("three roles, two stores, one schedule", "planned monthly", "little", "rights are read in a diff"), shown="**rights that nobody used** in a quarter"),
    "registry": Told(options={"mlflow": ("training writes there already", "a name can move: runs take digests by date"), "oci": ("plain and signed", "trainers do not look there"), "hugging-face-hub": ("", "this one is yours"), "wandb": ("", "a second place")}, later=("a digest per day scored", "kept as long as an old day may be asked for", "files", "training table's version beside it"), shown="**days that can be scored again**"),
    "experiment-tracker": Told(options={"mlflow": ("runs and versions in one place", "its server is one more login"), "wandb": ("", "tables' samples leave with them")}, later=("trainers' diary", "cleaned with the table's versions", "exports", "no rows in a run"), shown="**trainings that can be repeated**"),
    "continuous-training": Told(
        options={"none": ("scores stay comparable over years", "tariffs change every spring"), "on-drift": ("trains when tariffs move", "outcomes come months later"), "scheduled": ("a month is a rhythm people keep", "one bad month is learned as well, unless its volume is checked")},
        why="each month's model is scored over two past periods before it may score a night",
        later=("a day a month for one person", "comparison with its predecessor by segment", "none", "who asked to be left out is left out of training too"),
        shown="**lift of new over old** on the same past",
        revisit="three months in a row bring nothing",
    ),
    "secrets": Told(options={"literal": ("a line in the graph", "graphs are read by the whole department"), "aws-secrets-manager": ("the cloud's own, by role", "one call a run"), "sops": ("a file with the code", "a key for it")}, why="the job is somebody: its role opens both stores, and no password exists", later=("two roles, read and write", "reviewed each quarter", "cloud's", "leavers never had a password to take"), shown="**passwords in the graph** (none)"),
    "network": Told(options={"open-egress": ("libraries at run time", "and the whole customer table the other way"), "deny-by-default": ("two stores and one gateway", "a library must be in the image"), "isolated": ("", "stores are a network too")}, later=("three addresses", "tried each quarter with a fourth", "none", "none"), shown="**calls to a fourth address**"),
    "data-retention": Told(
        options={"raw": ("a score can be traced to its row", "a copy of the customer table for each night"), "none": ("", "why was I called cannot be answered"), "redacted": ("key, score, version, date", "the reasons need the table's version to be read")},
        why="what must be answered is why somebody was on a list: key, version and table say it",
        later=("one small row per customer and night", "ends by partition, after {retention.days:plain}", "tables", "erasure goes through keys, nights and training"),
        shown="**nights older than the rule** (none)",
        revisit="a consumer needs reasons beside scores",
    ),
    "environments": Told(options={"shared": ("", "a trial overwrites a list"), "separate-by-account": ("roles and prefixes apart, tables masked", "staging scores past days only"), "separate-by-cluster": ("", "there are no machines by day"), "separate-accounts": ("", "tables would be copied across")}, why="a trial reads masked past days and writes where no consumer looks", later=("a role cannot read one and write the other", "masked days are renewed monthly", "none", "masking is tested with planted customers"), shown="**consumers on a trial prefix** (none)"),
    "disaster-recovery": Told(options={"rebuild": ("inputs and digests make any night again", "takes a night"), "zones": ("", "they are elsewhere each night anyway"), "region": ("tables in two regions", "twice the table for a list")}, why="yesterday's list is the recovery: it is a day old, and it works", later=("one old day is made again each quarter", "tables' versions outlive the lists", "none", "an old day contains people who were erased since: their keys stay out"), shown="**hours to make one old day again**"),
}
