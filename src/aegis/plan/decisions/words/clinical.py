"""Clinics: choices that a ward lives with."""

from __future__ import annotations

from aegis.plan.decisions.told import Told, Words

# fmt: off  # a text, a row
WORDS: Words = {
    "run-where": Told(
        later=("clinic IT learns one more system that wards depend on", "maintenance windows are the wards', not ours", "hardware in the building outlives three models", "a changed purpose sentence can change what the law calls it"),
        shown="**hours on paper per quarter**",
        revisit="a second clinical purpose is proposed",
    ),
    "accelerator": Told(later=("what is in the room is what there is", "a spare device stands in the cupboard, tested", "bought for years", "disks of a failed device stay in the building"), shown="**seconds to the first word** with one node gone", revisit="the cupboard is empty"),
    "parallelism": Told(later=("a replica is a node half: easy to say at night", "links are checked at each import", "none", "none"), shown="**step time** with both replicas busy", revisit="devices are replaced"),
    "serving-platform": Told(later=("clinic IT reads plain objects", "controllers are imported too, each with hashes", "little", "admission checks the import signature"), shown="**changes done by clinic IT alone**", revisit="clinic IT standardises on something else"),
    "engine": Told(
        later=("one engine, its log in plain sight of the duty desk", "upgrades come by medium, twice a year, with the whole panel", "flags only", "default sampling must be off: two nurses should see one answer"), shown="**equal answers to equal notes**", revisit="a fix is needed that only a newer engine has"
    ),
    "quantization": Told(later=("one precision in the house", "red flags are counted before and after", "format", "a lost red flag is a hazard-log entry"), shown="**red flags kept** at this precision", revisit="devices with more memory arrive"),
    "optimization": Told(why="a shorter template helps a nurse and a device alike", later=("forms before kernels", "templates have a clinical owner", "none", "a shorter note must not lose what the law wants recorded"), shown="**length of notes** beside agreement", revisit="templates are settled"),
    "scaling": Told(later=("two nodes, always on", "winter is planned in summer", "none", "none"), shown="**waits in the emergency hour**", revisit="a further ward joins"),
    "scheduling": Told(later=("nothing else runs there", "evaluation runs at night, with a stop", "owned", "no research job on ward nodes"), shown="**foreign jobs on ward nodes** (none)", revisit="research asks for nights"),
    "request-routing": Told(later=("two replicas, one sentence", "picker upgrades by import", "none", "wards share no cache of notes"), shown="**answers per replica**", revisit="a third replica"),
    "gateway": Told(
        why="what a ward may ask, what is masked and what is shown is one reviewed page",
        later=("one page, with the safety owner's mark", "red-flag rules are clinical content with a review date", "common API", "a new form is a new way for names to enter"),
        shown="**held answers** by rule, and **names found behind the mask**",
        revisit="a further language",
    ),
    "release-strategy": Told(
        why="a ward is the unit: people in one room see one version", later=("ward leads know the version of the week", "no release before weekends", "none", "each release leaves a page for the safety file"), shown="**wards returned to the former version**", revisit="wards open too slowly to learn"
    ),
    "evaluation-stack": Told(
        why="senior staff disagree too: the gate compares with their spread, not with one truth",
        later=("clinicians judge an hour a month, paid", "panel renewed by season", "files", "panel notes are rewritten until nobody is recognisable"),
        shown="**agreement within the seniors' spread**",
        revisit="seniors have no hour",
    ),
    "monitoring-stack": Told(why="the duty desk watches printers and networks; this joins its screen", later=("four tiles and a telephone number", "disk and clock checks, as behind any gap", "files", "no note in a label"), shown="**minutes from outage to paper**", revisit="the desk misses one"),
    "pipeline-orchestrator": Told(later=("build outside, evaluate inside: two halves, one sheet between", "the inside half is rehearsed at each import", "scripts", "both halves leave signed lines"), shown="**imports without a correction by hand**", revisit="imports become monthly"),
    "iac": Told(later=("a script the clinic can read", "rerun at each import", "none", "hand changes are shown at the next run"), shown="**lines that differ from the script**", revisit="clinic IT brings its own tool"),
    "registry": Told(later=("what came in, when, by whom", "old media are kept with the safety file", "plain", "licence texts are inside too"), shown="**artifacts with two signatures** (all)", revisit="storage is full"),
    "gitops": Told(later=("what runs is on one page at the duty desk", "repository mirrors by import", "plain", "urgent change: merge inside, carried out later"), shown="**differences older than a shift**", revisit="two repositories diverge"),
    "continuous-training": Told(why="patient notes are treated, not trained on", later=("improvement comes by import", "each import costs an evaluation week", "none", "a wish to train is a new purpose with its own assessment"), shown="**panel agreement by import**", revisit="the clinic starts a study"),
    "secrets": Told(why="no vendor account, no shared login: identities of the clinic only", later=("one vault, the clinic's", "rotation by the clinic's calendar", "clinic's", "leavers lose access by the clinic's process"), shown="**accounts without a person or service**", revisit="the vault is replaced"),
    "network": Told(later=("record system and duty desk, nothing else", "probe each quarter from the ward", "none", "a service laptop is a route: forbidden or watched"), shown="**packets to anywhere else**", revisit="a device vendor asks for remote access"),
    "data-retention": Told(
        why="the record system is the record; here stays what explains a suggestion", later=("reference and suggestion, no second record", "end dates tested with an invented patient", "rows", "counsel settles how long decisions stay"), shown="**oldest entry** against the rule", revisit="the rule for records changes"
    ),
    "environments": Told(
        why="a test ward with invented patients, on the same kind of node", later=("a coloured screen tells test from real", "test ward is rebuilt by import", "none", "no real note in the test ward, also not for a demonstration"), shown="**real patients in the test ward** (none)", revisit="wards train staff there"
    ),
    "disaster-recovery": Told(why="paper is the recovery; machines come after", later=("each shift knows the drawer", "forms are reprinted yearly", "none", "paper is patient data"), shown="**minutes until paper works**", revisit="paper was needed for a day"),
    "feature-batching": Told(later=("wards share the device fairly", "limit from winter's notes", "none", "none"), shown="**slowest note of a shift**"),
    "feature-prefix-caching": Told(later=("the instruction is computed once, notes never shared", "wording releases empty it", "none", "salt per ward, so that timing tells nothing"), shown="**hit rate of the instruction**"),
    "feature-speculative-decoding": Told(later=("one thing less to import", "none", "none", "none"), shown="**time per word** as nurses see it"),
    "feature-disaggregation": Told(later=("two nodes do not need roles", "none", "none", "none"), shown="**first word while a long letter is read**"),
}
