"""Batch scoring: late is visible, wrong is not."""

from __future__ import annotations

from aegis.base import conventions as names
from aegis.plan.case import Case
from aegis.plan.parts.voice import Mode, OwnTask, Voice
from aegis.plan.types import LIVE, Control, Task


def _always(case: Case) -> bool:
    return case.is_batch


# A text, a row.
# fmt: off
VOICE = Voice(
    goals={"phase-foundation": "one run, twice, with the same output", "phase-evidence": "a comparison that a consumer believes", "phase-staging": "a late night, a broken file, a backfill", "phase-production": "a sample, then the pointer", "phase-run": "mornings without surprises"},
    tasks={
        "confirm-assumptions": ("Ask consumers when late becomes useless and wrong becomes costly", "the hour and the tolerated difference have a name behind them", "a deadline nobody reads at is a waste of nights"),
        "stages": ("Give each environment its own input views and output prefix", "a development run cannot write where consumers read", "overwriting is the outage of batch"),
        "secrets": ("Run jobs under identities with one reader and one writer role", "the job can neither delete inputs nor move the pointer", "jobs collect rights over the years"),
        "serve-dev": ("Score a thousand records from the bundle and compare with the trainer", "equal scores, and counts in, out and aside add up", "silent drops hide in joins"),
        "freeze-evaluation": ("Freeze a past period with its outcome and its input schema", "both are named by version", "schemas move and old data move with them"),
        "baseline": ("Score the frozen period and agree on what a normal difference between runs is", "a band for changed records stands in the brief", "without it every morning is a debate"),
        "security-review": ("Review who reads outputs and who may start a run", "ad-hoc starters are a list", "outputs are copied further than inputs"),
        "compliance-assessment": ("Show the record of one person through input, score and use", "privacy owner knows where it ends and how it is erased", "lists leave by mail"),
        "load-test": ("Run one real day on one worker, then the whole on all", "end before the deadline with a third to spare, in `model.measurements`", "skewed partitions decide, not averages"),
        "alerts-live": ("Let a run fail, come late and do nothing", "all three reached somebody before the consumers' morning", "a run that did nothing succeeds"),
        "way-back-drill": ("Publish nothing from a bad model", "consumers read the former output and its age", "pointer and output are two things"),
        "fault-drills": ("Kill workers, repeat a partition, change a column", "resumed, refused, stopped: in that order", "each of these has happened to everyone"),
        "first-users": ("Publish to one consumer who compares by hand", "a week of lists was read by people who know the records", "they know who should never be on it"),
        "progressive": ("Swap by share of records, same day, both versions kept", "differences explained at each share", "a list can be taken back until it is used"),
        "budget-guard": ("Cap workers and hours per run", "a runaway was stopped by the cap in a test", "retries buy machines at night"),
        "slo-review": ("Monthly: margins to the deadline, set-aside records, reruns", "the shrinking margin has an owner", "it shrinks by a minute a week"),
        "drift-review": ("Monthly with the consumers: does acting on it still pay?", "lift on acted records is known", "acting changes what is measured"),
        "restore-drill": ("Rebuild last Tuesday from inputs and digests", "equal output, hours measured", "consumers will ask for exactly one old day"),
        "handover": ("A data engineer backfills a week alone", "no duplicate, no gap", "backfills are when the author is away"),
        "retire": ("List the readers of each output column", "columns without readers end", "outputs grow readers in the dark"),
        "retrain": ("First retrained model over two past periods", "both better or one explained", "one period is luck"),
    },
    own_tasks=(
        OwnTask(
            phase="phase-foundation",
            task=Task(
                id="idempotence", title="Make runs idempotent and backfills ordinary", done_when="the same day scored twice changes nothing, and a backfill of a week is one command of the scheduler", why="reruns are certain, and happen in a hurry", owner="platform", priority="P0", applies_to=("development", "staging")
            ),
        ),
        OwnTask(phase="phase-foundation", task=Task(id="watermark", title="Carry a watermark from source to consumer", done_when="each output names the newest input it has seen", why="presence is not freshness", owner="data", priority="P0", applies_to=("staging", "production"))),
    ),
    stages={
        "development": ("features and code on a day of sample", "a masked sample of one day", "data scientists; no pointer", "a worker for an hour", "any branch on the sample"),
        "staging": ("whole past days, including bad ones", "masked past days", "the scheduler's staging role", "workers like production's, for one run", "each merge scores a past day and compares"),
        "production": ("results at the agreed hour", "live tables under the retention rule", "job role; people move the pointer back, never forward", "as many workers as the deadline asks, then none", "comparison, then pointer"),
    },
    roles={"Incident commander": "data engineer on duty; decides whether old output stays", "Operations": "scheduler and workers", "Communications": "tells consumers which day they are reading", "Model owner": "explains changed records", "Data protection and security": "called when a list reached the wrong reader"},
    severities=("a wrong list was acted on, or left the house: stop its use, find its readers", "no output by the hour: former output, consumers told before they start", "records set aside, margin shrinking: morning ticket"),
    communication=("consumers get age and next time, before their shift", "whoever acted on a wrong list gets the right one and the difference", "review with a consumer in the room"),
    evidence=("keep inputs by version, output, comparison and log of the run", "image, model and schema digests from the run record", "who read the output since, from its access log"),
    branches=(
        ("A wrong list is in use", ("pointer back; tell readers to stop", "difference between wrong and right list, by action taken", "undo what can be undone with the owner of the action", "add the check that would have refused it")),
        ("Nothing came", ("read the first error", "resume from the last chunk; do not restart", "tell the new hour")),
        ("Input was wrong", ("refuse by watermark or schema, not by hand", "call the producer with partition and count", "backfill later days in order")),
        ("A list left the house", ("withdraw links and shares; keep their log", "privacy owner with counsel on what must be told", "columns, people, readers: known and unknown")),
    ),
    controls={
        "weights-access": ("Model read by the job's role", "readable during a run, by no person", "a person's download is denied and seen"),
        "signed-supply": ("Job image and model by digest", "the scheduler starts signed digests only; pickles never load", "an unsigned image does not start"),
        "no-secrets": ("Connections by role", "no connection string in a task definition", "`aegis review` over the scheduler's repository finds none; a planted one is found"),
        "egress": ("Reads here, writes there", "two stores and the metrics gateway; nothing else", "a worker that fetches a page is dropped and counted"),
        "privacy": ("Lists with only what is used", "outputs hold a key, a score and a date; names are joined by the reader", "an output with an extra column is refused"),
        "tampering": ("Pointer moved by comparison", "only the job's identity moves it, after the verdict", "a pointer moved by hand returns"),
        "input-bounds": ("Schema, counts and watermark first", "a run stops before scoring when one is off", "yesterday's partition, half a partition and a new column each stop it"),
        "ingestion": ("Training tables signed", "each names sources and cut-off; jumps in volume wait for a look", "a planted duplicate source is found"),
    },
    own_controls=(Control(id="output-readers", threat="data-exfiltration", title="Readers of outputs are a list", what="outputs are granted by name and end; copies to mail or sheets are watched", owner="data", test="an unlisted reader is refused, and a copy is seen", component="output", applies_to=LIVE),),
    modes={
        "silent-drift": (
            "a tariff was renamed; everyone on it became unknown, scored as average, and was called by nobody",
            "codes and categories change upstream",
            "unknown categories are counted per column and stop the pointer beyond their band",
            "map the code, rerun the day, tell consumers",
            "rename one category in staging; hypothesis: pointer stays; stop if it moves",
        ),
        "moving-weights": (
            "the backfill used this week's model for last month; a report compared both and found growth",
            "a name resolved at run time",
            "runs resolve digests by date of the day scored",
            "rerun with the digest of that day",
            "change the alias during a backfill; hypothesis: unchanged digests; stop if not",
        ),
        "privacy-leak": (
            "a debug sample of a thousand full rows was left beside the output, with the readers' rights",
            "samples for debugging",
            "prefixes of runs hold listed files only; others are deleted and reported",
            "remove, read its access log, call the privacy owner",
            "leave a planted file; hypothesis: gone and reported by the next run; stop then",
        ),
        "blind": ("the scheduler was upgraded and paused all schedules; no run failed, since none began", "paused or forgotten schedules", "absence of a start is an alert outside the scheduler", "start by hand, then ask what else is paused", "pause it in staging; hypothesis: alert before the deadline; stop then"),
    },
    own_modes=(
        Mode(
            id="skewed-partition",
            applies=_always,
            title="One partition takes the night",
            story="all workers were done by one; the last held the one key everybody shared, and the deadline went by",
            trigger="a default value as partition key",
            first_sign="one task runs while all others are finished; METRIC crawls",
            metric=names.JOB_ITEMS,
            automatic="partitions beyond a size are split; the deadline alert counts remaining items, not tasks",
            manual="split by row number, resume",
            alert=("completion-missed",),
            experiment="give half of the records one key; hypothesis: split and in time; stop at the deadline",
            likelihood="likely",
            impact="moderate",
        ),
        Mode(
            id="swap-early",
            applies=_always,
            title="The pointer moved before the comparison",
            story="a retry of the publish task ran first; consumers read a half-written day",
            trigger="publish and compare as siblings instead of a chain",
            first_sign="output younger than its verdict",
            metric=names.JOB_LAST_SUCCESS,
            automatic="the pointer names a verdict; without it readers keep the former day",
            manual="pointer back; mark what was read",
            alert=("availability-missed",),
            experiment="run publish first in staging; hypothesis: refused; stop if moved",
            likelihood="possible",
            impact="high",
        ),
    ),
    asked={
        "poison-record": "say how many set-aside records stop a night",
        "wrong-input-day": "let a run refuse, even when a list is awaited",
        "silent-drift": "make producers announce codes",
        "blind": "watch starts from outside the scheduler",
        "skewed-partition": "accept a cap on hours",
        "swap-early": "forbid hand-moved pointers",
        "privacy-leak": "allow no sample beside outputs",
        "moving-weights": "score old days with old models",
    },
    runbooks={
        "availability-missed": (("Did it start? Paused schedules fail silently.", "First error, not last.", "Schema, counts, watermark: which check spoke?"), ("Resume.", "If input is bad, keep the former output.", "Tell consumers the hour."), ("In, out and aside add up.",)),
        "completion-missed": (("How many items are left, on how many workers?", "One partition or all?", "Did volume grow?"), ("Score first what is used first.", "Split the heavy partition.", "Former output until done."), ("Finished, compared, pointed; margin noted.",)),
        "calibration-quality": (("Base rate or shape?", "Which segment, which month?", "Were acted records taken out?"), ("Former model for the segment.", "Recalibrate as a version."), ("Next month's outcome inside the band.",)),
        "accuracy-quality": (("Which segment lost lift?", "Did actions change the outcome?", "Codes renamed?"), ("Former output for it.", "Mend codes, rerun."), ("Lift is back on untouched records.",)),
        "telemetry-silent": (("Did a run start last night? Ask the scheduler's own log.", "Does the output carry today's watermark?"), ("Pointer stays.", "Run by hand if inputs are there."), ("A start, an end and counts are there.",)),
        "drift-detected": (("Which column, since which partition?", "Unknown codes or moved values?", "Do outcomes follow?"), ("Call the producer.", "Map, rerun, or accept with a name."), ("Band holds for a week of runs.",)),
    },
    alerts={
        "missed": ("a run failed, never began, or ended after the agreed hour", "did it start? Then the first error"),
        "verdict": ("outcomes or comparison say that the list got worse", "changed records by segment"),
        "telemetry-silent": ("no start and no count from last night", "ask the scheduler's own log"),
        "drift-detected": ("codes, volumes or scores left their history", "call the producer with partition and column"),
    },
    lineage={
        "code": ("commit of job, schema and schedule", "run record"),
        "environment": ("job image and worker type", "run record, per day"),
        "configuration": ("chunks, caps, bands and pointer rule", "repository of the scheduler"),
        "data": ("", "table versions with watermark, in the run record"),
        "model": ("", "digest by date scored, in the registry"),
    },
    does={
        "source": "tables with schema, counts and watermark",
        "job": "checks, scores in chunks, sets aside, counts",
        "output": "one prefix a day, and a pointer that needs a verdict",
        "consumers": "read the pointer, and see its age",
        "judge": "compares with the day before and decides about the pointer",
        "evaluation": "past periods with outcomes",
        "monitoring": "starts, ends, counts, margins",
        "registry": "models by digest and date",
        "secrets": "roles for reading and for writing, apart",
        "audit": "run records: inputs, digests, counts, readers",
    },
    policy="a missed run uses budget; while none is left, only changes that widen the margin to the deadline are released",
    cost=("price per million records, by run", "workers end with the run, by cap", "reruns are a line of their own, so that somebody asks why"),
)
