"""A camera over a line: one machine beside the press, two inspectors, and a missed seam that may break on a road."""

from __future__ import annotations

from aegis.plan.decisions.told import Told, Words

# A text, a row.
# fmt: off
WORDS: Words = {
    "run-where": Told(
        options={
            "managed-api": ("no box beside the press", "the line would stop with the telephone line, and pictures of seams are the firm's craft"),
            "single-host": ("a box, a camera and a light: an electrician can follow the cables", "the box stops, the inspectors look by hand"),
            "cluster": ("would carry a hall", "one line needs no conductor"),
        },
        later=("maintenance knows boxes, not platforms", "patched on the press's own maintenance day", "camera, light and model belong together more than box and cloud", "a new part number is a new validation"),
        shown="**parts looked at by hand** per shift",
        revisit="a second line gets a camera",
    ),
    "accelerator": Told(later=("one card in the box, one on the shelf", "dust filters monthly, drivers on maintenance days", "owned", "none"), shown="**milliseconds per part** on the warmest day", revisit="the line runs faster, or the camera gets more pixels"),
    "serving-platform": Told(options={"single-host": ("two units and a proxy: restarted by a label on the box", "no other box takes over"), "k3s": ("objects as in a hall", "a vocabulary nobody on the line speaks"), "kserve": ("model as an object", "needs a cluster to live in")}, later=("a label on the box says what to press", "the distribution's updates on maintenance days", "none", "none"), shown="**minutes from a dead box to parts again**", revisit="boxes are more than electricians"),
    "engine": Told(
        options={"onnxruntime": ("one runtime for this card and for the one after it", "falls back to the processor without a word: the start must check"), "triton": ("several models behind one door", "a door more for one model"), "openvino": ("quick on the box's own processor", "the figures were taken on the card"), "bentoml": ("", "one step is here"), "custom": ("the trainer's own code", "its library's versions are part of the result")},
        later=("one log, in the inspectors' language", "upgrades with the archive run first", "the model's format is open", "none"),
        shown="**equal verdicts on the reference parts** after each start",
        revisit="the card is no longer made",
    ),
    "quantization": Told(options={"as-published": ("what the archive was run with", "twice the memory"), "fp8": ("faster on newer cards", "faint cracks are the first to go"), "int8": ("twice as fast here", "calibration with good seams hides bad ones: take both"), "int4": ("", "a crack is a few grey values")}, later=("one precision", "the archive again for any other", "format", "none"), shown="**bad seams found**, the faintest tenth"),
    "optimization": Told(
        options={"smaller-model": ("more time per part", "faint cracks need the large one"), "engine-defaults": ("in time as it is", ""), "compilation": ("quicker on this card", "another build when the card is replaced"), "distillation": ("a light model", "learned from the heavy one's mistakes too"), "pruning": ("", "what is seldom used sees seldom cracks")},
        why="cutting the picture to the seam saves more than any kernel",
        later=("the cut is drawn once per part number", "checked after each work on the mount", "none", "none"),
        shown="**time per part**, picture to verdict",
        revisit="the line's beat gets shorter",
    ),
    "scaling": Told(options={"fixed": ("one box for one line: the beat never grows by itself", ""), "queue-signal": ("", "parts come in the press's beat"), "utilisation-signal": ("", "of one box"), "scale-to-zero": ("off on Sundays", "Monday's first part waits"), "job": ("a shift at once", "the flap decides now")}, why="the press sets the beat: a part is looked at before the next one comes, or set aside", later=("one figure: milliseconds per part", "after each change of beat", "none", "none"), shown="**parts set aside for lateness**"),
    "request-routing": Told(options={"direct": ("picture to box, verdict to flap", "no second opinion"), "hedged": ("the quicker of two boxes", "there is one"), "result-cache": ("same picture, same verdict", "no two seams are the same")}, later=("one cable", "none", "none", "none"), shown="**pictures without a verdict**"),
    "gateway": Told(options={"none": ("a hop less", "a stuck model stops the flap"), "proxy": ("a deadline, a breaker and a log line per part", "knows nothing of pictures"), "aegis-gateway": ("rules for words", "there are no words"), "envoy-ai-gateway": ("rules for callers", "the only caller is a camera")}, why="the flap needs an answer before the part passes: the proxy gives «set aside» when the model gives none", later=("one rule: late is set aside", "tried weekly by pulling a plug", "none", "none"), shown="**verdicts that came from the proxy**"),
    "release-strategy": Told(
        options={"canary": ("every so many parts by the new model, and the flap obeys the stricter one", "weeks until bad parts are enough"), "shadow": ("both look, one decides", "the card must hold both"), "blue-green": ("back by a switch", "a whole shift by an untried one"), "ab": ("which is better", "bad parts are rare: a year")},
        why="the stricter verdict counts while two models look, so a trial can only set more aside",
        later=("inspectors see which model spoke", "never in the week of an audit", "none", "each part's verdict names its model"),
        shown="**parts on which the two disagree**, judged by an inspector",
        revisit="disagreements are rarer than the inspectors' own",
    ),
    "evaluation-stack": Told(
        options={"aegis-evaluate": ("the archive by steel, shift and camera, as files", "bad parts must be collected for it all year"), "eyeball": ("inspectors see what no archive holds", "and disagree on Fridays")},
        why="missing a bad seam and setting a good one aside have different prices: two thresholds, not one score",
        later=("both inspectors label the same parts each quarter", "new steel joins before it is pressed", "files", "none"),
        shown="**bad seams found** at the agreed share set aside",
        revisit="a customer returns a part",
    ),
    "monitoring-stack": Told(options={"hosted": ("", "the hall has no way out"), "prometheus": ("in the box, with a lamp on the line", "dies with the box: the controller asks it each beat"), "none": ("", "until a customer calls")}, why="the inspectors look at a lamp, not at a chart: green, yellow, hand", later=("a lamp and a page", "on maintenance days", "files", "none"), shown="**minutes the lamp was wrong**"),
    "pipeline-orchestrator": Told(options={"ci": ("builds and runs the archive", "long archives block it"), "prefect": ("waits and retries", "a server for two people"), "dagster": ("knows pictures by origin", "more than one line needs")}, later=("archive run on each change", "at night", "files", "none"), shown="**changes with an archive run** (all)"),
    "iac": Told(options={"script": ("a box is set up again by reading it aloud", "knows this box only"), "terraform": ("", "nothing to plan"), "pulumi": ("", "for a box")}, later=("one script on a stick", "tried on the shelf box each quarter", "none", "none"), shown="**hours to a second box**"),
    "registry": Told(options={"oci": ("model and image by digest, on the hall's store", "no pictures beside it"), "mlflow": ("training beside versions", ""), "hugging-face-hub": ("for public models", "seams are the firm's craft"), "wandb": ("pictures of training", "")}, later=("a digest, a date, a camera and a light", "kept as long as parts are on the road", "open", "a recall asks which model saw a part"), shown="**parts whose model can be named** (all)"),
    "experiment-tracker": Told(options={"mlflow": ("on the trainer's desk", "one more login"), "wandb": ("pictures side by side", "outside the hall")}, later=("trainer's diary", "none", "exports", "none"), shown="**trainings that can be repeated**"),
    "continuous-training": Told(options={"none": ("verdicts stay comparable", "new steel is new"), "on-drift": ("trains when light, steel or gun moved", "needs bad parts of the new kind: they must be made"), "scheduled": ("", "a good month teaches nothing")}, why="the welders make bad seams on purpose when something changes: without them nobody could train", later=("a day of bad seams per change", "the archive keeps the old ones too", "none", "none"), shown="**days from new steel to a judged model**"),
    "secrets": Told(options={"literal": ("", "boxes are sold with their disks"), "systemd-creds": ("bound to this box", "must be typed again for the next"), "sops": ("with the code", "a key to keep")}, why="the box holds no account of the office network", later=("bound to the box", "typed at set-up", "none", "a scrapped box is wiped"), shown="**office accounts on the box** (none)"),
    "network": Told(options={"open-egress": ("updates at night", "a hall is a quiet way into an office"), "deny-by-default": ("camera, controller, archive", "a helper's laptop needs a cable and a witness"), "isolated": ("no cable at all", "archive by stick")}, later=("three cables, labelled", "looked at in the safety round", "none", "none"), shown="**unknown devices on the line's switch** (none)"),
    "data-retention": Told(
        options={"raw": ("pictures of seams, without people, teach the next model", "hands in a picture are people: cut to the seam"), "none": ("", "a returned part cannot be looked up"), "redacted": ("", "masking seams makes no sense")},
        why="a part can come back after years: its picture, verdict and model come with it",
        later=("by part number, for as long as the firm answers for it", "disks are counted yearly", "files", "works council knows that no face is kept"),
        shown="**returned parts whose picture was found**",
        revisit="the firm answers longer or shorter",
    ),
    "environments": Told(options={"shared": ("", "a trial at the flap"), "separate-by-account": ("trial on the shelf box, at the table", "no press there"), "separate-accounts": ("", "for a box")}, why="the table beside the line has a camera, a light and the shelf box: parts are shown to it by hand", later=("inspectors try there", "its light is measured like the line's", "none", "none"), shown="**verdict at the table equals verdict at the line**"),
    "disaster-recovery": Told(options={"rebuild": ("the shelf box takes over after a script", "by hand until then"), "zones": ("two boxes on the line", "one controller anyway")}, why="two inspectors can look by hand at a slower beat: that is the recovery, and it is drilled", later=("a card on the press says the slower beat", "twice a year", "none", "none"), shown="**minutes to the slower beat**"),
    "admission": Told(
        options={"admission-policy": ("line keeps its version", "no inspector's name on it"), "sigstore-policy-controller": ("whose program", "not whose eye"), "kyverno": ("model and program signed by quality", "a hook between shifts")},
        wins={"admission-policy": "a station runs what quality measured, by digest"},
        why="a part is judged by what quality released, or the line stands",
        later=("a refusal lights the station's lamp", "between shifts", "none", "quality keeps the list"),
        shown="**stations on an unreleased model** (none)",
        revisit="customers audit the model",
    ),
    "fault-injection": Told(
        options={"by-hand": ("pull a plug", "and scrap parts"), "chaos-mesh": ("takes a replica from recorded frames", "a daemon near the line"), "litmus": ("ends on late verdicts", "an office system on a shop floor")},
        wins={"chaos-mesh": "recorded frames meet the fault, and a late verdict ends it"},
        why="without a verdict a part goes to a person: the rehearsal counts how many that would be",
        later=("recorded frames only", "with each new part", "none", "none"),
        shown="**parts sent to a person** during a fault",
        revisit="the line ran faster than the rehearsal",
    ),
}
