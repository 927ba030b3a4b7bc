"""A vendor's model and two people: buy everything that is not the product, and keep the door."""

from __future__ import annotations

from aegis.plan.decisions.told import Told, Words

# A text, a row.
# fmt: off
WORDS: Words = {
    "run-where": Told(
        options={"managed-api": ("a model today and no night with hardware", "its price, its manners and its end date are somebody else's"), "single-host": ("yours to keep", "a device that idles most of the day, and two people to wake"), "cluster": ("room for growth", "more parts than customers")},
        later=("an evening to understand all of it", "the vendor's mails are the maintenance: read them", "prompts and examples go elsewhere; tuned habits of one model do not", "a changed term of the vendor is a changed processor"),
        shown="**hours a month on machinery** instead of on customers",
        revisit="the bill would pay a device and somebody to watch it",
    ),
    "serving-platform": Told(options={"vendor": ("no port, no driver, no queue of ours", "no look inside when it is slow"), "single-host": ("a model of one's own", "a machine to love")}, later=("the vendor's status page is bookmarked", "dated names are moved twice a year", "one common format, one second vendor tried", "none"), shown="**days without a thought about it**", revisit="limits of the vendor stop a customer"),
    "gateway": Told(
        options={"none": ("one line in the app", "the key, the caps and the record would be in the app as well"), "proxy": ("", "it counts calls while the bill counts tokens"), "aegis-gateway": ("caps by customer, breaker, second vendor and record in one process", "one process to patch"), "envoy-ai-gateway": ("routes to many vendors", "wants a cluster")},
        why="the key and the bill need one door with a lock, and it is small enough for two",
        later=("one policy file, read together", "patched in the weekly afternoon", "the vendors' common format", "what goes out is decided in it"),
        shown="**customers stopped by their own cap** rather than by the bill",
        revisit="a third vendor is worth having",
    ),
    "release-strategy": Told(
        options={"blue-green": ("two prompts deployed, one switch, either of you can throw it", "all customers meet the new one together"), "canary": ("a few first", "a few of a few say nothing"), "shadow": ("compare in quiet", "every call paid twice"), "ab": ("which one is liked", "a year to know"), "all-at-once": ("deploy and see", "and no way to unsee")},
        why="so few calls an hour that shares of them are silence: prove on the set, switch, watch a day",
        later=("switch before lunch, never before leaving", "the former prompt stays for a week", "none", "none"),
        shown="**minutes from a complaint to the former prompt**",
        revisit="calls come every few seconds",
    ),
    "evaluation-stack": Told(
        options={"aegis-evaluate": ("files beside the prompt, a verdict in the pipeline", "you write the examples yourselves"), "langsmith": ("", "another vendor with your customers' texts"), "phoenix": ("traces on the laptop", "a service to start"), "giskard": ("odd inputs for free", "odd is not tenders"), "langfuse": ("prompt versions with traces", "a database for two"), "eyeball": ("both of you read anyway", "and remember the last one")},
        why="a few dozen examples read twice are worth more than a platform read never",
        later=("an example a week from real complaints", "read aloud once a month", "files", "customers' texts enter with their consent"),
        shown="**complaints that the set had foreseen**",
        revisit="somebody is hired to label",
    ),
    "monitoring-stack": Told(options={"hosted": ("nothing to run", "another bill, another login"), "prometheus": ("in the same box, rules as files", "asleep when the box is: a heartbeat mail from elsewhere"), "none": ("", "customers' patience is short")}, why="four figures matter: errors, waits, money, and whether the other three still arrive", later=("four charts on one page", "the box's own updates", "files", "no customer's text in a label"), shown="**outages heard of from customers**"),
    "pipeline-orchestrator": Told(options={"ci": ("a second place that could run the same steps", "one more login and one more set of keys for two people"), "github-actions": ("where the code is", "its secrets page is a key cabinet: two people only"), "argo-workflows": ("keeps long runs and their artifacts", "needs a cluster that nobody here wants to own"), "temporal": ("remembers a release that waits for days", "a server with a database, for a deploy of a minute")}, later=("one file of steps", "actions pinned by commit", "steps are shell", "none"), shown="**deploys by hand** (none)"),
    "iac": Told(options={"script": ("a page that both have read", "knows one host"), "terraform": ("shows a plan before it changes anything", "keeps a state that two people must not lose, for one host"), "pulumi": ("the language you write all day", "a service for its state, for one host")}, later=("a page of shell", "run again each quarter on a new host", "any host", "none"), shown="**minutes to a new host** from the page"),
    "continuous-training": Told(options={"none": ("no data to own", "the vendor's next version decides"), "on-drift": ("would fit tenders better", "nobody to label")}, why="examples in the prompt teach faster than weights, and can be taken out again", later=("prompt and examples", "a look at each new model of the vendor", "prompts travel", "customers' texts train nobody"), shown="**set's score** by prompt version"),
    "secrets": Told(options={"literal": ("works at once", "a public repository is one click away"), "sops": ("encrypted beside the code, both keys can open", "a laptop lost is a key renewed")}, why="no server for keys: an encrypted file that both can open and the pipeline can use", later=("one file, two people", "renewed each quarter and when a laptop is lost", "open tool", "none"), shown="**keys older than a quarter** (none)"),
    "network": Told(options={"open-egress": ("", "a tender with an order in it could send things"), "deny-by-default": ("vendor and mail, nothing else", "a new service is a line"), "isolated": ("", "the vendor is outside")}, later=("two addresses", "looked at in the afternoon", "none", "a third address is a new processor"), shown="**blocked calls out**, by week"),
    "data-retention": Told(options={"raw": ("public tenders may be read again as they were", "the day a customer uploads something private, this changes"), "none": ("nothing to lose", "a wrong summary cannot be explained"), "redacted": ("for private texts", "masks firms' names, which are the point here")}, why="tenders are public and a complaint wants the very text, so text stays for {retention.days:plain} and then goes", later=("both may read, with a line in the log", "ends by timer", "files", "the first personal text turns this decision over"), shown="**oldest text**, and **uploads that were no tender**"),
    "environments": Told(options={"shared": ("", "a loop on a laptop spends the month"), "separate-by-account": ("three keys with three caps on one bill", "staging is the same box at other ports")}, why="three keys with three caps: the smallest wall that a mistake cannot climb", later=("colours in the shell prompt", "caps looked at monthly", "none", "no customer's text on a laptop"), shown="**spending of the development key**"),
    "disaster-recovery": Told(options={"rebuild": ("repository, page of shell, keys: an hour", "customers wait that hour"), "zones": ("", "two to patch"), "region": ("", "for two people")}, why="customers of a summary can wait an hour, and the second vendor covers the first", later=("rebuilt from nothing each quarter", "by the other one of you", "any host", "old hosts are wiped"), shown="**minutes from nothing to answers**"),
}
