"""A model in people's pockets: what was shipped stays there, and the oldest telephone decides."""

from __future__ import annotations

from aegis.plan.decisions.told import Told, Words

# A text, a row.
# fmt: off
WORDS: Words = {
    "run-where": Told(
        options={"device": ("works in a cellar, and no recording travels", "the oldest supported phone sets the limit for all"), "managed-api": ("larger models, nothing to ship", "no cellar has a network, and voices would leave the phone")},
        later=("app people own a model as well", "each system version is a test day", "both stores' rules on what an app may fetch", "a voice that never leaves needs no processor's contract"),
        shown="**notes made without a network**",
        revisit="the oldest supported phone is five years younger",
    ),
    "optimization": Told(
        options={"smaller-model": ("half the wait and the heat", "machine rooms are loud, and it hears less"), "engine-defaults": ("the same on all phones", "each phone's own chip could do more"), "compilation": ("the phone's own chip", "a build per chip family, and a fallback that must be tested"), "distillation": ("learns the trade's words", "needs voices with consent"), "pruning": ("a smaller download", "rare words go first, and part names are rare")},
        why="cutting silence before the model saves more battery than any kernel",
        later=("one build for all phones", "heat is measured each summer", "none", "none"),
        shown="**battery per minute of note**, oldest class",
        revisit="half of the fleet has the same chip",
    ),
    "edge-runtime": Told(
        options={"coreml": ("best on one half of the fleet", "the other half gets nothing"), "onnxruntime-mobile": ("one file for both systems", "what a phone's chip cannot do runs on its processor, slower"), "executorch": ("small, from the trainers' own world", "young: few phones have been through a summer with it"), "mediapipe": ("ready-made for common tasks", "this is not one of them")},
        later=("one runtime, two app builds", "updated with the app, twice a year", "the model's file is open", "none"),
        shown="**share of operators that ran on the phone's processor**",
        revisit="one system drops below a tenth of the fleet",
    ),
    "quantization": Told(options={"fp16": ("closest to training", "too large for the old phones' memory"), "int8": ("fits, and old processors like it", "calibrate with machine noise, or quiet voices suffer"), "int4": ("a quick download", "part numbers are misheard")}, later=("one precision for all classes", "noise set again after each conversion", "format", "none"), shown="**word error rate in noise**, oldest class", revisit="memory of the oldest class doubles"),
    "release-strategy": Told(
        options={"staged-fleet": ("a share of every class first, over days with real cellars", "who is offline takes the old one home"), "all-at-once": ("", "a bad model in every pocket by evening")},
        why="a phone that took a model in the morning cannot be reached in a cellar: shares are small and days are long",
        later=("support knows which share is where", "no stage on a Friday", "both stores' review times", "a version list is kept by class"),
        shown="**phones that returned to their last good model**",
        revisit="phones are online all day",
    ),
    "evaluation-stack": Told(
        options={"aegis-evaluate": ("recordings from machine rooms, by accent and noise, as files", "must also run on phones, not only on desks"), "giskard": ("", "not odd noises"), "eyeball": ("technicians laugh at the right errors", "and tell nobody how many")},
        why="the same file must be judged on the oldest phone: a desk hears better",
        later=("a drawer of phones, charged", "recordings renewed with consent each year", "files", "voices are biometric: consent names this use"),
        shown="**difference between desk and oldest phone**",
        revisit="a new phone class exceeds a tenth",
    ),
    "monitoring-stack": Told(options={"hosted": ("phones can reach it when they surface", "counts per class, never per person"), "prometheus": ("", "phones do not wait to be scraped"), "none": ("no consent to ask", "support tickets are the sensor")}, why="a phone tells a few counters, once a day, if its owner agreed; silence is most of the fleet", later=("read every figure with its share of phones", "counters change with the app", "export", "a new counter is a new question to its owner"), shown="**share of phones that report**, by class"),
    "pipeline-orchestrator": Told(options={"github-actions": ("builds the app already", "has no phones: a rack must be called"), "ci": ("the same in general", "and as blind"), "prefect": ("waits for a rack", "one more server")}, later=("one pipeline for app and model", "rack first, store second", "files", "signing identity is the pipeline's"), shown="**builds that met the rack** (all)"),
    "iac": Told(options={"script": ("a bucket, a key policy, a rack", "nothing else is known to it"), "terraform": ("", "for one bucket"), "pulumi": ("", "for one bucket")}, later=("one script for channel and rack", "yearly", "none", "none"), shown="**hands on the channel** (none)"),
    "registry": Told(options={"hugging-face-hub": ("the base is published there, by commit", "your conversion belongs in a private corner of it"), "oci": ("", "phones do not speak it: a channel in between"), "mlflow": ("", "nothing is trained")}, later=("base, conversion and app version under one digest", "kept as long as one phone has it", "open files", "licences of base and runtime in the app's list"), shown="**phones with an unknown digest** (none)"),
    "continuous-training": Told(options={"none": ("no voice leaves its phone", "dialects stay hard"), "on-drift": ("would follow new machines", "no labels without voices"), "scheduled": ("", "nothing to train on")}, why="the voice stays: improvement comes with the published model and with words that the app adds", later=("a word list for parts and places", "renewed with the parts catalogue", "none", "none"), shown="**part names heard right**"),
    "secrets": Told(options={"literal": ("", "an app is unpacked in minutes"), "sops": ("build secrets beside the build", "a key for the build")}, why="an app keeps no secret; the signing key stays in the stores' and the pipeline's hands", later=("one signing identity, two people", "renewed with the stores' certificates", "stores'", "a lost key is a new app"), shown="**secrets found in the built app** (none)"),
    "network": Told(options={"open-egress": ("the app may call anybody", "a library might"), "deny-by-default": ("channel and counters, both signed", "a new library asks first"), "isolated": ("", "no update either")}, later=("two addresses in the app", "watched on a test phone with each build", "none", "a third address is a new recipient"), shown="**addresses a test phone called**"),
    "data-retention": Told(options={"raw": ("errors could be heard again", "voices of people and of those beside them"), "none": ("nothing to lose, nothing to ask", "an odd transcript cannot be explained later"), "redacted": ("texts without names", "still texts of conversations")}, why="a note belongs to the technician's order; the model keeps nothing of it", later=("audio ends with the note", "tried on a test phone with each build", "none", "crash reports exclude memory"), shown="**bytes of audio after a note** (none)"),
    "environments": Told(options={"shared": ("", "a test model in a cellar"), "separate-by-account": ("three channels, three keys", "a phone must know which"), "separate-by-cluster": ("server sides apart", "there is hardly a server"), "separate-accounts": ("", "three store accounts")}, why="a test app with another name stands beside the real one on colleagues' phones", later=("another icon colour", "expires by itself", "none", "no real order in the test app"), shown="**test apps older than a month** (none)"),
    "disaster-recovery": Told(options={"rebuild": ("the last good model is on every phone already", "the channel is rebuilt from files"), "zones": ("a channel in two rooms", "phones do not notice"), "region": ("", "for a file")}, why="every phone carries its own way back; only the channel could be lost", later=("one phone of each class is reset each quarter", "channel from files, by the clock", "stores", "none"), shown="**reset phones that worked** (all)"),
}
