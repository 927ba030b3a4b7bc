"""Clinics: a nurse or physician decides, a patient waits, and paper must work."""

from __future__ import annotations

from aegis.base import conventions as names
from aegis.plan.case import Case
from aegis.plan.parts.voice import Mode, OwnTask, Voice
from aegis.plan.types import LIVE, Control, Task


def _always(case: Case) -> bool:
    return case.is_llm


# A text, a row.
# fmt: off
VOICE = Voice(
    goals={
        "phase-foundation": "the ward works as before whether the service is there or not",
        "phase-evidence": "agreement with senior staff, and no red flag lost, by age and language",
        "phase-staging": "a shift on invented patients, with the plug pulled once",
        "phase-production": "one ward, shown beside the usual judgement, then more",
        "phase-run": "clinical safety, not uptime, sets the agenda",
    },
    tasks={
        "confirm-assumptions": ("Read the assumptions with the clinical safety owner", "those that touch patients are confirmed or replaced by name", "an assumption about time to answer is one about time to treat"),
        "answer-questions": ("Answer what is open with clinic and data protection at one table", "`aegis plan` asks nothing more", "half of the open points are clinical"),
        "stages": ("Separate test ward and real ward down to badge and network", "an invented patient cannot appear on a real list", "a test patient on a real list is looked for"),
        "secrets": ("Credentials by workload identity from the clinic's vault", "no account of a person runs a service", "shift workers share logins unless nothing asks for one"),
        "import": ("Rehearse the import through the gap with the clinic's own staff", "weights, images and rules came through quarantine, hashed on both sides, logged by two people", "the second import is the urgent one, at night"),
        "serve-dev": ("Answer one invented note on the clinic's hardware", "health and metrics respond without any route out", "what works at the maker's works until a download is tried"),
        "freeze-evaluation": ("Freeze the panel of notes with the senior staff's judgements", "two seniors judged each note, and their disagreement is recorded", "the ceiling is how far seniors agree"),
        "baseline": ("Compare model, junior and senior staff on the panel", "agreement and lost red flags stand per age band and language", "better than nothing is not the standard of a ward"),
        "security-review": ("Security review with hospital IT: viewer, audit, service access", "who can read a note, and who can change what is shown, is a short list", "records of patients are sold dearly"),
        "red-team": ("Let the clinical safety group try to make it reassure", "each false reassurance is in the red-flag set", "the dangerous answer is the calm one"),
        "compliance-assessment": ("Put purpose and wording before the medical device and privacy officers", "they have decided what it is in law and what that asks for; Aegis decides none of it", "a sentence in the purpose can move the whole class"),
        "load-test": ("Replay a winter Monday of intake notes", "time to first word holds with one node gone; figures are in the brief", "waves come with flu and with buses"),
        "alerts-live": ("Fire each alert to the clinic's own duty desk", "somebody on a night shift acted on the runbook alone", "the duty desk knows printers, not models"),
        "way-back-drill": ("Release a version that drops red flags and see it return", "{release.way_back} later the former version answers, and the ward was told", "agreement may look fine while red flags vanish"),
        "fault-drills": ("Pull nodes, store and network on a quiet afternoon", "wards went to paper and back without a lost note", "the way back from paper is the part nobody rehearses"),
        "guardrails-measured": ("Measure refusals and false reassurance in each language of the ward", "both shares have bounds, also for short and misspelt notes", "tired people write badly at four"),
        "first-users": ("One ward, suggestions shown after the nurse's own entry", "a month of entries and suggestions was compared by the clinical lead", "shown first, a suggestion anchors"),
        "progressive": ("Open ward after ward with its lead's word", "no ward opened in a holiday week", "wards differ in patients and in patience"),
        "budget-guard": ("Plan spares and hands, not only devices", "a replacement device is in the building", "behind a gap nothing is delivered overnight"),
        "slo-review": ("Monthly: overruled suggestions, red flags, downtime on paper", "clinical lead and IT signed one page", "many overrules mean a bad model, none a tired ward"),
        "drift-review": ("Quarterly case conference on odd notes", "new presentations are in the panel", "seasons and arrivals change what a cough means"),
        "restore-drill": ("Restore on the spare node from media in the building", "hours until a usable answer were measured", "no vendor dials in"),
        "handover": ("Clinic IT imports, releases and rolls back alone", "done at night, from the printed sheet", "the supplier is asleep or forbidden"),
        "retire": ("Agree when it is switched off for a clinical reason", "the safety owner can do it by telephone", "stopping must need no meeting"),
    },
    own_tasks=(
        OwnTask(
            phase="phase-foundation",
            task=Task(
                id="safety-owner",
                title="Name the clinical safety owner and open the hazard log",
                done_when="each hazard has a cause, a control and a name; the owner may stop the service",
                why="engineers cannot weigh a delayed patient",
                owner="business",
                priority="P0",
                applies_to=("development", "staging", "production"),
                blocks_production=True,
            ),
        ),
        OwnTask(
            phase="phase-staging",
            task=Task(
                id="paper", title="Write and print the downtime procedure", done_when="a shift worked an hour on paper and entered it afterwards", why="the procedure in the intranet is down with the intranet", owner="service", priority="P0", depends_on=("alerts-live",), applies_to=("staging",), blocks_production=True
            ),
        ),
    ),
    stages={
        "development": ("prompts and display texts", "invented patients written by clinicians", "the project team; no record system", "", "any branch; display texts reviewed by a nurse"),
        "staging": ("a test ward that lives through whole shifts", "synthetic notes in the shape of real ones, in each language", "named clinicians and IT duty staff", "", "the digest and the import sheet that production will use"),
        "production": ("a suggestion beside a professional's decision", "patient notes under the retention decision, in the building", "clinical roles of the record system; two people for the audit", "", "the safety owner's release, per ward"),
    },
    roles={
        "Incident commander": "hospital IT lead on duty; clinical safety can overrule",
        "Operations": "changes systems; wards go to paper first",
        "Communications": "tells ward leads, then management; relatives are told by clinicians",
        "Model owner": "reads notes with a clinician beside",
        "Data protection and security": "the clinic's own officers, by telephone, at once",
    },
    severities=("a patient may be harmed by what was shown or missing: switch off, clinical safety and everyone above", "slow or away: wards on paper, duty desk and rota work", "odd suggestions in one slice: ticket to the clinical lead"),
    communication=("ward leads by telephone and a printed sheet", "clinicians are told what was shown to whom, with times", "the review belongs to clinical safety; engineers bring facts"),
    evidence=("note references, suggestion shown, decision taken, each with its second", "digests of model, prompt and display text", "nothing is copied out of the building for analysis"),
    branches=(
        ("A suggestion may have harmed", ("switch suggestions off for all wards by one switch", "list the patients who were shown it, for clinicians to see again, most urgent first", "the safety owner reports where reporting is due", "keep the note and the answer as they were")),
        ("It is down", ("wards go to paper at the printed minute", "restore without hurry: paper works", "enter the paper afterwards, marked as such")),
        ("A note was read by someone it should not", ("close the account, keep its log", "privacy officer and counsel decide who is informed", "list patients, fields, hours")),
        ("An import is suspect", ("stop loading the digest", "repeat the hashes on both sides from the two-person log", "return to the last medium that both signed")),
    ),
    controls={
        "weights-access": ("Weights in the building", "read by the service's identity, on encrypted disks, counted at each import", "a technician's badge cannot copy the disk unnoticed"),
        "signed-supply": ("Import with two signatures", "weights, images and rules pass quarantine, hashes and two people before a node may load", "a medium with one altered byte stops in quarantine"),
        "no-secrets": ("No shared login", "services have identities; people have badges", "`aegis review` finds no credential; a planted one is found"),
        "egress": ("What may leave: nothing by default", "service and record system see each other; anything else is dropped and counted", "a canary sent to every known exit is dropped and seen"),
        "privacy": ("Only what the judgement needs", "names and numbers are masked before the model; the audit holds references to the record", "a planted patient is found in no log by name"),
        "tampering": ("What the ward sees is signed", "display text and threshold change by release with the safety owner's mark", "an edited threshold returns and is reported"),
        "injection": ("Notes are data", "pasted letters and forms are marked, scanned, and cannot change the task", "a letter with an instruction changes no suggestion"),
        "jailbreak": ("No diagnosis by request", "requests outside the purpose end with a fixed sentence in the ward's language", "the off-purpose set is declined; honest odd notes are not"),
        "output-filter": ("No false calm", "an answer that lowers urgency against a rule's red flag is held, and the rule is shown", "planted red flags survive any wording"),
        "token-limits": ("Limits that never block care", "limits slow copy jobs; a single note always gets an answer or a clear absence", "a flood from one ward leaves the others served"),
    },
    own_controls=(
        Control(id="automation-bias", threat="unsafe-output", title="Suggestion after judgement", what="the professional enters first; differences are shown with the phrase they rest on", owner="business", test="planted wrong suggestions change fewer entries than agreed", component="evaluation", applies_to=LIVE),
    ),
    modes={
        "silent-drift": (
            "a new intake form moved the pain score into a free field; suggestions grew milder for a month, each of them plausible",
            "forms, seasons, new arrivals",
            "urgency mix per ward against its own history; a milder mix opens a case conference",
            "read twenty notes with a senior, mend form or prompt, extend the panel",
            "drop the pain score from staging notes; hypothesis: the mix alarms in days; stop then",
        ),
        "oom-at-peak": (
            "a bus accident brought long notes together; one node died and the other was the only spare",
            "long notes at once",
            "a limit on what runs at once; wards see a clear absence instead of a spinner",
            "lower the limit, then restart one node; wards stay on paper till both are up",
            "longest notes at winter peak in staging; hypothesis: queue, no restart; stop at one",
        ),
        "kv-cache-full": (
            "notes with pasted letters fill the cache; the first word takes longer than the nurse waits, and she stops looking",
            "pasted letters",
            "length limit with a hint; queue shed by ward fairness",
            "find who pastes whole letters, shorten the template",
            "paste letters into every fifth note; hypothesis: first word holds; stop when not",
        ),
        "prompt-release": (
            "the wording was made friendlier; red flags were now called worth a look",
            "a changed wording",
            "red-flag gate per language before any ward; former wording returns by itself",
            "return, list who saw it, tell ward leads",
            "soften one sentence in staging; hypothesis: the red-flag gate fails; stop there",
        ),
        "injection": (
            "a scanned referral said urgent, do not question; the suggestion obeyed",
            "pasted text with demands",
            "pasted text is marked; urgency follows rules plus the nurse's own words",
            "find the source letter, check its other uses",
            "paste such a letter in staging; hypothesis: urgency unchanged; stop if changed",
        ),
        "blind": ("the metrics host filled over a weekend; wards had slow answers, IT had green tiles", "a full disk behind the gap", "absence alerts at the duty desk; a release without data is held", "ask a ward by telephone; then the path", "stop the collector on staging; hypothesis: the desk calls; stop after"),
        "privacy-leak": (
            "error logs held whole notes, and the log server was also the print server's",
            "an error path that prints its input",
            "masking before any sink; nightly scan for patient numbers",
            "seal the log, privacy officer the same hour",
            "plant a patient in an error path; hypothesis: found nowhere; stop at the first find",
        ),
        "moving-weights": ("two media with one label; node two loaded last year's", "labels on media", "digests at load, shown on the duty page", "compare nodes, reload the signed one, list suggestions of the wrong one", "offer the old medium; hypothesis: refused; stop if loaded"),
        "import-expiry": (
            "the internal certificate ended on a holiday; nodes refused each other and wards learned how long paper takes",
            "a date nobody carried in",
            "daily probe of dates inside; ticket a month ahead to two people",
            "import the new roots by the sheet, one node first",
            "issue a one-day certificate on staging; hypothesis: ticket and renewal in time; stop before its end",
        ),
    },
    own_modes=(
        Mode(
            id="false-calm",
            applies=_always,
            title="A calm suggestion lowers a right suspicion",
            story="the note was short, the answer fluent; the nurse had felt uneasy and let it go",
            trigger="a fluent answer over thin information",
            first_sign="overrules fall in one ward while transfers to intensive care rise",
            metric=names.EVALUATION_SCORE,
            automatic="thin notes get questions instead of a level; rule-based red flags are shown whatever the model says",
            manual="case conference with the ward; suggestions off for that complaint until then",
            alert=("accuracy-verdict", "calibration-verdict", "drift-detected"),
            experiment="planted thin notes on the test ward; hypothesis: questions come back, no level; stop at a level",
            likelihood="possible",
            impact="high",
        ),
    ),
    asked={
        "false-calm": "agree which complaints never get a suggestion",
        "prompt-release": "let display wording pass clinical safety like a drug label",
        "silent-drift": "announce form changes to the model owner",
        "injection": "forbid pasted letters to move urgency",
        "privacy-leak": "seal error logs to the clinic's own officers",
        "oom-at-peak": "accept paper in a mass casualty",
        "import-expiry": "give two people the calendar of dates",
        "blind": "put the alert on the duty desk",
        "kv-cache-full": "limit pasted length",
    },
    runbooks={
        "availability-burn": (
            ("Are wards on paper already? If not, that comes first.", "One node, both, or the way from the record system?", "Was there an import or a release today?"),
            ("Announce paper with the printed sheet.", "Return to the former digest.", "Restart one node, wait, then the other."),
            ("Two wards confirm by telephone.", "Paper entries are in."),
        ),
        "ttft-burn": (("Are notes longer: pasted letters?", "Waiting requests above none? Memory, not network.", "Did the ward's template change?"), ("Shorten by template.", "Former prompt if it changed.", "Spare node in, once loaded."), ("Nurses on shift say it is quick again, and the chart agrees.",)),
        "tpot-burn": (("Which node is hot?", "Do long letters arrive together?"), ("Drain the hot one.", "Spread letters over minutes."), ("Both nodes at equal pace for a shift.",)),
        "accuracy-quality": (("Which complaint, age or language?", "Read with a senior clinician.", "Form or prompt changed?"), ("Suggestions off for that complaint.", "Former version.", "Panel extended."), ("The panel slice passes; the senior agrees.",)),
        "calibration-quality": (("Over-sure or under-sure, for whom?", "Has the mix of patients changed?"), ("Show no certainty for that group.", "Recalibrate as a release."), ("Stated and observed agree on fresh notes.",)),
        "telemetry-silent": (("Telephone a ward: does it answer?", "Disk, clock, certificate: the three of every gap."), ("Hold releases.", "Ward log by hand till it is back."), ("Figures resume with true clocks.",)),
        "drift-detected": (("Which ward's mix moved, since which shift?", "A form, a season, a new clinic nearby?", "Do transfers or returns move too?"), ("Case conference.", "Panel first, prompt second."), ("Mix understood by the clinical lead.",)),
        "shedding": (("A copy job or a casualty wave?", "Above the plan's {traffic.peak}?"), ("Stop the job.", "In a wave: paper for the least urgent wards."), ("All wards served for a shift.",)),
        "guardrail-shift": (("Which rule, which language?", "A new form letter?"), ("Rule to `flag` after the safety owner agreed.", "Former policy."), ("Red-flag and honest sets at their known shares.",)),
        "cost-burn": (("Which ward or job uses more?", "Are notes longer than last month?"), ("Shorten the template, then limit jobs.",), ("Use per note is in its band.",)),
    },
    alerts={
        "burn-fast": ("wards lose answers so fast that the month is gone in days", "ask a ward whether paper has begun"),
        "burn-slow": ("a little missing each shift", "compare shifts, not days"),
        "verdict": ("panel or sampled notes disagree with senior staff beyond what was agreed", "read the notes with a clinician; red flags first"),
        "telemetry-silent": ("figures from the building stopped", "telephone a ward"),
        "drift-detected": ("the mix of urgencies or notes left its history", "ask about forms and arrivals"),
        "shedding": ("notes are refused longer than an ambulance wave", "a job or a wave? Ask the emergency desk"),
        "guardrail-shift": ("held answers unusually many or few", "red flags first, wording later"),
        "cost-burn": ("token use runs ahead of the month", "look for copied letters and jobs"),
    },
    lineage={
        "code": ("commit of service, display texts and rules", "the clinic's own repository"),
        "environment": ("node image, driver and engine as imported, with both hashes", "the import log, signed twice"),
        "configuration": ("thresholds, red-flag rules, ward switches", "releases marked by the safety owner"),
        "prompt": ("prompt and display wording by digest, per language", ""),
        "data": ("", "the panel, kept by clinical data science"),
        "model": ("", "the import log and the internal registry"),
    },
    does={
        "callers": "clinicians in the record system, with their own role",
        "gateway": "masks, bounds, scans, and shows absence clearly when there is no answer",
        "stable": "suggests, with the phrase it rests on",
        "canary": "suggests for one ward's volunteers",
        "judge": "compares agreement and red flags by ward",
        "evaluation": "panel, red flags, planted thin notes",
        "monitoring": "figures at the duty desk, inside",
        "registry": "imported weights and wording, by digest",
        "audit": "reference, suggestion, decision, time",
    },
    policy="with budget left, wards may be added; without it the safety owner decides what may change at all",
    cost=("devices are bought: hours idle at night are no waste, spares are insurance", "wards pay nothing per note, lest they save on patients", "print and paper are in the budget"),
)
