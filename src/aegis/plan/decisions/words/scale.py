"""One assistant in several clouds: the size itself is the risk, and each region must carry another's evening."""

from __future__ import annotations

from aegis.plan.decisions.told import Told, Words

# A text, a row.
# fmt: off
WORDS: Words = {
    "run-where": Told(
        options={
            "managed-api": ("somebody else buys the devices", "no vendor sells a quota of this size in writing, and its region is yours to lose"),
            "single-host": ("one engineer understands all of it", "one evening's traffic does not fit into it"),
            "cluster": ("a region is a unit that can be emptied and filled again", "each cloud has its own nodes, networks and quotas to know"),
        },
        later=("each cloud needs people who know its network by heart", "a driver upgrade is a tour through all regions, one a week", "the clouds differ in devices and links; the objects of the cluster hide that only in part", "a new region is a new place of processing, with a page of its own for counsel"),
        shown="**share of traffic that any region can lose**, from the last evacuation",
        revisit="one cloud carries more than half, or another place is offered",
    ),
    "accelerator": Told(later=("one device type in all clouds, so that a replica means the same everywhere", "fabric, firmware and driver are one version; a rack that differs waits", "reservations run for a year and are the largest contract of the product", "a device in another country is another export rule"), shown="**goodput per device**, compared between clouds", revisit="the next reservation is negotiated, or a cloud cannot deliver the type"),
    "parallelism": Told(
        options={
            "none": ("a lost device costs one replica", "experts of this size fit into no single device"),
            "tensor": ("attention is shared over the node's links", "a node is one unit: it serves as a whole or not at all"),
            "tensor+pipeline": ("spreads a replica over two racks", "each token crosses the slow network and waits for the slowest rack"),
        },
        later=("a replica is a whole node; on-call counts nodes, not devices", "collectives, drivers and fabric are upgraded together", "links differ between clouds: the slowest sets the objective", "none"),
        shown="**time in collectives** beside **TPOT**, by cloud",
        revisit="a fabric that spans racks is available in all clouds",
    ),
    "feature-batching": Told(options={"on": ("evening traffic is thousands of half-finished answers, and each step serves them all", "a burst of long prompts slows everybody on that node"), "off": ("a request's speed would not depend on others", "most of the fleet would wait while it works")}, later=("one limit per node, the same in all regions", "measured again whenever engine or fabric moves", "none", "none"), shown="**sequences per step** and **TPOT** at the evening peak"),
    "feature-prefix-caching": Told(options={"on": ("the house prompt is read once a node, and the picker sends a conversation back to where its history lies", "an evacuated region arrives cold: the others read every history again"), "off": ("an evacuation would cost no more than its requests", "every turn of every conversation would be read from the start")}, later=("hit rate is a capacity figure: the plan assumes it", "prompt releases go region by region, so that caches refill one after another", "none", "the salt is the account, so that timing tells nobody what others asked"), shown="**hit rate by region**, above all in the hour after a shift"),
    "feature-speculative-decoding": Told(options={"off": ("all memory goes to conversations", "quiet hours are slower than they could be"), "on": ("faster answers at night", "drafts eat throughput exactly when regions are full")}, later=("one model a node to reason about", "no draft to train for each model release", "none", "none"), shown="**accepted drafts** in a quiet region, as an experiment"),
    "feature-disaggregation": Told(options={"off": ("a node does both steps, so any node can replace any other", "long prompts disturb their neighbours' tokens"), "on": ("prefill and decode scale apart, and long prompts disturb nobody", "an evacuation must move two pools in step, over a fabric that differs by cloud")}, later=("one pool a region", "none while it is off", "transfer libraries bind to a fabric", "none"), shown="**TPOT p99** while long prompts arrive", revisit="long prompts take more than a quarter of the devices' time"),
    "feature-multi-lora": Told(options={"off": ("one set of weights for everybody", "a market's own tone needs a prompt"), "on": ("a tone for each market without a fleet for each", "buffers for adapters are taken from conversations")}, later=("markets differ by prompt only", "none", "none", "none"), shown="**quality by market** with one set of weights"),
    "feature-expert-parallelism": Told(
        options={
            "on": ("each device holds a few experts and reads little memory per token", "every step exchanges tokens between all devices: the slowest link and the busiest expert set the pace"),
            "off": ("no exchange at each step", "every device would hold all experts, which none can"),
        },
        later=("the load of experts is a chart that on-call can read", "expert placement is computed again for each model release, from recorded counts", "exchange kernels are written for one fabric; another cloud may need others", "none"),
        shown="**busiest over mean expert**, and **time in the all-to-all exchange**",
        revisit="the busiest expert stays at twice the mean for a week",
    ),
    "serving-platform": Told(
        options={
            "kubernetes": ("the same objects in every cloud, and plain enough to empty a region with", "placement by prefix and by expert load is yours to add"),
            "kserve": ("one object a model, with routing that knows caches", "its controller has to be upgraded in every cloud in step"),
            "ray-serve": ("composition in one program", "its head is one more thing a region can lose"),
            "nvidia-dynamo": ("made for fleets of this size, with a planner and roles", "young: a pilot in one region has to earn it the others"),
        },
        later=("several clusters, one way to read them", "an upgrade order for regions: quietest first, never two in a week", "the picker is replaceable, the habits around it less so", "who may empty a region is a list with two names a shift"),
        shown="**minutes to empty a region**, from the last rehearsal",
        revisit="a pilot of a fleet scheduler holds its goodput for a quarter",
    ),
    "engine": Told(
        later=("expert counters and cache figures of one engine, known by heart", "an engine release soaks a week in the quietest region", "kernels for experts differ between engines: a change is a project", "usage statistics are off in the image, and a test proves it"),
        shown="**goodput per node**, before and after each engine release",
        revisit="another engine serves the same traffic with clearly fewer nodes",
    ),
    "quantization": Told(
        options={
            "as-published": ("its makers' own precision, and the one their figures are for", "the largest weights of all options to load after an evacuation"),
            "fp8": ("the format the makers trained in", "another checkpoint than the published one must be judged again"),
            "int8": ("runs on older devices too", "nobody has judged it for experts of this kind"),
            "int4": ("a replica would fit into half of a node", "rare languages lose first, and they are whole markets"),
        },
        later=("one checkpoint in all regions", "the set is run by language before any change of precision", "checkpoint formats follow engines", "a market whose language got worse may have a contract that says so"),
        shown="**win rate by language** at this precision",
        revisit="reservations end and fewer devices would do",
    ),
    "optimization": Told(
        options={
            "smaller-model": ("easy questions are most questions", "who decides that a question is easy decides its quality"),
            "engine-defaults": ("what the engine's makers measure every night", "what is left on the table is many nodes here"),
            "compilation": ("a few milliseconds at every token of every user", "a build for each model and device, in every cloud"),
            "distillation": ("a house model for the common half", "needs consent for users' questions, which the brief does not give"),
            "pruning": ("experts that nobody asks could go", "they are the ones that know the rare things"),
        },
        why="a small gain of goodput pays for a person at this size, so a measurement comes before each idea",
        later=("a small team owns goodput and nothing else", "gains are measured again with each engine release, or they expire", "kernels bind to devices", "none"),
        shown="**devices per thousand users** at the peak",
        revisit="the goodput team has a result that held for a month",
    ),
    "scaling": Told(
        options={
            "fixed": ("the evening is known a week ahead", "pays for the evening all night"),
            "queue-signal": ("follows the evening up and the night down", "a node takes many minutes to load: it follows, it never leads"),
            "utilisation-signal": ("one gauge in every cloud", "experts are busy long before the gauge says so"),
            "scale-to-zero": ("nothing for nothing", "there is no such hour"),
            "job": ("background work could fill the night", "conversations cannot wait for it"),
        },
        why="a floor by hour of day leads, the queue corrects, and what is reserved is used first",
        later=("a forecast by hour that somebody signs each week", "floors are changed before campaigns and holidays", "reserved nodes first, on-demand only for the difference", "none"),
        shown="**requests refused** in the steepest quarter of an hour",
        revisit="a holiday surprised the forecast",
    ),
    "scheduling": Told(
        options={
            "spot": ("half the price for what can vanish", "a cloud takes back all of them in the same evening, because everybody's evening is the same"),
            "dedicated": ("nodes that stay", "on-demand nodes of this type are sold out when they are needed"),
            "reserved": ("capacity that exists when it is needed, with a contract", "a year is longer than a generation of models"),
        },
        later=("a calendar of reservations, with an owner", "evaluation and background work fill what users leave", "contracts end in different months on purpose", "none"),
        shown="**share of the peak that is reserved**",
        revisit="the mean has doubled, or a reservation ends",
    ),
    "request-routing": Told(
        options={
            "direct": ("nothing between user and node", "a conversation meets a cold cache at each turn"),
            "prefix-aware": ("a conversation returns to the node that has read it", "an index of caches to keep per region"),
            "cascade": ("easy turns cost little", "the judge of easiness needs its own evaluation, in every language"),
            "semantic-cache": ("the question of the day is answered once", "many people ask the same words and mean different things"),
        },
        later=("the picker's view is part of each incident's first page", "its rules are released like code, region by region", "header names only", "no conversation leaves its region of law for the sake of a warm cache"),
        shown="**turns that meet their own history** in the cache",
        revisit="a shift between regions empties the picker's memory too often",
    ),
    "gateway": Told(
        options={
            "none": ("the shortest path", "nobody could stop one caller, one language or one phrase"),
            "proxy": ("every cloud sells one", "it counts requests, and tokens are what costs"),
            "aegis-gateway": ("the same limits, filters and weights in all clouds, in one policy", "a policy error reaches everybody: it is released by region"),
            "envoy-ai-gateway": ("one more mature data plane, as cluster objects", "guardrails and audit would be written a second time"),
        },
        why="the only thing that is the same in every cloud is this door, so what must be equal stands in it",
        later=("trust and safety writes rules, serving releases them", "a rule has a review date and a false-block figure by language", "the common request format", "a rule about a topic is an editorial decision with a name under it"),
        shown="**false blocks by language**, and **time from a new rule to all regions**",
        revisit="a rule has to be in force everywhere within minutes",
    ),
    "release-strategy": Told(
        options={
            "canary": ("a region's quiet hour, then a region, then the world", "a week until everybody has it"),
            "shadow": ("answers compared without a user", "mirroring a region costs a region"),
            "ab": ("shows what people come back for", "takes weeks, and belongs to the product"),
            "blue-green": ("back in seconds", "a second fleet that nobody can rent"),
            "all-at-once": ("", "one mistake, as often as there are users"),
        },
        why="regions are the natural steps: what fails stays behind one border",
        later=("a release captain a week", "no release in the two days before a holiday", "none", "each step keeps its evidence for those who ask later"),
        shown="**people who met a version that was taken back**",
        revisit="a release went back after it had left its first region",
    ),
    "evaluation-stack": Told(
        options={
            "aegis-evaluate": ("the gate is files and a verdict, the same in every pipeline", "preference pairs need people in many languages"),
            "langsmith": ("comfortable for reviewers", "conversations would leave the house"),
            "phoenix": ("traces of one conversation", "sampling decides what is never seen"),
            "giskard": ("finds odd weaknesses early", "its languages are not yours"),
            "langfuse": ("already read every day by the team", "it shows, and the gate decides"),
            "eyeball": ("somebody with taste reads fifty", "taste does not scale over languages"),
        },
        why="small differences matter at this size, so the gate compares in pairs and by language",
        later=("raters in each large language, with a budget", "pairs are renewed each quarter from consented conversations", "files", "raters see conversations: consent and breaks are part of the job"),
        shown="**differences found by raters** before users' votes found them",
        revisit="a language has more users than raters can follow",
    ),
    "monitoring-stack": Told(
        options={"hosted": ("nobody to run it at three in the morning", "a series per node and region becomes the second largest bill"), "prometheus": ("one in each region, one above them for sums", "the sum is wrong while a region is away: it must say so"), "none": ("", "the newspaper would tell you")},
        why="each region watches itself, because the network between them is part of what breaks",
        later=("one screen a region and one for the world", "rules are the same files in all of them", "files", "no account number in a label"),
        shown="**minutes a region was blind** this quarter",
        revisit="the world screen was wrong in an incident",
    ),
    "pipeline-orchestrator": Told(
        options={"argo-workflows": ("runs where the fleet runs, known to all teams", "a workflow that spans clouds needs an identity in each"), "ci": ("", "a release that lasts a week outlives its runner"), "temporal": ("waits a week without forgetting", "one more service that must be up to go back")},
        later=("one pipeline drives all regions in order", "approvals name a captain, not a team", "workflow files", "each approval is kept"),
        shown="**releases that ran by themselves** from first region to last",
        revisit="a release needs a step that no workflow can wait for",
    ),
    "iac": Told(
        options={"terraform": ("one language for all clouds, and modules that exist", "each provider changes at its own speed"), "opentofu": ("the same under an open licence", "a migration without a user's benefit"), "pulumi": ("loops over regions in a real language", "two ways to say the same in one house"), "crossplane": ("a region as an object", "its own outage stops the mending of others")},
        later=("a region is a module with few inputs", "a new region is rehearsed once a year on a small scale", "state a cloud", "who may destroy a region is two people"),
        shown="**days to stand up a region** in the last rehearsal",
        revisit="regions begin to differ by hand",
    ),
    "registry": Told(
        options={"oci": ("a copy in each region, by digest, beside the images", "large weights to copy before a release may begin"), "mlflow": ("a history of experiments", "not made to feed a fleet"), "hugging-face-hub": ("where the makers publish", "a release must not wait for somebody else's network"), "wandb": ("training curves beside versions", "nothing is trained here")},
        later=("weights are in a region before its release starts", "old weights are kept for as long as a way back needs them", "open format", "licence terms of the makers are read at each version"),
        shown="**minutes to load a node** from the region's own copy",
        revisit="a copy was late and a release waited",
    ),
    "gitops": Told(
        options={"argo-cd": ("one page shows what all clouds run", "one page that can be down: each region has its own controller"), "flux": ("small controllers without a page", "nobody sees the world at one glance")},
        later=("a folder a region, a merge a step", "controllers are upgraded one region a week", "objects", "the merge names the release captain"),
        shown="**hours a region differed** from its folder",
        revisit="an evacuation had to wait for a merge",
    ),
    "continuous-training": Told(
        options={"none": ("no user's words become weights", "tone and new words wait for the makers"), "on-drift": ("would follow the street's language", "consent is missing, and drift here is called news"), "scheduled": ("a date to plan for", "a date without data to train on")},
        why="weights are the makers'; ours are prompts, rules and routing, and they pass the same gates",
        later=("model releases are adopted, not made", "each adoption costs a month of pairs and reservations", "none", "a wish to train is a new purpose and a new assessment"),
        shown="**win rate of the newest release** against the running one",
        revisit="the makers stop publishing",
    ),
    "secrets": Told(
        options={"literal": ("nothing to run", "a key in an image is in three clouds by evening"), "vault": ("one policy over several identity systems", "must be up in a region before its nodes are")},
        why="each cloud's own workload identity first; the store only joins them",
        later=("identities by region, so that one can be cut off", "rotation moves region by region", "policies are portable, engines less", "an ex-supplier's identity ends on the day"),
        shown="**keys valid in more than one region** (none)",
        revisit="another identity system arrives",
    ),
    "network": Told(
        options={"open-egress": ("updates flow by themselves", "a fleet of nodes is a fine place to send from"), "deny-by-default": ("a short list, the same in each cloud", "as many kinds of firewall as clouds to say it in"), "isolated": ("nothing leaves, ever", "users are outside")},
        later=("paths between regions are drawn, and everything else is closed", "the drawing is tested by probes each night", "cloud firewalls differ: rules are generated", "traffic of one law's users stays inside it also during an evacuation"),
        shown="**flows that are not on the drawing**",
        revisit="a region of another law is added",
    ),
    "data-retention": Told(
        options={"raw": ("every complaint can be reread", "everybody's diary in one store"), "none": ("nothing to steal", "abuse could not be shown to anybody"), "redacted": ("what was asked and why it was refused, without whom", "names of many languages to recognise")},
        why="complaints and abuse need a record for {retention.days:plain}; nothing needs it longer",
        later=("a store in each region of law", "erasure runs across regions within a day", "rows and dates", "requests of authorities go to counsel, never to on-call"),
        shown="**oldest row** by region, and **redaction recall** by language",
        revisit="a law of one market asks for longer or shorter",
    ),
    "environments": Told(
        options={"shared": ("one fleet for all", "a test prompt for millions"), "separate-by-account": ("", "a staging node tells little about a fleet"), "separate-by-cluster": ("staging is a small region of its own, with the same fabric", "one more region to pay and patch"), "separate-accounts": ("a border an auditor can see", "three accounts in every cloud")},
        why="staging has two nodes of the production type, since exchange between experts cannot be tried on less",
        later=("staging is called region zero", "it takes mirrored, masked traffic for an hour a day", "none", "masked means masked by the same rules as the audit store"),
        shown="**faults found in region zero** against those found later",
        revisit="a fault needed a whole region to show",
    ),
    "disaster-recovery": Told(
        options={"rebuild": ("no standing cost", "reservations cannot be rebuilt in an evening"), "zones": ("one building may burn", "the cloud's own control plane is one building"), "region": ("the others take the evening, with the lower rungs of the ladder on", "each must hold a share of the others' peak, paid and unused")},
        why="a lost region is a Tuesday: the others take its users, with shorter answers, until it is back",
        later=("an evacuation every month, announced, in working hours", "headroom is a contract between regions", "none", "a user of one law is served inside it or told that he is not"),
        shown="**users served within objectives** during the last evacuation",
        revisit="headroom was eaten by growth",
    ),
}
