"""Embeddings: vectors outlive the model that made them."""

from __future__ import annotations

from aegis.plan.decisions.told import Told, Words

# A text, a row.
# fmt: off
WORDS: Words = {
    "run-where": Told(
        options={"managed-api": ("vectors by the call", "an index bound to a vendor's model, and searches sent abroad"), "single-host": ("one box embeds a shop", "the shop is closed while it is patched"), "cluster": ("queries and rebuilds on their own replicas", "a platform for a stateless function")}, later=("two clocks: queries now, documents overnight, one model for both", "a model change is a migration of everything stored", "vectors bind harder than any API: plan for both models at once", "vectors of private texts are private texts"),
        shown="**queries answered by lexical search** because no vector came",
        revisit="documents to embed per day exceed what a quiet night holds",
    ),
    "accelerator": Told(
        later=("short queries leave a device idle; document runs fill it", "measured with real query lengths and with a re-embedding run", "runs on processors too, slower", "region of the index and of the device stay the same"),
        shown="**vectors per second** in a re-embedding run, and **query p95** beside it",
        revisit="re-embedding takes longer than a weekend",
    ),
    "serving-platform": Told(options={"kubernetes": ("a small server with a port, as many as needed", "index and embedder must be switched by hand of yours"), "kserve": ("one object a model", "two models during a switch"), "triton": ("several models in one", "one is here"), "ray-serve": ("splitting and embedding in one program", "a head for a function")}, later=("an embedder is stateless: the state is the index", "index schema and embedder move in step", "thin", "an index snapshot in a debug namespace is a copy of the corpus"), shown="**releases that touched the index** by accident", revisit="a reranker joins"),
    "engine": Told(
        options={"tei": ("made for it: batches by tokens, one binary", "truncates quietly if allowed"), "infinity": ("many models behind one door", "fewer hands behind it"), "vllm": ("one engine for all models of a house", "made for answers, not for vectors"), "onnxruntime": ("runs on processors too", "pooling and batching are yours"), "custom": ("your pooling exactly", "your bugs exactly")}, later=("pooling and normalisation are flags, and wrong ones look fine", "after an upgrade a thousand texts must give the same vectors", "model files are standard", "prefixes for query and document are part of the model, and easily lost"),
        shown="**cosine to the reference vectors** after each upgrade",
        revisit="vectors move in the last digits that order neighbours",
    ),
    "quantization": Told(options={"as-published": ("reference vectors agree", ""), "fp8": ("", "neighbours change places: compare"), "int8": ("", "the order of the first ten moves"), "int4": ("", "far from the reference")}, later=("stored vectors are what costs: their precision is the first question", "recall is measured after compression", "index formats differ", "none"), shown="**recall lost by compressed vectors**", revisit="the index outgrows its machine"),
    "optimization": Told(options={"smaller-model": ("quicker rebuilds, smaller vectors", "small languages fall first"), "engine-defaults": ("nothing to do", ""), "compilation": ("lengths of queries are few, so kernels fit", "a build per device"), "distillation": ("a shop's own small model", "judged searches are too few to teach"), "pruning": ("dimensions that do little", "which little, in which language")}, why="storing fewer dimensions saves for ever; a faster kernel saves once", later=("truncated vectors are one number to explain", "recall is checked for each dimension cut", "none", "none"), shown="**recall per gigabyte of index**", revisit="memory of the index doubles"),
    "scaling": Told(
        later=("queries wait, documents can", "separate limits for both", "none", "bulk jobs need an owner, or they return each night"),
        shown="**query wait while a bulk run is on**",
        revisit="bulk runs no longer end before morning",
        options={
            "fixed": ("queries are light and steady", "bulk work waits for the night"),
            "queue-signal": ("bulk runs get replicas while they last", "queries must not pay for their start"),
            "utilisation-signal": ("a bulk run shows", "a queue of queries does not"),
            "scale-to-zero": ("a quiet shop costs nothing", "first query waits"),
            "job": ("documents belong there", "queries do not"),
        },
    ),
    "scheduling": Told(options={"spot": ("", "queries must not"), "dedicated": ("", "nights idle unless rebuilds use them"), "reserved": ("the small floor", "")}, later=("query replicas first, bulk on what is left", "bulk may be interrupted by any node", "small commitments", "corpora of clients never share a bulk job"), shown="**bulk jobs resumed without loss**", revisit="bulk becomes daily"),
    "request-routing": Told(
        later=("any replica embeds any query", "none", "none", "a query cache keeps what people search for: it ends with the session"),
        shown="**p99 of the query path by replica**",
        revisit="the same queries return by the thousand",
        options={"direct": ("texts are short and alike", "a bulk job on one replica slows its queries"), "hedged": ("the tail of the search page shrinks", "doubles the smallest cost there is"), "result-cache": ("head queries never reach the model", "keeps what people asked for")},
    ),
    "gateway": Told(
        options={"none": ("", "a partner's feed and a visitor's query are the same to it"), "proxy": ("limits by caller, quick", "does not know a vector's identity"), "aegis-gateway": ("identity of vectors, limits, record", "filters for words that no one will read"), "envoy-ai-gateway": ("", "for tokens of chats")}, why="texts are short and go nowhere: length, identity and rate are what counts",
        later=("limits for shop, partners and bulk differ", "length limits follow the model's window", "a vector of floats, versioned by digest", "queries are personal now and then: logs hold counts"),
        shown="**texts cut at the window** by caller",
        revisit="partners upload documents",
    ),
    "release-strategy": Told(
        why="old and new vectors never meet: a second index is filled, compared and then switched",
        later=("two indexes for a while, and one flag", "disk for both is reserved", "none", "the old index is deleted with a date, since it holds the corpus too"),
        shown="**queries whose first results differ** between indexes",
        revisit="the corpus doubles",
        options={
            "canary": ("some queries use the second index with its own embedder", "needs both indexes whole before the first query"),
            "shadow": ("both answers side by side for each query", "twice the query load"),
            "ab": ("tells whether people find more", "weeks with two indexes"),
            "blue-green": ("index and embedder switch together", "everyone at once"),
            "all-at-once": ("no second disk", "yesterday's vectors answer today's queries with nonsense"),
        },
    ),
    "evaluation-stack": Told(
        options={"aegis-evaluate": ("judged searches as files, per language", "judges are merchants with little time"), "giskard": ("", "not your words"), "eyeball": ("merchants know their shelf", "and no other")}, why="judged queries give recall; clicks only tell about what was found",
        later=("a merchant can read a failed query", "judgements are renewed with the assortment", "files", "queries in the set are rewritten to hide people"),
        shown="**recall of judged queries by language**",
        revisit="half of the judged articles are gone",
    ),
    "monitoring-stack": Told(
        options={"hosted": ("", "query text must not go along"), "prometheus": ("probes and norms as series", "yours to keep"), "none": ("", "and customers too")}, why="search that finds the wrong thing is quiet: empty results and reformulations speak for it",
        later=("zero results, reformulations, vector norms, latency", "norm bands are set per model digest", "none", "query text is never a label"),
        shown="**reformulated searches per hundred**",
        revisit="complaints precede charts",
    ),
    "pipeline-orchestrator": Told(options={"ci": ("tests and switches", "does not host a bulk run"), "argo-workflows": ("bulk runs with restarts", ""), "dagster": ("an index is an asset with parents", "a second tool")}, later=("an index is an asset with a parent: corpus and digest", "partial rebuilds are rehearsed", "steps in containers", "deleted articles leave the next index, and a test asks for them"), shown="**hours for a full second index**", revisit="sources multiply"),
    "iac": Told(options={"terraform": ("index and embedder in one plan", "replacing an index is one line: read the plan"), "opentofu": ("", "the same line"), "pulumi": ("", "for two objects"), "crossplane": ("", "a control plane")}, later=("index, embedder and disk in one plan", "snapshots are declared with their end", "plain", "a snapshot shared by hand is found at night"), shown="**undeclared snapshots**", revisit="search moves to another account"),
    "registry": Told(options={"oci": ("signed, with prefix and pooling in one name", ""), "hugging-face-hub": ("the source, by commit", "a commit is not a prefix: write it down")}, later=("digest, pooling, prefixes and dimension form one name", "kept while an index uses it", "files", "licence is checked for commercial use at each model"), shown="**indexes whose model can be loaded** (all)", revisit="dimension is cut"),
    "continuous-training": Told(options={"none": ("vectors stay comparable", "new words by synonym"), "on-drift": ("new words learned", "and every vector made again"), "scheduled": ("", "and every vector made again")}, later=("models come from outside; judgements from inside", "a new model is a weekend of re-embedding", "vectors", "clicks for tuning need consent"), shown="**recall of the candidate on judged queries**", revisit="a published model gains more than a migration costs"),
    "secrets": Told(options={"literal": ("", "a feed's key opens the index"), "sops": ("beside the code", "a key to keep"), "vault": ("", "one more service")}, later=("index and bulk jobs have one identity each", "rotation after bulk runs", "names", "a bulk job's rights end with it"), shown="**idle bulk identities**", revisit="a partner reads the index"),
    "network": Told(options={"open-egress": ("feeds from anywhere", "and the catalogue to anywhere"), "deny-by-default": ("feed in, index out", "a new partner is a line"), "isolated": ("", "partners are outside")}, why="the embedder has callers and no destination; the index has one writer", later=("writer, readers, nobody else", "partners get a path of their own", "none", "none"), shown="**writes to the index by anyone but its job**", revisit="a second writer"),
    "data-retention": Told(options={"raw": ("bad searches can be read", "diaries of wishes"), "none": ("", "bad searches cannot be mended"), "redacted": ("searches without people", "short texts hide little")}, why="searches are short diaries: counts are enough for most questions", later=("samples for judging are rewritten", "query samples fall off after a month", "none", "vectors of deleted texts are deleted"), shown="**queries kept as text**", revisit="judging needs older seasons"),
    "environments": Told(options={"shared": ("", "a test article on sale"), "separate-by-account": ("small indexes, own writers", "a small index flatters"), "separate-by-cluster": ("a full second one", "twice the disk")}, why="staging has a tenth of the corpus and all judged queries", later=("small index, same settings", "rebuilt with each schema change", "none", "no visitor query below production"), shown="**recall in staging against production**", revisit="the tenth misleads"),
    "disaster-recovery": Told(
        options={"rebuild": ("articles are the source", "a bulk run long"), "zones": ("replicas and a copy of the index elsewhere", "two copies to keep alike"), "region": ("a second catalogue", "")}, why="vectors can be made again, at the price of a bulk run; lexical search carries the shop meanwhile",
        later=("one drill: restore a snapshot, then count articles", "snapshots are restored, not admired", "index version", "snapshots hold the corpus"),
        shown="**hours on lexical search** in the drill",
        revisit="the bulk run no longer fits a night",
    ),
    "admission": Told(
        options={"admission-policy": ("digests keep vectors and model together", "nobody's name on them"), "sigstore-policy-controller": ("asks who built it", "not who trained it"), "kyverno": ("signed model, signed index builder", "a hook before the nightly build")},
        wins={"admission-policy": "one digest ties model and index: another model would answer in another space"},
        why="vectors of two models do not mix: an image that moved is a wrong shelf for every article",
        later=("a refusal stops a rebuild, not the shop", "with the registry's key", "none", "none is left over after a sale"),
        shown="**vectors by digest** (one)",
        revisit="indexes are built elsewhere",
    ),
    "fault-injection": Told(
        options={"by-hand": ("the night shift does it", "until the index build needs the node"), "chaos-mesh": ("takes a replica in the busiest hour of staging", "on the nodes that hold the index"), "litmus": ("ends on latency by itself", "a catalogue for two faults")},
        wins={"chaos-mesh": "replicas are small and many: losing one is the only fault that matters, and it ends alone"},
        why="searches go on while an index is rebuilt: both are disturbed together once a quarter",
        later=("with replayed searches of last week", "after each new index format", "none", "none"),
        shown="**empty result pages** during a rehearsal",
        revisit="a sale day differed from the rehearsal",
    ),
}
