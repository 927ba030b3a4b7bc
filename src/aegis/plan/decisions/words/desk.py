"""A helper for one's own colleagues on a machine of one's own: small, inside, and read by a works council."""

from __future__ import annotations

from aegis.plan.decisions.told import Told, Words

# A text, a row.
# fmt: off
WORDS: Words = {
    "run-where": Told(
        options={
            "managed-api": ("live within a week", "house rules would be read elsewhere"),
            "single-host": ("a small team knows every file on it", "a patch evening is an evening without it"),
            "cluster": ("survives a node", "nobody here has run one, and colleagues with questions do not need it"),
        },
        later=("the machine has a name and two people who know it", "one patch evening a month, announced", "nothing that could not be moved in a day", "a second department brings its own secrets"),
        shown="**evenings spent on the machine**, per quarter",
        revisit="a second department wants it during the day",
    ),
    "accelerator": Told(later=("two cards in one box: one answers, one is spare or tries", "drivers on the patch evening", "owned", "a card leaves the building wiped, with a note"), shown="**waiting colleagues** at ten in the morning", revisit="both cards are busy at ten"),
    "parallelism": Told(options={"none": ("a card is a helper", "no larger model"), "tensor": ("both cards as one", "then none is spare"), "tensor-pipeline": ("", "there is one")}, later=("a card is a replica", "nothing but the driver", "none", "none"), shown="**first word** on one card"),
    "feature-batching": Told(options={"on": ("a Monday is answered together", "a pasted contract is felt"), "off": ("one colleague at a time", "a line at ten")}, later=("one limit, in one file", "measured on a Monday", "none", "none"), shown="**colleagues served at once**"),
    "feature-prefix-caching": Told(options={"on": ("house rules once", "a changed prompt starts cold"), "off": ("", "rules are read for each question")}, later=("the house instruction once, questions apart", "empties on a restart, nobody minds", "none", "the salt is the department"), shown="**first word** after ten questions"),
    "feature-speculative-decoding": Told(options={"off": ("one model on the card", "nobody reads faster")}, later=("one model", "none", "none", "none"), shown="**words per second** as read"),
    "feature-disaggregation": Told(options={"off": ("", "nothing is lost")}, later=("one box", "none", "none", "none"), shown="nothing to watch while it is off"),
    "feature-multi-lora": Told(options={"off": ("", "nothing is lost")}, later=("one tone for the house", "none", "none", "none"), shown="nothing to watch while it is off"),
    "feature-expert-parallelism": Told(options={"off": ("its experts fit one card", "nothing is lost"), "on": ("for cards by the rack", "an exchange over a slow bus")}, later=("a card holds all experts of a model this size", "none", "none", "none"), shown="**time per word** on one card"),
    "serving-platform": Told(
        options={"single-host": ("containers and units, readable in an afternoon", "no second machine takes over"), "k3s": ("the same objects as a cluster", "a cluster's vocabulary for one box"), "kserve": ("", "needs that cluster first")},
        later=("`systemctl` is all on-call has to know", "the distribution's own updates", "none", "changes stand in one repository"),
        shown="**minutes from a broken box to answers again**",
        revisit="a second box is bought",
    ),
    "engine": Told(later=("one engine, one unit, one log", "twice a year, on a patch evening, after the set", "flags in a unit", "statistics to its makers are off"), shown="**answers per second** on a Monday", revisit="the model's successor needs a newer one"),
    "quantization": Told(options={"as-published": ("as its makers made it", "nothing to gain anyway"), "fp8": ("for newer cards", "these do not compute in it"), "int8": ("half the memory", "rules are read with less care"), "int4": ("", "paragraph numbers go wrong")}, later=("as its makers published it", "the set again if it changes", "format", "none"), shown="**correct answers** at this precision"),
    "optimization": Told(
        options={"smaller-model": ("a card less", "house rules are read with care or not at all"), "engine-defaults": ("nothing to remember", "a little slower"), "compilation": ("", "one more thing to rebuild on a patch evening"), "distillation": ("a house voice", "more work than the house has"), "pruning": ("", "nobody here could judge it")},
        why="two cards are bought and paid: effort goes into pages, not into kernels",
        later=("nothing clever to remember", "none", "none", "none"),
        shown="**questions answered** per page mended",
        revisit="the cards are full at ten",
    ),
    "scaling": Told(options={"fixed": ("two cards, always", "a busy Monday waits a little"), "queue-signal": ("", "there is nothing to follow onto"), "job": ("", "colleagues ask now")}, why="what is bought answers; beyond it a short wait is said honestly", later=("one number: how many at once", "after each hundred new colleagues", "none", "none"), shown="**wait at ten on Mondays**"),
    "request-routing": Told(options={"direct": ("", "nothing shared either"), "prefix-aware": ("", "two cards need no picker"), "cascade": ("", "one more model to keep"), "semantic-cache": ("same rule, same answer", "same words from another department")}, later=("none", "none", "none", "no answer crosses departments"), shown="**both cards busy alike**"),
    "gateway": Told(
        options={"none": ("one process less", "no limit, no record, no filter"), "proxy": ("a well-known program", "it sees bytes, not secrets"), "aegis-gateway": ("limits, filters and a record in one small process", "one more unit to patch"), "envoy-ai-gateway": ("", "made for clusters")},
        why="the works council asked what is recorded: one file answers that",
        later=("one policy file, shown to the works council", "changed with a note to them", "plain protocol", "a record by person would be a new agreement"),
        shown="**readings of the record**, each with a reason",
        revisit="the agreement is renewed",
    ),
    "release-strategy": Told(
        options={"canary": ("a share of questions tries the new one on the second card", "few questions: half a day a step"), "shadow": ("nobody reads it", "the second card does nothing else"), "ab": ("which is liked", "too few for an answer"), "blue-green": ("a switch back", "everybody at once"), "all-at-once": ("", "no card is left with the former version")},
        why="the second card is the canary's, and the first stays as it was",
        later=("Tuesdays only", "the former image stays on the disk", "none", "colleagues are told what changed"),
        shown="**Tuesdays that went back**",
        revisit="the second card is needed for answers",
    ),
    "evaluation-stack": Told(
        options={"aegis-evaluate": ("files beside the code", "somebody must write the questions"), "phoenix": ("", "a service more"), "giskard": ("", "not about your rules"), "langfuse": ("", "a database on the only box"), "eyeball": ("the author of a rule knows", "")},
        why="authors of rules write the questions: they know how they are misread",
        later=("an hour a month of the authors", "a changed rule changes its question", "files", "no colleague's own case in the set"),
        shown="**rules with at least one question** in the set",
        revisit="nobody writes questions any more",
    ),
    "monitoring-stack": Told(options={"hosted": ("", "outside the house"), "prometheus": ("on the box, with the house's own charts", "it sleeps when the box does: a heartbeat elsewhere"), "none": ("", "the help desk, who do not know")}, why="one box cannot report its own death, so the house's monitoring asks it each minute", later=("three charts beside the mail server's", "none", "files", "no names"), shown="**calls to the help desk before the alert**"),
    "pipeline-orchestrator": Told(options={"temporal": ("remembers a release over a weekend", "a server and a database beside a single box"), "ci": ("whatever builds in the house already", "somebody still copies the digest to the box by hand"), "gitlab-ci": ("the house's own", "its runner cannot see the card"), "argo-workflows": ("keeps a long run and its artifacts", "needs a cluster to live on, for one box")}, later=("the house's build server", "with its updates", "files", "none"), shown="**Tuesdays without a hand on the box**"),
    "iac": Told(options={"script": ("read in ten minutes, run again without harm", "tells nothing about the rest of the house"), "terraform": ("a plan first", "state for one box"), "pulumi": ("", "for one box")}, later=("a script and its log", "run on each patch evening", "none", "hand changes show in the log"), shown="**lines that changed by hand** (none)"),
    "registry": Told(options={"oci": ("house registry, by digest", "no page to look at"), "hugging-face-hub": ("source, by commit", "")}, later=("images and weights by digest, in the house", "three versions on the disk", "open", "licence beside the weights"), shown="**versions that can still be started**"),
    "experiment-tracker": Told(later=("none is needed", "none", "none", "none"), shown="nothing to watch"),
    "continuous-training": Told(options={"none": ("no colleague teaches it", "house words come by pages"), "on-drift": ("", "nothing to train on")}, why="rules live in pages; pages are mended instead of weights", later=("pages, not weights", "with each new rule", "none", "none"), shown="**days from a new rule to a right answer**"),
    "secrets": Told(options={"literal": ("", "on tape for years"), "vault": ("", "up before the box"), "systemd-creds": ("bound to the box", "typed again on the next"), "sops": ("beside the script", "a key to keep")}, why="the house's own vault, read at start and never written down", later=("the house's vault", "with its calendar", "house's", "leavers end with their badge"), shown="**files with a key in them** (none)"),
    "network": Told(options={"open-egress": ("updates by themselves", "and answers too"), "deny-by-default": ("house in, nothing out", "patch evening opens one mirror"), "isolated": ("", "colleagues come through the house network")}, later=("one port in, one mirror out", "probed on patch evening", "none", "none"), shown="**packets to anywhere else**"),
    "data-retention": Told(
        options={"raw": ("questions are read to mend pages, by two people", "who asked what about notice periods is nobody's business"), "none": ("no question of the works council", "pages never learn"), "redacted": ("what was asked, without whom", "small departments are recognised anyway")},
        why="questions show for {retention.days:plain} which pages are missing; one named role may read them",
        later=("no report by person or by small department", "expiry in the box's own timer", "rows", "an agreement with the works council names the readers"),
        shown="**pages mended** from questions",
        revisit="the works council asks",
    ),
    "environments": Told(options={"shared": ("", "a trial in the middle of a Monday"), "separate-by-account": ("other user, other keys, same box at night", "staging only at night"), "separate-by-cluster": ("", "no cluster here")}, why="staging is the second card at night, under its own user and keys", later=("a coloured page tells which one", "none", "none", "no real question there"), shown="**trial answers seen by colleagues** (none)"),
    "disaster-recovery": Told(options={"rebuild": ("a day without it harms nobody", "a new box takes weeks to arrive"), "zones": ("half goes on", "there is one room"), "region": ("", "for a helper")}, why="the pages are still there: colleagues read them as before", later=("backup on the house's own tape", "restore on a borrowed box each quarter", "none", "backups expire with the rest"), shown="**hours to a working box** in the last restore"),
    "scheduling": Told(options={"spot": ("rented by the hour", "the box is bought"), "dedicated": ("", "on at night as well"), "reserved": ("bought is reserved", "for its lifetime")}, shown="**hours on without a question**", later=("the box is on in office hours", "none", "owned", "none")),
}
