"""A tutor for schools: children write, districts own an adapter each, and the school year sets the load."""

from __future__ import annotations

from aegis.plan.decisions.told import Told, Words

# A text, a row.
# fmt: off
WORDS: Words = {
    "run-where": Told(
        options={
            "managed-api": ("nothing to run in the holidays", "pupils' words would go to a company that their parents have not met"),
            "single-host": ("cheap for a pilot class", "a whole district logs in at eight o'clock"),
            "cluster": ("districts share devices, and the cluster is known from training", "somebody has to own it in August"),
        },
        later=("the same people train adapters and serve them", "upgrades wait for school holidays", "adapters bind to one base model", "a new district is a new contract about children's data"),
        shown="**lessons interrupted** per school week",
        revisit="a state asks to run it itself",
    ),
    "accelerator": Told(later=("one type for base and adapters", "updates in the holidays", "small cards can be returned", "none"), shown="**pupils per device** at eight in the morning", revisit="a school year's contract ends"),
    "parallelism": Told(options={"none": ("one card, one copy of the base with all its adapters", "the base stays small"), "tensor": ("a larger base", "adapters would be split as well"), "tensor-pipeline": ("", "nothing for a lesson")}, later=("a card is a replica", "nothing beyond the driver", "none", "none"), shown="**first token** per card"),
    "feature-batching": Told(options={"on": ("a class writes at once, and all of it is answered step by step", "mixed adapters in one step cost a little each"), "off": ("each pupil alone", "a card for every third desk")}, later=("one limit a card", "measured with mixed districts, not with one", "none", "none"), shown="**pupils per step** and **time per token**"),
    "feature-prefix-caching": Told(options={"on": ("the lesson's instruction is read once for a class", "adapters do not share it: each district warms its own"), "off": ("nothing shared between districts, by construction", "each pupil pays for the whole lesson text")}, later=("hit rate by district", "new lessons start cold at eight", "none", "the salt is the district and the age band"), shown="**hit rate by district**"),
    "feature-speculative-decoding": Told(options={"off": ("memory stays for adapters", "words come no faster than reading"), "on": ("", "a draft knows the base and no district")}, later=("no draft to keep", "none", "none", "none"), shown="**reading speed** beside **token speed**"),
    "feature-disaggregation": Told(options={"off": ("lessons are short", "nothing is lost"), "on": ("for long texts", "two roles for a school")}, later=("one role", "none", "none", "none"), shown="**first token** in a full class"),
    "feature-multi-lora": Told(
        options={"on": ("each district speaks its own curriculum on shared cards", "rare districts load their adapter when the bell rings, and push another out"), "off": ("nothing to mix up", "a fleet for each district, idle most of the day")},
        later=("adapters have names, digests and owners", "every adapter is judged again whenever the base moves", "adapters bind to base and rank", "an adapter learned from pupils' work is personal data until shown otherwise"),
        shown="**adapter loads at eight o'clock**, and **answers by the wrong adapter** (none)",
        revisit="more districts are awake at once than the card keeps",
    ),
    "feature-expert-parallelism": Told(options={"off": ("a dense base fits a card", "nothing is lost"), "on": ("for far larger models", "a classroom has no use for it")}, later=("nothing to balance", "none", "none", "none"), shown="nothing to watch while it is off"),
    "serving-platform": Told(
        options={"ray-serve": ("the team trains on it and knows its logs", "a lost head stops changes in the middle of a school day"), "kubernetes": ("", "nobody here has run it alone"), "kserve": ("one object a model", "adapters by label are yours to build"), "nvidia-dynamo": ("", "this is a school's load")},
        later=("the team's own habit, so on-call reads it", "a Ray upgrade needs a second cluster or a holiday", "applications are written for it", "its dashboard shows requests: closed to all but two"),
        shown="**upgrades done outside school hours** (all)",
        revisit="the head was lost during lessons twice",
    ),
    "engine": Told(later=("one engine with adapters in it", "adapter kernels change with versions: every district is judged again", "adapter format is common", "usage statistics are off"), shown="**correct hints by district** before and after", revisit="an adapter behaves unlike its training"),
    "quantization": Told(options={"as-published": ("what adapters were trained on", "room for fewer adapters"), "fp8": ("room for more", "adapters must be judged on it, one by one"), "int8": ("", "as many judgements as districts"), "int4": ("a card half the size", "small languages lose first")}, later=("base and adapters in one precision", "a change is a judgement of every district", "format", "a district's contract may name a level of quality"), shown="**worst district's score** at this precision"),
    "optimization": Told(
        options={
            "smaller-model": ("", "wrong hints are learned by heart"),
            "engine-defaults": ("nothing further to know", "a little speed left"),
            "compilation": ("quicker first words", "a build that must know every rank of adapter"),
            "distillation": ("a smaller tutor from a larger one", "needs pupils' work, or a good imitation"),
            "pruning": ("", "the rare subject goes first"),
        },
        why="a shorter hint is cheaper and teaches more",
        later=("teachers edit lesson texts, engineers the rest", "texts follow the school year", "none", "texts name no pupil"),
        shown="**tokens per solved exercise**",
        revisit="the school year ends",
    ),
    "scaling": Told(
        options={"fixed": ("ready at the bell", "empty after three"), "queue-signal": ("follows afternoons and homework", "eight o'clock is a wall, not a slope"), "utilisation-signal": ("", "late for the bell"), "scale-to-zero": ("", "the first pupil after them waits"), "job": ("for worksheets over night", "lessons are live")},
        why="the timetable is known: the floor follows the bells, and the queue does the rest",
        later=("a calendar of districts' terms", "entered in summer, checked after each clock change", "none", "none"),
        shown="**waits in the first five minutes of a lesson**",
        revisit="a district in another time zone joins",
    ),
    "scheduling": Told(options={"spot": ("", "a card that leaves in a test"), "dedicated": ("there at eight", "idle in July"), "reserved": ("cheaper by the year", "a year has ten school months")}, later=("training uses the cards after four", "training stops before seven", "terms, not years", "none"), shown="**card hours used by training** after school"),
    "request-routing": Told(options={"direct": ("", "adapters wander over all cards"), "prefix-aware": ("a district stays where its adapter and lesson are warm", "a full card must overflow politely"), "cascade": ("easy sums on a small model", "an easy question may hide a hard worry"), "semantic-cache": ("the same exercise, the same hint", "the same words from another child mean another thing")}, later=("a map of districts to cards", "remade each term", "none", "no hint crosses from child to child"), shown="**requests that met their adapter loaded**"),
    "gateway": Told(
        options={"none": ("", "a child's sentence meets a bare model"), "proxy": ("", "sees neither age nor distress"), "aegis-gateway": ("age band, district, filters and a person to call, in one place", "every rule is a pedagogical decision too"), "envoy-ai-gateway": ("quotas as objects", "the duty to react would live elsewhere")},
        why="who is how old, in which district, and what must never be said is decided before and after the model, not by it",
        later=("teachers and child protection read its rules", "reviewed each term", "plain protocol", "a rule change is told to districts"),
        shown="**minutes from a child's alarm to a person**",
        revisit="an age band is added",
    ),
    "release-strategy": Told(
        options={"canary": ("volunteer classes first", "a class must not get two versions in one lesson: schools are the unit"), "shadow": ("hints compared by teachers before a child reads them", "twice the cards in term"), "ab": ("shows what helps learning", "is a study with children: approvals first"), "blue-green": ("back at the next bell", "all districts at once"), "all-at-once": ("", "every child's next morning")},
        why="a district is a step, a base model is a holiday, an adapter is one district's business",
        later=("no release in test weeks", "adapters alone, base alone, never together", "none", "districts hear what changed"),
        shown="**classes that met a version taken back**",
        revisit="terms no longer overlap",
    ),
    "evaluation-stack": Told(
        options={"aegis-evaluate": ("per district and grade, in the pipeline", "hints need a teacher's eye as well"), "langsmith": ("easy for reviewers", "children's words outside"), "phoenix": ("the team reads traces there", "a store with children's words: synthetic ones only"), "giskard": ("odd questions for free", "children ask odder ones"), "langfuse": ("prompts beside answers", "one more store"), "eyeball": ("", "teachers have no hour to count")},
        why="a right answer may be a bad hint: the set judges whether a child could go on alone",
        later=("teachers paid for an afternoon a term", "sets follow curricula", "files", "no real child in a set"),
        shown="**correct hints, worst district**",
        revisit="a curriculum changes",
    ),
    "monitoring-stack": Told(options={"hosted": ("no upkeep in August", "labels could hold a school"), "prometheus": ("the team's own charts", "somebody must look at seven"), "none": ("", "after the lesson")}, why="the morning is all there is: what is late at ten past eight is lost", later=("one chart for the bell", "districts as labels, pupils never", "files", "none"), shown="**minutes from the bell to a known fault**"),
    "pipeline-orchestrator": Told(options={"prefect": ("trains and releases adapters already", "its server is one more thing to update in August"), "ci": ("", "a queue of one adapter after the other"), "airflow": ("dependencies on data", "heavier than the team"), "dagster": ("knows which adapter came from which data", "a second tool")}, later=("one flow an adapter", "flows run after school", "flows", "each names its data and consent"), shown="**adapters released without a hand**"),
    "iac": Told(later=("a team module for one region", "planned in the holidays", "state", "none"), shown="**differences found by the weekly plan**"),
    "registry": Told(options={"wandb": ("the team compares adapters there", "check what leaves: a curve may carry an example"), "oci": ("plain and signed", ""), "mlflow": ("aliases by district", "a server of your own"), "hugging-face-hub": ("where the base is published", "adapters of children's districts do not belong there")}, later=("adapters by digest and district", "kept for a school year and one more", "formats are common", "an adapter's data are named beside it"), shown="**adapters with their data and consent** (all)"),
    "experiment-tracker": Told(later=("one place for all districts' runs", "cleaned each summer", "exports exist", "no pupil's sentence in a run"), shown="**runs that can be repeated**"),
    "continuous-training": Told(
        options={"none": ("no child teaches it", "districts' words stay foreign"), "on-drift": ("follows the lesson plan", "a new chapter is no drift"), "scheduled": ("each quarter, with teachers at hand", "a bad week's data is trained in unless somebody reads it")},
        why="adapters learn from what teachers wrote and approved, each quarter, and from nothing a child typed",
        later=("a quarter's work for two people", "each adapter against its predecessor", "none", "consent of districts is kept beside the data"),
        shown="**adapters better than their predecessor**, per quarter",
        revisit="districts withdraw their material",
    ),
    "secrets": Told(options={"literal": ("", "repositories are shown to interns"), "aws-secrets-manager": ("the cloud's own", "its price is per secret"), "sops": ("", "a key to guard"), "vault": ("", "one more server")}, why="districts sign in by their own identity; the service holds nothing that opens a school", later=("an identity a district", "ends with the contract", "cloud's", "leavers end at the desk"), shown="**logins without a district** (none)"),
    "network": Told(options={"open-egress": ("libraries come easily", "children's words go as easily"), "deny-by-default": ("few places, known", "a new tool asks"), "isolated": ("", "schools are outside")}, later=("schools in, parents' consent out of scope", "probes each term", "none", "a map tool in a lesson is a new recipient"), shown="**denied ways out** by workload"),
    "data-retention": Told(
        options={"raw": ("a complaint can be read word for word", "a diary of all the children"), "none": ("nothing to lose", "a cry for help leaves no trace for those who must act"), "redacted": ("the lesson and the reaction, without the child", "names of friends and streets hide in stories")},
        why="{retention.days:plain} cover a term's complaints; a disclosure goes to the school's own file and not to ours",
        later=("parents ask, the district answers, the store obeys", "erasure by pupil is rehearsed each term", "rows", "what a law on children's data asks is counsel's"),
        shown="**oldest sentence** and **recall on children's names**",
        revisit="a state changes its law",
    ),
    "environments": Told(options={"shared": ("", "a test hint in a real lesson"), "separate-by-account": ("apart enough for a small team", "staging has a card or two"), "separate-by-cluster": ("", "two clusters in August")}, why="a demonstration class with invented pupils lives in staging", later=("teachers try lessons there", "rebuilt each term", "none", "no real child there, also not for a demo"), shown="**real names found in staging** (none)"),
    "disaster-recovery": Told(options={"rebuild": ("a morning lost", "lessons go on without it"), "zones": ("half the cards stay", "adapters load again"), "region": ("no lesson lost", "twice the cards for schools' budgets")}, why="a teacher is in the room: the tutor may be away for a lesson, not for a week", later=("a sheet for teachers: what to do without it", "drill in the holidays", "none", "none"), shown="**lessons lost** in the last drill"),
    "admission": Told(
        options={"admission-policy": ("starts before the bell", "a digest does not say who taught it"), "sigstore-policy-controller": ("signer of the server", "adapters come as files it never sees"), "kyverno": ("base and adapters signed by the pedagogy lead's key", "stumbles at eight, and so do lessons")},
        wins={"kyverno": "what talks to children carries a signature of people who read it, adapters included"},
        why="parents may ask who let this model into the lesson: the signature is the answer",
        later=("a refusal the evening before, never at eight", "keys change in the summer holidays", "open", "no exception during term"),
        shown="**unsigned models in lessons** (none)",
        revisit="districts sign for themselves",
    ),
    "fault-injection": Told(
        options={"by-hand": ("one teacher, one switch", "thirty classes"), "chaos-mesh": ("takes the head away after school, and gives it back", "only after four o'clock"), "litmus": ("ends on first words that come late", "a second system for the same afternoon")},
        wins={"chaos-mesh": "afternoons are free: faults run then, end at the objective, and the morning is untouched"},
        why="a class waits two minutes, not ten: the afternoon shows which it would be",
        later=("never between eight and one", "before each term", "none", "districts get the dates"),
        shown="**classes without an answer** in the rehearsal",
        revisit="a morning failed in a way no afternoon had",
    ),
}
