"""Clinics: choices that a ward lives with."""

from __future__ import annotations

from aegis.plan.decisions.told import Told, Words

# A text, a row.
# fmt: off
WORDS: Words = {
    "run-where": Told(
        options={"managed-api": ("no room to cool", "no note leaves the house"), "single-host": ("one box that clinic IT understands", "a night without it, once a month"), "cluster": ("a node can go while the other writes", "a platform carried in by medium")}, later=("clinic IT learns one more system that wards depend on", "maintenance windows are the wards', not ours", "hardware in the building outlives three models", "a changed purpose sentence can change what the law calls it"),
        shown="**hours on paper per quarter**",
        revisit="a second clinical purpose is proposed",
    ),
    "accelerator": Told(later=("what is in the room is what there is", "a spare device stands in the cupboard, tested", "bought for years", "disks of a failed device stay in the building"), shown="**seconds to the first word** with one node gone", revisit="the cupboard is empty"),
    "parallelism": Told(options={"none": ("one device, one replica", "this model is larger than one of these devices"), "tensor": ("half a node is one replica, and its links are inside", "a device lost takes the replica along"), "tensor-pipeline": ("over both nodes", "and no spare is left")}, later=("a replica is a node half: easy to say at night", "links are checked at each import", "none", "none"), shown="**step time** with both replicas busy", revisit="devices are replaced"),
    "serving-platform": Told(
        options={
            "kubernetes": ("objects that clinic IT can list and restart", "routing by prefix must be added"),
            "kserve": ("one object tells all of the model", "its controller must be imported and upgraded as well"),
            "ray-serve": ("several steps in one program", "its own dashboard for a desk that has enough"),
            "nvidia-dynamo": ("made for rooms full of devices", "this is a cupboard"),
        },
        later=("clinic IT reads plain objects", "controllers are imported too, each with hashes", "little", "admission checks the import signature"),
        shown="**changes done by clinic IT alone**",
        revisit="clinic IT standardises on something else",
    ),
    "engine": Told(
        later=("one engine, its log in plain sight of the duty desk", "upgrades come by medium, twice a year, with the whole panel", "flags only", "default sampling must be off: two nurses should see one answer"), shown="**equal answers to equal notes**", revisit="a fix is needed that only a newer engine has"
    ),
    "quantization": Told(options={"as-published": ("what others assessed", "does not fit the devices in the room"), "fp8": ("fits, with room for notes", "red flags must be counted again at this precision"), "int8": ("would run on older spares", "needs notes to calibrate, and those are patients'"), "int4": ("half of the devices would do", "what it loses is rare, and rare is what triage is for")}, later=("one precision in the house", "red flags are counted before and after", "format", "a lost red flag is a hazard-log entry"), shown="**red flags kept** at this precision", revisit="devices with more memory arrive"),
    "optimization": Told(
        options={
            "smaller-model": ("one device less to lose", "red flags in rare complaints are what it loses"),
            "engine-defaults": ("nothing further to import", "nothing further gained"),
            "compilation": ("quicker first word", "another build to hash on both sides"),
            "distillation": ("could learn the house's own seniors", "patient notes as teachers are a new purpose"),
            "pruning": ("smaller media to carry", "untested on complaints that come once a year"),
        },
        why="a shorter template helps a nurse and a device alike",
        later=("forms before kernels", "templates have a clinical owner", "none", "a shorter note must not lose what the law wants recorded"),
        shown="**length of notes** beside agreement",
        revisit="templates are settled",
    ),
    "scaling": Told(
        options={
            "fixed": ("two nodes, known, warm", "winter must be guessed in summer"),
            "queue-signal": ("follows the emergency hour", "there is nothing to scale onto in a closed room"),
            "utilisation-signal": ("the duty desk has the gauge", "busy is not late"),
            "scale-to-zero": ("", "a stretcher does not wait for a load"),
            "job": ("notes could be read overnight", "triage is now"),
        },
        later=("two nodes, always on", "winter is planned in summer", "none", "none"),
        shown="**waits in the emergency hour**",
        revisit="a further ward joins",
    ),
    "scheduling": Told(options={"spot": ("there is no such thing here", "there is no such thing here, and triage would not want it"), "dedicated": ("the nodes belong to the wards", "dark at night, and that is right")}, later=("nothing else runs there", "evaluation runs at night, with a stop", "owned", "no research job on ward nodes"), shown="**foreign jobs on ward nodes** (none)", revisit="research asks for nights"),
    "request-routing": Told(
        options={
            "direct": ("nothing to explain", "a ward's instruction is computed twice"),
            "prefix-aware": ("the instruction stays warm", "one more part to import"),
            "cascade": ("easy notes cost little", "who says a note is easy"),
            "semantic-cache": ("the same question, the same answer", "the same words, another patient"),
        },
        later=("two replicas, one sentence", "picker upgrades by import", "none", "wards share no cache of notes"),
        shown="**answers per replica**",
        revisit="a third replica",
    ),
    "gateway": Told(
        options={
            "none": ("no hop between ward and model", "a pasted letter speaks to the model unmasked"),
            "proxy": ("clinic IT knows it already", "cannot mask a name or see a red flag"),
            "aegis-gateway": ("mask, red-flag rules, absence shown, audit: in one place", "one more thing that wards wait for"),
            "envoy-ai-gateway": ("quotas as cluster objects", "clinical rules would live elsewhere"),
        },
        why="what a ward may ask, what is masked and what is shown is one reviewed page",
        later=("one page, with the safety owner's mark", "red-flag rules are clinical content with a review date", "common API", "a new form is a new way for names to enter"),
        shown="**held answers** by rule, and **names found behind the mask**",
        revisit="a further language",
    ),
    "release-strategy": Told(
        options={
            "canary": ("a ward's volunteers meet it first", "few notes a day: weeks until a share says anything"),
            "shadow": ("compared with the seniors before any nurse sees it", "double the devices for those weeks"),
            "ab": ("would tell whether care gets better", "is a study, with its own approvals"),
            "blue-green": ("one switch the safety owner can pull", "all wards at once"),
            "all-at-once": ("", "no ward is left that works as before"),
        },
        why="a ward is the unit: people in one room see one version",
        later=("ward leads know the version of the week", "no release before weekends", "none", "each release leaves a page for the safety file"),
        shown="**wards returned to the former version**",
        revisit="wards open too slowly to learn",
    ),
    "evaluation-stack": Told(
        options={
            "aegis-evaluate": ("runs behind the gap on the panel's files", "seniors need a place to judge: paper or a sheet"),
            "langsmith": ("comfortable for reviewers", "notes would be outside the house"),
            "phoenix": ("shows a single answer's path, inside", "one more store with notes in it"),
            "giskard": ("generates odd notes to try", "odd is not clinical"),
            "langfuse": ("wording versions beside answers, inside", "a database to import updates for"),
            "eyeball": ("a senior's frown is worth much", "nobody can count frowns later"),
        },
        why="senior staff disagree too: the gate compares with their spread, not with one truth",
        later=("clinicians judge an hour a month, paid", "panel renewed by season", "files", "panel notes are rewritten until nobody is recognisable"),
        shown="**agreement within the seniors' spread**",
        revisit="seniors have no hour",
    ),
    "monitoring-stack": Told(
        options={"hosted": ("nothing to run", "lives outside the gap"), "prometheus": ("runs inside, rules come with the import", "its disk fills on a weekend"), "none": ("the wards telephone", "after they have stopped trusting it")},
        why="the duty desk watches printers and networks; this joins its screen",
        later=("four tiles and a telephone number", "disk and clock checks, as behind any gap", "files", "no note in a label"),
        shown="**minutes from outage to paper**",
        revisit="the desk misses one",
    ),
    "pipeline-orchestrator": Told(options={"gitlab-ci": ("stands inside and outside, the same file", "two of it, with a medium between"), "ci": ("whatever is inside already", "the medium in between stays"), "argo-workflows": ("on the nodes", "nodes are for wards"), "temporal": ("remembers a week of waiting", "a database to carry in")}, why="one pipeline outside builds and signs, its twin inside judges and releases", later=("build outside, evaluate inside: two halves, one sheet between", "the inside half is rehearsed at each import", "scripts", "both halves leave signed lines"), shown="**imports without a correction by hand**", revisit="imports become monthly"),
    "iac": Told(options={"script": ("read aloud at the import", "knows only this house"), "terraform": ("plans before it acts", "providers must be carried in"), "opentofu": ("", "providers must be carried in all the same"), "pulumi": ("", "and its packages, by medium")}, later=("a script the clinic can read", "rerun at each import", "none", "hand changes are shown at the next run"), shown="**lines that differ from the script**", revisit="clinic IT brings its own tool"),
    "registry": Told(options={"oci": ("signed, inside, by digest", "no clinician reads it: a printed sheet goes with it"), "mlflow": ("versions with notes", "a server to carry updates to"), "hugging-face-hub": ("the outside's source, by commit", "unreachable from inside, by design"), "wandb": ("", "nothing is trained")}, later=("what came in, when, by whom", "old media are kept with the safety file", "plain", "licence texts are inside too"), shown="**artifacts with two signatures** (all)", revisit="storage is full"),
    "gitops": Told(options={"argo-cd": ("one page on the duty desk's screen", "one more login at the desk"), "flux": ("", "the desk sees nothing")}, later=("what runs is on one page at the duty desk", "repository mirrors by import", "plain", "urgent change: merge inside, carried out later"), shown="**differences older than a shift**", revisit="two repositories diverge"),
    "continuous-training": Told(
        options={"none": ("no patient teaches it", "the house's habits stay unknown to it"), "on-drift": ("follows changed arrivals", "needs outcomes that come after discharge"), "scheduled": ("a date everyone knows", "a date is no reason")},
        why="patient notes are treated, not trained on",
        later=("improvement comes by import", "each import costs an evaluation week", "none", "a wish to train is a new purpose with its own assessment"),
        shown="**panel agreement by import**",
        revisit="the clinic starts a study",
    ),
    "secrets": Told(
        options={"literal": ("quick on a closed network", "closed networks are full of visitors"), "vault": ("the clinic's own, with its own records", "must be up before the wards are"), "sops": ("no service to keep alive", "its key has to live somewhere inside")},
        why="no vendor account, no shared login: identities of the clinic only",
        later=("one vault, the clinic's", "rotation by the clinic's calendar", "clinic's", "leavers lose access by the clinic's process"),
        shown="**accounts without a person or service**",
        revisit="the vault is replaced",
    ),
    "network": Told(
        options={"open-egress": ("remote help is easy", "a patient's note takes the same road"), "deny-by-default": ("each exception has a name", "exceptions multiply with devices"), "isolated": ("nobody outside can read or help", "every fix walks in on a medium")},
        later=("record system and duty desk, nothing else", "probe each quarter from the ward", "none", "a service laptop is a route: forbidden or watched"),
        shown="**packets to anywhere else**",
        revisit="a device vendor asks for remote access",
    ),
    "data-retention": Told(
        options={"raw": ("a case conference sees what was shown, word for word", "a second patient record without its protections"), "none": ("nothing to lose here", "harm can be neither shown nor ruled out"), "redacted": ("what was suggested and why, without whom", "linking back needs two people and takes time")},
        why="the record system is the record; here stays what explains a suggestion",
        later=("reference and suggestion, no second record", "end dates tested with an invented patient", "rows", "counsel settles how long decisions stay"),
        shown="**oldest entry** against the rule",
        revisit="the rule for records changes",
    ),
    "environments": Told(
        options={
            "shared": ("one screen to learn", "an invented patient gets a bed"),
            "separate-by-account": ("cheap and clear for a small team", "the test ward is slower than the real one"),
            "separate-by-cluster": ("real ward on nodes of its own", "two imports for each change"),
            "separate-accounts": ("could not be mistaken", "three rooms, three sets of spares"),
        },
        why="a test ward with invented patients, on the same kind of node",
        later=("a coloured screen tells test from real", "test ward is rebuilt by import", "none", "no real note in the test ward, also not for a demonstration"),
        shown="**real patients in the test ward** (none)",
        revisit="wards train staff there",
    ),
    "disaster-recovery": Told(
        options={"rebuild": ("media in the safe are enough", "hours on paper"), "zones": ("half the rooms go on", "both rooms share a certificate and a mistake"), "region": ("would survive the building", "patients are in the building")},
        why="paper is the recovery; machines come after",
        later=("each shift knows the drawer", "forms are reprinted yearly", "none", "paper is patient data"),
        shown="**minutes until paper works**",
        revisit="paper was needed for a day",
    ),
    "feature-batching": Told(options={"on": ("wards share a device, and each note moves at every step", "a long letter slows a short note for a moment"), "off": ("a note's time is its own", "a ward waits for another ward's letter")}, later=("wards share the device fairly", "limit from winter's notes", "none", "none"), shown="**slowest note of a shift**"),
    "feature-prefix-caching": Told(options={"on": ("the ward's instruction is read once a shift", "a new wording starts cold, in the middle of a shift if nobody takes care"), "off": ("nothing shared between notes", "every note pays for the instruction")}, later=("the instruction is computed once, notes never shared", "wording releases empty it", "none", "salt per ward, so that timing tells nothing"), shown="**hit rate of the instruction**"),
    "feature-speculative-decoding": Told(options={"off": ("nothing guesses in a clinic", "words come as fast as they are read"), "on": ("phrases of notes repeat", "a second model to carry in and to explain to the safety owner")}, later=("one thing less to import", "none", "none", "none"), shown="**time per word** as nurses see it"),
    "feature-disaggregation": Told(options={"off": ("two nodes, each doing everything: one can go", "a long letter is felt"), "on": ("letters disturb no note", "roles on two nodes leave no spare")}, later=("two nodes do not need roles", "none", "none", "none"), shown="**first word while a long letter is read**"),
    "feature-multi-lora": Told(options={"off": ("one voice for all wards, assessed once", "paediatrics has words of its own"), "on": ("a voice per ward", "an assessment per ward")}),
    "feature-expert-parallelism": Told(options={"off": ("nothing to spread in a dense model", "nothing is lost"), "on": ("for models this room cannot hold", "an exchange at each word")}),
    "admission": Told(
        options={"admission-policy": ("nothing to install on the ward's cluster", "bytes have no sender"), "sigstore-policy-controller": ("simple enough for the duty desk", "the model itself walks past it"), "kyverno": ("model and software carry the release board's signature", "two copies of it, always")},
        wins={"kyverno": "the release board signs once, and nothing starts on the ward without it, the model least of all"},
        why="behind the gap nobody downloads a better version by night: what starts was carried in and signed",
        later=("the duty desk sees a refusal in one line", "keys cross the gap with each import", "keys are the hospital's", "an emergency exception is signed by two"),
        shown="**unsigned starts** on the ward's cluster (none)",
        revisit="the release board changes its signature",
    ),
    "fault-injection": Told(
        options={"by-hand": ("the technician knows every cable", "and is called away in the middle"), "chaos-mesh": ("ends itself when the test ward waits too long", "its daemon is let into the test ward only"), "litmus": ("reads the ward's charts", "more imports for one experiment")},
        wins={"chaos-mesh": "on the test ward a fault must end without a person: people there have patients"},
        why="nurses fall back to paper when we fail: the fall is practised, on the test ward, in daylight",
        later=("never on a ward with patients", "with each import, and each new shift lead", "none", "the ethics desk knows the dates"),
        shown="**minutes to paper** in the last rehearsal",
        revisit="a real failure took longer than the rehearsed one",
    ),
}
