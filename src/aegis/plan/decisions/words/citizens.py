"""Advice to citizens: a wrong sentence can cost a household its benefit, and everything must stay in the state's hands."""

from __future__ import annotations

from aegis.plan.decisions.told import Told, Words

# A text, a row.
# fmt: off
WORDS: Words = {
    "run-where": Told(
        options={
            "managed-api": ("no machines for an agency that has lawyers", "households' circumstances would be processed by a company under another law"),
            "single-host": ("one machine in the agency", "the evening before the deadline is too much for it"),
            "cluster": ("the state's own halls, with two of each", "people who can run it are rarer than the halls"),
        },
        later=("the agency's rota knows portals, and learns one engine", "maintenance outside the weeks before deadlines", "devices are the state's for years", "a new benefit is a new purpose and a new assessment"),
        shown="**hours the guide was away in a deadline week** (none)",
        revisit="another state asks to share it",
    ),
    "accelerator": Told(later=("bought by tender: what stands there stays", "firmware by the data centre's own calendar", "owned", "disks are destroyed by the data centre with a record"), shown="**waiting households** at the deadline's evening", revisit="the next tender is written"),
    "parallelism": Told(options={"none": ("a device alone", "the model fits, with little room for decrees"), "tensor": ("decrees are read quickly inside one node", "a device lost is a replica lost"), "tensor-pipeline": ("", "a line of households across the network")}, later=("a replica stays inside one node", "links are checked by the data centre", "none", "none"), shown="**time per word** under the deadline's load"),
    "feature-batching": Told(options={"on": ("the line moves for everybody at once", "one long decree slows its neighbours"), "off": ("a citizen alone", "the line stands")}, later=("one limit, set for the deadline's evening", "measured before each deadline", "none", "none"), shown="**answers at once** and **time per word**"),
    "feature-prefix-caching": Told(options={"on": ("the office's instruction is read once", "new wording, cold morning"), "off": ("", "each citizen pays for the instruction")}, later=("the house instruction is read once; circumstances are not shared", "new wording empties it: not before a deadline", "none", "the salt is the session"), shown="**hit rate of the instruction**"),
    "feature-speculative-decoding": Told(options={"off": ("every word is the model's own", "slower than typing aloud"), "on": ("paragraphs are quotations: easy guesses", "two models to account for")}, later=("one model whose words the agency answers for", "none", "none", "none"), shown="**time per word** as citizens see it"),
    "feature-disaggregation": Told(options={"off": ("both nodes do everything", "long decrees are felt"), "on": ("reading apart from writing", "no spare is left in a tendered hall")}, later=("these devices need no roles", "none", "none", "none"), shown="**first word while a long decree is read**"),
    "feature-multi-lora": Told(options={"off": ("one voice of the state", "dialects and plain language by prompt"), "on": ("a voice by office", "")}, later=("one voice for all offices", "none", "none", "none"), shown="**questions by office** answered alike"),
    "feature-expert-parallelism": Told(options={"off": ("a dense model", "nothing is lost"), "on": ("", "an exchange at each word")}, later=("nothing to balance", "none", "none", "none"), shown="nothing to watch while it is off"),
    "serving-platform": Told(
        options={"kubernetes": ("objects that an auditor can be shown", "more by hand"), "kserve": ("one object for an auditor to look at", "another controller that a small rota has to follow and patch"), "ray-serve": ("retrieval and answer in one program", "a head that the portal's people have never seen"), "nvidia-dynamo": ("made for halls full of devices", "the tender bought far less than it needs")},
        later=("portal people read plain objects", "one controller at a time", "little", "changes carry a file number"),
        shown="**changes with a file number** (all)",
        revisit="a state-wide platform is offered by law",
    ),
    "engine": Told(why="reviewed by the state's own security people before it may answer", later=("one engine, reviewed by the state's own security people", "a release twice a year, after their review", "flags", "sampling is fixed: the same question on the same day gets the same answer"), shown="**equal answers to equal questions**", revisit="the review finds something"),
    "quantization": Told(options={"as-published": ("as caseworkers judged it", "all the memory"), "fp8": ("more households at once", "amounts and dates must be judged again, by group"), "int8": ("", "needs stories to calibrate"), "int4": ("half the hall", "the rare case is a household")}, later=("the precision the set was judged with", "judged by language, plain German first", "format", "a group that is answered worse is an unequal treatment"), shown="**correct answers by group** at this precision"),
    "optimization": Told(
        options={
            "smaller-model": ("half the devices", "rare circumstances are whole households"),
            "engine-defaults": ("nothing for an auditor to ask", "some speed left"),
            "compilation": ("quicker first word", "one more build to sign"),
            "distillation": ("could learn caseworkers' style", "case files as teachers are a new purpose"),
            "pruning": ("", "who is pruned away"),
        },
        why="a shorter decree passage helps the citizen before it helps the machine",
        later=("editors shorten sources first", "texts follow the law gazette", "none", "what was shortened must still be the law"),
        shown="**passages per answer**",
        revisit="the sources are in plain language",
    ),
    "scaling": Told(
        options={"fixed": ("what was bought is on", "quiet months are on as well"), "queue-signal": ("follows the evening", "there is nothing more to scale onto"), "utilisation-signal": ("data centre staff know it", "says little about waiting"), "scale-to-zero": ("", "a citizen at night waits"), "job": ("letters could be drafted at night", "questions are asked now")},
        why="the state owns the devices, so all of them answer; what exceeds them waits in a line that says how long",
        later=("a line with a number is understood by everybody", "tested before each deadline", "none", "none"),
        shown="**longest wait** on a deadline's evening",
        revisit="a line grew longer than its households' patience",
    ),
    "scheduling": Told(options={"spot": ("the state has none", "and would not want it"), "dedicated": ("owned and on", "quiet months too"), "reserved": ("the tender is the reservation", "")}, later=("nothing else runs there", "evaluation at night with a stop", "owned", "no research on these nodes"), shown="**foreign work on these nodes** (none)"),
    "request-routing": Told(options={"direct": ("nothing to explain", "the instruction is read on each node"), "prefix-aware": ("", "one more part to review"), "cascade": ("cheap answers first", "who gets the cheap answer"), "semantic-cache": ("the same question, the same answer", "the same words, another household")}, later=("two nodes, one line", "none", "none", "answers are never shared between households"), shown="**equal wait on both nodes**"),
    "gateway": Told(
        options={"none": ("one part less between citizen and answer", "circumstances would reach the model with names in them"), "proxy": ("the portal has one", "knows nothing of words"), "aegis-gateway": ("masking, sources, limits and a record that a court can read", "one more thing between citizen and answer"), "envoy-ai-gateway": ("quotas as objects", "the record would be elsewhere")},
        why="an answer without a paragraph of the law behind it is not sent",
        later=("lawyers read the rules", "each rule has a paragraph and a date", "plain protocol", "a changed law closes a topic until its pages are new"),
        shown="**answers without a source** (none)",
        revisit="a law changes what must be said",
    ),
    "release-strategy": Told(
        options={"canary": ("a few offices' counters first, where a clerk sits beside", "few questions a day in quiet months"), "shadow": ("caseworkers compare before any citizen reads", "double the devices"), "ab": ("which text helps", "unequal treatment by design"), "blue-green": ("back at once", "everybody at once"), "all-at-once": ("", "one error for all households")},
        why="counters first: a clerk who knows the law hears the answer before the citizen does",
        later=("clerks are paid for the hour", "none in the four weeks before a deadline", "none", "each release has a file number"),
        shown="**answers that clerks corrected**, by release",
        revisit="counters are closed",
    ),
    "evaluation-stack": Told(
        options={"aegis-evaluate": ("questions with paragraphs, in the state's own pipeline", "clerks need a room and an hour"), "phoenix": ("one answer's way, inside", "a store more"), "giskard": ("", "not of this law"), "langfuse": ("wording versions, inside", "a database more"), "eyeball": ("a lawyer sees at once", "and cannot sign how often")},
        why="correct for the average is not enough: groups are compared, and the worst one opens or closes the gate",
        later=("clerks and advice centres judge together", "set follows the law gazette", "files", "no real household in the set"),
        shown="**worst group's share of correct answers**",
        revisit="a decree changes the answers",
    ),
    "monitoring-stack": Told(options={"hosted": ("nobody keeps a server for it", "figures about citizens' questions would be kept outside the state"), "prometheus": ("inside, and the data centre knows it", "its disks are theirs to watch"), "none": ("costs nothing until the first letter", "citizens write to the minister, and the minister asks")}, why="what is watched is whether people got a right answer or a person", later=("one page for the rota, one for the ministry", "numbers are published each quarter", "files", "no file number in a label"), shown="**citizens who ended at a person** because it declined"),
    "pipeline-orchestrator": Told(options={"gitlab-ci": ("the state's own, with its signatures", "runners are few"), "ci": ("whatever the agency has", "signatures must be added"), "argo-workflows": ("on the nodes", "nodes are for citizens"), "temporal": ("waits for a signature over a weekend", "a server to tender")}, why="a release waits for two signatures: the tool that has them is the tool", later=("the state's own build server", "with its calendar", "files", "two signatures before production"), shown="**releases with two signatures** (all)"),
    "iac": Told(options={"opentofu": ("an open licence, which the tender asks for", "state to lock and to guard"), "terraform": ("", "its licence is a question for the tender"), "pulumi": ("a real language", "fewer who read it"), "crossplane": ("", "a control plane more")}, later=("files an auditor reads", "planned before each change", "open", "hand changes are reported to the file"), shown="**differences with no file number** (none)"),
    "registry": Told(options={"oci": ("signed and in the state's hall", "dry for an auditor: a list goes with it"), "mlflow": ("versions people read", "one more server to harden"), "hugging-face-hub": ("the source, by commit", "outside the state"), "wandb": ("", "nothing is trained")}, later=("what came in, from whom, with which licence", "kept as long as an objection may be raised", "open", "licence texts stand beside the weights"), shown="**versions that can be brought back for a court**"),
    "gitops": Told(options={"flux": ("few parts, no page to protect", "auditors are shown a folder"), "argo-cd": ("", "a login more on the state's list")}, later=("what runs is a folder that auditors may read", "controllers with the cluster", "open", "an urgent change is a merge with a later signature"), shown="**hours between folder and cluster**"),
    "continuous-training": Told(options={"none": ("no household teaches it", "local words stay unknown"), "on-drift": ("would follow what people ask this season", "the season changes with the law, and the law is in the pages"), "scheduled": ("a date that can be announced", "a date for a purpose that nobody has assessed")}, why="the law is in the pages, not in the weights: pages are kept new instead", later=("editors, not trainers", "a page a decree", "none", "training would be a purpose of its own"), shown="**days from gazette to page**"),
    "secrets": Told(options={"literal": ("", "a parliamentary question"), "vault": ("the state's own, with its records", "must be up before the portal")}, later=("the state's store, its records", "by its calendar", "the state's", "leavers end by the personnel office"), shown="**accounts without a person or service**"),
    "network": Told(options={"open-egress": ("help from outside", "circumstances take the same way"), "deny-by-default": ("portal in, sources by import", "each exception has a file number"), "isolated": ("nothing at all", "the portal is outside")}, later=("portal and sources, nothing else", "probed by the state's security people", "none", "remote help by screen, with a clerk"), shown="**exceptions in force**, with end dates"),
    "data-retention": Told(
        options={"raw": ("an objection can be answered word for word", "a second file on each household"), "none": ("nothing to hand over", "an objection meets silence"), "redacted": ("what was advised and on which paragraph", "a household may be recognised by its story")},
        why="the advice and its paragraph are kept for {retention.days:plain}, the story behind them is not",
        later=("citizens may read and erase their own session", "rehearsed each quarter", "rows", "archives' law is counsel's question"),
        shown="**advice that could be shown on objection**",
        revisit="the period for objections changes",
    ),
    "environments": Told(options={"separate-accounts": ("the clearest border that can be shown", "three tenders, three halls to patch"), "shared": ("one hall to keep and to pay for", "an invented decree could answer a real household"), "separate-by-account": ("cheap, and apart by name and right", "an auditor will ask what is shared underneath"), "separate-by-cluster": ("nodes of their own for citizens", "two to keep")}, why="tomorrow's law is tried in staging while today's answers", later=("clerks train there", "rebuilt with each decree", "none", "no real household there"), shown="**answers from tomorrow's law** given today (none)"),
    "disaster-recovery": Told(options={"rebuild": ("a page with telephone numbers helps meanwhile", "deadlines do not wait"), "zones": ("half the devices answer", "lines are longer"), "region": ("a second data centre", "not in the tender")}, why="a deadline cannot be moved: half the devices and a telephone are the plan", later=("counters get a sheet", "drill before each deadline", "none", "lost sessions are told to their citizens"), shown="**households served** in the last drill"),
    "admission": Told(
        options={"admission-policy": ("in every cluster of the state already", "a digest has no author"), "sigstore-policy-controller": ("small, and its code was read", "statutes' weights enter unread"), "kyverno": ("the seal of the import desk is asked of every image", "a desk more that must be staffed")},
        wins={"kyverno": "the import desk seals what it let in, and the cluster asks for that seal, also of the weights"},
        why="an audit asks who let this in; the seal answers with a name",
        later=("a refusal names the missing seal", "seals are renewed with the state's certificates", "open formats, as procurement asks", "exceptions stand in the file, with a date"),
        shown="**images without the desk's seal** (none)",
        revisit="the import desk changes its key",
    ),
    "fault-injection": Told(
        options={"by-hand": ("no procurement", "the clerk who ends it is on leave"), "chaos-mesh": ("one object, one end, one page in the file", "rights on nodes that the state must approve"), "litmus": ("ends on the ministry's own figures", "its catalogue passes the import desk again and again")},
        wins={"chaos-mesh": "it is the smaller import: a fault with its end in one file that an auditor can read"},
        why="a citizen who meets an outage has a deadline running: the outage is met in staging first",
        later=("rehearsed outside filing deadlines", "after each import", "none that binds the state", "the works council is told of each"),
        shown="**rehearsals per quarter** in the operations file",
        revisit="a deadline was missed through us",
    ),
}
