"""Completion in the editor: faster than the next keystroke, all day, in code that must not leave."""

from __future__ import annotations

from aegis.plan.decisions.told import Told, Words

# A text, a row.
# fmt: off
WORDS: Words = {
    "run-where": Told(
        options={
            "managed-api": ("the largest models and no devices", "source code would be read by another company, one keystroke at a time"),
            "single-host": ("a box in the machine room", "the day it restarts, everybody notices between two keystrokes"),
            "cluster": ("replicas near the engineers, beside the builds", "a platform to keep for something that saves seconds"),
        },
        later=("tools people run it between builds", "upgrades happen in the lunch hour, when keystrokes are few", "the editor speaks one plain protocol", "a new team is a new set of sources with its own rules"),
        shown="**suggestions that came before the next keystroke**",
        revisit="a second office is more than a few milliseconds away",
    ),
    "accelerator": Told(later=("one type, close to the engineers", "driver updates with the build farm's", "small devices are bought and sold easily", "none"), shown="**first token at noon**, the busiest minute", revisit="the model's next size is judged better by the set"),
    "parallelism": Told(options={"none": ("one device answers alone, and nothing waits for a link", "the model's size is bounded by one memory"), "tensor": ("halves the time per token of a larger model", "two collectives a layer cost more than a line of code is worth"), "tensor-pipeline": ("", "a keystroke does not wait for a network")}, later=("a replica is a device", "nothing beyond the driver", "none", "none"), shown="**time to first token** per device"),
    "feature-batching": Told(options={"on": ("hundreds of half-typed lines share each step", "one huge file slows its neighbours"), "off": ("one line at a time, always the same speed", "a device for every dozen engineers")}, later=("one limit, set low for the sake of the first token", "measured at noon after each change", "none", "none"), shown="**lines per step** and **first token**"),
    "feature-prefix-caching": Told(options={"on": ("the next keystroke shares all but a few tokens with the last", "files that change at the top lose it"), "off": ("nothing to explain", "every keystroke would read the whole file again")}, later=("hit rate is the first number on the page", "context order is fixed: imports and neighbours first, cursor last", "none", "the salt is the project, so that no timing tells of another's code"), shown="**hit rate between keystrokes**"),
    "feature-speculative-decoding": Told(
        options={"off": ("all memory for more engineers", "boilerplate takes as long as thought"), "on": ("code repeats itself: drafts are often right", "at noon the drafts cost more than they give")},
        later=("one model to explain", "a draft would have to follow each model release", "none", "none"),
        shown="**accepted drafts** in a trial on one replica",
        revisit="a trial at noon accepts most drafts",
    ),
    "feature-disaggregation": Told(options={"off": ("contexts are short and answers are shorter", "a very large file is felt by neighbours"), "on": ("large files disturb nobody", "a transfer would cost more than the line it serves")}, later=("one role", "none", "none", "none"), shown="**first token while a large file is read**"),
    "feature-multi-lora": Told(options={"off": ("one model for all projects", "house macros stay unknown"), "on": ("a team's own style", "an adapter holds its code, and adapters travel")}, later=("one model", "none", "none", "none"), shown="**kept suggestions by project**"),
    "feature-expert-parallelism": Told(options={"off": ("a dense model of this size fits one device", "nothing is lost"), "on": ("would matter for models many times larger", "an exchange at every step of a line of code")}, later=("nothing to balance", "none", "none", "none"), shown="nothing to watch while it is off"),
    "serving-platform": Told(
        options={"kubernetes": ("beside the build farm, same objects", "placement near offices is a label you set"), "kserve": ("one object names model, template and route", "a scale to nothing is its habit, and a keystroke forbids it"), "ray-serve": ("pre- and postprocessing in one program", "a head node between a keystroke and its line"), "nvidia-dynamo": ("knows caches across a large fleet", "a handful of devices near one office is no fleet")},
        later=("build people can restart it", "with the build farm's calendar", "little", "none"),
        shown="**restarts noticed by engineers** (none)",
        revisit="the build farm moves elsewhere",
    ),
    "engine": Told(later=("one engine; its infilling format is pinned with the model", "a new version is tried on the infilling set first, since templates break silently", "the editor plugin does not know it", "usage statistics are switched off"), shown="**first token at noon** and **exact matches** on the set", revisit="infilling quality moves after an upgrade"),
    "quantization": Told(options={"as-published": ("what the set was judged with", "half of the memory could serve more people"), "fp8": ("more people a device", "brackets are unforgiving: the set decides by language"), "int8": ("older cards would do", "calibration needs code, and code is confidential"), "int4": ("runs on a workstation", "wrong by one character is wrong")}, later=("one precision", "judged by language", "format", "none"), shown="**exact matches by language** at this precision"),
    "optimization": Told(
        options={
            "smaller-model": ("twice as quick, and most lines are easy", "the hard line is the one remembered"),
            "engine-defaults": ("nothing further to keep", "a few milliseconds left"),
            "compilation": ("a few milliseconds a keystroke, all day", "another build for each release"),
            "distillation": ("house macros could be learned", "the teacher would be confidential code"),
            "pruning": ("less to read per token", "rare languages go first"),
        },
        why="the cheapest gain is a shorter context, chosen by the editor with care",
        later=("plugin people own the context", "context rules are versioned with the plugin", "none", "what the context may read is a policy"),
        shown="**tokens per suggestion** and **kept share**",
        revisit="the smaller model keeps as many suggestions in a blind week",
    ),
    "scaling": Told(
        options={"fixed": ("", "nights and weekends are paid for nobody"), "queue-signal": ("follows the working day", "the morning comes in ten minutes, loading takes longer"), "utilisation-signal": ("a gauge everybody knows", "late by a coffee"), "scale-to-zero": ("", "the first keystroke on Monday"), "job": ("", "nobody types in batches")},
        why="the floor rises before the office opens and falls after it closes",
        later=("a calendar with the company's crunch weeks", "floors checked at clock changes", "none", "none"),
        shown="**late suggestions between nine and ten**",
        revisit="an office in another time zone joins",
    ),
    "scheduling": Told(options={"spot": ("cheap for what may vanish", "a vanishing replica is felt at once"), "dedicated": ("always there at nine", "idle at night"), "reserved": ("the year's floor at a lower price", "a year of one device type")}, later=("nights are lent to the build farm", "a lent device is back before eight", "a year's contract", "none"), shown="**device hours lent** at night", revisit="the reservation ends"),
    "request-routing": Told(options={"direct": ("", "the next keystroke may meet a cold cache"), "prefix-aware": ("an engineer returns to the same device", "a picker that must answer in a millisecond"), "cascade": ("easy lines on the small model", "deciding takes as long as answering"), "semantic-cache": ("the same line, typed by many", "the same line in another project is another secret")}, later=("engineers stick to replicas by hash", "rehash with each change of their number", "none", "projects never share a cache"), shown="**keystrokes that meet their own cache**"),
    "gateway": Told(
        options={"none": ("a hop less", "a plugin bug could hold every device"), "proxy": ("known and quick", "sees no secret in a context"), "aegis-gateway": ("secrets masked, cancelled keystrokes dropped, callers bounded", "its own milliseconds are counted in the objective"), "envoy-ai-gateway": ("quotas and routes as objects of the cluster", "cancelled keystrokes and secret filters would be built beside it")},
        why="most requests are dead before they are answered: who types on cancels, and the door must drop them at once",
        later=("plugin and door are one team's", "masking rules are tried on the company's own repositories", "plain protocol", "what a context may hold is decided here"),
        shown="**cancelled requests that still cost tokens**",
        revisit="masking costs more than a few milliseconds",
    ),
    "release-strategy": Told(
        options={"canary": ("volunteers first, and their keys tell within a day", "a volunteer is more patient than a team in crunch"), "shadow": ("compares lines nobody sees", "whether a line is kept needs a person"), "ab": ("kept share is exactly the question", "two weeks, and two models to feed"), "blue-green": ("back at once", "all hands at once"), "all-at-once": ("", "one bad night for all of engineering")},
        why="people feel a worse model within an hour and say so; a canary listens to the keys before they do",
        later=("volunteers have a channel", "no release in a crunch week", "none", "none"),
        shown="**kept share, canary beside stable**",
        revisit="volunteers are no longer typical",
    ),
    "evaluation-stack": Told(
        options={"aegis-evaluate": ("infilling on your own code, in the pipeline", "a line that compiles may still be foolish"), "langsmith": ("made for conversations", "and for leaving the house"), "phoenix": ("shows one slow request", "one more place with code in it"), "giskard": ("", "not for brackets"), "langfuse": ("prompts have versions there", "one more place with code in it"), "eyeball": ("a senior sees nonsense at once", "and cannot say how often")},
        why="the set is held-out lines of your own repositories: it knows your macros",
        later=("set is cut from last month's merges, each month", "lines that the model may have seen are left out by date", "files", "the set is as confidential as the code"),
        shown="**exact matches** beside **kept share**: they should move together",
        revisit="they stop moving together",
    ),
    "monitoring-stack": Told(options={"hosted": ("nobody on the tools team keeps a server", "file and project names in labels would leave the house"), "prometheus": ("the build farm's own", "its owners are asleep at night, and so are the users"), "none": ("engineers complain quickly", "and switch it off quietly")}, why="what matters is counted in the editor: shown, kept, cancelled", later=("four charts in the tools room", "plugin versions are a label, file names never", "files", "no count by person"), shown="**time from a slow noon to a look**"),
    "pipeline-orchestrator": Told(options={"ci": ("what builds the plugin already", "cannot keep a canary for a working day")}, later=("same pipeline as the plugin", "runs on the build farm", "files", "none"), shown="**days from a merged context rule to editors**"),
    "iac": Told(later=("the tools team's own language", "with the build farm", "code", "none"), shown="**hand changes on nodes** (none)"),
    "registry": Told(options={"oci": ("beside the images of the build farm", "no curves, and none are needed"), "mlflow": ("runs and versions", "nothing is trained"), "hugging-face-hub": ("where the model is published", "the farm has no way out"), "wandb": ("", "no curve to draw")}, later=("model, tokenizer and infilling template under one digest", "kept for a year of bisecting", "open", "licence file beside the weights"), shown="**suggestions whose digest is known** (all)"),
    "gitops": Told(later=("a merge by the tools team", "with the farm's controllers", "objects", "none"), shown="**time from merge to noon-ready**"),
    "continuous-training": Told(options={"none": ("no code becomes weights", "house idioms stay foreign"), "on-drift": ("would follow a new language", "the only labels are confidential code"), "scheduled": ("a fixed week for a retraining and its review", "the code of that week becomes weights that somebody must guard")}, why="a model trained on the company's code is the company's code: it stays untrained", later=("idioms come by context", "retrieval of neighbours is the lever", "none", "training would change what the weights are"), shown="**kept share on house macros**"),
    "secrets": Told(options={"literal": ("", "a plugin is read by everybody"), "external-secrets": ("the farm's own way", "its operator is one more upgrade"), "vault": ("", "one more service")}, why="the editor signs in as its engineer; the service as itself; nothing is shared", later=("no key in a plugin", "tokens end with the working day", "none", "leavers end with their account"), shown="**keys found in plugins** (none)"),
    "network": Told(options={"open-egress": ("packages install themselves on a replica", "so does an upload of the context"), "deny-by-default": ("editor in, metrics out, nothing else", "each tool asks once"), "isolated": ("no line of code can leave, by any path", "engineers at home would have no suggestions at all")}, later=("offices and tunnel, a short list", "probe from a guest network each month", "none", "home offices count as inside only through the tunnel"), shown="**requests from outside the tunnel**"),
    "data-retention": Told(
        options={"raw": ("a bad line can be seen in its file", "a second copy of the code, less guarded"), "none": ("nothing to leak", "a bad week cannot be understood"), "redacted": ("counts, lengths and outcomes with masked text", "masking code leaves little to read")},
        why="{retention.days:plain} explain a bad release; after that, counts are enough",
        later=("text for the agreed days, then counts", "expiry is tested with a planted file", "rows", "no record by person beyond that"),
        shown="**oldest context** in the store",
        revisit="that was too short to explain an incident",
    ),
    "environments": Told(options={"shared": ("one set of devices", "a trial slows a crunch"), "separate-by-account": ("cheap and apart", "staging has one device"), "separate-by-cluster": ("own limits, own nights", "two to patch"), "separate-accounts": ("", "thrice the bill for a tool")}, why="staging serves the tools team itself: they type with tomorrow's version", later=("tools team lives in staging", "their complaints come first", "none", "staging sees the tools team's code only"), shown="**faults felt by the tools team first**"),
    "disaster-recovery": Told(options={"rebuild": ("people can type without it", "a slow day"), "zones": ("one room may fail", "the spare stands in the other"), "region": ("", "too far to be quick")}, why="nobody is harmed by typing: a quick return matters more than none lost", later=("the editor falls silent and says why, once", "drill in a lunch hour", "none", "none"), shown="**minutes without suggestions** in the last drill"),
    "admission": Told(
        options={"admission-policy": ("the farm has it switched on", "says which bytes, not whose build"), "sigstore-policy-controller": ("build farm signs, cluster asks", "weights are not asked"), "kyverno": ("everything that types along is signed", "one more hook before noon")},
        wins={"admission-policy": "images come from the build farm by digest, and the farm checks their signatures before"},
        why="a replica writes into everybody's editor: it starts from the farm's bytes or not at all",
        later=("engineers read a refusal as they read a failed build", "with the farm's signing key", "none", "no exception survives a sprint"),
        shown="**replicas not from the farm** (none)",
        revisit="images come from outside the farm",
    ),
    "fault-injection": Told(
        options={"by-hand": ("quick at a desk", "noon arrives first"), "chaos-mesh": ("kills a replica while people type in staging", "a daemon among build jobs"), "litmus": ("stops on kept-up speed", "its hub for three faults")},
        wins={"chaos-mesh": "the tools team types in staging while it runs, and it stops when keys feel slow"},
        why="a stalled editor teaches people to switch the plugin off: staging stalls first",
        later=("announced in the tools room", "before each engine upgrade", "none", "never in a crunch week"),
        shown="**keystrokes without an answer** during a fault",
        revisit="people switched it off after an outage",
    ),
}
