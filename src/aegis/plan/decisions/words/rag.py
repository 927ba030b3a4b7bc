"""Retrieval beside a model: two halves that fail differently."""

from __future__ import annotations

from aegis.plan.decisions.told import Told, Words

# A text, a row.
# fmt: off
WORDS: Words = {
    "run-where": Told(
        later=("index, model and gateway: three things that can be old, slow or wrong", "index software and engine are upgraded in different months", "pages stay files, vectors bind to their model", "each added source brings its own readers and its own end dates"),
        shown="**answers with a supported source** per day, beside answers declined",
        revisit="sources double, or outsiders are let in",
    ),
    "engine": Told(later=("long prompts of passages: prefill is what the rota learns to see", "upgraded once a quarter with the question set run again", "API common, flags its own", "a new default of sampling invents more fluently"), shown="**TTFT p95 by passages attached**", revisit="passages per answer double"),
    "scaling": Told(later=("waiting requests, and apart from it the index's own load", "bounds follow support's opening hours", "none", "raising the ceiling raises the bill: reviewed"), shown="**waiting requests at the opening hour**", revisit="a second time zone joins"),
    "gateway": Told(
        why="questions and passages are both text from somewhere else, and answers are quoted to customers",
        later=("one policy for what may be asked, indexed text included", "detectors are tuned per source, as tickets look like attacks", "common API", "each source added is measured for false blocks first"),
        shown="**citations that do not hold**, caught before sending",
        revisit="customers ask it directly",
    ),
    "release-strategy": Told(
        why="index, prompt and model are three releases; one at a time, or nobody knows which helped",
        later=("the release page says which of the three moved", "two indexes fit the disk, by plan", "steps are data", "evidence names passage versions"),
        shown="**supported share, before and after**, by topic",
        revisit="index builds become hourly",
    ),
    "evaluation-stack": Told(
        why="retrieval and answer are judged apart, on questions of which some have no answer",
        later=("document owners read failures of their topic", "questions retire with their pages", "lines of text", "real questions enter without names"),
        shown="**unanswerable questions answered anyway** (few)",
        revisit="owners want to label in a page of their own",
    ),
    "monitoring-stack": Told(
        why="age of the index and support of claims stand beside latency, on the same page",
        later=("four alerts, of which two belong to document owners", "judge quota and judge version are watched as well", "files", "question text stays out of labels"),
        shown="**hours a stale source stayed unnoticed**",
        revisit="readers report a stale page first",
    ),
    "data-retention": Told(
        why="to read an incident, the passage as it was then is needed: versions are kept, not copies",
        later=("record and passage version, joined on demand", "erasure is tried through index and cache", "rows", "a page's erasure reaches records that quoted it"),
        shown="**erasures that reached index, cache and record**",
        revisit="a source with stricter dates is added",
    ),
    "disaster-recovery": Told(
        why="an index is rebuilt from sources; what is lost meanwhile is looking up, and it says so",
        later=("rebuild drill with a count at its end", "sources' limits decide how long it takes", "none", "a restored snapshot forgets erasures: they are replayed"),
        shown="**hours to a full index** in the drill",
        revisit="a rebuild takes longer than a working day",
    ),
    "feature-prefix-caching": Told(later=("instructions first, passages last", "a new prompt empties it", "none", "passages of one reader warm nobody else's answer: salt by rights"), shown="**hit rate of the instruction part**"),
}
