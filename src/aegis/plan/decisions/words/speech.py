"""Speech to text as a service: people talk at their own pace, and an invented sentence reads like a real one."""

from __future__ import annotations

from aegis.plan.decisions.told import Told, Words

# A text, a row.
# fmt: off
WORDS: Words = {
    "run-where": Told(
        options={"managed-api": ("no device, many languages from the first day", "recorded voices leave the house, by the minute"), "single-host": ("one box hears an office", "calls go on unwritten while it is patched"), "cluster": ("replicas come and go with the switchboard's hours", "audio is large: replicas belong where recordings arrive")},
        later=("two queues to know: talk that somebody waits for, and recordings that can wait", "decoder libraries and drivers are upgraded with the labelled recordings run again", "audio and text are plain; the word list of your house is the part that moves with you", "a recording is personal data even when its transcript looks harmless"),
        shown="**seconds from spoken to written**, beside minutes of audio waiting",
        revisit="hours of speech a day double, or a language joins",
    ),
    "accelerator": Told(
        options={"measure-first": ("a morning with your own recordings tells how many seconds of speech one device writes in a second", "nothing can be ordered before it"), "largest": ("no waiting for a measurement", "a model of this size leaves most of a large device idle")},
        later=("one figure to remember: seconds of speech per second of device", "measured again when the share of silence or the decoder's settings change", "runs on small devices and on processors too", "devices stand in the region of the recordings"),
        shown="**seconds of speech written per second**, on noisy recordings as well as on clear ones",
        revisit="the measured rate falls below what the switchboard brings",
    ),
    "serving-platform": Told(
        options={"kubernetes": ("a model server with a port, in as many copies as calls need", "a piece in work must be finished before its replica goes: drain slowly"), "kserve": ("the model as an object", "streams of sound are not what its routes were made for"), "ray-serve": ("voice detection, model and punctuation as one program", "a head to keep for three small steps"), "nvidia-dynamo": ("", "made for tokens of large language models")},
        later=("deployments the rota already reads", "drains wait for the longest piece", "thin", "a debug shell on a replica hears people"),
        shown="**pieces cut by a drain** (none)",
        revisit="punctuation, speakers or translation become models of their own",
    ),
    "engine": Told(
        options={"faster-whisper": ("the same weights with less memory and time, and a voice detector in front", "a library: the door around it is yours to write and to test"), "vllm": ("shares devices with language models", "cutting, overlap and silence stay yours"), "onnxruntime": ("runs on processors too", "decoding loops must be written by hand"), "triton": ("queues and several models in one", "pre- and postprocessing become models as well"), "custom": ("exactly your cutting and joining", "exactly your bugs at the seams")},
        later=("what matters are four settings: voice detector, beam, fallback temperatures, earlier text as context", "after an upgrade the same recordings must give the same words", "weights convert between engines; settings do not", "the detector decides what is never written: it is documented like the model"),
        shown="**words that differ after an upgrade**, on the same recordings",
        revisit="the library goes a year without a release, or live captions need partial results",
    ),
    "quantization": Told(options={"as-published": ("the words its makers scored", ""), "int8": ("half the memory, close in clear speech", "names and numbers on bad lines go first: score those"), "fp8": ("", "gain on short pieces is small"), "int4": ("", "endings and small words vanish")}, later=("one precision in all stages", "the noisy slice again for any other", "format", "none"), shown="**names and numbers heard rightly**, per line quality", revisit="memory is what limits a replica"),
    "optimization": Told(
        options={"smaller-model": ("keeps up on cheaper devices", "accents and bad lines pay for it"), "engine-defaults": ("nothing to explain", "silence is decoded like speech"), "compilation": ("", "pieces differ in length, kernels would be many"), "distillation": ("the decoder is the slow half, and it shrinks well", "learned from clear speech of few languages"), "pruning": ("", "rare words first")},
        why="cutting silence away before the model saves more than any kernel: in a call somebody is always waiting",
        later=("the detector's threshold is the knob", "looked at with each new headset or line", "none", "a soft voice must not count as silence"),
        shown="**share of audio that never reaches the model**, and what was lost in it",
        revisit="after silence is cut, the model is still the slow part",
    ),
    "scaling": Told(
        options={"fixed": ("people phone in office hours: the curve is known weeks ahead", "a storm that makes everybody phone is not on it"), "queue-signal": ("seconds of audio waiting are the honest signal", "a count of requests is not: pieces differ in length"), "utilisation-signal": ("", "a device is busy at half of its rate"), "scale-to-zero": ("nothing at night", "the first caller of the morning waits for weights"), "job": ("recordings of yesterday belong there", "talk of now does not")},
        later=("seconds waiting, not requests waiting", "the plan for storms is kept beside the phone plan", "none", "archive runs need an owner, or they return at ten in the morning"),
        shown="**seconds of audio waiting** at the busiest quarter of an hour",
        revisit="an ordinary Monday needs the reserve",
    ),
    "scheduling": Told(options={"spot": ("archives may wait", "a person who talks does not repeat it"), "dedicated": ("stays while people talk", "idle at night unless archives use it"), "reserved": ("the floor for less", "a year in which models of half the size get as good")}, later=("live first, archives on what is left", "archives resume at the last written piece", "none while nothing is signed", "recordings of two clients never share a working folder"), shown="**live pieces that waited behind an archive** (none)", revisit="archives become a daily duty"),
    "request-routing": Told(options={"direct": ("each piece to the replica with the least seconds waiting", "pieces of one call can meet different replicas: the seam is joined outside"), "hedged": ("the tail of captions shrinks", "twice the device for each piece"), "result-cache": ("", "nobody says the same thing twice in the same voice")}, why="a piece carries its call and its place in it; the order is restored where text is joined, not where it is routed", later=("a call can be followed by its id through all replicas", "none", "none", "ids of calls are no phone numbers"), shown="**pieces written in the wrong order** (none)", revisit="the model starts to need the text of the piece before"),
    "gateway": Told(
        options={"none": ("a hop less", "one dialler in a loop takes every replica"), "proxy": ("limits by caller and by size, weights, breaker", "hears nothing: it cannot tell speech from music on hold"), "aegis-gateway": ("filters for words", "words exist only after the model: redaction belongs behind it"), "envoy-ai-gateway": ("", "counts tokens, of which sound has none")},
        wins={"proxy": "what comes in is sound, so size, rate and identity are all that can be judged before the model; your service masks names and numbers in the text before it is stored"},
        later=("limits by caller, in pieces and in bytes", "limits follow the number of lines", "plain", "the proxy's log holds lengths, never sound"),
        shown="**pieces refused**, by caller",
        revisit="someone outside the house sends recordings",
    ),
    "release-strategy": Told(
        options={"canary": ("a share of pieces goes to the model on trial, and few people read them", "one call may be written by both while a step lasts"), "shadow": ("the same sound through both, compared word by word", "twice the devices in office hours; both transcripts are personal data"), "blue-green": ("one switch", "everybody meets a new ear at once"), "ab": ("tells whether people correct less", "weeks with two ways of writing"), "all-at-once": ("", "invented sentences in every file by noon")},
        why="while a step lasts two versions may write one call, so each piece names its version, and those of a withdrawn one can be found",
        later=("each transcript names its model and settings", "settings of the detector are released like weights", "none", "transcripts of a withdrawn version can be listed"),
        shown="**words on which the two versions differ**, most of all names and numbers",
        revisit="corrections by people arrive fast enough to judge a step",
    ),
    "evaluation-stack": Told(
        options={"aegis-evaluate": ("word accuracy per slice from files, with an interval", "somebody has to write down what was really said"), "giskard": ("", "made for tables and text"), "eyeball": ("an ear notices what a score does not", "ten calls an hour at best")},
        why="recordings differ more than sentences: intervals are taken over calls, not over words",
        later=("two people agree on what was said before it counts", "labelled recordings end when their consent ends", "files", "whoever labels hears people: access is named"),
        shown="**errors in names, amounts and dates**, beside word accuracy",
        revisit="a new line, language or headset has no labelled recordings",
    ),
    "monitoring-stack": Told(
        options={"hosted": ("nothing to keep", "file names with phone numbers must not go along"), "prometheus": ("words a minute, repeats and seconds waiting as series", "yours to keep"), "none": ("", "invented text looks like text")},
        why="a transcript is never an error to the server: words a minute, repeated sentences and empty pieces show what status codes do not",
        later=("four shapes on one page: speed, repeats, empties, confidence", "bands are set per line type", "files", "no sentence is a label of a series"),
        shown="**pieces with more words than anyone can say**",
        revisit="people who read transcripts complain first",
    ),
    "pipeline-orchestrator": Told(options={"ci": ("builds, scores the recordings, opens a release", "recordings do not belong on its runners"), "prefect": ("waits and retries around archives", "a server for one nightly run"), "argo-workflows": ("archives in pieces, resumed", "one controller more"), "dagster": ("transcripts as assets with their recording as parent", "one tool more")}, later=("score, verdict, step", "runners in the region of the recordings", "containers", "runs keep digests of recordings, not recordings"), shown="**releases scored on all slices** (all)", revisit="archives need their own schedule"),
    "iac": Told(options={"terraform": ("buckets for sound are declared with their end date", "a bucket without one is one line too few"), "opentofu": ("", "the same lines"), "pulumi": ("", "a second language for three buckets"), "crossplane": ("", "a control plane for three buckets")}, later=("sound, text and model have storage of their own", "end dates are read in review", "plain", "an undeclared bucket with sound is an incident"), shown="**storage with sound and no end date** (none)", revisit="a second country records"),
    "registry": Told(options={"oci": ("weights, detector, word list and settings signed under one digest", "shows nobody how they sound"), "mlflow": ("scores beside versions", "a server to keep"), "hugging-face-hub": ("the source, by commit", "converted weights are yours to keep"), "wandb": ("training curves", "nothing is trained here")}, later=("the converted weights are what is pinned, not only their source", "kept as long as transcripts may be disputed", "open", "a disputed sentence asks which version heard it"), shown="**transcripts whose version can be named** (all)", revisit="word lists change weekly"),
    "gitops": Told(options={"argo-cd": ("shows which version which site runs", "a page is a login"), "flux": ("fewer parts", "no page for the morning after")}, later=("detector settings live in the same folder as weights", "with the cluster's own upgrades", "objects", "a threshold set by hand is set back"), shown="**minutes a hand-made threshold lived**", revisit="sites want thresholds of their own"),
    "continuous-training": Told(options={"none": ("transcripts stay comparable over the years", "new product names are misheard until the list has them"), "on-drift": ("learns lines and accents", "needs speech that people agreed to have used"), "scheduled": ("", "mostly learns what it already hears")}, why="most of what is misheard are names: a word list mends them the same day, without training on anybody's voice", later=("a word list with an owner", "names leave it when products do", "none", "voices train nothing without consent"), shown="**days from a new product name to its right spelling**", revisit="the same accent stays below its slice for a quarter"),
    "secrets": Told(options={"literal": ("", "the key that reads recordings reads them all"), "aws-secrets-manager": ("the service reads sound by identity, briefly", "an identity too wide hears other departments"), "sops": ("beside the code", "a key to keep")}, why="the model server needs no key to the archive: sound is handed to it", later=("one identity writes text, another reads sound", "renewed without a stop", "names only", "labelling access ends with the labelling"), shown="**identities that can read recordings** (few, named)", revisit="a client wants to hold the key"),
    "network": Told(options={"open-egress": ("weights are fetched at start", "and sound can be carried out the same way"), "deny-by-default": ("telephony in, text out, nothing else", "a new line is a reviewed rule"), "isolated": ("nothing leaves", "weights come by hand")}, why="the model server needs one way in and one way out; libraries that fetch a detector at first use are given it in the image", later=("two lines on a page", "reviewed with each new line", "none", "a way out for sound is a transfer"), shown="**ways out the model server tried** (none)", revisit="a partner sends recordings"),
    "data-retention": Told(
        options={"raw": ("a disputed word can be heard again", "an archive of voices, and a duty for each"), "none": ("nothing to lose", "nothing to mend with, and no proof"), "redacted": ("words stay, names and numbers do not", "misheard names escape a mask made of words: mask by pattern and by position too")},
        why="sound and text end on different dates: sound first, since it says more about a person than was said",
        later=("three dates: sound, text, labels", "an erasure finds all three by the call's id", "files", "people were told before they spoke"),
        shown="**recordings older than their date** (none)",
        revisit="disputes need older calls, or counsel shortens the date",
    ),
    "environments": Told(options={"shared": ("", "a test call in a customer's file"), "separate-by-account": ("apart by identity", "sound is copied between them sooner or later"), "separate-by-cluster": ("production hears people, staging hears volunteers", "two clusters to upgrade"), "separate-accounts": ("a wall", "labelled sound in three places")}, why="below production only volunteers, actors and labelled recordings with consent are heard", later=("staging has a phone number of its own", "called by the team each week", "none", "no customer's voice below production"), shown="**customers' voices below production** (none)", revisit="volunteers no longer sound like callers"),
    "disaster-recovery": Told(options={"rebuild": ("sound waits in its store and is written later", "until then people take notes by hand"), "zones": ("calls go on being written when a zone is lost", "replicas in both, all day"), "region": ("", "sound may not travel there")}, why="a recording that is kept can be written tomorrow: what must survive is the sound, and the way back to it", later=("notes by hand for an hour are practised", "catching up is timed each quarter", "none", "the store of sound is restored with its end dates"), shown="**hours to catch up** after a stopped morning", revisit="someone needs the words while they are spoken"),
    "admission": Told(
        options={"admission-policy": ("sites start alone, by digest", "a site's admin could start another ear"), "sigstore-policy-controller": ("whose recogniser", "not whose voice model"), "kyverno": ("nothing listens unsigned", "sites need two of it")},
        wins={"kyverno": "what listens to people is signed, model and server alike"},
        why="a changed recogniser hears the same and writes something else: who changed it must be on it",
        later=("a site reports a refusal at once", "keys go out with detector settings", "none", "recordings never justify an exception"),
        shown="**unsigned listeners** (none)",
        revisit="a site brings its own model",
    ),
    "fault-injection": Told(
        options={"by-hand": ("stop one, listen", "callers listen too"), "chaos-mesh": ("drops a replica in the middle of replayed calls", "a daemon on every site's node"), "litmus": ("follows the delay of text", "a centre for small sites")},
        wins={"chaos-mesh": "a call cannot be repeated: the fault meets replayed ones and ends when text falls behind"},
        why="half a sentence is worse than none: a lost replica shows where sentences end",
        later=("replayed calls only", "after each change of the splitter", "none", "no live call is ever in it"),
        shown="**sentences cut** during a fault",
        revisit="callers reported a cut that no rehearsal showed",
    ),
}
