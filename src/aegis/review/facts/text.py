"""Facts that any text can hold: secrets, credentials everybody knows, retired model ids."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

from aegis.base.finding import Certainty
from aegis.detect.names import secret_role
from aegis.detect.placeholders import words
from aegis.detect.secrets import SecretSpan, find_secrets
from aegis.review.documents.source import Source, Tier, in_pipeline
from aegis.review.documents.vocabulary import Said
from aegis.review.facts.retired import retired_in
from aegis.review.facts.types import CloudKeyVariable, DefaultCredential, Fact, Secret
from aegis.review.facts.words import leads

KNOWN_PASSWORDS = words(
    "postgres admin password password123 secret changeme root guest minioadmin minio123 neo4j "
    "mysql mongo redis rabbitmq elastic test example default letmein admin123 admin1234 123456 "
    "12345678 super-secret-key even-more-secret supersecret supersecretkey mysecret mysecretkey "
    "your-secret-key your_secret_key secretkey secret-key secret_key devsecret dev-secret "
    "change_me change-me changethis postgrespassword mypassword passw0rd p@ssw0rd langfuse "
    "clickhouse miniosecret myredissecret mysalt sk-1234 token-abc123"
)
# `secretKey: password` names the field of a secret, not a password.
FIELDS = words("password secret token default")
# The name is matched by `secret_role`, the value by the table above.
_ASSIGNED = re.compile(
    r"(?m)(?P<name>[A-Za-z_][\w.-]{2,60})[\"']?\]?[ \t]*(?P<sep>=|:|:-)[ \t]*"
    r"(?:\$\{(?P<outer>\w+):?-(?P<fallback>[^}\s]{3,40})\}|[\"']?(?P<value>[\w@.$!#-]{3,40})[\"']?)[ \t]*(?:#.*)?$"
)
_GETENV = re.compile(
    r"(?:getenv|environ\.get)\(\s*[\"'](?P<name>\w{3,60})[\"']\s*,\s*[\"'](?P<value>[^\"']{3,40})[\"']"
)
# The name of an account; the secret key stands beside it.
_NAMES_WHO = re.compile(r"^(?!.*secret).*access_?key(?:_?id)?$", re.IGNORECASE)
_SAMPLE = re.compile(
    r"\benv\b.*(?:example|sample|template|dist|tpl)|(?:example|sample|template)\.env"
)
_CONFIG = re.compile(
    r"(?:^|/)(?:[^/]*\.env[^/]*|env\.[^/]*|[^/]*compose[^/]*\.ya?ml|values[^/]*\.ya?ml|"
    r"[^/]*\.(?:tf|tfvars|ini|cfg|conf|properties|toml|yaml|yml|template))$"
)
_NAMED = (b"key", b"pass", b"secret", b"pwd")
_OWN_STORE = re.compile(rb"minio|localstack|garage|seaweed|s3_endpoint|endpoint_url|rustfs|ceph")
_OWN_HOST = re.compile(
    rb"(?:(?:postgres|pg|db|database|mysql|redis|elastic|mongo)\w*_(?:host|url|uri)|(?<![\w])host)"
    rb"[\"']?\s*[:=]\s*[\"']?(?:[\w+]+://)?(?:localhost|127\.0\.0\.1|host\.docker\.internal)"
)
_DEPLOYS = re.compile(r"compose[^/]*\.ya?ml$|values[^/]*\.ya?ml$|\.(?:ya?ml|tf|tfvars)$")
_CLOUD_GIVEN = re.compile(
    r"\s*(?:-\s*)?(?:name:\s*)?[\"']?(AWS_SECRET_ACCESS_KEY|AWS_ACCESS_KEY_ID|AZURE_CLIENT_SECRET"
    r"|GOOGLE_CREDENTIALS_JSON)[\"']?\s*(?:[:=]|$)"
)


def text_facts(source: Source, said: Said) -> Iterator[Fact]:
    """Secrets, default credentials and retired models of one text, what its words say given."""
    for _, secret in secrets_in(source, said):
        yield secret
    pipeline = in_pipeline(source.path)
    holds = _CONFIG.search(source.path) or source.path.endswith(".py")
    if not pipeline and holds and source.holds(_NAMED):
        yield from _defaults(source)
    if "retired" in said.kinds and source.tier is not Tier.DOCS:
        yield from retired_in(source)
    if "cloud" in said.kinds and _CONFIG.search(source.path):
        yield from _cloud_keys(source)


def secrets_in(source: Source, said: Said) -> Iterator[tuple[SecretSpan, Secret]]:
    """Credentials of a text: where each stands in it, and the fact without its value."""
    for span in find_secrets(source.text, leads(said)):
        before = source.text[max(span.start - 80, 0) : span.start]
        made_up = _MADE_UP.search(source.text[span.start : span.end]) is not None
        made_up = made_up or before.endswith(_HINTS)
        if not span.verified and (made_up or _is_data(source.path)):
            continue  # words inside a shape; somebody else's text, kept to be indexed
        shaped = span.verified or _shaped(span.kind) or span.kind == "connection-string"
        composed = re.search(r"\{[^}\n]*[\w)]\}", _line(source, span)) is not None
        if composed and source.path.endswith(".py") and not (span.verified or _shaped(span.kind)):
            continue  # put together at run time
        if not shaped and (_is_no_literal(source, before) or _is_refused(source, span)):
            continue
        if not (span.verified or _shaped(span.kind)) and _is_for_show(source, span):
            continue
        if span.kind == "google-api-key" and "public" in before.lower():
            continue  # its vendor prints it in every page
        value = source.text[span.start : span.end]
        if (
            _FILLED_IN.match(value)
            or _ADDRESS.search(before)
            or _is_a_word(source, value)
            or _holds_a_sample(value)
        ):
            continue  # no secret: where one is kept, the label of a field, issued to nobody
        if value.lower() in KNOWN_PASSWORDS:
            continue  # a credential that everybody knows is another rule's
        place = source.between(span.start, span.end)
        if span.kind == "private-key":
            place = source.at(place.line)
        sure = span.verified or _shaped(span.kind)
        yield (
            span,
            Secret(
                span=place,
                certainty=Certainty.CERTAIN if sure else Certainty.LIKELY,
                kind=span.kind,
                masked=span.masked,
                verified=span.verified,
            ),
        )


# What a template of Azure or AWS fills in: `[parameters('password')]`, `!Ref Password`.
_FILLED_IN = re.compile(
    r"\[?(?:parameters|variables|concat|reference|list\w+|format|resourceId|uniqueString|guid|newGuid"
    r"|if|string|base64|deployment|resourceGroup|subscription)\(|!(?:Ref|Sub|GetAtt|ImportValue|Join)\b"
)
_DATA_FOLDER = re.compile(
    r"(?:^|/)(?:data|datasets?|corpus|corpora|raw|bronze|silver|gold|knowledge(?:_?base)?|kb|crawled|scraped"
    r"|documents|translations?|transcripts?|cassettes|snapshots?|golden)(?:[_-][\w-]+)?/",
    re.IGNORECASE,
)
_DATA_FILE = (
    ".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".xml", ".html", ".htm", ".txt", ".md", ".ipynb",
    ".yaml", ".yml",
)  # fmt: skip


def _is_data(path: str) -> bool:
    """Whether a file is data of the service: texts that are indexed, learned from or replayed."""
    return path.lower().endswith(_DATA_FILE) and _DATA_FOLDER.search(path) is not None


def _line(source: Source, span: SecretSpan) -> str:
    start = source.text.rfind("\n", 0, span.start) + 1
    return source.text[start : source.text.find("\n", span.end)]


_MADE_UP = re.compile(
    r"^phc_|([0-9a-z])\1{3}|secret|token|example|sample|dummy|fake|mock|your|xxxx|12345|abcdef|placeholder|changeme"
    # The issuer of the demonstration keys of Supabase, in base64.
    r"|c3VwYWJhc2UtZGVtb|zdXBhYmFzZS1kZW1v|N1cGFiYXNlLWRlbW",
    re.IGNORECASE,
)
_IN_BASE64 = re.compile(r"eyJ[\w+/-]{8,}")
# What examples of tokens are issued to: organisation 123456, the subject of the debugger of JWTs.
_ISSUED_FOR_SHOW = re.compile(r"\"(?:o|org|org_id|sub)\":\s*\"?123456(?:789(?:0)?)?\"?\s*[,}]")


def _holds_a_sample(value: str) -> bool:
    """Whether a token says in its own JSON that it was issued to nobody."""
    for match in _IN_BASE64.finditer(value):
        piece = match[0].replace("-", "+").replace("_", "/")
        text = base64.b64decode(piece[: len(piece) // 4 * 4])
        if _ISSUED_FOR_SHOW.search(text.decode("utf-8", "replace")):
            return True
    return False


# What stands in an empty field of a page.
_HINTS = ('placeholder="', "placeholder='", 'placeholder={"', 'placeholder: "', "placeholder: '")
_FOR_TESTS = re.compile(
    r"(?:test|e2e|playwright|dummy|mock)\w*[\"']?\s*[:=]\s*[\"']?$", re.IGNORECASE
)


# A key that somebody made of words, and one of a store that only its own host reaches.
_OF_WORDS = re.compile(r"(?:sk|key|pk)?[-_]?[a-z]{2,}(?:[-_.][a-z0-9]{1,12}){1,6}")
_NEAR_HOST = re.compile(
    r"[^@\s\"']{0,80}@(?:localhost|127\.0\.0\.1|host\.docker\.internal|[\w-]+)(?=[:/\"'\s?]|$)"
)


_WRITTEN = 5_000  # a line longer than this was written by no person
_OWN_MACHINE = re.compile(
    r"[^@\s\"']{0,80}@(?:localhost|127\.0\.0\.1|host\.docker\.internal)[:/\"'\s?]"
)
# Shorter values with no vendor's shape were words, examples and names when read.
_RANDOM = 20


def _says_words(value: str) -> bool:
    """Whether a value is words in base64, as a manifest of Kubernetes writes a default."""
    try:
        text = base64.b64decode(value, validate=True).decode("ascii")
    except ValueError:
        return False
    return _OF_WORDS.fullmatch(text) is not None


# Files of requests that a developer sends, to a service that runs beside the editor.
_REQUESTS = (".bru", ".http", ".rest")
_ON_OWN_HOST = re.compile(r"https?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])[:/]")


def _is_for_show(source: Source, span: SecretSpan) -> bool:
    """Whether a value without a vendor's shape stands where nothing secret is kept.

    A pipeline's throwaway store, a comment, a docstring, the tools of a developer, a key made of
    words, or the password of a store that only its own network reaches.
    """
    value = source.text[span.start : span.end]
    says_so = "pass" in value and span.kind == "password"
    digits = sum(map(str.isdigit, value))
    made_up = _OF_WORDS.fullmatch(value) is not None and digits <= (4 if says_so else 2)
    made_up = (
        made_up or _says_words(value) or (len(value) < _RANDOM and span.kind != "connection-string")
    )
    if made_up or in_pipeline(source.path) or source.tier is not Tier.PRODUCTION:
        return made_up or in_pipeline(source.path) or source.path.startswith(".")
    if source.path.endswith(_REQUESTS) and _ON_OWN_HOST.search(source.text):
        return True
    by_hand = span.kind == "jwt" and "__main__" in source.text[: span.start]
    stored = len(_line(source, span)) > _WRITTEN  # by a program, for itself
    return by_hand or stored or _is_explained(source, span) or _is_shown_by_its_file(source, span)


# In a browser every visitor gets it, so its vendor meant it to be public.
_FOR_BROWSERS = (".js", ".jsx", ".ts", ".tsx", ".vue", ".svelte", ".html")


def _is_explained(source: Source, span: SecretSpan) -> bool:
    """Whether it stands in a comment, or a comment beside it says what takes its place."""
    line = _line(source, span)
    beside = re.search(
        r"(?:#|//).*\bis (?:overwritten|overridden|replaced) by", line, re.IGNORECASE
    )
    return re.match(r"\s*(?:#|//|\*|<!--|;)", line) is not None or beside is not None


def _is_shown_by_its_file(source: Source, span: SecretSpan) -> bool:
    """Whether the file is a chart's template, a page, or a docstring, or its store is near."""
    path = source.path
    template = path.endswith((".yaml", ".yml", ".tpl")) and "/templates/" in path
    docstring = path.endswith(".py") and source.text.count('"""', 0, span.start) % 2 == 1
    if template or docstring or path.endswith(_FOR_BROWSERS):
        return True
    near = source.text[span.start : span.end + 80].partition("\n")[0]
    if span.kind != "connection-string":
        return False
    composed = "compose" in source.name.lower() and _NEAR_HOST.search(near) is not None
    return composed or _OWN_MACHINE.search(near) is not None


def _is_no_literal(source: Source, before: str) -> bool:
    """Whether it is an expression, the line below an empty value, or made for a test."""
    expression = source.path.endswith(".py") and before[-1:] not in {"'", '"'}
    expression = expression or re.search(r"\bf[\"'][^\"'\n]*$", before) is not None
    below = before.rstrip(" \t").endswith("\n") and before.rstrip().endswith(("=", ":"))
    return expression or below or _FOR_TESTS.search(before) is not None


_BOUND_TO = re.compile(
    r"[ \t]*(?:(?:export|const|final|static|let|var)\s+)*(\w{3,80})\s*(?::[^=\n]{1,40})?="
)
_ASKS = re.compile(r"==|\bin\b|\bis\b|compare_digest\(")
_STOPS = re.compile(r"\b(?:raise|throw|panic|exit|abort)\b")
_SEALED = re.compile(r"encryptedData:[ \t]*\n(?:[ \t]+\S.*\n)*[^\n]*$")


def _is_refused(source: Source, span: SecretSpan) -> bool:
    """Whether code compares with it and stops, or only the controller of a cluster can read it."""
    if _SEALED.search(source.text, max(span.start - 2000, 0), span.start):
        return True
    bound = _BOUND_TO.match(_line(source, span))
    if bound is None or source.text.count(bound[1]) < 2:
        return False
    both = zip(source.lines, [*source.lines[1:], ""], strict=True)
    return any(
        bound[1] in line
        and len(line) < _WRITTEN
        and _ASKS.search(line)
        and _STOPS.search(f"{line} {below}")
        for line, below in both
    )


_ADDRESS = re.compile(r"arn:aws[\w-]*:(?:secretsmanager|ssm|kms)\S*$|vault\.azure\.net/\S*$")


def _is_a_word(source: Source, value: str) -> bool:
    """Whether it is the address of a stored secret, or a word for people in some language."""
    if value.startswith(("arn:", "projects/", "secretref:", "keyvault")):
        return True
    written = value.replace("\\u", "")
    return source.path.endswith((".json", ".yaml", ".yml")) and (
        "\\u" in value or not written.isascii()
    )


def _shaped(kind: str) -> bool:
    return kind not in {
        "password", "api-key", "token", "basic-credentials", "jwt", "connection-string",
        "authorization-header",
    }  # fmt: skip


def _defaults(source: Source) -> Iterator[DefaultCredential]:
    if source.path.endswith(".py"):
        if b"getenv" in source.data or b"environ" in source.data:
            for match in _GETENV.finditer(source.text):
                who = _NAMES_WHO.search(match["name"])
                known = who is None and match["value"].lower() in KNOWN_PASSWORDS
                if known and secret_role(match["name"]):
                    place = source.between(match.start("value"), match.end("value"))
                    yield DefaultCredential(span=place, name=match["name"], fallback=True)
        return
    if _is_for_own_machine(source):
        return
    sample = _SAMPLE.search(source.name.lower()) is not None
    near = b"@localhost" in source.lower or b"@127.0.0.1" in source.lower
    for start, end in _named_lines(source.lower):
        found = _ASSIGNED.search(source.data[start:end].decode("utf-8", "replace"))
        group = _known_value(found)
        if found is None or not group or source.data[start:end].lstrip()[:1] in {b"#", b";"}:
            continue
        if sample and (str(found[group]).lower().startswith("change") or near):
            continue  # it says itself what to do, or is copied for a store on one's own machine
        if sample and _is_of_another(source.text, found["name"]):
            continue
        line = source.data.count(b"\n", 0, start) + 1
        yield DefaultCredential(
            span=source.at(line, found.start(group) + 1, found.end(group) + 1),
            name=found["name"],
            fallback=group == "fallback",
        )


def _known_value(found: re.Match[str] | None) -> str:
    """Which group of an assignment holds a credential that everybody knows; empty when none."""
    if found is None or not secret_role(found["name"]):
        return ""
    group = "fallback" if found["fallback"] else "value"
    value = str(found[group]).lower()
    if _NAMES_WHO.search(found["name"]):
        return ""
    if value not in KNOWN_PASSWORDS or (value in FIELDS and found["name"].endswith("ey")):
        return ""
    return group


_OF_WHAT = re.compile(
    r"_(?:PASS(?:WORD|WD)?|PWD|SECRET(?:_KEY)?|(?:API_)?KEY|TOKEN)$", re.IGNORECASE
)
_AT_HOME = r"\s*=\s*[\"']?https?://(?:localhost|127\.\d|host\.docker\.internal)"


def _is_of_another(text: str, name: str) -> bool:
    """Whether a sample shows the account of an application that somebody else runs, at no real address."""
    system = re.escape(_OF_WHAT.sub("", name))
    told = rf"(?im)^\s*(?:export\s+)?{system}_(?:URL|URI|HOST|ENDPOINT|SERVER|ADDRESS){_AT_HOME}"
    return re.search(told, text) is not None


def _is_for_own_machine(source: Source) -> bool:
    """Whether it is a sample of settings for a store on the developer's own machine."""
    return "compose" not in source.name and _OWN_HOST.search(source.lower) is not None


def _named_lines(lower: bytes) -> list[tuple[int, int]]:
    """Bounds of the lines on which a name may promise a secret, each once, in order."""
    found: dict[int, int] = {}
    for word in (b"pass", b"pwd", b"secret", b"key", b"token"):
        at = lower.find(word)
        while at != -1:
            start = lower.rfind(b"\n", 0, at) + 1
            end = lower.find(b"\n", at)
            end = len(lower) if end == -1 else end
            if end - start < 400:
                found[start] = end
            at = lower.find(word, end)
    return sorted(found.items())


def _cloud_keys(source: Source) -> Iterator[CloudKeyVariable]:
    own_store = _OWN_STORE.search(source.lower) is not None or source.has(b"AWS_PROFILE")
    if "/workflows/" in source.path or own_store or not _DEPLOYS.search(source.path.lower()):
        return
    for number, line in enumerate(source.lines, start=1):
        match = _CLOUD_GIVEN.match(line)
        value = line[match.end() :].strip(" \"'") if match is not None else ""
        made_up = value and not value.startswith(("$", "{", "AKIA", "ASIA", "!", "<<", "&", "*"))
        left_empty = not value and "compose" not in source.name and "name:" not in line
        if match is not None and not (made_up or left_empty):
            yield CloudKeyVariable(
                span=source.at(number, match.start(1) + 1), name=match[1], where=source.name
            )
