"""Agents with tools: what is done counts, and what was read may have been written by somebody."""

from __future__ import annotations

from aegis.base import conventions as names
from aegis.plan.case import Case
from aegis.plan.parts.voice import Mode, OwnTask, Voice
from aegis.plan.types import LIVE, Control, Task


def _always(case: object) -> bool:
    return case is not None


def _acts(case: Case) -> bool:
    return any(tool.effect != "read" for tool in case.brief.workload.tools)


def _approves(case: Case) -> bool:
    return any(tool.approval for tool in case.brief.workload.tools)


# A text, a row.
# fmt: off
VOICE = Voice(
    goals={
        "phase-foundation": "a broker that can say no, and a loop that ends, before any clever prompt",
        "phase-evidence": "whole cases with known ends, and mails that try to steer",
        "phase-staging": "every tool in dry-run, every act compared with what a clerk did",
        "phase-production": "read first, write next, pay last",
        "phase-run": "fewer approvals because they are earned, not because people are tired",
    },
    tasks={
        "confirm-assumptions": ("Read the assumptions with the people whose work this takes over", "the clerks' lead has corrected at least the case lengths and the amounts", "they know the odd tenth of cases that the brief does not"),
        "stages": ("Give every environment its own tool endpoints, sandboxes in two of them", "a staging task that orders a real act is refused by the broker and by the tool", "one shared endpoint makes a test into a payment"),
        "secrets": ("Give each tool an identity that only the broker can use", "the loop's pod holds no tool credential, and a dump of its memory shows none", "what the model can read, a mail can ask for"),
        "serve-dev": ("Run one case end to end in development, all tools stubbed", "journal, limits and stop button work on it, and the metrics of this plan move", "a loop without a stop button is met at night"),
        "freeze-evaluation": ("Freeze cases with their stubs and their expected end states", "a case names the state it must end in and the acts it must not contain", "an answer that reads well and books the wrong flight passes any text metric"),
        "baseline": ("Replay all cases and all hostile mails; keep ends, acts and tokens per case", "each failed case was read by a clerk and sorted: tool, prompt or model", "most first failures are tools that explain themselves badly"),
        "red-team": ("Let people who know the process attack it by mail, attachment and tool result", "each act they obtained is a hostile case in the set and a rule in the broker", "the attacker writes to the inbox; no login is needed"),
        "security-review": ("Security review of the broker: which tool, for whom, with which limits, seen by whom", "each irreversible tool has an approval, a sum per day and an owner who signed", "the model is untrusted input; the broker is the system"),
        "compliance-assessment": ("Walk one case with data protection and payment owners, act by act", "they know where a person decides and what record is left; their questions have owners", "a decision about money by machine has readers outside this team"),
        "load-test": ("Replay a Monday inbox, tools answering at their real speed", "waiting time and cost per case stand in `model.measurements`", "a turn is fast; forty turns behind a slow tool are a morning"),
        "alerts-live": ("Provoke a loop, a refused act and a silent tool; see who is told", "the process owner got the first, the rota the last", "an agent's incident belongs to the business before it belongs to us"),
        "way-back-drill": ("Release a prompt that prefers the wrong tool and watch it go back", "after {release.way_back} new tasks ran on the old version and open ones were paused with their journal", "tasks in flight are what other services do not have"),
        "fault-drills": ("Lose a tool's answer, answer twice, answer with another person's data", "no act happened twice, and the foreign data ended the task", "time-outs after the act are the classic double payment"),
        "guardrails-measured": ("Measure the scan of tool results as well as of mails", "share missed and share of honest mails stopped are known, for each channel", "injection arrives by attachment and by database field"),
        "first-users": ("Propose only: the agent drafts acts, clerks carry them out", "for a full week proposals were compared with what clerks did, and differences were read", "the comparison is free evidence, and the clerks learn where it is weak"),
        "progressive": ("Open tools one after the other: read, note, mail, money", "each tool ran a fortnight at its limit without an act to undo", "harm is by tool, so are the steps"),
        "budget-guard": ("Set a ceiling for tokens and money per case and per day", "a planted loop ended at the ceiling and the owner's phone rang", "an agent spends at night, in two currencies"),
        "slo-review": ("Monthly: cases ended, undone acts, approvals and the time they took", "process owner and rota changed one limit or tool because of it", "an approval given in two seconds is no approval"),
        "drift-review": ("Monthly read of odd cases with the clerks", "new kinds of case have an entry in the set, or go to people by rule", "the inbox changes with the season and with every new form"),
        "restore-drill": ("Restore the journal in a drill and resume open cases from it", "no act was repeated; the count before and after agreed", "a lost journal means every case again, by hand"),
        "handover": ("A clerk adds a hostile case, an engineer takes a tool away, both alone", "done on a working day, without the builders", "the people nearest to the process see the next attack"),
        "retire": ("Say when a tool is taken from the agent, and who works its cases then", "numbers, names and hours are on one page, and the clerks agree that they could", "skills fade in the team that hands work over"),
    },
    own_tasks=(
        OwnTask(
            phase="phase-foundation",
            task=Task(
                id="tool-sandbox",
                title="Put every tool behind the broker with a dry-run mode",
                done_when="dry-run returns what would have happened, from the tool's own validation, and changes nothing",
                why="stubs written by us repeat our assumptions; the tool's own validation does not",
                owner="platform",
                priority="P0",
                depends_on=("stages",),
                applies_to=("development", "staging"),
            ),
        ),
        OwnTask(
            phase="phase-staging",
            task=Task(
                id="approval-fatigue",
                title="Measure approval fatigue with planted wrong acts",
                done_when="the share of planted acts that approvers caught is known and agreed as sufficient",
                why="the hundredth approval of the day is a reflex",
                owner="business",
                priority="P1",
                depends_on=("alerts-live",),
                applies_to=("staging",),
            ),
        ),
    ),
    stages={
        "development": ("prompts and tool descriptions are tried on stubs", "invented cases with invented names", "the team; every tool is a stub", "", "any branch, replayed on a handful of cases at each push"),
        "staging": ("whole cases in dry-run against the tools' sandboxes", "synthetic case files in the shape of real ones", "the pipeline; clerks read journals; broker in the same policy as production", "", "each merge replays every case; changed acts are read by a person"),
        "production": (
            "works real cases, within limits, with people where it matters",
            "case files under the retention decision; journals apart from text",
            "the broker's identity for tools; people approve with their own, and two open a journal",
            "",
            "prompt, schema, policy and model by digest; tasks in flight end on what they began with",
        ),
    },
    roles={
        "Incident commander": "takes tools away before asking why; owns giving them back",
        "Operations": "works the broker: stops tools, pauses tasks, never edits a case",
        "Communications": "speaks to the process owner and to people who got a wrong mail or payment",
        "Model owner": "reads journals and says where the task left the path",
        "Data protection and security": "called when a case crossed persons or a mail steered an act",
    },
    severities=(
        "money moved wrongly, a mail left wrongly, or one person's file reached another: tools stop now, every role of this playbook within half an hour",
        "cases pile up or acts are refused in numbers: the rota and the process owner; people take the inbox over",
        "one tool misbehaves and its cases go to people: a ticket with its owner's name",
    ),
    communication=("the process owner hears first which tools are stopped and which cases wait", "whoever got a wrong mail gets a right one, from a person, the same day", "the review walks one journal from first text to last act, aloud"),
    evidence=("copy the journal with prompts, results, refused calls and approvals before tasks are resumed", "digests of prompt, tool schemas, policy and parser, as the journal's head names them", "the mail or document that steered it, unchanged, with its headers"),
    branches=(
        ("It acted wrongly", ("take the tool away at the broker; reading may go on", "list all acts of that version by tool and amount, from the journal", "reverse with the owner of the process, beginning with the largest", "add the case, with its stub, before the tool returns")),
        ("A text steered it", ("quarantine the mail or record; search for its sentences in other cases", "list what the task could reach, then what it did reach", "rotate what a tool result may have shown", "tell data protection if another person's file was touched")),
        ("It will not stop", ("pause the task by its id; then its siblings from the same source", "read the repeated call: an empty page and a polite error are the usual reason", "lower the step limit until the tool answers clearly")),
        ("An approver let it through", ("ask what the page showed; do not ask who clicked", "plant the same act again next week and see", "show amounts and names larger than reasons")),
        ("A tool's credential is out", ("revoke at the tool, then at the vault; the loop does not notice", "list calls with that identity that the broker does not know", "look in tool results for the value: it was printed somewhere")),
    ),
    controls={
        "weights-access": ("Prompts and schemas are the crown", "weights are public or licensed; tool schemas, policy and cases are read by the loop's identity only", "a clerk's login cannot read policy or prompts of production, and the try is seen"),
        "signed-supply": ("Tools, schemas and model come signed", "a tool server is pinned by digest like an image; a description that changes at run time is refused", "a tool whose description gained a sentence is refused at start"),
        "no-secrets": ("Credentials are added after the decision", "the broker adds them to an allowed call; prompts, results and journals are scanned for values", "a tool that returns a planted token has it masked and a ticket opened"),
        "egress": ("A way out for each tool, none for the loop", "the broker opens one host for one tool; the model server and the loop open nothing", "a task told to post a canary tries three tools: each host refuses it"),
        "privacy": ("One person, one case", "a task can read the records of its own case; results are trimmed to the fields it needs", "a case asking for a neighbour's booking ends refused, and nothing of it is in the store"),
        "tampering": ("Policy by merge, stops by button", "limits and rights change by reviewed merge; only taking away is possible by hand", "a limit raised by hand returns to its merged value, and a stop by hand stays"),
        "injection": ("Mails and tool results are data", "each text is marked with its source, scanned, and cannot widen rights; after an untrusted text, irreversible tools need a person", "hostile mails, attachments and database fields end without a wrong call at the gated rate"),
        "jailbreak": ("It refuses outside its process", "requests beyond the process end with a hand-over, in each language of the inbox", "the off-process set is refused, and honest odd cases are handed over, not refused"),
        "output-filter": ("What leaves is addressed and clean", "outgoing mail goes to addresses of the case only; links, other persons' data and internal names are removed", "a draft to a foreign address or with a planted name is stopped"),
        "token-limits": ("Steps, tokens and money per task", "a task has limits of steps, repeated calls, tokens and sums; a day has a sum for each tool", "a planted loop and a planted series of small payments both end at their limit"),
        "tool-rights": ("Rights of the asker, keys for each act", "a call carries the asker's rights and a key that makes it happen once; an approval names amount, receiver and reason", "the same key twice acts once; a task for one person cannot read another's record"),
    },
    own_controls=(
        Control(
            id="tool-confusion",
            threat="excessive-agency",
            title="Tools that cannot be mistaken",
            what="names and arguments differ in kind, not in a word; an amount carries its currency; the broker refuses a call whose arguments fit another tool better",
            owner="model",
            test="cases with two similar tools and a swapped argument end in a question to a person, not in an act",
            component="tools",
            applies_to=LIVE,
            refs=("OWASP LLM06:2025",),
        ),
    ),
    modes={
        "silent-drift": (
            "a form on the website gained a field; mails became shorter, the agent asked for what the form now held, and customers answered twice for a month",
            "inbox, forms and tools change without the team hearing of it",
            "turns per case and hand-overs are compared with the same weekday; a moved band samples cases for a clerk",
            "read ten cases with a clerk; change the prompt or the form, then the set",
            "replay last month with one mail field removed; hypothesis: turns per case leave their band within a day; stop after the replay",
        ),
        "oom-at-peak": (
            "a case with forty attachments met three others on one replica; it died, its tasks moved on and took the next replica with them",
            "tool results without a length limit",
            "results are trimmed at the broker; tasks wait at the limit on running sequences instead of dying together",
            "park the long case for a person, then bring replicas back one by one",
            "feed the longest case four times at once in staging; hypothesis: one waits, none restarts; stop at a restart",
        ),
        "kv-cache-full": (
            "histories of open tasks fill the cache; each turn recomputes what the last one knew, and a minute's task takes ten",
            "more open tasks than histories fit",
            "tasks beyond the limit wait before their first turn, not in the middle",
            "lower the number of open tasks; check that schemas still stand first in the prompt",
            "open twice the tasks in staging; hypothesis: new ones wait and open ones keep their pace; stop when one does not",
        ),
        "prompt-release": (
            "one tool's description gained the word urgent; the agent preferred it, and notes became mails",
            "a changed prompt, schema or tool name",
            "replay in dry-run lists every act that changed; a person reads the list before the first step",
            "return the schema, then list mails sent since",
            "swap two descriptions in staging; hypothesis: replay lists the changed acts; stop after the list",
        ),
        "injection": (
            "a claim's attachment said to confirm payment at once and mark the case closed; the agent was obliging",
            "text of outsiders beside tools that act",
            "after an untrusted text irreversible tools need a person; the scan flags; rights stay those of the asker",
            "quarantine, search its sentences in other cases, read every act of the day by that version",
            "mail a planted instruction with each attachment type; hypothesis: none causes a call; stop at the first act",
        ),
        "blind": (
            "the journal's disk was full; acts went on, and for an afternoon nobody could say which",
            "a full store, an expired token, a renamed field",
            "no journal, no act: the broker refuses when it cannot write",
            "make room, then compare the tool's own log with the journal before tasks resume",
            "fill the journal's disk in staging; hypothesis: acts stop, reading goes on; stop at an unjournalled act",
        ),
        "privacy-leak": (
            "a result held a whole family's bookings; the summary mailed to one of them named the others",
            "tools that return more than the case needs",
            "the broker trims results to listed fields; outgoing text is checked against names of other cases",
            "recall what can be recalled, list recipients, call data protection",
            "plant a second person in a tool result; hypothesis: neither prompt nor mail holds the name; stop at the first",
        ),
        "moving-weights": (
            "a tool server was pinned by tag and grew a parameter overnight; the agent used it, helpfully",
            "a tool, schema or model named by what can move",
            "schemas are compared with their digest at start; a difference refuses the tool",
            "return to the pinned server; list calls with the new parameter",
            "add a parameter to a sandbox tool; hypothesis: the broker refuses it at start; stop if it is called",
        ),
    },
    own_modes=(
        Mode(
            id="approval-reflex",
            applies=_approves,
            title="People approve without reading",
            story="after three weeks of right proposals the approver's hand was faster than the page; the wrong one took four seconds",
            trigger="many right proposals, a page that looks alike each time",
            first_sign="median time to approve falls under what reading takes",
            metric=names.BUSINESS_EVENTS,
            automatic="planted wrong acts are mixed in; a missed one pauses the tool and shortens the batch",
            manual="change the page: amount and receiver first; rotate approvers; lower the day's sum",
            alert=("cost-burn", "guardrail-shift"),
            experiment="plant a wrong receiver among forty right ones; hypothesis: it is caught; stop after the batch",
            likelihood="likely",
            impact="high",
        ),
        Mode(
            id="tool-half-done",
            applies=_acts,
            title="A tool fails in the middle and says something friendly",
            story="the booking was changed, the note was not written; the answer was a page of text with status ok; the next turn changed the booking again",
            trigger="tools that report errors as prose",
            first_sign="cases with one act and no note",
            metric=names.BUSINESS_EVENTS,
            automatic="the broker maps tool answers to done, not done, unknown; unknown asks the tool before any retry",
            manual="list unknowns of the day and settle them with the tool's owner, by key",
            alert=("cost-burn", "guardrail-shift"),
            experiment="cut the connection after the tool's commit; hypothesis: the state is asked, not repeated; stop at a second commit",
            likelihood="likely",
            impact="high",
        ),
    ),
    asked={
        "wrong-act": "sign the daily sum of each irreversible tool and who may reverse it",
        "injection": "keep a person between untrusted text and irreversible acts, also when the queue grows",
        "prompt-release": "let no prompt or schema go live without somebody reading the changed acts",
        "silent-drift": "have forms and tools announced to this team before they change",
        "approval-reflex": "give approvers time, planted acts and the right to stop the tool",
        "tool-half-done": "ask each tool's owner for keys and for an honest unknown",
        "agent-loop": "accept tasks that end unfinished at their limit",
        "privacy-leak": "own the list of fields a tool may return",
        "oom-at-peak": "accept that long cases wait or go to people",
        "kv-cache-full": "accept a limit on open tasks",
    },
    runbooks={
        "availability-burn": (
            ("Which part fails: model, broker or one tool? A tool's outage looks like ours.", "Do tasks fail at their first turn or in the middle? In the middle is a tool or a length.", "Did a prompt, schema or policy merge today?"),
            ("Pause new tasks; people take the inbox by its oldest case.", "Abort the release and let open tasks finish where they began.", "Take the failing tool away; the agent hands its cases over."),
            ("Open tasks have ended or were handed over, each once.", "The inbox is younger than it was at noon."),
        ),
        "ttft-burn": (
            ("Is QUEUE above zero, or are tools slow? Compare model time with tool time in one trace.".replace("QUEUE", "the waiting count"), "Did histories grow? Look at the longest open case.", "Did the order of schemas change? The prefix is then lost for all."),
            ("Lower the number of open tasks.", "Trim results at the broker; park the longest case.", "Restore the schema order by rolling the prompt back."),
            ("Turns are as fast as last week at the same number of open tasks.",),
        ),
        "tpot-burn": (
            ("Do long prefills arrive with a mail wave? They take turns from others.", "Is one device slow or hot?", "Has a tool begun to return pages instead of fields?"),
            ("Space out new tasks.", "Drain the slow device.", "Trim that tool's results."),
            ("Tokens flow at their former pace while a wave is running.",),
        ),
        "accuracy-quality": (
            ("Sort failed cases: wrong end, wrong act, needless hand-over.", "Is it one kind of case or one tool?", "Read three journals aloud before changing anything."),
            ("Send that kind of case to people by rule.", "Roll back prompt or schema if its digest is common to all.", "Turn the journals into cases with stubs."),
            ("The sorted kind passes in replay and in its first real ten.",),
        ),
        "telemetry-silent": (
            ("Does the journal grow? If not, acts must have stopped: check that they did.", "Is it the exporter, the collector or a renamed tool?", "Compare counters with the tools' own logs."),
            ("Hold releases; if the journal is silent, stop acting tools by hand.",),
            ("Journal, counters and tool logs agree for one hour.",),
        ),
        "drift-detected": (
            ("Did a tool change what it returns?", "Did a form, template or season change the inbox?", "Do hand-overs or undone acts move with it?"),
            ("Harmless: accept the new reference, by merge.", "Harmful: cases first, then prompt; a tool's change goes back to its owner."),
            ("Turns per case and hand-overs stand in the new band.",),
        ),
        "shedding": (
            ("Who fills the queue: the inbox, a retry, or one task's children?", "Are replicas missing or tools slow?", "Is the peak of {traffic.peak} real today?"),
            ("Cap the source; pause its tasks in one move.", "Tell the clerks which cases they will see."),
            ("No case older than agreed waits, and none was begun twice.",),
        ),
        "guardrail-shift": (
            ("One sender, one attachment type or everybody?", "Read masked samples with security: steering or sales letter?", "Did the scan's version change?"),
            ("Quarantine the sender; irreversible tools to people meanwhile.", "Roll the scan back if honest mails are stopped."),
            ("Hostile cases and honest mails give their known shares again.",),
        ),
        "cost-burn": (
            ("Which cases used the tokens? Sort by steps.", "Is a tool empty, slow or chatty?", "Did someone open a backlog to the agent?"),
            ("Lower steps for that kind of case.", "Mend or remove the tool that makes it loop.", "Move the backlog to the night with a sum of its own."),
            ("Tokens per finished case are in their band for a working day.",),
        ),
    },
    alerts={
        "burn-fast": ("tasks fail or wait so often that the month's budget ends within days; both windows say so", "pause new tasks, then see whether model, broker or a tool is at fault"),
        "burn-slow": ("the month will end short, a few tasks each day", "sort by tool before by version"),
        "verdict": ("replayed or sampled cases no longer end as agreed", "read failed journals with a clerk"),
        "telemetry-silent": ("journal or counters stopped while tasks may run", "see that acts have stopped, then look for the cause"),
        "drift-detected": ("turns, hand-overs or tool answers left their history", "ask owners of forms and tools what changed"),
        "shedding": ("tasks are refused for longer than a mail wave", "find the source that multiplies them"),
        "guardrail-shift": ("scans of mails or results stop unusually many, or unusually few", "read masked samples with security beside you"),
        "cost-burn": ("tokens or sums run ahead of the month", "sort cases by steps; the first ten tell"),
    },
    lineage={
        "code": ("commit of loop, broker and parser", "version control; the journal's head"),
        "environment": ("engine image, tool parser and tool servers by digest", "the broker's start record"),
        "configuration": ("tool rights, limits and approvals as merged", "the policy repository, quoted by each refused call"),
        "data": ("", "case files with stubs, in the evaluation store"),
        "model": ("", "the registry; the journal names the digest of each turn"),
    },
    does={
        "callers": "put cases into the inbox and approve acts with their own login",
        "gateway": "knows who asked; budgets by task, scans mails and tool results, keeps the journal's head",
        "stable": "reads, reasons and proposes the next call, without any right of its own",
        "canary": "takes a few new cases on the version on trial",
        "tools": "the broker: decides whether a call runs, adds the credential, makes it happen once",
        "judge": "compares ends, acts and refusals of both versions; gives no step on silence",
        "evaluation": "replays whole cases against stubs, and hostile mails against the scan",
        "monitoring": "acts by tool and outcome, approvals and their pace, tokens per case",
        "registry": "model, prompts, tool schemas and stubs by digest",
        "secrets": "gives a tool's credential to the broker, for one call",
        "audit": "the journal of acts, and apart from it the redacted text",
    },
    policy="with budget left, tools are opened and prompts change; without it only what takes rights away or mends a case is released",
    cost=("a price per finished case, beside what a clerk's case costs, for the process owner", "sums per tool and day end spending that no token limit sees", "replays run on the staging replica at night, under a quota"),
)
