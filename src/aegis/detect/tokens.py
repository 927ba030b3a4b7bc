"""Credentials that can be told by their own shape: prefix, alphabet and length.

Prefixes and lengths are facts of the vendors. Each row says where it was read; the rows marked
`gitleaks` were read in the default rules of gitleaks (github.com/gitleaks/gitleaks,
config/gitleaks.toml at b58d3f10, 2026-07-22), retrieved 2026-11-22. Where a vendor changes the
length from time to time, the pattern asks for the shortest length seen and takes what follows.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

_END = r"(?![A-Za-z0-9_-])"
_START = r"(?<![A-Za-z0-9_-])"


@dataclass(frozen=True)
class Token:
    """One shape: `hint` is a substring that every match holds, `keep` what a mask may show."""

    kind: str
    hint: str
    shape: str
    keep: str
    source: str

    @functools.cached_property
    def pattern(self) -> re.Pattern[str]:
        """Compiled when the hint is first met: most never are."""
        return re.compile(self.shape)

    @property
    def prefix(self) -> bytes:
        """The public beginning, as it stands at the start of a word."""
        return self.keep.encode()


def _token(kind: str, keep: str, body: str, source: str) -> Token:
    shape = f"{_START}{re.escape(keep)}{body}{_END}"
    return Token(kind=kind, hint=keep, shape=shape, keep=keep, source=source)


def _aws_key_id(prefix: str) -> Token:
    """Base 32 after the prefix; what stands in the middle of base 64 is audio or an image."""
    shape = rf"(?<![A-Za-z0-9+/=_-]){prefix}[A-Z2-7]{{16}}(?![\w+/=])"
    return Token("aws-access-key-id", prefix, shape, prefix, "gitleaks")


_WORD = r"[A-Za-z0-9_-]"
_ALNUM = r"[A-Za-z0-9]"
_GITLEAKS = "gitleaks"

TOKENS: tuple[Token, ...] = (
    # Model vendors and AI platforms.
    _token("anthropic-key", "sk-ant-", rf"(?:[a-z]+\d\d-)?{_WORD}{{24,}}", _GITLEAKS),
    _token("openai-key", "sk-proj-", rf"{_WORD}{{32,}}", _GITLEAKS),
    _token("openai-key", "sk-svcacct-", rf"{_WORD}{{32,}}", _GITLEAKS),
    _token("openai-key", "sk-admin-", rf"{_WORD}{{32,}}", _GITLEAKS),
    _token("openrouter-key", "sk-or-v1-", r"[a-f0-9]{48,}", "openrouter.ai/docs, API keys"),
    _token("langfuse-key", "sk-lf-", r"[a-f0-9-]{32,}", "langfuse.com/docs, API keys"),
    _token("deepseek-or-openai-key", "sk-", rf"{_ALNUM}{{32,}}", "gitleaks, openai legacy form"),
    _token("huggingface-token", "hf_", r"[A-Za-z0-9]{30,}", _GITLEAKS),
    _token("huggingface-org-token", "api_org_", r"[A-Za-z0-9]{30,}", _GITLEAKS),
    _token("nvidia-key", "nvapi-", rf"{_WORD}{{40,}}", "trufflehog detectors/nvapi"),
    _token("groq-key", "gsk_", rf"{_ALNUM}{{40,}}", "trufflehog detectors/groq"),
    _token("replicate-token", "r8_", rf"{_ALNUM}{{32,}}", "replicate.com/docs, API tokens"),
    _token("perplexity-key", "pplx-", rf"{_ALNUM}{{40,}}", _GITLEAKS),
    _token("xai-key", "xai-", rf"{_ALNUM}{{60,}}", "trufflehog detectors/xai"),
    _token("langsmith-key", "lsv2_", r"(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}", _GITLEAKS),
    _token("tavily-key", "tvly-", rf"(?:dev-|prod-)?{_ALNUM}{{24,}}", "docs.tavily.com, API keys"),
    _token("pinecone-key", "pcsk_", rf"{_WORD}{{40,}}", "docs.pinecone.io, API keys"),
    _token("fireworks-key", "fw_", rf"{_ALNUM}{{22,}}", "docs.fireworks.ai, API keys"),
    _token("bedrock-key", "ABSK", r"[A-Za-z0-9+/]{80,}={0,2}", _GITLEAKS),
    _token("bedrock-key", "bedrock-api-key-", r"[A-Za-z0-9+/]{40,}={0,2}", _GITLEAKS),
    # Clouds.
    _aws_key_id("AKIA"),
    _aws_key_id("ASIA"),
    _aws_key_id("ABIA"),
    _aws_key_id("ACCA"),
    _token("google-api-key", "AIza", r"[\w-]{35}", _GITLEAKS),
    _token("google-oauth-secret", "GOCSPX-", rf"{_WORD}{{28}}", "gitleaks and trufflehog"),
    _token("google-oauth-token", "ya29.", rf"{_WORD}{{40,}}", "trufflehog detectors/gcp"),
    Token(
        kind="azure-client-secret",
        hint="Q~",
        shape=r"(?<![\w~.-])[a-zA-Z0-9_~.]{3}\dQ~[a-zA-Z0-9_~.-]{31,34}(?![\w~.-])",
        keep="",
        source=_GITLEAKS,
    ),
    _token("digitalocean-token", "dop_v1_", r"[a-f0-9]{64}", _GITLEAKS),
    _token("digitalocean-token", "doo_v1_", r"[a-f0-9]{64}", _GITLEAKS),
    _token("alibaba-key-id", "LTAI", rf"{_ALNUM}{{20}}", _GITLEAKS),
    _token("databricks-token", "dapi", r"[a-f0-9]{32}(?:-\d)?", _GITLEAKS),
    _token("flyio-token", "fm2_", r"[A-Za-z0-9+/]{80,}={0,3}", _GITLEAKS),
    _token("vault-token", "hvs.", rf"{_WORD}{{24,}}", _GITLEAKS),
    _token("vault-batch-token", "hvb.", rf"{_WORD}{{100,}}", _GITLEAKS),
    _token("pulumi-token", "pul-", r"[a-f0-9]{40}", _GITLEAKS),
    _token("doppler-token", "dp.pt.", rf"{_ALNUM}{{40,}}", _GITLEAKS),
    # Code hosts, registries and CI.
    _token("github-token", "ghp_", rf"{_ALNUM}{{36}}", "github.blog, token formats, 2021-04-05"),
    _token("github-token", "gho_", rf"{_ALNUM}{{36}}", "github.blog, token formats, 2021-04-05"),
    _token("github-token", "ghu_", rf"{_ALNUM}{{36}}", "github.blog, token formats, 2021-04-05"),
    _token("github-token", "ghs_", rf"{_ALNUM}{{36}}", "github.blog, token formats, 2021-04-05"),
    _token("github-token", "ghr_", rf"{_ALNUM}{{36,76}}", "github.blog, token formats, 2021-04-05"),
    _token("github-token", "github_pat_", r"\w{82}", _GITLEAKS),
    _token("gitlab-token", "glpat-", rf"{_WORD}{{20,}}", _GITLEAKS),
    _token("gitlab-token", "glptt-", r"[0-9a-f]{40}", _GITLEAKS),
    _token("gitlab-token", "glrt-", rf"{_WORD}{{20,}}", _GITLEAKS),
    _token("gitlab-token", "gldt-", rf"{_WORD}{{20,}}", _GITLEAKS),
    _token("npm-token", "npm_", rf"{_ALNUM}{{36}}", _GITLEAKS),
    _token("pypi-token", "pypi-AgE", rf"{_WORD}{{50,}}", _GITLEAKS),
    _token("docker-token", "dckr_pat_", rf"{_WORD}{{27}}", "docs.docker.com, access tokens"),
    _token("rubygems-token", "rubygems_", r"[a-f0-9]{48}", _GITLEAKS),
    _token("jfrog-token", "AKCp", rf"{_ALNUM}{{60,}}", _GITLEAKS),
    _token("prefect-token", "pnu_", rf"{_ALNUM}{{36}}", _GITLEAKS),
    # Services that an AI product calls.
    *(_token("slack-token", f"xox{kind}-", r"[0-9A-Za-z-]{20,}", _GITLEAKS) for kind in "abeoprs"),
    _token("slack-app-token", "xapp-", r"\d-[A-Z0-9]+-\d+-[a-z0-9]+", _GITLEAKS),
    Token(
        kind="slack-webhook",
        hint="hooks.slack.com/",
        shape=r"hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9+/]{40,60}",
        keep="hooks.slack.com/",
        source=_GITLEAKS,
    ),
    Token(
        kind="discord-webhook",
        hint="/api/webhooks/",
        shape=r"discord(?:app)?\.com/api/webhooks/\d{17,20}/[\w-]{60,80}",
        keep="",
        source="discord.com/developers/docs, webhook resource",
    ),
    Token(
        kind="telegram-bot-token",
        hint=":AA",
        shape=r"(?<![\w:.-])\d{8,10}:AA[A-Za-z0-9_-]{33}(?![\w-])",
        keep="",
        source="core.telegram.org/bots, authorising your bot",
    ),
    *(
        _token("stripe-key", f"{kind}_{stage}_", rf"{_ALNUM}{{16,99}}", _GITLEAKS)
        for kind in ("sk", "rk")
        for stage in ("live", "test", "prod")
    ),
    _token("stripe-webhook-secret", "whsec_", rf"{_ALNUM}{{32,}}", "docs.stripe.com, webhooks"),
    _token("sendgrid-key", "SG.", r"[\w=-]{16,32}\.[\w=-]{16,64}", _GITLEAKS),
    _token("twilio-key", "SK", r"[0-9a-f]{32}", _GITLEAKS),
    _token("shopify-token", "shpat_", r"[a-fA-F0-9]{32}", _GITLEAKS),
    _token("sentry-token", "sntrys_", r"[A-Za-z0-9+/=_]{40,}", _GITLEAKS),
    _token("sentry-token", "sntryu_", r"[a-f0-9]{64}", _GITLEAKS),
    _token("grafana-token", "glsa_", rf"{_ALNUM}{{32}}_[A-Fa-f0-9]{{8}}", _GITLEAKS),
    _token("grafana-token", "glc_", r"[A-Za-z0-9+/]{32,}={0,3}", _GITLEAKS),
    _token("newrelic-key", "NRAK-", r"[A-Z0-9]{27}", "trufflehog detectors/newrelic"),
    _token("linear-key", "lin_api_", rf"{_ALNUM}{{40}}", _GITLEAKS),
    _token("notion-token", "ntn_", rf"{_ALNUM}{{40,}}", _GITLEAKS),
    _token("supabase-key", "sb_secret_", rf"{_WORD}{{22,}}", "supabase.com/docs, API keys"),
    _token("postman-key", "PMAK-", r"[a-f0-9]{24}-[a-f0-9]{34}", _GITLEAKS),
    _token("planetscale-password", "pscale_pw_", r"[\w=.-]{32,64}", _GITLEAKS),
    _token("onepassword-token", "ops_eyJ", r"[a-zA-Z0-9+/]{100,}={0,3}", _GITLEAKS),
    _token("age-key", "AGE-SECRET-KEY-1", r"[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}", _GITLEAKS),
)


# Letters, digits, `_` and `-` stay; everything else parts words.
WORDS_ONLY = bytes(
    code if code < 128 and (chr(code).isalnum() or chr(code) in "_-") else 32 for code in range(256)
)
# A word as long as this may begin a token; longer alphabets may part it early.
SHORTEST = 12

LEADING = tuple(
    token for token in TOKENS if token.keep and token.keep.isascii() and token.keep[-1] not in "./"
)
DOTTED = {
    token.keep.partition(".")[0].encode(): token
    for token in TOKENS
    if token.keep and token.keep[-1] == "."
}
INSIDE = tuple(token for token in TOKENS if token not in LEADING and token not in DOTTED.values())
# A word that a token may begin with: a prefix and more, or all of what stands before a dot.
LEADS = re.compile(
    rb"^(?:(?=[\w-]{%d})(?:%s)|(?:%s)$)"
    % (
        SHORTEST,
        b"|".join(sorted({re.escape(token.prefix) for token in LEADING})),
        b"|".join(sorted(map(re.escape, DOTTED))),
    ),
    re.MULTILINE,
)
