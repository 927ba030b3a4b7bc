"""A vendor's model behind your own small gateway: what is yours is the prompt, the limits and the exit."""

from __future__ import annotations

from aegis.base import conventions as names
from aegis.plan.case import Case
from aegis.plan.parts.voice import Mode, OwnTask, Voice
from aegis.plan.types import LIVE, Control, Task


def _always(case: Case) -> bool:
    return case.managed


# A text, a row.
# fmt: off
VOICE = Voice(
    goals={"phase-foundation": "one key, one gateway, one page of prompts", "phase-evidence": "a set small enough to read in an afternoon", "phase-staging": "the vendor slow, the vendor gone, the bill tenfold", "phase-production": "friendly customers first", "phase-run": "an afternoon a week keeps it"},
    tasks={
        "confirm-assumptions": ("Read the assumptions over coffee and change the wrong ones", "the brief holds your numbers wherever you know them", "few people means few meetings, not few errors"),
        "stages": ("Make one vendor project and key per environment, each with its own spending cap", "the development key stops at its cap while production goes on", "an endless loop in a notebook must not silence customers"),
        "secrets": ("Put the vendor's keys where neither laptop nor repository holds them", "a fresh clone contains nothing that the vendor would accept", "stolen keys are spent within hours"),
        "licence": ("Read the vendor's terms: training on your data, retention, liability, notice of changes", "four answers and their date are in the repository", "terms change by mail on a Friday"),
        "freeze-evaluation": ("Freeze the examples and say which of you may edit them", "a digest in the brief, and no edit in the same commit as a prompt", "two people fool each other kindly"),
        "baseline": ("Run the set on the dated model and read every failure", "score, interval and typical failures on one page", "a set this small can be read whole, so read it"),
        "security-review": ("Let a friend from another company review for a day: key, logs, gateway, admin pages", "findings closed or accepted by both of you", "somebody who did not build it sees what you no longer see"),
        "red-team": ("Spend an afternoon making it say what it must not, with two strangers", "what worked is in the set and in the filter", "customers' documents carry odd sentences"),
        "compliance-assessment": ("Ask counsel the three questions: processor terms, place of processing, what users must be told", "answers with dates; they judge, the plan only lists", "an hour now is cheaper than a letter later"),
        "load-test": ("Time the vendor for a week from your region, at your lengths", "first word and limits per hour are in `model.measurements`", "the vendor's evening is your evening"),
        "alerts-live": ("Provoke one alert by mail and one by phone, then turn off what you would ignore", "both phones rang once", "few alerts, or none will be read"),
        "way-back-drill": ("Publish a bad prompt to yourselves and watch the switch return", "{release.way_back} after the failed check the former prompt answers", "it must work while both are on a train"),
        "fault-drills": ("Answer errors for the vendor for an hour", "users read a plain sentence, nothing retried itself to death", "vendors fail at launches, theirs or yours"),
        "guardrails-measured": ("Measure what filters stop, on hostile and on ordinary documents", "both shares are on the page", "a blocked customer writes to support, which is you"),
        "first-users": ("Open to five customers who know your number", "a week later you know what they used it for instead", "the use differs from the idea"),
        "progressive": ("Open to everyone by switch, the old prompt one click away", "nothing changes in the week of a customers' deadline", "a fault hurts most when everybody is writing a bid"),
        "budget-guard": ("Set caps at the vendor, at the gateway and per customer", "each was reached once in a test", "the invoice is the only alert nobody misses"),
        "slo-review": ("One afternoon a month: errors, waits, bill, five answers read aloud", "one thing was simplified", "reading aloud finds what scores hide"),
        "drift-review": ("Same afternoon: which requests are new?", "two new examples in the set", "sets grow by two or not at all"),
        "restore-drill": ("Rebuild everything on a new account, by the clock", "prompt, policy and set came from the repository alone", "accounts get closed by mistake"),
        "handover": ("The other one of you releases and rolls back", "it worked without a call", "one of you will be on holiday on the day it matters"),
        "retire": ("Write down at which bill or how few users it ends", "a number and a date both agreed to", "small companies keep things out of pride"),
    },
    own_tasks=(
        OwnTask(
            phase="phase-staging",
            task=Task(
                id="second-vendor",
                title="Keep a second vendor's model evaluated on the same set",
                done_when="its score is beside the first's, and the switch was thrown for a day",
                why="a retirement notice gives weeks; an outage gives none",
                owner="model",
                priority="P1",
                depends_on=("baseline",),
                applies_to=("staging",),
            ),
        ),
        OwnTask(phase="phase-run", task=Task(id="afternoon", title="Reserve one afternoon a week for the service", done_when="it stands in both calendars, with the list: notices, bill, failures, updates", why="what has no hour is done at night", owner="business", priority="P1", applies_to=("production",))),
    ),
    stages={
        "development": ("prompts on a laptop against a capped key", "public or invented texts", "both of you", "", "any branch"),
        "staging": ("the set, the filters and the switch, on each merge", "the frozen examples", "the pipeline's key", "", "merges; a prompt has a digest like code"),
        "production": ("answers customers", "their requests, kept as decided", "the gateway's identity holds the key; you look at logs by name and day", "", "switch between two prompt versions, both deployed"),
    },
    roles={
        "Incident commander": "whoever answers first; says so to the other",
        "Operations": "the same person; changes one thing at a time",
        "Communications": "the other one: status page and customers",
        "Model owner": "who wrote the prompt last",
        "Data protection and security": "the outside counsel whose number is in the runbook",
    },
    severities=("wrong answers with consequences, a stolen key or data at large: both, now, product off if unsure", "vendor down or slow: status page, ladder, next look in an hour of daylight", "costs or quality move: the weekly afternoon"),
    communication=("status page before mail, mail before excuses", "say what to do without the product today", "a page of review on the afternoon, kept"),
    evidence=("export gateway records before changing prompt or key", "digests of prompt and policy, the vendor's model date and request ids", "vendor tickets with times"),
    branches=(
        ("The key is stolen", ("revoke at the vendor first; the product may stop", "new key by the store, never by chat", "read the vendor's usage by hour and address", "find where it lay: history, log, laptop")),
        ("Answers are wrong", ("former prompt, then the dated model if it moved", "mail those who got one; the record has the list", "example into the set, then try again")),
        ("The vendor is gone", ("ladder, status page", "second vendor if its score is known; otherwise wait", "no new prompt in anger")),
        ("The bill explodes", ("cap at the gateway", "who, which route, since when", "talk to the customer before blocking")),
        ("The vendor lost data", ("read what they say, keep it dated", "list what you sent in that time", "counsel decides what you owe to whom")),
    ),
    controls={
        "model-access": ("One key, one reader", "read by the gateway only, capped, renewed each quarter", "the key used from a laptop fails at the vendor's address list or is seen in usage"),
        "signed-supply": ("Dated model, pinned images", "model named by date, packages by hash; aliases that move are not used", "a changed hash stops the build"),
        "no-secrets": ("A clone anyone may see", "keys by name; the store fills them in at start", "`aegis review` on the repository; then on its history"),
        "egress": ("The vendor and nobody else", "the gateway reaches one host; answers are scanned for a planted value", "a second host is refused"),
        "privacy": ("Send less", "fields that the answer does not need are cut before the vendor sees them", "a planted name is not in the vendor's request"),
        "tampering": ("Deploys by pipeline", "the server takes images from the pipeline; a shell is an exception with a mail", "a file changed by hand is gone after the next deploy"),
        "injection": ("Documents cannot give orders", "customers' texts are quoted as data; links and orders in them are ignored", "a document that orders a discount gets a summary"),
        "jailbreak": ("It stays with its job", "off-topic requests get one friendly sentence", "the stranger's afternoon list is refused"),
        "output-filter": ("Plain text out", "links, markup and personal spans are cut while streaming", "a planted link does not arrive"),
        "token-limits": ("Caps you can afford", "per request, customer, day and month", "a script in a loop ends at its cap; others go on"),
        "tenants": ("Customers apart", "identity from login, logs and caches by customer", "two test customers see nothing of each other"),
    },
    own_controls=(Control(id="vendor-terms", threat="privacy", title="What the vendor may do with it", what="training use off, retention known, place known; a watch on the terms page", owner="business", test="a changed terms page opens a ticket within a day", component="gateway", applies_to=LIVE),),
    modes={
        "silent-drift": (
            "customers began to paste a new form; summaries lost the one line that mattered, politely",
            "other documents than last year's",
            "length, language and failures by week; five answers read aloud",
            "add two such forms, change the prompt, compare",
            "feed the new form for a day in staging; hypothesis: the weekly figures move; stop then",
        ),
        "prompt-release": ("one of you fixed a typo; the format changed, a customer's spreadsheet broke", "a small edit without the set", "the set runs on each edit; format is one of its checks", "former prompt, then the customer", "break the format on purpose; hypothesis: gate fails; stop there"),
        "injection": ("a tender said in white letters that this bidder is to be recommended", "texts written to be read by machines", "quoted as data, scanned, never a verdict on bidders", "show the passage to the customer; add it to the set", "plant one; hypothesis: summary unmoved, passage flagged; stop if moved"),
        "blind": ("free monitoring ended with its trial; the first alarm was a customer", "a lapsed trial, a full mailbox", "a daily heartbeat mail; its absence is the alarm", "make one request by hand, renew, note", "stop the heartbeat; hypothesis: both notice by noon; stop then"),
        "vendor-limits": (
            "the first large customer uploaded an archive on Monday; everyone else got errors until lunch",
            "one customer, one shared quota",
            "per-customer caps, a queue for archives, spread retries",
            "move the archive to the night, ask for quota in writing",
            "upload an archive in staging; hypothesis: others unaffected; stop if not",
        ),
        "vendor-retires": (
            "the mail about retirement went to an address of a founder who had left",
            "notices nobody reads",
            "model dates in the calendar, a watch on the vendor's page",
            "set on the successor, move a month before",
            "switch staging to the successor for a day; hypothesis: the set passes; stop when it fails",
        ),
    },
    own_modes=(
        Mode(
            id="both-away",
            applies=lambda case: (case.brief.team.size or 9) <= 3,
            title="Nobody is there",
            story="one was flying, the other ill; the vendor changed an error code and retries filled the quota",
            trigger="few people",
            first_sign="METRIC falls while nobody looks",
            metric=names.GATEWAY_REQUESTS,
            automatic="breaker, caps and status page work without anybody",
            manual="whoever lands first: status page, then the cap",
            alert=("availability-burn-fast",),
            experiment="both offline for a day with the vendor failing in staging; hypothesis: customers read a plain sentence, the bill stands; stop after it",
            likelihood="likely",
            impact="moderate",
        ),
    ),
    asked={
        "both-away": "tell customers the hours in which somebody is there",
        "injection": "promise summaries, never recommendations",
        "prompt-release": "no edit without the set, also for typos",
        "silent-drift": "keep the reading aloud",
        "vendor-limits": "sell archives as a night service",
        "vendor-retires": "pay for the second vendor's tests",
        "blind": "pay for monitoring",
    },
    runbooks={
        "availability-burn": (("The vendor's status page, then your own.", "Errors from vendor, gateway or host?", "Deployed today?"), ("Former prompt or image.", "Status page; ladder answers.", "Second vendor if its score is known."), ("An hour of ordinary requests.",)),
        "ttft-burn": (("Vendor's evening, or longer texts of one customer?", "Route or region changed?"), ("Archive jobs to the night.", "Shorten input by the longest section."), ("A customer's usual document feels as before, and the chart agrees.",)),
        "tpot-burn": (("Other models of the vendor slow as well?", "Longer answers since the prompt changed?"), ("Bound the answer.", "Former prompt."), ("Words flow as last week.",)),
        "telemetry-silent": (("One request by hand.", "Trial, mailbox, disk?"), ("No release today.",), ("Heartbeat arrived.",)),
        "drift-detected": (("New customer, new form, new language?", "Five answers, aloud."), ("Two examples, then the prompt.",), ("Set passes with them.",)),
        "shedding": (("Which customer, which script?", "Above {traffic.peak}?"), ("Cap and call.", "Night queue."), ("Others unaffected for a day.",)),
        "guardrail-shift": (("Read a handful.", "One document family?", "Filter changed?"), ("`flag` first.", "Former filter."), ("Shares as known.",)),
        "cost-burn": (("Per customer, per route.", "Retries?", "Longer answers?"), ("Caps.", "Cut the prompt's dead sentences."), ("Month ends inside.",)),
    },
    alerts={
        "burn-fast": ("errors or waits would use up the month in days; breaker and switch have acted", "vendor's status page, then yours"),
        "burn-slow": ("a little too much each day", "sort by customer"),
        "telemetry-silent": ("the heartbeat did not come", "one request by hand"),
        "drift-detected": ("requests or answers changed their shape", "read five aloud"),
        "shedding": ("a customer or script is refused for long", "call them"),
        "guardrail-shift": ("filters fire oddly often or rarely", "read a handful"),
        "cost-burn": ("the bill runs ahead of the month", "sort by customer"),
    },
    lineage={
        "code": ("commit; one repository", "your host, with a second copy elsewhere"),
        "configuration": ("caps, filters and switch, by commit", "same repository"),
        "prompt": ("prompt and format by digest", ""),
        "data": ("", "the set, in the repository"),
        "model": ("", "the vendor's dated name in the gateway's policy"),
        "environment": ("", "image hash in the release note"),
    },
    does={
        "callers": "customers' browsers, with a login",
        "gateway": "the only thing you operate: key, caps, filters, switch",
        "stable": "the vendor's dated model with the proven prompt",
        "canary": "the same model with the prompt on trial",
        "judge": "set and live errors decide about the switch",
        "evaluation": "the small set, on each edit",
        "monitoring": "errors, waits, bill, heartbeat",
        "registry": "prompts, filters and examples by commit",
        "secrets": "decrypts keys at start, for the gateway only",
        "audit": "requests as the retention decision allows, by customer",
    },
    policy="with budget left, release on any working morning; without it, only what makes it simpler",
    cost=("caps at vendor, gateway and customer", "the price of a summary beside what the customer pays for it", "a mail at half of the month's sum"),
)
