"""Speech to text as a service: a bad transcript is fluent, and the person who spoke never sees it."""

from __future__ import annotations

from aegis.base import conventions as names
from aegis.plan.case import Case
from aegis.plan.parts.voice import Mode, OwnTask, Voice
from aegis.plan.types import LIVE, Control, Task


def _always(case: Case) -> bool:
    return case.kind == "speech"


# A text, a row.
# fmt: off
VOICE = Voice(
    goals={
        "phase-foundation": "the same recording gives the same words, today and after a restart",
        "phase-evidence": "what was really said, written down by two people",
        "phase-staging": "bad lines, long silence, everybody talking at once",
        "phase-production": "one team's calls first, with somebody who reads along",
        "phase-run": "lines, headsets, accents and product names change; the labelled calls follow",
    },
    tasks={
        "answer-questions": ("Answer what is open with telephony and with those who read transcripts", "`aegis plan` has no question left", "lengths, lines and silence are known to telephony only"),
        "confirm-assumptions": ("Compare assumed rates with a week of call records", "the busiest quarter of an hour and the share of silence stand in the brief", "an average hour hides the storm day"),
        "stages": ("Give staging a telephone number of its own and volunteers to call it", "no customer's voice is found below production", "copied recordings are the usual leak"),
        "secrets": ("Let telephony hand over sound; give the model server no key to the archive", "a replica's identity reads no recording that it was not sent", "an archive key in a model server opens every call"),
        "serve-dev": ("Write ten recordings with known words, among them silence and music", "words agree, and silence gives nothing", "detector, sample rate and channels go wrong first"),
        "build-evaluation": ("Have two people write down what is said: {evaluation.pairs_needed}", "both agree, or a third decided; consent is on file", "one writer's mistakes become the model's"),
        "freeze-evaluation": ("Freeze recordings with their text, slice and consent date", "the digest is in the brief, and expired recordings are replaced by like ones", "a set that loses its hard calls looks better each month"),
        "baseline": ("Score every slice, and names, amounts and dates apart", "intervals are taken over calls, per line quality and accent", "word accuracy hides the one wrong digit"),
        "security-review": ("Review who can listen, who can read, and where sound lies in between", "temporary files, queues and crash dumps are on the list", "sound stays in folders nobody thinks of"),
        "compliance-assessment": ("Settle announcement, consent, purpose and the dates of sound and text", "counsel has answered for callers and for employees", "a recorded voice has two people in it, and one of them works here"),
        "load-test": ("Play recorded calls at the pace of the busiest quarter of an hour, silence included", "p95 holds and the report is in `model.measurements`", "clear studio speech decodes faster than your lines do"),
        "alerts-live": ("Play music, silence and an unknown language to staging", "each rang with its own name, and a reader of transcripts was told", "no server error belongs to any of them"),
        "way-back-drill": ("Release a detector that is deaf to soft voices and watch it leave", "the former settings hear again {release.way_back} after the verdict", "settings do as much harm as weights"),
        "fault-drills": ("Stop replicas in the middle of calls", "sound was kept, and what was missing was written afterwards in the right order", "a gap in a transcript looks like a pause"),
        "first-users": ("Let one team use it, with somebody who compares ten calls a day", "the differences became labelled recordings", "people correct what they see and never see what is missing"),
        "progressive": ("Add team after team, line after line", "each had its own slice before it was added", "teams differ by line and product, not by number"),
        "budget-guard": ("Bound pieces and bytes by caller", "a loop in the dialler met the bound", "recordings can be sent again for ever"),
        "slo-review": ("Look monthly at waiting seconds, corrections and complaints about records", "the worst line has an owner", "a wrong record is found months later, by a lawyer"),
        "drift-review": ("Look monthly at words a minute, repeats, empty pieces and unknown names", "the word list followed the products", "new names are what is misheard first"),
        "restore-drill": ("Stop it for a morning, then write what was kept", "hours to catch up are known, and live calls did not wait for it", "catching up competes with people who are talking now"),
        "handover": ("Somebody from telephony releases a detector threshold alone", "scored, stepped and taken back once", "they hear new lines before anybody else"),
        "retire": ("Write down when recordings, text and labels end with the service", "three dates with three owners", "archives of voices outlive their purpose by themselves"),
    },
    own_tasks=(
        OwnTask(phase="phase-foundation", task=Task(id="told-before", title="Tell both sides before they are recorded, and let them refuse", done_when="a test call that refuses is not written, and nothing of it is kept", why="what was recorded without a basis cannot be mended afterwards", owner="data", priority="P0", applies_to=("staging", "production"), blocks_production=True)),
        OwnTask(phase="phase-evidence", task=Task(id="silence-set", title="Collect silence, music on hold, dial tones and typing as a slice", done_when="the slice expects no words at all, and the gate reads it", why="invented sentences are born there", owner="model", priority="P0", applies_to=("staging",))),
    ),
    stages={
        "development": ("decoder settings, detector and word list on recordings with consent", "volunteers and labelled recordings", "the team; no telephone line", "", "any branch"),
        "staging": ("volunteers call a number, the replay of a busy hour runs beside", "volunteers and labelled recordings, under their dates", "the pipeline; readers of transcripts look on", "", "each merge, scored on all slices"),
        "production": ("calls of people who were told", "sound and text, each with its date", "the service identity; listening needs a case and a name", "", "weights, detector and word list by one digest"),
    },
    roles={
        "Incident commander": "decides whether people write by hand until it is mended",
        "Operations": "telephony first, replicas second; one change at a time",
        "Communications": "tells those who rely on the text which hours are not to be trusted",
        "Model owner": "listens and reads side by side",
        "Data protection and security": "called when sound or text reached somebody, or a refusal was ignored",
    },
    severities=(
        "voices or transcripts are where they must not be, or invented text went into records: writing off, all roles",
        "calls are written late or not at all: notes by hand, rota in working hours, sound is kept",
        "one line, accent or product is heard badly: ticket with ten recordings",
    ),
    communication=("people on the phones hear first whether to write by hand", "readers of records get the hours and lines concerned", "the review listens before it looks at charts"),
    evidence=("keep the sound of the calls concerned beyond its date, with data protection's yes", "digest of weights, detector and word list per transcript", "what telephony sent: codec, channels, lost packets"),
    branches=(
        ("Text was invented", ("withdraw the text of the hours concerned from use; keep the sound", "look for repeats and impossible words a minute since the last release", "former weights or detector", "write the calls again, and tell who relied on the first text")),
        ("Words are missing", ("is sound complete, or did the line lose it?", "detector threshold and channel first", "write again from kept sound; mark what cannot be recovered")),
        ("Somebody was recorded who had refused", ("stop that line's recording", "find sound, text and labels by the call's id and erase all three", "data protection decides what must be told, and until when")),
        ("Sound or text left the house", ("close the way, keep its log, note the hour", "list calls and speakers as far as known", "data protection and counsel take over the deadlines")),
    ),
    controls={
        "weights-access": ("Weights, detector and word list behind the service", "read by its identity only; no port to the engine", "a person's credential gets neither model nor sound"),
        "signed-supply": ("One digest for all that hears", "weights, detector and word list load together or not", "a detector from elsewhere is refused at start"),
        "no-secrets": ("No telephony password in a file", "trunk and archive credentials by reference", "`aegis review` finds none; a planted one is found"),
        "egress": ("Sound comes in, text goes out", "the model server reaches neither archive nor internet", "a library that wants to fetch its detector fails at start, in a test"),
        "privacy": ("Masked before it is stored", "names, numbers and card digits are masked in text; sound has an earlier date than text", "an invented caller with an invented card number is found in no sink"),
        "tampering": ("Thresholds by merge", "a detector setting changed by hand returns and is reported", "change it and wait"),
        "input-bounds": ("Sound that can be speech", "length, sample rate, channels and codec are checked before decoding", "an hour of noise, an empty file and a film are refused or bounded"),
    },
    own_controls=(
        Control(id="spoken-instructions", threat="prompt-injection", title="What is said is text from outside", what="transcripts reach a language model, a search or a ticket as quoted data, never as an instruction", owner="security", test="a caller dictates an instruction in staging; nothing that reads the transcript obeys it", component="gateway", applies_to=LIVE),
    ),
    modes={
        "whisper-silence": ("a caller was on hold; into the music the model wrote thanks for watching, and the record of the call ended with it", "hold music, long pauses, dial tones", "the silence slice must give no words at the gate; live, words a minute and repeats of a piece are judged by the drift check", "listen to three such pieces; return the detector, then write the hours again", "play two minutes of hold music in staging; hypothesis: no text; stop at the first sentence"),
        "silent-drift": ("a product got a name that no model had read; it was written in four spellings, and searches in transcripts found none of them", "new names, headsets, lines", "unknown words and words a minute per line; the moved line becomes a ticket", "word list today, labelled pieces this week", "say an invented product name a hundred times in staging; hypothesis: it is reported within days; stop then"),
        "hard-inputs": ("telephony changed the codec on one trunk; calls from mobile phones lost their s and f, and the mean moved by less than anyone looks at", "codec, headset, trunk, accent", "scores are read per line; one failed line holds the release and opens a ticket", "compare the trunk's sound before and after; go back with telephony, not with the model", "encode the labelled calls with a poorer codec; hypothesis: the line's slice fails; stop after the run"),
        "privacy-leak": ("pieces that failed to decode were kept in a folder to look at later; it held a year of people spelling their names", "folders for failed pieces, debug copies, crash dumps", "failed pieces end with the sound's date like all others", "empty the folder by the erasure path; tell data protection today", "send broken sound with an invented name; hypothesis: nothing remains after its date; stop if it does"),
        "blind": ("the counter of pieces lived in the process that had hung; its last value stood on the chart while calls went unwritten", "a hung worker, a renamed series", "telephony's count of calls is compared with the count of transcripts", "one test call, then compare both counts", "freeze a worker in staging; hypothesis: the counts part within minutes; stop then"),
        "moving-weights": ("the voice detector was fetched at start by name; after a node change it was a newer one, deafer to soft voices", "a detector or tokenizer fetched by name", "all that hears is in the image, and a reference recording is written at start", "compare digests and the reference text; pin", "block the network at start in staging; hypothesis: it starts all the same; stop if it fetches"),
    },
    own_modes=(
        Mode(
            id="seam-lost", applies=_always,
            title="A word is cut where two pieces meet",
            story="pieces were cut every so many seconds; a policy number was spoken across the cut, and one half of it was written twice, the other not at all",
            trigger="cutting by the clock, overlap too short, joining by text alone",
            first_sign="numbers of the wrong length in transcripts; METRIC of the long-call slice falls",
            metric=names.EVALUATION_SCORE,
            automatic="labelled calls are scored whole, so a bad seam fails the gate",
            manual="cut at pauses, lengthen the overlap, join by time; score whole calls again",
            alert=("accuracy-verdict", "drift-detected"),
            experiment="cut the labelled calls one second later; hypothesis: the score stays inside its interval; stop after the run",
            likelihood="likely", impact="moderate",
            query="min(METRIC)", mend=("roll-back",),
        ),
        Mode(
            id="hard-pieces-slow", applies=_always,
            title="Pieces that are hard to hear are decoded again and again",
            story="a storm took the lines down to a crackle; each piece was decoded at one temperature after another, and clear calls waited behind them",
            trigger="many noisy pieces at once, fallback temperatures without a bound",
            first_sign="METRIC of the slowest twentieth climbs while the rate of pieces is ordinary",
            metric=names.GATEWAY_LATENCY,
            automatic="the proxy's deadline ends a piece and its limits refuse the next; the caller still has the sound",
            manual="bound the fallback temperatures by a release; write noisy pieces after hours",
            alert=("latency-burn-fast", "latency-burn-slow", "shedding"),
            experiment="add line noise to half of the replay; hypothesis: clear pieces stay in time; stop when the objective is missed",
            likelihood="likely", impact="moderate",
            query="histogram_quantile(0.95, sum by (le) (rate(METRIC_bucket[5m])))", mend=("logs", "pods"),
        ),
    ),
    asked={
        "whisper-silence": "prefer a gap in a record over an invented sentence",
        "silent-drift": "give the word list an owner in the product team",
        "hard-inputs": "have telephony announce codecs and trunks before they change",
        "privacy-leak": "let failed pieces end with all others, though they would help to mend",
        "blind": "let telephony's count of calls be compared every day",
        "moving-weights": "forbid fetching anything at start",
        "seam-lost": "accept text a few seconds later, so that it can be cut at pauses",
        "hard-pieces-slow": "say whether a noisy call may be written after hours",
    },
    runbooks={
        "availability-burn": (("Does sound arrive? Telephony's count first.", "One trunk, one replica, one zone?", "Was weights, detector or codec released today?"), ("Notes by hand; sound is kept.", "Former digest.", "Drain the replica; its pieces end first."), ("A test call is written whole, and both counts agree.",)),
        "latency-burn": (("Seconds waiting, or seconds per piece?", "Noisy lines, longer pieces or an archive run?", "Which caller sends most audio?"), ("Archive run off.", "Noisy pieces after hours.", "A further replica only if pieces wait."), ("Slowest twentieth in time through a busy quarter of an hour.",)),
        "accuracy-quality": (("Which line, accent or headset, since when?", "Listen to ten pieces before reading scores.", "Names and numbers, or everything?"), ("Former digest.", "Word list, if it is names.", "Telephony, if it is one trunk."), ("The slice passes on fresh recordings.",)),
        "telemetry-silent": (("Place a test call, find its text.", "Do calls and transcripts count alike?", "Counter, scrape or rule?"), ("No release until it counts.", "Those on the phones write by hand if the test call was lost."), ("Both counts agree for an hour.",)),
        "drift-detected": (("Words a minute, repeats, empties or unknown names: which moved?", "One line or all?", "New product, new headset, new codec?"), ("Word list or telephony.", "Detector back, if silence turned into words."), ("The shape is back, and ten recordings read right.",)),
        "shedding": (("Live calls or an archive?", "Above {traffic.peak}?", "A dialler in a loop?"), ("Archive off.", "Bound the caller."), ("What was refused has been written from kept sound.",)),
    },
    alerts={
        "burn-fast": ("calls are lost or late at a rate that uses up the month in days, in both windows", "place a test call; release running? Back first"),
        "burn-slow": ("a little is late each day", "by line and hour; archive runs first"),
        "verdict": ("labelled recordings are heard worse than agreed, with an interval", "listen to ten, then look at the slice"),
        "telemetry-silent": ("no count of pieces arrives", "place a test call"),
        "drift-detected": ("words a minute, repeats or empty pieces left their history", "which line?"),
        "shedding": ("sound is refused for longer than a burst", "archive or live?"),
    },
    lineage={
        "data": ("", "labelled recordings with consent date, two writers and line"),
        "code": ("commit of cutting, joining, masking and service", "version control"),
        "environment": ("image with decoder, resampler and driver versions", "the run's record"),
        "configuration": ("beam, fallback, detector threshold, overlap, word list", "signed beside the weights"),
        "model": ("", "registry; converted weights and their source"),
    },
    does={
        "callers": "telephony or recorders that send pieces of sound with the call they belong to",
        "gateway": "size and rate by caller, deadline, weights between versions, breaker",
        "stable": "writes what is said, with the proven weights, detector and word list",
        "canary": "writes a share of the pieces with the set on trial",
        "judge": "compares times, empties, repeats and labelled recordings of both",
        "evaluation": "labelled recordings per line; silence that must stay empty",
        "monitoring": "waiting seconds, words a minute, repeats, refused sound",
        "registry": "weights, detector and word list under one digest",
        "secrets": "one identity for telephony, one for text; none for the archive of sound",
    },
    policy="with budget left, word lists and settings may change in office hours; without it, only what hears better",
    cost=("price of an hour of speech, silence apart", "storage of sound by its date", "archives at night on what calls leave"),
)
