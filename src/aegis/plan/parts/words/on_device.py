"""On other people's devices: you ship, they decide when."""

from __future__ import annotations

from aegis.base import conventions as names
from aegis.plan.case import Case
from aegis.plan.parts.voice import Mode, OwnTask, Voice
from aegis.plan.types import LIVE, Control, Task


def _always(case: Case) -> bool:
    return case.kind == "on-device"


# A text, a row.
# fmt: off
VOICE = Voice(
    goals={"phase-foundation": "an app that works with no model, an old model and the new one", "phase-evidence": "quality and heat on devices people own", "phase-staging": "the rack and the store's test tracks", "phase-production": "staff, a percent, then patience", "phase-run": "old versions live long; know them"},
    tasks={
        "confirm-assumptions": ("Check the assumptions against the store's device statistics", "oldest device, memory and system version are from your own figures", "the slowest supported phone decides"),
        "stages": ("Three app identities with model channels of their own", "a beta app cannot fetch a production model, nor the reverse", "testers forget which app they hold"),
        "secrets": ("Ship an app that contains no key", "the package was unpacked and searched; updates are verified by a public key only", "packages are unpacked for sport"),
        "serve-dev": ("Run the exported model in the app on one device of each family", "results agree with the reference, operators stay on the accelerator", "silent fall-backs triple time and heat"),
        "freeze-evaluation": ("Freeze consented samples with device, place and noise noted", "slices are people and places, not random tenths", "a quiet office is no cellar"),
        "baseline": ("Evaluate on devices, warm, in aeroplane mode", "quality, time and battery per family on one page", "desktop figures flatter"),
        "security-review": ("Security review of package, update path and what a stolen phone reveals", "answers for each, with device protection on and off", "phones are lost weekly"),
        "red-team": ("Let people misuse it on their own phones for a week", "what they reached is a test", "you do not own the device"),
        "compliance-assessment": ("Show store declarations, permissions and telemetry to privacy owners", "they agree with what the app really sends", "declarations are read by regulators, too"),
        "pilot-device": ("Measure time, memory and battery on the oldest phone, in a warm pocket", "figures with model, system version and temperature in the brief", "laboratories are cool"),
        "load-test": ("Run an hour of back-to-back use on each family of the rack", "no family is killed by the system; figures in `model.measurements`", "the system ends greedy apps without a word"),
        "alerts-live": ("Crash it and slow it on beta devices; wait for the counters", "both were seen a day later, with family and version", "a day is what telemetry takes"),
        "way-back-drill": ("Send a bad model to beta and watch devices return by themselves", "within {release.way_back} most are back, the rest know how", "a store review takes longer than harm"),
        "fault-drills": ("Full disk, dead battery, killed in the middle of an update", "each device starts with a working model", "updates meet phones at their worst"),
        "first-users": ("Give it to colleagues, on their own phones", "two weeks without a battery complaint", "they complain honestly"),
        "progressive": ("Staged store release, then model stages by share", "each stage waited for devices that confirm, not for downloads", "downloads are not use"),
        "budget-guard": ("Budget the rack, downloads and support", "a model's megabytes times devices has a price tag", "mobile data is somebody's money"),
        "slo-review": ("Monthly by family: usable, in time, returned", "the worst family has a plan or an end", "averages are flagship phones"),
        "drift-review": ("Ask a panel quarterly, since the data stay with them", "their failures, given with consent, are in the set", "silence from phones is by design"),
        "restore-drill": ("Rebuild app and model of last year from the registry", "they install and answer", "signing keys age too"),
        "handover": ("Support tells version, family and model from one screen", "a call was solved without a developer", "users read screens aloud"),
        "retire": ("Publish the oldest system and model you carry", "a date, a message in the app, a last model", "people keep phones"),
    },
    own_tasks=(
        OwnTask(phase="phase-foundation", task=Task(id="device-rack", title="Build the device rack: oldest, commonest, oddest", done_when="each merge runs on them, warm, and reports heat", why="emulators have no thermals and no neighbours", owner="platform", priority="P0", applies_to=("development", "staging"))),
        OwnTask(phase="phase-foundation", task=Task(id="version-matrix", title="Keep the matrix of app and model versions that may meet", done_when="each pair in the field is tested or refused by the app", why="two trains cross at every station", owner="service", priority="P0", applies_to=("staging", "production"))),
        OwnTask(phase="phase-evidence", task=Task(id="noise-slices", title="Cut quality by accent, noise and handling", done_when="no slice is worse than agreed on the oldest phone", why="the people it fails are not in the office", owner="model", priority="P0", applies_to=("staging",))),
    ),
    stages={
        "development": ("export and app on desks", "recordings and inputs made by the team", "developers' phones, debug identity", "", "any branch on the rack at night"),
        "staging": ("beta track with people who agreed", "their data on their phones; counters by consent", "beta testers; nobody reads a device", "", "merges to the beta track"),
        "production": ("works in pockets and cellars", "stays on the device", "the store and the update service; nobody else reaches a phone", "", "store stage, then model stage, both by share"),
    },
    roles={
        "Incident commander": "stops stages at store and update service",
        "Operations": "those who hold the signing rights, two of them",
        "Communications": "release notes, support scripts, reviews in the store",
        "Model owner": "reproduces on the rack",
        "Data protection and security": "called when something left devices",
    },
    severities=("harmful results, data off devices or apps that will not start: stages closed, former model, all roles", "slow, hot or draining on a family: stage closed for it", "rare and odd: ticket with family and versions"),
    communication=("support gets the sentence first; people write to support", "store notes say what changed, without adjectives", "review with a user's own words"),
    evidence=("counters by family and version, as they came", "package, model and key digests of each stage", "a volunteer's device stays untouched until they agree"),
    branches=(
        ("Bad in the field", ("close the model stage, then the store stage", "devices return by themselves; tell support how they look when they have", "reproduce on the rack before shipping a mend", "publish what people should do")),
        ("Drains or heats", ("close for the family", "halve the work per minute by remote rule, if one was shipped", "measure on the warm rack")),
        ("Something left devices", ("switch telemetry off remotely", "say what, from how many, since which version", "privacy owners judge what is told and where")),
        ("The signing key is doubtful", ("stop all stages", "second key as rehearsed; old packages stay valid where stores allow", "list what was signed, by log")),
    ),
    controls={
        "weights-access": ("Weights are public the day you ship", "nothing secret in them; updates bound to your signature", "a package signed by another key is refused on each family"),
        "signed-supply": ("Store signature and model signature", "two signatures by two people; devices check both", "an old model offered as new is refused"),
        "no-secrets": ("Nothing to find in the package", "no key, address list or test login inside", "`aegis review` on the source, a string search on the package"),
        "egress": ("It talks to updates and to nobody else", "counters only with consent, batched", "a proxy on a test phone sees two hosts"),
        "privacy": ("It stays there", "inputs and results never leave; deletion in the app deletes", "a backup and a transfer hold no input in the clear"),
        "tampering": ("A phone you do not trust", "results on rooted devices are the owner's affair; servers accept nothing from them as proof", "an altered app is told apart by the update service"),
    },
    own_controls=(Control(id="audio-replay", threat="tampering", title="Played, not said", what="results are never proof of who spoke or what was there; acts that need proof ask for it elsewhere", owner="security", test="a replayed recording triggers nothing that binds anybody", component="device", applies_to=LIVE),),
    modes={
        "silent-drift": (
            "a system update changed the microphone's noise filter; only old people with old phones were hurt, and did not write",
            "systems, microphones, cases",
            "usable results and corrections by family, where people agreed",
            "panel, rack, then a model or a setting",
            "apply the new filter on the rack; hypothesis: slice falls before reviews do; stop then",
        ),
        "thermal": (
            "after ten minutes in a cellar lift it answered at half speed, in a warm hand",
            "long use, cases, old batteries",
            "work is spread before the system throttles; a simpler answer meanwhile",
            "smaller precision for that family",
            "an hour in a warm box; hypothesis: slower, never killed; stop at the system's limit",
        ),
        "fleet-split": ("the store's stage stood at half; support had two truths for a quarter", "offline phones, full disks, refused updates", "matrix in the app; pairs that must not meet part politely", "decide the end of the old pair", "freeze a tenth of beta; hypothesis: nothing breaks; stop after the stage"),
        "moving-weights": ("the content network served an old file under a new name for a region", "caches", "digest in the signed list, checked before use", "purge, and count who has which", "serve another file on beta; hypothesis: refused; stop if loaded"),
        "privacy-leak": ("a crash report carried the last sentence spoken", "third-party crash tools", "reports are filtered on the device; free text never", "withdraw the version, delete at the vendor, tell owners", "crash with a planted sentence; hypothesis: not in the report; stop if there"),
        "blind": ("consent rates fell after a dialog change; the curve improved, since only enthusiasts remained", "a dialog, a permission", "share of reporting devices stands above every curve; below its floor curves are grey", "ask the panel", "halve consent on beta; hypothesis: curves grey; stop after a day"),
    },
    own_modes=(
        Mode(
            id="killed-in-background",
            applies=_always,
            title="The system ends it in the background",
            story="memory was within the budget, a call came in, the app was closed, and the note was gone",
            trigger="memory peaks while another app matters more",
            first_sign="starts without an end in METRIC, by family",
            metric=names.DEVICE_INFERENCES,
            automatic="input is saved before inference; it resumes at the next start",
            manual="lower the peak: load late, free early",
            alert=("availability-burn-fast",),
            experiment="call the phone at the peak; hypothesis: nothing lost; stop at the first loss",
            likelihood="likely",
            impact="moderate",
        ),
        Mode(
            id="operator-fallback",
            applies=_always,
            title="One operator runs on the processor",
            story="a converter update left one layer behind; results equal, three times the time, and only on one maker's chips",
            trigger="converter or system update",
            first_sign="time per inference splits by chip family",
            metric=names.DEVICE_LATENCY,
            automatic="the rack fails a merge whose graph has a new partition",
            manual="pin the converter, or rewrite the layer",
            alert=("latency-burn-fast",),
            experiment="export with the next converter on the rack; hypothesis: partition change is refused; stop there",
            likelihood="likely",
            impact="moderate",
        ),
    ),
    asked={
        "thermal": "say how warm and how long it must work",
        "silent-drift": "pay a panel, since phones stay silent",
        "fleet-split": "set the last day of the old pair",
        "killed-in-background": "save before computing, also if slower",
        "operator-fallback": "name the chips you support",
        "privacy-leak": "drop crash tools that carry text",
        "blind": "accept grey curves",
        "moving-weights": "check digests on the phone, each load",
    },
    runbooks={
        "availability-burn": (("Which family, system and pair?", "Crash, kill or refusal? They count apart.", "Store stage or model stage moved?"), ("Close that stage.", "Former model by signed list.", "Support sentence out."), ("Confirmed devices are back in band for two days.",)),
        "latency-burn": (("Chip family or all?", "Partition of the graph changed?", "Warm weather, new case, system update?"), ("Close for the family.", "Smaller precision there."), ("The rack, warm, agrees with the field.",)),
        "accuracy-quality": (("Which people or places?", "Microphone, language, model pair?"), ("Former model for the slice's devices.", "Panel samples with consent."), ("Slice passes on the oldest phone.",)),
        "telemetry-silent": (("Share of devices that report: fell when?", "Dialog, host or certificate?"), ("Stages wait.", "Panel instead of curves."), ("Share above its floor.",)),
        "drift-detected": (("Did a new device class or system version join?", "Panel says what?"), ("Add it to the rack.", "Accept or exclude by matrix."), ("Family has its own band.",)),
    },
    alerts={
        "burn-fast": ("devices that report lose or miss results beyond the month's budget, within a day of reports", "close the stage, then ask which family"),
        "burn-slow": ("one family costs a little each day", "family before version"),
        "verdict": ("samples on the rack or of the panel got worse than agreed", "listen to or look at the failing slice"),
        "telemetry-silent": ("fewer devices report than curves may rest on", "consent dialog, host, certificate"),
        "drift-detected": ("inputs or results of a family left their history", "a system update? Look at its date"),
    },
    lineage={
        "code": ("commit of app, exporter and converter", "tag of the store build"),
        "environment": ("system versions, chips and converter of the rack", "test report beside the build"),
        "configuration": ("matrix, shares and remote rules", "signed list of the update service"),
        "data": ("", "consented samples with their end"),
        "model": ("", "graph and converted files by digest, in the registry"),
    },
    does={
        "app": "takes input, saves it, asks the model, goes on without it",
        "device": "runs it within time, memory and heat",
        "watchdog": "simpler answer, former model, or a plain message",
        "updates": "signed list of models, by share and matrix",
        "judge": "opens or closes stages on confirmed devices",
        "evaluation": "rack, panel, slices",
        "monitoring": "counters of those who agreed, with their share on top",
        "registry": "source graph, converted files, signatures",
        "secrets": "signing rights, two people",
    },
    policy="with budget left, a stage may open; without it, stages close and only mends ship",
    cost=("megabytes times devices, at mobile prices", "rack places per supported family", "support minutes per release"),
)
