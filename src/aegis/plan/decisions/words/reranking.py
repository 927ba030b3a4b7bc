"""Reranking: the second look at what a search has found; without it the page still stands, only in a worse order."""

from __future__ import annotations

from aegis.plan.decisions.told import Told, Words

# A text, a row.
# fmt: off
WORDS: Words = {
    "run-where": Told(
        options={"managed-api": ("a good model by the call", "each search travels with all its candidates, and the page waits for the trip"), "single-host": ("one box orders a page", "while it is patched, the first search's order is shown"), "cluster": ("replicas beside the search they serve", "a pair is one forward pass: nothing here needs more than replicas")},
        later=("it holds nothing: everything it knows comes with the request", "a model can be replaced on any afternoon; nothing stored depends on it", "a score is a number, and another model's number means something else", "what people search for passes through it and stays nowhere"),
        shown="**pages shown in the first search's order** because no score came in time",
        revisit="candidates per search double, or a second page asks for scores",
    ),
    "accelerator": Told(
        options={"measure-first": ("an hour with real searches tells how many pairs a device scores in a second", "nothing is ordered before it"), "largest": ("no measurement needed", "short pairs leave most of it idle")},
        later=("pairs per second is the figure; requests hide how many candidates they carry", "measured again when candidates or text lengths change", "runs on small devices, and on processors for short lists", "none"),
        shown="**pairs scored per second**, at the longest list the page sends",
        revisit="the list of candidates grows",
    ),
    "serving-platform": Told(options={"kubernetes": ("a small server beside the search", "a rollout must leave enough replicas for the lunch hour"), "kserve": ("one object a model", "brings little to a stateless function"), "ray-serve": ("search and second look as one program", "a head to keep for one step"), "nvidia-dynamo": ("", "made for writing, and nothing is written here")}, later=("one deployment, no disk", "upgraded on any day", "none", "none"), shown="**pages that noticed a rollout** (none)", revisit="several models vote on the order"),
    "engine": Told(
        options={"tei": ("scores pairs in batches of tokens; one binary", "what exceeds its window is cut or refused: choose which"), "infinity": ("several small models behind one door", "fewer hands behind it"), "vllm": ("one engine for all models of a house", "made for answers; scoring is a side door"), "onnxruntime": ("runs on processors too", "pairing and padding become your code"), "custom": ("your pairing exactly", "your bugs exactly")},
        later=("two settings matter: tokens per batch and what happens beyond the window", "after an upgrade the same pairs must give the same order", "weights are standard", "none"),
        shown="**pairs that changed places** after an upgrade",
        revisit="the model you want is not one it can score with",
    ),
    "quantization": Told(options={"as-published": ("the order its makers judged", ""), "fp8": ("more pairs in the same time", "near ties change places: count them in the first ten"), "int8": ("runs well on processors", "near ties, again"), "int4": ("", "order within a category is lost")}, later=("one precision everywhere", "judged searches again for any other", "format", "none"), shown="**first results that changed** with the precision", revisit="pairs per second limit the list"),
    "optimization": Told(
        options={"smaller-model": ("a longer list in the same time", "long descriptions and rare languages lose"), "engine-defaults": ("nothing to explain", "padding wastes what short pairs save"), "compilation": ("", "lengths vary from pair to pair"), "distillation": ("a small model taught by the large one's order", "learns its mistakes as well"), "pruning": ("", "which languages pay is known afterwards")},
        why="fewer candidates and shorter texts save in proportion: title and first lines decide most orders",
        later=("two numbers to tune: candidates, and characters per candidate", "tuned with judged searches, once a season", "none", "none"),
        shown="**gain in order per further ten candidates**",
        revisit="the list is as short as the page allows",
    ),
    "scaling": Told(
        options={"fixed": ("searches follow the day, and the margin is cheap", "a sale is not an ordinary day"), "queue-signal": ("pairs waiting rise before the page is slow", "a start takes longer than a customer waits"), "utilisation-signal": ("", "looks calm until batches are full"), "scale-to-zero": ("", "the first search finds nobody"), "job": ("", "a customer waits")},
        later=("pairs waiting, not requests", "the calendar of sales is an input", "none", "none"),
        shown="**searches whose scores came too late**, at the busiest hour",
        revisit="sales outgrow the margin",
    ),
    "scheduling": Told(options={"spot": ("losing a replica costs order, not results", "two lost at once cost it to everybody"), "dedicated": ("stays through the evening", "idle at night"), "reserved": ("the floor for less", "a small model may leave the device next year")}, later=("a floor that stays, the rest may go", "looked at each quarter", "none while nothing is signed", "none"), shown="**scores lost to a vanished node**", revisit="the floor has held for two seasons"),
    "request-routing": Told(options={"direct": ("any replica scores any list", "a list of two hundred delays the ten behind it"), "hedged": ("the second replica rescues a slow page", "doubles the work where pages are already slow"), "result-cache": ("head searches are ordered once", "stock and prices move: minutes, not hours")}, why="a list is scored whole by one replica; splitting it only makes the page wait for the slower half", later=("one list, one replica", "the bound on lists follows the page", "none", "a cache of searches ends with the hour"), shown="**latency by length of list**", revisit="the same searches make up half of the day"),
    "gateway": Told(
        options={"none": ("a hop less", "an export that scores the whole catalogue takes the page with it"), "proxy": ("limits by caller, deadline, breaker", "does not count pairs: the server's own bound must"), "aegis-gateway": ("filters for text people read", "nobody reads what goes in, and only numbers come out"), "envoy-ai-gateway": ("", "counts tokens of answers; there are none")},
        wins={"proxy": "in goes a list, out come numbers: a deadline, limits by caller and weights between versions are all that a door can add here"},
        later=("the deadline is the page's, minus a little", "limits are set in lists per second for each caller", "plain", "searches are not logged at the door"),
        shown="**lists refused for their length**, by caller",
        revisit="a caller outside the house sends lists",
    ),
    "release-strategy": Told(
        options={"canary": ("some searches are ordered by the model on trial", "a customer who searches twice may see two orders while a step lasts"), "shadow": ("both order the same lists, one is shown", "twice the pairs at the busiest hour"), "blue-green": ("back by a switch", "everybody meets a new order together"), "ab": ("tells what is bought, not only what is clicked", "weeks, and a season may end in them"), "all-at-once": ("", "a worse order has no error rate")},
        why="nothing is stored, so the way back is a weight and takes effect with the next search",
        later=("any afternoon will do, except in a sale", "two versions loaded while a step lasts", "none", "none"),
        shown="**first results on which the versions differ**, and which of them were chosen",
        revisit="thresholds on the score are used somewhere: they must move with the model",
    ),
    "evaluation-stack": Told(
        options={"aegis-evaluate": ("judged searches as files, the order scored per slice", "judgements age with what is on sale"), "giskard": ("", "not made for orders"), "eyeball": ("who knows the goods sees nonsense at once", "and knows one shelf")},
        why="it is judged on the lists that the first search really returns: what is not in the list, no order can save",
        later=("recall of the first search stands beside the order of the second", "lists are drawn again each season", "files", "searches in the set are rewritten until they tell of nobody"),
        shown="**order gained over the first search alone**, with its interval",
        revisit="the first search changes: then old lists prove nothing",
    ),
    "monitoring-stack": Told(
        options={"hosted": ("nothing to keep", "search text must not go along"), "prometheus": ("late scores, list lengths and spread of scores as series", "yours to keep"), "none": ("", "a worse order raises no error")},
        why="late scores are the outage that nobody sees: the page is there, in the wrong order",
        later=("late, long, flat: three charts", "bands of the spread belong to a model's digest", "files", "no search is a label"),
        shown="**share of lists whose scores are nearly equal**",
        revisit="merchants notice before charts do",
    ),
    "pipeline-orchestrator": Told(options={"ci": ("scores the judged lists and opens a release", "the device for it must be borrowed"), "dagster": ("lists as assets, by season", "a tool more"), "prefect": ("retries", "nothing here fails half-way")}, later=("score, verdict, step", "minutes, on one device", "containers", "none"), shown="**hours from a candidate to its verdict**", revisit="a model of your own is trained"),
    "iac": Told(options={"terraform": ("a deployment and a pool in one plan", "hardly worth a module"), "opentofu": ("", "the same lines"), "pulumi": ("", "a second language for one pool"), "crossplane": ("", "a control plane for one pool")}, later=("one pool, declared", "with the cluster's", "plain", "none"), shown="**differences the nightly plan finds**", revisit="search and second look move apart"),
    "registry": Told(options={"oci": ("weights and text template signed together", "shows no scores"), "mlflow": ("scores beside versions", "a server for one number"), "hugging-face-hub": ("the source, by commit", "the template is not in it"), "wandb": ("training curves", "nothing is trained here")}, later=("a version is weights, template and cut length", "the last good three are kept", "open", "licence read at each change"), shown="**scores whose version can be named** (all)", revisit="templates change more often than weights"),
    "gitops": Told(options={"argo-cd": ("shows which order which shop gets", "a page is a login"), "flux": ("fewer parts", "no page to show merchants")}, later=("list bounds live beside the weights", "with the cluster's own upgrades", "objects", "a bound changed by hand is set back"), shown="**hand-made bounds found**", revisit="shops want bounds of their own"),
    "continuous-training": Told(options={"none": ("orders stay comparable", "new goods are judged by general language only"), "on-drift": ("learns what your customers choose", "clicks repeat the order that was shown"), "scheduled": ("", "a season late")}, why="clicks say what was seen first as much as what was wanted; without correcting for place they teach the old order", later=("judgements before clicks", "each season", "none", "clicks for training need a basis in law"), shown="**order gained by a tuned model** over the published one", revisit="judged searches are enough to teach, and gain more than they cost"),
    "secrets": Told(options={"literal": ("", "in every copy of the repository"), "gcp-secret-manager": ("read by identity at start", "there is little to read"), "sops": ("beside the code", "a key to keep")}, why="it opens nothing and stores nothing: the only credential is the one callers show", later=("one caller's identity to check", "renewed with the search's", "names only", "none"), shown="**keys the model server holds** (none)", revisit="a partner calls it"),
    "network": Told(options={"open-egress": ("weights are fetched at start", "a list could leave as easily"), "deny-by-default": ("search in, numbers out", "weights must be in the image or nearby"), "isolated": ("", "the shop is outside")}, later=("one way in", "none", "none", "none"), shown="**ways out tried** (none)", revisit="candidates come to include private texts"),
    "data-retention": Told(options={"raw": ("lists and scores explain each order", "searches tell of people after all: look at a sample"), "none": ("nothing to lose", "no order can be explained"), "redacted": ("orders without people", "short searches hide little")}, why="a list with its scores is enough to replay an order; who searched is not needed", later=("list, scores, version", "a season, then counts", "rows", "a search with a name in it is a finding"), shown="**orders that could be replayed**", revisit="accounts or private texts join the list"),
    "environments": Told(options={"shared": ("", "a trial order on sale"), "separate-by-account": ("apart by rights", "small and alike"), "separate-by-cluster": ("staging replays yesterday's lists", "two clusters to upgrade"), "separate-accounts": ("", "walls around numbers")}, why="yesterday's lists, replayed, are as good as traffic: order needs no live customers to be compared", later=("replay from a file", "drawn again each month", "none", "searches in it are rewritten"), shown="**order in staging against production** on the same lists", revisit="lists can no longer be replayed"),
    "disaster-recovery": Told(options={"rebuild": ("nothing to restore but weights", "the first search's order meanwhile"), "zones": ("order survives a zone", "replicas in both, all day"), "region": ("", "for an order")}, why="the page falls back to the first search's order: recovery is a start, and nothing is lost", later=("the fallback is tried weekly by switching scores off", "weights are mirrored", "none", "none"), shown="**sales per search with scores off**: the price of an outage", revisit="the first search alone becomes unusable"),
    "admission": Told(
        options={"admission-policy": ("weights and bounds by digest", "no signer"), "sigstore-policy-controller": ("signer of the server", "not of the order it gives"), "kyverno": ("an order of results has an author", "merchants wait for a webhook too")},
        wins={"kyverno": "what orders other people's goods is signed by who answers for the order"},
        why="a changed order is money moved between merchants: it starts with a name under it",
        later=("a refusal is a line in the release notes", "keys with the platform's", "none", "merchants may ask for the list"),
        shown="**orders without an author** (none)",
        revisit="a merchant disputes an order",
    ),
    "fault-injection": Told(
        options={"by-hand": ("easy: stop one", "and search goes on slower than planned"), "chaos-mesh": ("takes one away under the first search's load", "nodes are shared with search"), "litmus": ("ends when pages are late", "more to run than the reranker")},
        wins={"chaos-mesh": "the page has a deadline, and the fault ends when pages miss it"},
        why="without us the first search's order is shown: shoppers notice late, so it is rehearsed early",
        later=("with lists as long as allowed", "after each longer list", "none", "none"),
        shown="**pages in first order** during a fault",
        revisit="lists become longer",
    ),
}
