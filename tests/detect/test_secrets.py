"""Secrets are found by shape and context, stand-ins are not, and no value gets out.

Every secret here is made at run time, so that no file holds one.
"""

from __future__ import annotations

import base64
import itertools
import json
import random
import string
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.detect.secrets import find_secrets, mask
from aegis.detect.tokens import TOKENS

ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"
SEED = 20261122


def made(length: int, alphabet: str = ALNUM, seed: int = SEED) -> str:
    """A random string that holds a digit and a letter."""
    source = random.Random(seed * 1000 + length)  # noqa: S311 - test data, not a key
    body = "".join(source.choice(alphabet) for _ in range(length - 4))
    return body[: length // 2] + "a" + "7" + body[length // 2 :] + "3" + "e"


def jwt(claims: dict[str, str]) -> str:
    parts = [json.dumps(part).encode() for part in ({"alg": "HS256", "typ": "JWT"}, claims)]
    head, body = (base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
    return f"{head}.{body}.{made(43)}"


def block(label: str) -> str:
    lines = "\n".join(made(64, seed=line) for line in range(20))
    return f"-----BEGIN {label}PRIVATE KEY-----\n{lines}\n-----END {label}PRIVATE KEY-----"


PLANTED = [
    pytest.param("sk-" + "ant-api03-" + made(93) + "AA", "anthropic-key", id="anthropic"),
    pytest.param(
        "sk-" + "proj-" + made(74) + "T3Blbk" + "FJ" + made(74), "openai-key", id="openai"
    ),
    pytest.param("sk-" + made(48), "deepseek-or-openai-key", id="openai-legacy"),
    pytest.param("sk-" + "svcacct-" + made(60), "openai-key", id="openai-service"),
    pytest.param("sk-" + "or-v1-" + made(64, HEX), "openrouter-key", id="openrouter"),
    pytest.param("hf" + "_" + made(34), "huggingface-token", id="huggingface"),
    pytest.param("nv" + "api-" + made(64), "nvidia-key", id="nvidia"),
    pytest.param("gsk" + "_" + made(52), "groq-key", id="groq"),
    pytest.param("r8" + "_" + made(37), "replicate-token", id="replicate"),
    pytest.param("pplx" + "-" + made(48), "perplexity-key", id="perplexity"),
    pytest.param("xai" + "-" + made(80), "xai-key", id="xai"),
    pytest.param(
        "lsv2" + "_pt_" + made(32, HEX) + "_" + made(10, HEX), "langsmith-key", id="langsmith"
    ),
    pytest.param("tvly" + "-" + made(32), "tavily-key", id="tavily"),
    pytest.param("pcsk" + "_" + made(60), "pinecone-key", id="pinecone"),
    pytest.param("AB" + "SK" + made(120), "bedrock-key", id="bedrock"),
    pytest.param("AK" + "IA" + "QYLPMN5HHHFPZAM2", "aws-access-key-id", id="aws"),
    pytest.param("AI" + "za" + made(35), "google-api-key", id="google"),
    pytest.param("GOC" + "SPX-" + made(28), "google-oauth-secret", id="google-oauth"),
    pytest.param("abc8" + "Q~" + made(34), "azure-client-secret", id="azure"),
    pytest.param("dop" + "_v1_" + made(64, HEX), "digitalocean-token", id="digitalocean"),
    pytest.param("da" + "pi" + made(32, HEX), "databricks-token", id="databricks"),
    pytest.param("hv" + "s." + made(95), "vault-token", id="vault"),
    pytest.param("gh" + "p_" + made(36), "github-token", id="github"),
    pytest.param("github" + "_pat_" + made(82), "github-token", id="github-fine-grained"),
    pytest.param("gl" + "pat-" + made(20), "gitlab-token", id="gitlab"),
    pytest.param("np" + "m_" + made(36), "npm-token", id="npm"),
    pytest.param("py" + "pi-AgE" + made(120), "pypi-token", id="pypi"),
    pytest.param("dckr" + "_pat_" + made(27), "docker-token", id="docker"),
    pytest.param("xo" + "xb-" + "2148733192-" * 2 + made(24), "slack-token", id="slack"),
    pytest.param(
        "https://hooks." + "slack.com/services/T01/B02/" + made(40), "slack-webhook", id="hook"
    ),
    pytest.param("sk" + "_live_" + made(24), "stripe-key", id="stripe"),
    pytest.param("SG" + "." + made(22) + "." + made(43), "sendgrid-key", id="sendgrid"),
    pytest.param("982734612:" + "AA" + made(33), "telegram-bot-token", id="telegram"),
    pytest.param("gl" + "sa_" + made(32) + "_" + made(8, HEX), "grafana-token", id="grafana"),
    pytest.param(block(""), "private-key", id="pkcs8"),
    pytest.param(block("RSA "), "private-key", id="rsa"),
    pytest.param(block("OPENSSH "), "private-key", id="openssh"),
    pytest.param(block("EC ").replace("\n", "\\n"), "private-key", id="in-json"),
    pytest.param(jwt({"sub": "u-81", "aud": "api"}), "jwt", id="jwt"),
]

IN_CONTEXT = [
    pytest.param('password = "{}"', made(12), "password", id="python"),
    pytest.param('db_password: str = "{}"', made(12), "password", id="annotated"),
    pytest.param("POSTGRES_PASSWORD={}", made(16), "password", id="env"),
    pytest.param("  password: {}", made(16), "password", id="yaml"),
    pytest.param("<password>{}</password>", made(12), "password", id="xml"),
    pytest.param('"clientSecret": "{}"', made(32), "api-key", id="json"),
    pytest.param('api_key="{}"', made(32), "api-key", id="keyword-argument"),
    pytest.param("export COHERE_API_KEY={}", made(40), "api-key", id="export"),
    pytest.param("serve --api-key {} --port 1", made(24), "api-key", id="command-line"),
    pytest.param('os.getenv("JWT_SECRET", "{}")', made(24), "api-key", id="fallback"),
    pytest.param("${{JWT_SECRET:-{}}}", made(24), "api-key", id="shell-fallback"),
    pytest.param('environ["MISTRAL_API_KEY"] = "{}"', made(32), "api-key", id="subscript"),
    pytest.param('auth_token := "{}"', made(32), "token", id="go"),
    pytest.param("postgresql://app:{}@db:5432/x", made(12), "connection-string", id="postgres"),
    pytest.param("redis://:{}@cache:6379/0", made(12), "connection-string", id="redis"),
    pytest.param("mongodb+srv://u:{}@c.mongodb.net", made(12), "connection-string", id="mongo"),
    pytest.param(
        "DefaultEndpointsProtocol=https;AccountKey={}==", made(86), "cloud-account-key", id="azure"
    ),
    pytest.param("Server=db;User Id=sa;Password={};", made(14), "password", id="ado"),
    pytest.param("Authorization: Bearer {}", made(40), "authorization-header", id="bearer"),
    pytest.param('{{"Authorization": f"Bearer {}"}}', made(40), "authorization-header", id="py"),
    pytest.param("curl -u svc:{} https://x.test", made(16), "basic-credentials", id="curl"),
    pytest.param(
        "Authorization: Basic {}",
        base64.b64encode(("svc:" + made(16)).encode()).decode(),
        "basic-credentials",
        id="basic",
    ),
    pytest.param("pass" + 'word = "purple-anvil-seven-lakes"', "", "password", id="passphrase"),
]


@pytest.mark.parametrize(("secret", "kind"), PLANTED)
def test_finds_a_secret_by_its_shape(secret: str, kind: str) -> None:
    """Wherever it stands, and whatever the letters around it are."""
    text = f'É first line\nvalue = "{secret}"  # tail\n'

    spans = find_secrets(text)

    assert [span.kind for span in spans] == [kind]
    assert secret.removeprefix("https://").startswith(text[spans[0].start : spans[0].end][:20])


@pytest.mark.parametrize(("line", "value", "kind"), IN_CONTEXT)
def test_finds_a_secret_by_its_context(line: str, value: str, kind: str) -> None:
    """A name that promises a secret, in the notation of ten languages."""
    text = line.replace("{{", "{").replace("}}", "}").replace("{}", value, 1)

    assert [span.kind for span in find_secrets(f"a: b\n{text}\nc: d\n")] == [kind]


STAND_INS = [
    "OPENAI_API_KEY=sk-your-key-here",
    'api_key = "sk-' + "x" * 40 + '"',
    "OPENAI_API_KEY=${OPENAI_API_KEY}",
    'api_key=os.environ["OPENAI_API_KEY"]',
    'password = os.getenv("DB_PASSWORD")',
    'password = os.getenv("DB_PASSWORD", "")',
    "password: {{ .Values.auth.password | quote }}",
    "password: ${{ secrets.DB_PASSWORD }}",
    "password: <your password>",
    'password: "changeme"',
    "password: str = Field(...)",
    "def login(username: str, password: str) -> Token:",
    "secretName: triage-hf-token-v1",
    "secretKeyRef: {name: db-credentials-2, key: password}",
    "tokenSecretName: hf-token-secret-01",
    "existingSecret: my-release-secret-7a",
    "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCY" + "EXAMPLEKEY",
    "aws_access_key_id = AKIAIOSFODNN7" + "EXAMPLE",
    "postgresql://user:password@localhost:5432/db",
    "postgres://${DB_USER}:${DB_PASSWORD}@db/app",
    "redis://:{password}@cache:6379",
    "amqp://guest:guest@rabbit",
    "Authorization: Bearer $TOKEN",
    "Authorization: Bearer <token>",
    'headers={"Authorization": f"Bearer {token}"}',
    "HUGGINGFACE_TOKEN=HUGGINGFACE_TOKEN",
    "max_tokens: 4096",
    'eos_token = "<|im_end|>"',
    'tokenizer = "meta-llama/Llama-3.1-8B"',
    "next_page_token: CAUQAA9182hd7w8e7w61",
    "public_key = 4f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c",
    "sort_key=createdAt2024ZZ81x8s7",
    "image: ghcr.io/acme/app@sha256:" + "9f86d081884c7d65" * 4,
    "id: 123e4567-e89b-12d3-a456-426614174000",
    "password: vault:secret/data/db#password1",
    "password: arn:aws:secretsmanager:eu-west-1:1:secret:x9",
    "API_KEY=op://vault/item/field1",
    '"audio": "UklGRiQA' + "AKIA" + "ABCDEFGHIJKLMNOP" + '/QWERTY+u82hdas8h"',
    'if password == "s3cret-looking-9x":',
    "password_hash: $2b$12$abcdefghijklmnopqrstuv",
    "task-list-item-0123456789abcdef-risk-9871238971283",
    "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
    "-----BEGIN PUBLIC KEY-----\n" + "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A" * 4,
    "the token budget: 8192 tokens, key: value",
]


@pytest.mark.parametrize("text", STAND_INS)
def test_a_stand_in_is_not_a_secret(text: str) -> None:
    """Placeholders, references, templates, names and documented examples stay silent."""
    assert find_secrets(text) == ()


def test_a_public_or_documented_jwt_is_not_a_secret() -> None:
    """The token on jwt.io, and a browser key that is meant to be read."""
    assert find_secrets(jwt({"sub": "1234567890", "name": "John Doe"})) == ()
    assert find_secrets(jwt({"role": "anon", "iss": "supabase"})) == ()


def test_a_checksum_verifies_a_token() -> None:
    """GitHub ends its tokens with a CRC-32 in base 62; a wrong one is found but not verified."""
    digits = string.digits + string.ascii_uppercase + string.ascii_lowercase
    body = made(30)
    number, seal = zlib.crc32(body.encode()), ""
    while number:
        number, rest = divmod(number, 62)
        seal = digits[rest] + seal
    prefix = "gh" + "p_"

    (right,) = find_secrets(prefix + body + seal.rjust(6, "0"))
    (wrong,) = find_secrets(prefix + body + "zzzzzz"[:5] + "9")

    assert right.verified
    assert not wrong.verified


@pytest.mark.parametrize("token", TOKENS, ids=lambda token: f"{token.kind}-{token.keep}")
def test_a_mask_shows_the_public_prefix_at_most(token: object) -> None:
    """A row's `keep` is what a mask shows, so it must be short and fixed."""
    assert len(getattr(token, "keep", "")) <= 20


@given(
    before=st.text(max_size=40),
    after=st.text(max_size=40),
    body=st.text(alphabet=ALNUM, min_size=40, max_size=60),
)
def test_no_part_of_a_secret_survives_masking(before: str, after: str, body: str) -> None:
    """Whatever stands around it, and nothing but the secret changes."""
    secret = "sk" + "-ant-api03-" + body + "A9b"
    text = f"{before} {secret} {after}"

    masked = mask(text)

    if find_secrets(f" {secret} "):
        assert secret not in masked
        assert "sk-ant-********" in masked


@given(st.text(max_size=300))
def test_any_text_is_read_without_a_crash(text: str) -> None:
    """Spans lie inside the text, in order and apart."""
    spans = find_secrets(text)

    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(a.end <= b.start for a, b in itertools.pairwise(spans))


def test_a_long_line_does_not_hang() -> None:
    """A megabyte without a newline, full of anchors, is read in linear time."""
    text = 'password="' * 100_000

    assert find_secrets(text) == ()
