"""Agents: text decides what is done, so what may be done is decided elsewhere."""

from __future__ import annotations

from aegis.plan.decisions.told import Told, Words

# A text, a row.
# fmt: off
WORDS: Words = {
    "run-where": Told(
        options={"managed-api": ("better at tools, sooner", "claims and card data would sit with a vendor between two turns"), "single-host": ("one place to look", "one patch evening, one inbox unread"), "cluster": ("broker and engine restart apart from each other", "a platform under a process of clerks")}, later=(
            "the rota learns tools first and tokens second: most incidents are a tool that answered oddly",
            "tool APIs change more often than the model; contract tests run against each of them nightly",
            "the loop is ours, the tools are the company's; the model is the part that can be exchanged",
            "a new tool is a new permission: it enters by the same review as a new employee's access",
        ),
        shown="**tasks finished without a person** beside **tasks a person had to repair**",
        revisit="tools multiply beyond what one policy page can hold, or tasks begin to run for days",
    ),
    "accelerator": Told(
        later=("long prompts of tool results fill memory before users notice anything", "one benchmark with recorded tasks, not with single requests", "the same weights run on several makers' devices, at other batch sizes", "a device in another region would move case files with it"),
        shown="**seconds of model time per finished task** and cache use at the longest task",
        revisit="the median task needs more turns than it does now",
    ),
    "parallelism": Told(
        options={"none": ("a device is a replica", "histories of this length need more memory"), "tensor": ("long cases are read by several devices at once", "one device stops, the replica stops, and a case waits in the middle"), "tensor-pipeline": ("for models of another size", "a case's turns would cross the network")}, later=("one replica is one unit for the scheduler, however many devices it spans", "links between devices are checked at each node image", "none worth naming", "shared nodes mix workloads of unlike sensitivity: tasks with case files get their own"),
        shown="**step time** of a turn while a long prefill runs beside it",
        revisit="turns wait on each other although devices have room",
    ),
    "serving-platform": Told(
        options={"kubernetes": ("broker, engine and door in objects that the team reads", "turn-aware routing is yours"), "kserve": ("the model as one object", "the broker would still be another"), "ray-serve": ("agent, tools and model in one program", "then a crash takes all three"), "nvidia-dynamo": ("fleets of long contexts", "this is an inbox")}, later=(
            "model, broker and loop are three Deployments with three failure stories",
            "the loop drains for as long as its longest task: rollouts are slower than a website's",
            "the loop's state is a table, not a platform's workflow format",
            "who may deploy the broker may act: that role is reviewed like a payment right",
        ),
        shown="**tasks interrupted by a deployment** (none)",
        revisit="tasks outlive the patience of a rolling update",
    ),
    "engine": Told(
        later=(
            "tool calls are parsed from text: the parser's version is part of every bug report",
            "after an upgrade the same tasks are replayed with tools in dry-run, and every changed call is read",
            "the chat template and the tool parser are the parts that bind",
            "a parser that repairs broken calls may also repair a refusal",
        ),
        shown="**malformed tool calls** per thousand turns and **TTFT p95** inside a task",
        revisit="malformed calls rise with an upgrade, or the model's tool format changes",
    ),
    "quantization": Told(
        options={"fp8": ("room for longer cases", "amounts and dates are where it slips: that slice decides"), "int8": ("", "calibration needs cases"), "int4": ("half the devices", "a wrong digit is a wrong payment")}, later=("a cheaper precision fails in arguments of calls before it fails in prose", "calls are compared argument by argument at each change", "the published weights remain the reference", "an amount with a wrong digit is a wrong payment"),
        shown="**calls whose arguments differ** from those of the published precision",
        revisit="memory binds at the number of tasks that run at once",
    ),
    "optimization": Told(
        why="the cheapest token is the turn that did not happen: fewer and better tools come before faster kernels",
        later=("short tool results teach more than long ones", "tool outputs are trimmed at the broker, with tests", "none", "a trimmed result may hide the line an auditor wants: the full one stays in the journal"),
        shown="**turns and tokens per finished task**",
        revisit="a tenth of the tasks uses half of the tokens",
        options={
            "smaller-model": ("reads and routes most cases for a fraction", "gives up late: it loops where the larger one asks a person"),
            "engine-defaults": ("no build stands between a fix and a release", "long shared prefixes of tool schemas deserve more care than defaults take"),
            "distillation": ("a clerk's trace can teach a small model the house's routine", "the clerk's shortcuts are learned with it"),
            "compilation": ("faster turns on one device type", "turns wait for tools, not for kernels"),
            "pruning": ("", "function calling degrades before fluency does"),
        },
    ),
    "scaling": Told(
        later=("one figure: tasks waiting for a turn", "the bound follows the number of cases, which the business knows before we do", "none", "more tasks at once is also more harm at once: the ceiling is a safety limit"),
        shown="**age of the oldest waiting task**",
        revisit="tasks wait at the start of each working day",
        options={
            "fixed": ("back-office work is patient: a queue at nine is gone by ten", "stands idle at night and on Sundays"),
            "queue-signal": ("follows the inbox", "a loop in one task looks like an inbox"),
            "utilisation-signal": ("is drawn already", "an agent that waits for a tool uses nothing and is busy"),
            "scale-to-zero": ("weekends are free", "the first case on Monday waits for weights to load"),
            "job": ("cases can be worked in a nightly run", "a person who must approve is asleep then"),
        },
    ),
    "request-routing": Told(
        options={"direct": ("", "a case's next turn lands anywhere"), "prefix-aware": ("a case comes back to where it was read", "the picker must forget closed cases"), "cascade": ("simple mails to a small model", "the mail that looks simple and is not"), "semantic-cache": ("the same letter, the same step", "")}, later=("a task stays with the replica that holds its history", "the picker fails open to any replica, and that is tested", "none", "a cached tool schema is common; a cached case file is nobody else's"), shown="**prefix hit rate within a task**", revisit="history grows beyond what a replica keeps between turns"
    ),
    "gateway": Told(
        why="whatever a mail says, rights are decided by the broker: the gateway knows who asked, and the model never does",
        later=("one page says which tool may run for whom, with which amount, after whose approval", "limits of steps, amounts and repeated calls are tuned from journals", "the loop speaks the common API; the broker's policy is plain data", "an exception for one urgent case is a rule with an end date"),
        shown="**calls refused by the broker** by tool, and **approvals given within seconds of asking**",
        revisit="approvers approve everything, or a new tool can move money",
        options={
            "none": ("the loop talks straight to the model", "nothing counts steps, and the night is long"),
            "proxy": ("a known component with request limits", "a loop of small requests passes below each of its limits"),
            "aegis-gateway": ("budgets by task, injection scan of tool results, and a journal", "in front of each turn: its own outage stops every task"),
            "envoy-ai-gateway": ("token quotas as objects of the cluster", "does not know what a task or an approval is"),
        },
    ),
    "release-strategy": Told(
        why="a prompt, a tool description or a parser changes what is done: each is a release and is replayed in dry-run first",
        later=("a task ends on the version it began with", "dry-run tools are kept in step with the real ones, or they prove nothing", "none", "the journal says which version decided each act"),
        shown="**acts that differ** between versions in dry-run over the same cases",
        revisit="dry-run and reality disagree on one act",
        options={
            "shadow": ("both versions propose, one acts", "the second version's tools must be stubs, or both act"),
            "canary": ("a few cases go to the new version, with the same approvals", "cases differ so much that a few dozen prove little"),
            "ab": ("tells whether clerks save time", "weeks of cases, two behaviours, one team of approvers"),
            "blue-green": ("one behaviour for all approvers", "they all meet a bad one on the same morning"),
            "all-at-once": ("no two versions in the journal", "a changed tool description pays everyone twice by noon"),
        },
    ),
    "evaluation-stack": Told(
        why="a case is judged by its end state and by its acts, never by how well it was told",
        later=("clerks read journals of failed cases, not scores", "replayed cases age with the tools: stubs are re-recorded when an API changes", "cases are files with stubs", "real cases enter without names and with the owner's consent"),
        shown="**cases ended as a clerk would have**, and **wrong calls among hostile cases**",
        revisit="hostile mails find a call that no case holds",
        options={
            "aegis-evaluate": ("whole cases, stubbed tools, both versions, a verdict with an error rate", "stubs must be written: a day for each tool"),
            "phoenix": ("a trace per case, readable by clerks", "shows the wrong call after it was made"),
            "langsmith": ("traces and annotation queues in one product", "case files would live with another company"),
            "langfuse": ("prompt versions beside their traces, on your machines", "a database to run beside the journal"),
            "giskard": ("probes a model for known weaknesses", "probes answers, not acts"),
            "eyeball": ("a clerk sees nonsense at once", "sees ten cases, on a quiet day"),
        },
    ),
    "monitoring-stack": Told(
        why="acts are counted by tool and outcome: a healthy model with a broken tool looks perfect in every latency chart",
        later=("five curves: cases, acts by tool, refusals, approvals, tokens per case", "a new tool brings its counters with it, or is not admitted", "span names follow the common conventions", "arguments stay in the journal; charts see names of tools only"),
        shown="**hours from a changed tool to somebody knowing**",
        revisit="a clerk found a wrong act before a chart did",
        options={"hosted": ("", "spans of long cases are priced by the span"), "prometheus": ("counters by tool in rules you can read", "a case is a trace: keep the link to it"), "none": ("nothing to build", "the bank statement is the monitor")},
    ),
    "pipeline-orchestrator": Told(
        options={"temporal": ("replays and approvals already live there", "its workers are part of the release"), "ci": ("", "forgets overnight approvals"), "argo-workflows": ("on the cluster", "a second memory of cases"), "prefect": ("", "a second memory of cases")}, why="replaying cases takes an hour and approvals take days: waiting is what this pipeline mostly does",
        later=("one definition: replay, read the differing acts, approve, step", "replay stubs have owners", "steps are containers", "approvals are recorded with what was shown to the approver"),
        shown="**days from a changed prompt to its first real case**",
        revisit="replays wait for stubs longer than for people",
    ),
    "iac": Told(
        options={"bicep": ("the team's own, close to its cloud", "only that cloud"), "terraform": ("", "a second tool"), "opentofu": ("", "a second tool"), "pulumi": ("", "a second tool"), "crossplane": ("", "a control plane")}, later=("tool identities are declared beside the network path that they need", "provider upgrades are planned on an idle day of the inbox", "modules are the cloud's", "a tool right granted in a portal is found by the nightly plan"),
        shown="**tool permissions without a declaration** (none)",
        revisit="another department wants a broker of its own",
    ),
    "registry": Told(options={"azure-ml": ("the team's own, with stages people know", "bound to one cloud"), "oci": ("one digest for all of it", "no view of runs"), "mlflow": ("versions by alias", "one more server"), "hugging-face-hub": ("where the weights come from", "schemas and stubs do not belong there"), "wandb": ("", "prompts are what runs here")}, later=("model, prompts, tool schemas and stubs share one release note", "a schema is never edited under its version", "files", "who approved a tool schema is on its card"), shown="**acts whose prompt and schema can be loaded again** (all)", revisit="a disputed act cannot be replayed"),
    "gitops": Told(
        later=("broker policy merges need an owner of the process, not just an engineer", "sync runs when no case is in flight, or drains first", "plain manifests", "an urgent stop of a tool is one commit, rehearsed"), shown="**minutes to take a tool away** by merge", revisit="stopping a tool by hand was faster"
    ),
    "continuous-training": Told(
        options={"none": ("no claim becomes weights", "habits of a desk come by prompt"), "on-drift": ("follows new kinds of claims", "labels are clerks' decisions, months later"), "scheduled": ("", "clerks' mistakes included")}, why="journals are full of case files: they improve prompts and cases for evaluation, not weights",
        later=("behaviour changes by prompt, schema and policy", "each published model version is a week of replayed cases", "none", "a journal kept for audit is not a training set by another name"),
        shown="**cases ended well on the newest month**",
        revisit="a published model does the house's routine better in replay",
    ),
    "secrets": Told(
        why="the model never sees a credential: the broker adds it after the call was allowed",
        later=("one identity for each tool, none for the loop", "a tool's credential rotates with its owner's calendar", "named in the vault, used by the broker", "a credential in a tool result is treated as leaked"),
        shown="**credentials seen in prompts or results** by the scan (none)",
        revisit="a tool demands a personal login",
    ),
    "network": Told(
        options={"open-egress": ("any tool works at once", "a mail can tell it where to send"), "deny-by-default": ("broker to its tools, model to nothing", "each tool is a line with an owner"), "isolated": ("", "payments are made elsewhere")}, why="each tool has its own way out, and the model server has none",
        later=("a page of tool and host, readable by the security office", "the page changes in the same merge as the tool", "none", "a tool that fetches any address is a way out for everything"),
        shown="**calls to hosts that no tool owns** (dropped)",
        revisit="a tool is to browse",
    ),
    "data-retention": Told(
        why="an act must be explainable years later; the chatter around it need not be",
        later=("a journal of acts, and apart from it a shorter store of text", "the two end on different days, tested each quarter", "rows and files", "case files in results are personal data of people who never used this system"),
        shown="**acts explained from the journal alone**",
        revisit="finance and privacy disagree about the journal's end",
        options={"raw": ("every thought can be replayed", "mailboxes and bookings of strangers, twice"), "none": ("nothing to leak", "a payment nobody can explain"), "redacted": ("acts with reasons, text without names", "a name hidden too well makes two cases look like one")},
    ),
    "environments": Told(
        options={"shared": ("", "a test pays a real passenger"), "separate-by-account": ("stubs instead of tools", "stubs are kinder than tools"), "separate-by-cluster": ("production's broker stands alone", "two brokers to keep alike"), "separate-accounts": ("a wall before the bank", "three of everything")}, why="staging has every tool in dry-run and the same broker; an act in staging changes a table nobody is paid from",
        later=("the dry-run flag is set by the environment, never by the task", "stubs and sandboxes of tools expire: their owners are named", "none", "no staging credential works on a real tool"),
        shown="**real acts made from staging** (none)",
        revisit="a tool has no sandbox",
    ),
    "disaster-recovery": Told(
        options={"rebuild": ("clerks work the inbox by hand", "open cases must be found in the journal"), "zones": ("half of the replicas go on", "the journal must be in both places first"), "region": ("far from one cloud's bad day", "payments' other side is not there")}, why="a half-finished case is the state that matters: what was done is in the journal, and a new loop begins there",
        later=("cases return to the inbox, marked with their acts", "the journal is restored first, and counted", "none", "a restored case must not act again: keys of acts are part of the backup"),
        shown="**cases resumed without a repeated act** in the last drill",
        revisit="the inbox cannot take the cases back within a day",
    ),
    "feature-prefix-caching": Told(options={"on": ("schemas and the case so far are read once a turn", "a changed schema forgets all open cases"), "off": ("a schema may change at any time", "each turn reads the whole case again, and a case has many")}, shown="**hit rate over tool schemas and history**", later=("schemas first, case last: the order of a prompt is a cost decision", "a reordered schema list empties the cache for everybody", "none", "case files of one person never warm another's prompt: salt by task owner")),
    "feature-batching": Told(options={"on": ("turns of different cases share each step", "a case with a long history slows the inbox a little"), "off": ("one case at a time", "a device idles while a tool answers")}, shown="**turns per second** at full inbox", later=("turns of different tasks share a step", "the limit is measured with histories as long as real ones", "none", "none")),
    "feature-speculative-decoding": Told(options={"off": ("no second opinion on an amount", "arguments come word by word"), "on": ("tool calls look alike, so guesses hit", "a guess in an amount must be thrown away each time")}, shown="**accepted tokens** within tool arguments", later=("a draft guesses JSON well and amounts badly", "retrained when schemas change", "bound to the model", "arguments are verified by the target model, so that a draft cannot change an act")),
    "feature-disaggregation": Told(options={"off": ("one pool reads and writes", "long cases are felt by short ones"), "on": ("long cases read apart", "tools are slower than either: nothing gained where time is lost")}, shown="**share of a case's time spent in the model**", revisit="the model, and no longer the tools, is what cases wait for", later=("one pool", "none", "none", "none")),
    "feature-multi-lora": Told(options={"off": ("one clerk's manner for all claims", "special desks stay with people"), "on": ("a manner per desk", "each must be replayed over old cases")}, shown="**cases closed as a clerk would**, by desk", revisit="a second desk hands its cases over", later=("one manner", "none", "none", "none")),
    "feature-expert-parallelism": Told(options={"off": ("nothing to spread", "nothing is lost"), "on": ("", "an exchange in every turn")}, shown="nothing to watch while it is off", later=("nothing to balance", "none", "none", "none")),
    "scheduling": Told(options={"spot": ("", "a case lost between two payments must be found again"), "dedicated": ("a case ends where it began", "nights are quiet and paid"), "reserved": ("less for what never sleeps", "a year, for a process that is being redesigned")}),
    "admission": Told(
        options={"admission-policy": ("what runs is what the panel judged", "a tool's image is trusted by its bytes alone"), "sigstore-policy-controller": ("one question at the door: whose", "weights pass unseen"), "kyverno": ("model, gateway and tools answer the same question", "down, and no queue worker comes back")},
        wins={"kyverno": "an agent holds rights: what carries them starts with a signature, weights included"},
        why="whoever swaps an image swaps who writes to customers",
        later=("a refused tool is read like a refused mail", "keys turn over with the mail certificates", "signatures are everybody's", "an exception for a tool ends within the week"),
        shown="**tools refused at start**, by image",
        revisit="a tool comes from another house",
    ),
    "fault-injection": Told(
        options={"by-hand": ("nobody installs anything", "who ends it went to lunch"), "chaos-mesh": ("cuts a worker off in the middle of a task", "root on the nodes it may enter"), "litmus": ("asks the charts itself", "its hub is another supplier")},
        wins={"chaos-mesh": "the question is whether an act happens twice, and only a fault in the middle asks it"},
        why="a task that was interrupted is the dangerous one: it is rehearsed before anybody trusts it alone",
        later=("played inboxes, played money, real faults", "again after each new tool", "faults are plain objects", "the right to break ends with the afternoon"),
        shown="**acts done twice** in a rehearsal (none)",
        revisit="a new tool can write",
    ),
}
