"""Vision: the camera is part of the model, whoever bought it."""

from __future__ import annotations

from aegis.base import conventions as names
from aegis.plan.case import Case
from aegis.plan.parts.voice import Mode, OwnTask, Voice
from aegis.plan.types import LIVE, Control, Task


def _always(case: Case) -> bool:
    return case.kind == "vision"


# A text, a row.
# fmt: off
VOICE = Voice(
    goals={
        "phase-foundation": "an image arrives, a verdict leaves, and its camera settings are known",
        "phase-evidence": "missed and false finds, per camera and condition",
        "phase-staging": "beside the inspectors, at the pace of the line",
        "phase-production": "it sorts out, people look at what it sorted out",
        "phase-run": "lamps age, lenses blur, parts change",
    },
    tasks={
        "confirm-assumptions": ("Let whoever looks today read the assumptions", "they have corrected image rates and the price of a miss", "they know which fault never appears in the archive"),
        "stages": ("Separate image stores and credentials for trial, proof and line", "a trial cannot write a verdict that the line acts on", "a test verdict moves a real part"),
        "secrets": ("Give cameras and server their own identities", "default passwords of cameras are gone", "cameras are computers with a lens"),
        "serve-dev": ("Run archived images through the bundle, bytes as the camera sends them", "verdicts equal those of the training code on every archived image", "resize and colour order are where they part"),
        "freeze-evaluation": ("Freeze the image set with exposure, lens and lamp noted", "each image names camera and condition", "without them a slice cannot be named when it fails"),
        "baseline": ("Compare model and inspectors on the same images, unseen by both", "finds, misses and disagreements are on one page", "inspectors disagree more than anybody expects"),
        "security-review": ("Review camera network, image store and who can change a verdict", "the path from lens to action has an owner at each step", "a flat network lets a laptop play a camera"),
        "load-test": ("Feed images at the fastest pace there is, for an hour", "p95 holds with decoding included; the report is in `model.measurements`", "decoding and copying cost more than the network"),
        "alerts-live": ("Cover a lens, dim a lamp, unplug a camera", "the shift was told which camera, in plain words", "camera faults look like quality"),
        "way-back-drill": ("Load a model that misses on purpose and see it leave", "{release.way_back} later the former one decides, with doubtful parts set aside meanwhile", "misses make no noise"),
        "fault-drills": ("Stop the server while images keep coming", "what could not be judged went to people, none passed unseen", "fail-safe is a default somebody must have chosen"),
        "first-users": ("Run silently beside the inspectors for some weeks", "differences were looked at image by image", "silence costs nothing and teaches both"),
        "progressive": ("Let it decide the clear ones, people the rest", "the band of doubt was narrowed on evidence", "a threshold is a staffing decision"),
        "budget-guard": ("Plan lamps, lenses and image storage", "the owner knows what a terabyte of images costs a year", "images are the bill"),
        "slo-review": ("Monthly look at misses found downstream", "each was replayed through the model", "downstream finds are the only free labels of misses"),
        "drift-review": ("Monthly check of brightness, sharpness and find rate per camera", "cleaned, replaced or accepted", "glass gets dirty slowly"),
        "restore-drill": ("Swap server or camera from the shelf with a stopwatch", "verdicts agree with yesterday's on the reference part", "a new camera is a new distribution"),
        "handover": ("The people at the line retrain a slice with the guide", "they labelled, gated and released once", "they see new faults first"),
        "retire": ("Say when the model leaves with the product or the camera", "end of the part, lens or sensor is in the calendar", "models outlive what they look at"),
        "retrain": ("First training with newly found misses", "old slices held, the new one rose", "new faults push out old ones"),
    },
    own_tasks=(
        OwnTask(
            phase="phase-foundation",
            task=Task(id="reference-target", title="Fix a reference target in view of each camera", done_when="sharpness, colour and scale are measured on it at each start of work", why="it tells camera trouble from model trouble in a minute", owner="service", priority="P0", applies_to=("staging", "production")),
        ),
        OwnTask(phase="phase-evidence", task=Task(id="rare-faults", title="Collect the rare faults on purpose", done_when="each known fault has samples, made or borrowed, and a slice", why="the archive holds what happened, not what may", owner="model", priority="P0", applies_to=("staging",))),
    ),
    stages={
        "development": ("training and thresholds on archived images", "archived images with clearance", "two or three engineers; no camera", "", "any branch on the archive"),
        "staging": ("live images, verdicts recorded and ignored", "live images, cleared of what identifies people or products", "engineers with whoever works there", "", "each merge, judged on archive and reference target"),
        "production": ("verdicts act; doubt goes to people", "images by the retention rule, finds longer than clears", "server identity; shift leads see verdicts", "", "a digest that ran silently first"),
    },
    roles={
        "Incident commander": "shift lead until somebody relieves; decides whether all goes to people",
        "Operations": "cameras, lamps, server",
        "Communications": "tells the next station and quality which parts to hold",
        "Model owner": "looks at images, not at scores",
        "Data protection and security": "called for images of people or a camera that was opened",
    },
    severities=("faults passed unseen or the line is blind: everything to people, parts held back to the last good check", "too many false finds or too slow: people at the doubtful band, rota informed", "one camera off its reference: ticket, cleaned at the break"),
    communication=("the next station hears part numbers and times", "inspectors hear it before the managers", "the review is held at the camera"),
    evidence=("keep images, verdicts and reference measurements of the hours around it", "lamp hours, lens, exposure, firmware as read from the camera", "model and preprocessing digests; one without the other explains nothing"),
    branches=(
        ("Faults got through", ("hold parts back to the last reference check that passed", "send all to people; replay held images through both models", "find the slice: camera, shift, material", "label and add before deciding again")),
        ("It cries wolf", ("clean the lens, measure the target", "widen the band of doubt rather than the threshold", "compare with last week's false finds by camera")),
        ("A camera was opened or replaced", ("take its verdicts out until the target agrees", "new identity, firmware noted", "look for images that came from elsewhere")),
        ("Images left the house", ("close share and account, keep its log", "say which products or people are visible", "whoever owns secrecy or privacy judges what must be told")),
    ),
    controls={
        "weights-access": ("The detector stays on its server", "model readable by its service only; debug ports closed", "a laptop on the camera network reads neither model nor images"),
        "signed-supply": ("Model and preprocessing signed together", "digest pair checked at load; files that run code are refused", "the pair with another resize is refused"),
        "no-secrets": ("No camera password in a script", "camera credentials live in the store, one per camera", "`aegis review` finds none; a planted stream address with a login is found"),
        "egress": ("Images stay on their network", "cameras reach the server, the server reaches store and metrics", "a camera that calls its maker is dropped and counted"),
        "privacy": ("People out of the picture", "masks over places where people stand; images end by the rule", "a planted face is masked before it is stored"),
        "tampering": ("Thresholds and masks by merge", "a threshold set at the screen reverts and is shown", "change it by hand and watch"),
        "input-bounds": ("Images that cannot be right", "size, exposure and sharpness outside their range go to people", "black, white, frozen and foreign frames each end with a person"),
        "ingestion": ("Labels by two pairs of eyes", "each training image has a camera, a time and two labellers where it matters; sets are signed", "a planted wrong label is caught in the second look"),
    },
    own_controls=(
        Control(
            id="adversarial-image",
            threat="tampering",
            title="Frozen, replayed and patched images",
            what="frames carry a camera's signature or counter where it has one; repeated and patched frames are refused",
            owner="security",
            test="yesterday's stream replayed into the server is refused within seconds",
            component="gateway",
            applies_to=LIVE,
            refs=("MITRE ATLAS AML.T0043",),
        ),
    ),
    modes={
        "silent-drift": (
            "a lamp lost a fifth of its light over a winter; contrast fell, misses rose, false finds fell, and everybody was pleased",
            "lamps, lenses, materials",
            "target contrast against its own history; a quieter camera is suspicious",
            "clean, replace, then replay last week",
            "dim the lamp in staging; hypothesis: the target tells before the verdicts do; stop at the first missed fault",
        ),
        "oom-at-peak": (
            "a burst of full-size frames was decoded at once; the server ran out and the queue came back with it",
            "frames in bulk after a stop",
            "decoding is bounded; oldest frames go to people",
            "restart with an empty queue, send the missed to people",
            "restart feeding with a minute's backlog; hypothesis: bounded, nothing restarts; stop if it does",
        ),
        "hard-inputs": (
            "a camera update changed sharpening; edges looked like cracks on one station only",
            "firmware, lens, codec, supplier",
            "one failing slice fails the verdict; the station goes to people",
            "return firmware, replay, then decide about training",
            "apply the maker's new profile to the archive; hypothesis: the slice fails, the mean does not; stop then",
        ),
        "moving-weights": ("a file named latest was copied by a helpful colleague before his holiday", "names instead of digests", "load by digest pair; anything else stays out", "restore the pair, list verdicts since", "copy another file over it; hypothesis: not loaded; stop if it is"),
        "blind": ("the exporter hung with its last values; the chart showed a perfect hour while nothing was judged", "hung exporter, full disk", "a count that stands still is absence", "count images in the store, restart the exporter", "freeze it in staging; hypothesis: alarm in minutes; stop then"),
    },
    own_modes=(
        Mode(
            id="frozen-frame",
            applies=_always,
            title="The camera sends the same picture, and it is a good one",
            story="after a power dip the driver repeated its last frame; parts passed for a shift, all of them looking like one",
            trigger="drivers, grabbers, replay",
            first_sign="identical image hashes; scores with no spread while METRIC is as always",
            metric=names.GATEWAY_REQUESTS,
            automatic="equal hashes in a row send parts to people and restart the grabber",
            manual="power-cycle, reference target, then hold the parts of the gap",
            alert=("drift-detected", "availability-burn-fast"),
            experiment="repeat one frame in staging; hypothesis: stopped within a handful; stop at a tenth",
            likelihood="possible",
            impact="high",
        ),
        Mode(
            id="preprocess-differs",
            applies=_always,
            title="Resize here, resize there",
            story="training cropped, the server squeezed; small faults became smaller, and only those were missed",
            trigger="another library, another version, another colour order",
            first_sign="small-fault slice falls from the first day",
            metric=names.EVALUATION_SCORE,
            automatic="archive images must give equal verdicts in both codes before release",
            manual="move preprocessing into the graph",
            alert=("accuracy-verdict", "drift-detected"),
            experiment="swap colour order in staging; hypothesis: the equality check fails; stop there",
            likelihood="likely",
            impact="moderate",
        ),
    ),
    asked={
        "hard-inputs": "make camera firmware part of the release",
        "silent-drift": "give cleaning and lamps an owner and a calendar",
        "frozen-frame": "accept that identical frames stop the work",
        "preprocess-differs": "ship preprocessing inside the model",
        "blind": "let a still counter alarm",
        "moving-weights": "close the shared folder",
        "oom-at-peak": "let late images go to people",
    },
    runbooks={
        "availability-burn": (("Do images arrive? Grabber first, server second.", "One camera or all?", "Was something cleaned, moved, updated?"), ("All to people.", "Restart grabber, then server.", "Former pair if it was released today."), ("Reference target judged rightly on each camera.",)),
        "latency-burn": (("Decode, copy or network? One image timed.", "Larger images than planned?", "Hot device?"), ("Lower the pace or the size, agreed with the line.", "Drop debug copies."), ("An hour at full pace in time.",)),
        "accuracy-quality": (("Which camera, material, shift?", "Target sharp and bright?", "Look at fifty images."), ("Clean; then former model.", "That slice to people."), ("Slice passes on new images.",)),
        "telemetry-silent": (("Is the image counter moving?", "Does one camera lack identity or clock?"), ("People look until it counts again.",), ("Counter, store and verdicts agree.",)),
        "drift-detected": (("Brightness, sharpness or finds: which moved first?", "Did a camera, a light or a codec change?", "Do downstream finds follow?"), ("Clean and measure before training.", "New reference with two names."), ("Target in band, downstream quiet.",)),
        "shedding": (("Backlog after a stop?", "Above {traffic.peak}?", "A second sender on the network?"), ("Backlog to people.", "Remove the second sender."), ("No image left unjudged today.",)),
    },
    alerts={
        "burn-fast": ("images fail or come late beyond what the month allows, by the hour", "people look now; then grabber, then server"),
        "burn-slow": ("a few each shift", "sort by camera"),
        "verdict": ("labelled images say that misses or false finds passed the agreed line", "target first, images second"),
        "telemetry-silent": ("counts or a camera went quiet", "look at the image counter"),
        "drift-detected": ("brightness, sharpness or find rate left its history", "clean the lens and measure"),
        "shedding": ("images refused longer than a restart's backlog", "who else sends?"),
    },
    lineage={
        "code": ("commit of server, preprocessing and labelling guide", "version control"),
        "environment": ("camera, lens, lamp and firmware beside image and driver", "station sheet, updated at each swap"),
        "configuration": ("threshold, band of doubt, masks, exposure", "station file, reviewed"),
        "data": ("", "image store by camera and hour, with both labellers"),
        "model": ("", "one digest for graph and preprocessing"),
    },
    does={
        "callers": "cameras or stations that send an image and wait for a verdict",
        "gateway": "size, rate, identity of the camera; everything odd to people",
        "stable": "judges images with the proven pair",
        "canary": "judges the same or a few images with the pair on trial",
        "judge": "compares finds and misses by camera",
        "evaluation": "archive, rare faults, reference target",
        "monitoring": "images, verdicts, sharpness and lamp hours",
        "registry": "pairs of graph and preprocessing",
        "secrets": "one credential per camera",
        "audit": "finds with image, clears as counts",
    },
    policy="with budget left, the band of doubt may shrink; without it, it grows",
    cost=("storage by camera and month, with an end for clears", "lamps and lenses by hours", "no second device before decoding was looked at"),
)
