"""What was searched for in the whole repository, once: metrics, alerts, evaluation, guards."""

from __future__ import annotations

import functools
import re

from aegis.review.documents.source import Source, Tier, tier_of
from aegis.review.facts.types import KubernetesObject, Route, Workload
from aegis.review.held import Held

PIPELINES = (
    ".github/workflows/", ".gitlab-ci", "jenkinsfile", "azure-pipelines", ".circleci/", "buildspec",
    "cloudbuild", ".drone.yml", "bitbucket-pipelines", ".tekton/",
)  # fmt: skip
_EVALUATION_PATH = re.compile(r"(?<![a-z])eval|golden(?![a-z])|benchmark_set|promptfoo|ragas")
# `01-introduction/`, `week_2/`, `lesson3/`: a folder by the number of its turn.
_SCORES = (
    b"accuracy", b"faithful", b"ground_truth", b"groundtruth", b"groundedness", b"ragas", b"deepeval",
    b"promptfoo", b"llm_judge", b"judge", b"f1_score", b"rouge", b"bleu", b"exact_match", b"relevance",
    b"langsmith", b"expected_answer", b"correctness",
)  # fmt: skip
# Version 2.6 made `weights_only` the default of `torch.load`.
_OLD_TORCH = re.compile(
    r"\btorch(?:\[\w,]+\])?\s*(?:==|<=|~=|<|\^|=\s*[\"'][\^~=<]*)\s*[\"']?(?:0\.|1\.|2\.[0-5](?!\d))"
    r"|\bname = \"torch\"\nversion = \"(?:1\.|2\.[0-5](?!\d))|pytorch/pytorch:(?:1\.|2\.[0-5](?!\d))"
)
_OVERLAID = re.compile(
    r"-\s+name:\s*(\S+)\s*\n(?:\s+newName:.*\n)?\s+(?:newTag|digest):\s*(?![\"']?latest)\S"
)
# What asks who calls before the service does: proxies and gateways, and headers in which the
# platforms of Azure, Google, Amazon and Cloudflare hand over who it was.
_GUARDS = (
    b"auth_basic ", b"auth_request ", b"oauth2-proxy", b"oauth2_proxy", b"forwardauth", b"authelia",
    b"basicauth.users", b"x-ms-client-principal", b"x-goog-iap", b"x-goog-authenticated-user",
    b"x-amzn-oidc", b"x-auth-request-", b"cf-access-", b"cloudflareaccess", b"forward_auth ",
    b"--no-allow-unauthenticated", b"requestauthentication", b"jwtauthenticator",
    b"httpapijwtauthorizer", b"httpuserpoolauthorizer", b"cognitouserpoolsauthorizer",
    b"aws_api_gateway_authorizer", b"aws_apigatewayv2_authorizer", b"defaultauthorizer:",
    b'authorization_type = "aws_iam"', b"functionurlauthtype.aws_iam", b"authtype: aws_iam",
    b"require_auth_header", b"key-auth",
)  # fmt: skip
# Platforms that count requests, errors and durations of what runs on them without being asked.
_COUNTED_BY_PLATFORM = (
    b"aws::serverless::function", b"import mangum", b"from mangum", b"aws_lambda_function",
    b"lambda_.function(", b"lambda_.dockerimagefunction(", b"pythonfunction(", b"nodejsfunction(",
    b"gcloud run deploy", b"google_cloud_run", b"deploy-cloudrun", b"microsoft.app/containerapps",
    b"azurerm_container_app", b"host: containerapp", b"host: appservice", b"aws-lambda-adapter",
    b"public.ecr.aws/lambda", b"awslambdaric",
)  # fmt: skip
# Descriptions of functions that a platform runs and ends.
_FUNCTIONS = frozenset(
    ("serverless.yml", "serverless.yaml", "zappa_settings.json", "samconfig.toml")
)
_SENDS = (
    b"log_telemetry(",
    b"send_telemetry(",
    b"telemetry_client",
    b"TelemetryClient",
    b"track_metric(",
)
_MEASURES = (b"latency", b"perf_counter", b"elapsed", b"duration")
_WATCHED = re.compile(r"/(?:metrics|monitor(?:ing)?(?:[-_/]|$)|drift)")
# Files that say which packages are installed.
_LISTS = re.compile(
    r"^requirements.*\.(?:txt|in)$|^pyproject\.toml$|^setup\.(?:py|cfg)$|^pipfile|\.lock$|^environment\.ya?ml$|dockerfile"
)
_MONITORING = frozenset(("ServiceMonitor", "PodMonitor", "PodMonitoring", "VMServiceScrape"))
_ALERTS = frozenset(("PrometheusRule", "AlertmanagerConfig", "VMRule", "PrometheusServiceLevel"))
_PROGRESSIVE = frozenset(("Rollout", "Canary", "AnalysisTemplate", "ClusterAnalysisTemplate"))


class Searched(Held):
    """What stands anywhere in the texts that say how the service is built and run."""

    @functools.cached_property
    def kinds(self) -> frozenset[str]:
        """Kinds of Kubernetes objects that occur."""
        return frozenset(each.kind for each in self.all(KubernetesObject))

    def mentions(self, *needles: bytes) -> bool:
        """Whether one of the words stands in any text outside documents, lower case."""
        return any(any(needle in source.lower for needle in needles) for source in self._searched)

    def _mentioned_in_production(self, *needles: bytes) -> bool:
        """Whether one of the words stands where the service itself is built and run."""
        return any(
            any(needle in source.lower for needle in needles)
            for source in self._searched
            if source.tier is Tier.PRODUCTION
        )

    def is_stamped(self, *needles: bytes) -> bool:
        """Whether the code of the service itself reads one of the words, lower case."""
        return any(
            any(needle in source.lower for needle in needles)
            for source in self._searched
            if source.tier is Tier.PRODUCTION and source.path.endswith((".py", ".ts", ".js"))
        )

    @functools.cached_property
    def _searched(self) -> list[Source]:
        """Texts that say how the service is built and run; large ones are data."""
        return [
            source
            for source in self.tree.sources
            if source.tier is not Tier.DOCS and len(source.data) < 100_000
        ]

    @functools.cached_property
    def asks_for_old_torch(self) -> bool:
        """Whether a requirement, a lock or a base image names a torch whose default was a pickle."""
        return any(
            source.has(b"torch") and _OLD_TORCH.search(source.text)
            for source in self.tree.sources
            if source.path.endswith((".txt", ".toml", ".lock", ".py", ".cfg", ".yml", ".yaml"))
            or "dockerfile" in source.name.lower()
        )

    @functools.cached_property
    def named_by_overlays(self) -> frozenset[str]:
        """Images whose tag or digest a kustomization sets."""
        return frozenset(
            match[1].strip("\"'")
            for source in self.tree.sources
            if source.name in {"kustomization.yaml", "kustomization.yml"}
            for match in _OVERLAID.finditer(source.text)
        )

    def drops_root(self, path: str) -> bool:
        """Whether a Dockerfile brings along with what its start gives up being root."""
        source = next((each for each in self.tree.sources if each.path == path), None)
        return source is not None and source.has(b"gosu", b"su-exec", b"setpriv", b"runuser")

    @functools.cached_property
    def sets_tags(self) -> bool:
        """Whether a pipeline or a script gives the chart the tag of the image: `--set image.tag=…`."""
        return self.mentions(b"image.tag=", b"image.digest=")

    @functools.cached_property
    def guarded_in_front(self) -> bool:
        """Whether something before the service asks who calls: a proxy, a gateway, a platform."""
        return self._mentioned_in_production(*_GUARDS)

    @functools.cached_property
    def _built(self) -> list[Workload]:
        """Services of compose files that are built here."""
        return [each for each in self.all(Workload, production=True) if each.built_from is not None]

    def only_inside(self, path: str) -> bool:
        """Whether the code at `path` runs where only other services of its file reach it.

        A compose file builds it, publishes none of its ports, and no proxy hands calls on to it.
        """
        around = [
            each
            for each in self._built
            if not each.built_from or path.startswith(f"{each.built_from}/")
        ]
        nearest = max((len(each.built_from or "") for each in around), default=0)
        own = [each for each in around if len(each.built_from or "") == nearest]
        return (
            nearest > 0
            and not any(port.published for each in own for port in each.ports)
            and any(port.published for each in self._built for port in each.ports)
            and not any(self._handed_on(each.name) for each in own)
        )

    @functools.cached_property
    def _proxies(self) -> list[Source]:
        """Texts that set up a proxy."""
        marks = (b"proxy_pass http://", b"reverse_proxy ", b"server ", b"traefik.http.routers.")
        return [each for each in self._searched if each.holds(marks)]

    def _handed_on(self, name: str) -> bool:
        """Whether a proxy hands calls on to a service of that name."""
        wanted = (
            f"proxy_pass http://{name.lower()}".encode(),
            f"reverse_proxy {name.lower()}".encode(),
            f"server {name.lower()}:".encode(),
            f"traefik.http.routers.{name.lower()}".encode(),
        )
        return any(needle in each.lower for each in self._proxies for needle in wanted)

    @functools.cached_property
    def _taggers(self) -> list[Source]:
        """Texts that may give an image its name."""
        return [each for each in self._searched if each.holds((b"-t ", b"--tag ", b"tag="))]

    def tags_as(self, name: str) -> bool:
        """Whether a script, a pipeline or a text builds an image under that name."""
        wanted = tuple(f"{mark}{name.lower()}".encode() for mark in ("-t ", "--tag ", "tag="))
        return any(needle in each.lower for each in self._taggers for needle in wanted)

    @functools.cached_property
    def limits_callers(self) -> bool:
        """Whether something bounds how often one caller may ask."""
        return bool(self.traits("rate-limited")) or self.mentions(
            b"limit_req", b"ratelimit", b"rate_limit", b"rate-limit", b"throttl"
        )

    @functools.cached_property
    def has_tls(self) -> bool:
        """Whether a proxy of the deployment holds a certificate."""
        return self._mentioned_in_production(
            b"ssl_certificate", b"letsencrypt", b"certbot", b"certresolver", b"cert-manager.io"
        )

    def is_left_out(self, package: str, path: str) -> bool:
        """Whether the code at `path` does without a package when it is missing, and no image has it."""
        source = next((each for each in self.tree.sources if each.path == path), None)
        optional = source is not None and source.has(
            b"except ImportError", b"except ModuleNotFound"
        )
        if not optional:
            return False
        name = package.replace("_", "-")
        lists = [each for each in self.tree.sources if _LISTS.search(each.name.lower())]
        return bool(lists) and not any(
            name in line.lower().replace("_", "-") and not line.lstrip().startswith("#")
            for each in lists
            for line in each.lines
        )

    @functools.cached_property
    def _is_function(self) -> bool:
        """Whether the image of the service is made for AWS Lambda."""
        return self._mentioned_in_production(
            b"aws-lambda-adapter", b"public.ecr.aws/lambda", b"awslambdaric", b"from mangum"
        )

    def ended_by_platform(self, path: str) -> bool:
        """Whether the code at `path` is a function that its platform ends at a limit of its own."""
        return self._is_function or any(
            path.startswith(name.rpartition("/")[0])
            for name in self.tree.paths
            if name.rpartition("/")[2] in _FUNCTIONS
        )

    @functools.cached_property
    def has_metrics(self) -> bool:
        """Whether metrics are exported or scraped."""
        if self.exports_metrics:
            return True
        return self._mentioned_in_production(*_COUNTED_BY_PLATFORM) or self._mentioned_in_production(
            b"opentelemetry", b"cloudwatch", b"datadog",
            b"langfuse", b"logfire", b"traceloop", b"application_insights", b"applicationinsights",
            b"import weave", b"weave.init", b"langsmith", b"helicone", b"openllmetry", b"phoenix.otel",
            b"azure.monitor", b"sentry_sdk", b"newrelic", b"aws_lambda_powertools", b"aws_xray",
            b"posthog", b"openinference", b"arize.", b"arize-", b"import arize", b"phoenix",
            b"import evidently", b"from evidently", b"evidently=", b"evidently>", b"mixpanel", b" histogram(",
        ) or self._sends_durations or any(
            _WATCHED.search(route.path) for route in self.all(Route, production=True)
        )  # fmt: skip

    @functools.cached_property
    def exports_metrics(self) -> bool:
        """Whether a series is offered or scraped that an alert could watch."""
        if self.kinds & _MONITORING:
            return True
        if any(each.role == "observability" for each in self.all(Workload)):
            return True
        return self._mentioned_in_production(
            b"prometheus_client", b"prometheus.io/scrape", b"/metrics", b"instrumentator", b"statsd",
            b"promauto", b"scrape_configs", b".create_histogram(", b"put_metric", b"prometheus-fastapi",
        )  # fmt: skip

    @functools.cached_property
    def _sends_durations(self) -> bool:
        """Whether the code measures how long answers take and sends what it measured."""
        return any(
            source.has(*_SENDS) and self._mentioned_in_production(*_MEASURES)
            for source in self._searched
            if source.tier is Tier.PRODUCTION
        )

    @functools.cached_property
    def has_alerts(self) -> bool:
        """Whether somebody would be told."""
        return bool(self.kinds & _ALERTS) or self.mentions(
            b"alertmanager", b"alerting_rules", b"groups:\n- name:", b"- alert:", b"metric_alarm",
            b"alert_policy", b"pagerduty", b"opsgenie", b"slo:",
        )  # fmt: skip

    @functools.cached_property
    def has_progressive_delivery(self) -> bool:
        """Whether a change can reach a part of the traffic first, or be taken back by itself."""
        if self.kinds & _PROGRESSIVE or self.traits("traffic-split"):
            return True
        return self.mentions(
            b"canary", b"rollback", b"--atomic", b"blue-green", b"bluegreen", b"blue_green",
            b"deployment_circuit_breaker", b"autorollback", b"auto_rollback", b"rollout undo",
        )  # fmt: skip

    @functools.cached_property
    def has_evaluation_files(self) -> bool:
        """Whether there are files for judging answers, by their names."""
        return any(
            _EVALUATION_PATH.search(path.lower()) and tier_of(path) is not Tier.DOCS
            for path in self.tree.paths
        )

    @functools.cached_property
    def judges_answers(self) -> bool:
        """Whether code that is named for evaluation scores what a model said."""
        return any(
            _EVALUATION_PATH.search(source.path.lower())
            and source.path.endswith((".py", ".ts", ".js", ".ipynb", ".yaml", ".yml", ".sh"))
            and any(word in source.lower for word in _SCORES)
            for source in self.tree.sources
            if source.tier is not Tier.DOCS and not source.path.startswith(".")
        )

    @functools.cached_property
    def has_evaluation(self) -> bool:
        """Whether answers or predictions are judged against known ones anywhere."""
        if self.has_evaluation_files:
            return True
        return self.mentions(
            b"deepeval", b"promptfoo", b"ragas", b"lm_eval", b"lm-eval", b"inspect_ai",
            b"evaluate.load", b"accuracy_score", b"f1_score", b"roc_auc_score", b"langsmith.evaluate",
            b"trulens", b"word_error_rate", b"jiwer", b"mean_squared_error", b"bleu",
        )  # fmt: skip

    @functools.cached_property
    def has_tests(self) -> bool:
        """Whether there is a test of any kind."""
        return any(tier_of(path) is Tier.TEST for path in self.tree.paths)

    @functools.cached_property
    def has_ci(self) -> bool:
        """Whether any pipeline is configured."""
        return any(any(mark in path.lower() for mark in PIPELINES) for path in self.tree.paths)
