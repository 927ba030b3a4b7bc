"""What a command line says, wherever it stands: shell, Dockerfile, compose, manifest or CI."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from aegis.base.finding import Span
from aegis.detect.names import secret_role
from aegis.detect.placeholders import is_placeholder
from aegis.review.facts.types import (
    CommandLineKey,
    Download,
    Fact,
    ImageSecret,
    McpServer,
    ModelReference,
    RemoteCode,
    Trait,
)

Place = Callable[[str], Span]

_HINTS = (
    "ollama", "vllm", "model", "curl", "wget", "git clone", "trust", "ngrok", "cloudflared",
    "reload", "flask run", "--debug", "dev", "npx", "uvx", "api-key", "token", "secret", "gdown",
    "nltk", "spacy", "hf download", "huggingface-cli", "timeout", "password", "sglang", "ray ",
    "enable-api", "manage.py", "--insecure", "streamlit", "jupyter", "--build-arg",
    "--dangerously", "--yolo",
)  # fmt: skip

_OLLAMA = re.compile(r"\bollama\s+(?:pull|run)\s+[\"']?(?P<name>[\w./:-]+|\$\{?\w[^\s\"']*)")
_SERVE = re.compile(
    r"(?:\bvllm\s+serve\s+[\"']?(?P<serve>[\w.-]+/[\w.-]+)|"
    r"(?:--model(?:[-_](?:id|path|name))?)[= ]+[\"']?(?P<flag>[\w-]+/[\w.-]+))"
)
_HUB = re.compile(
    r"\b(?:huggingface-cli|hf)\s+download\s+[\"']?(?P<name>[\w-]+/[\w.-]+)(?P<rest>[^\n;&|]*)"
)
_REVISION = re.compile(r"--(?:code-)?revision[= ]+[\"']?([\w.-]+)")
_TRUST = re.compile(r"--trust[-_]remote[-_]code\b(?![= ]*(?:false|False|0)\b)")
_PIPE_TO_SHELL = re.compile(
    r"\b(?:curl|wget)\b[^\n|;]{0,500}?(?P<url>https?://[^\s\"'|;]{1,500})[^\n|;]{0,500}\|"
    r"\s*(?:sudo\s+)?(?:ba|z|da)?sh\b"
)
_FETCH = re.compile(
    r"\b(?:curl|wget|gdown|aria2c)\b[^\n;&|]{0,500}?(?P<url>(?:https?://|hf://)[^\s\"'|;)]+)"
)
_BRANCH_URL = re.compile(
    r"raw\.githubusercontent\.com/[^/]+/[^/]+/(?:refs/heads/)?(?:main|master|dev|HEAD)/|"
    r"/resolve/main/|/(?:blob|archive|tarball|zipball)/(?:refs/heads/)?(?:main|master)\b"
)
_PERSONAL_URL = re.compile(
    r"drive\.google\.com|docs\.google\.com/uc|dropbox\.com|1drv\.ms|onedrive\.live|mega\.nz|"
    r"wetransfer|transfer\.sh|pastebin|ngrok|s3[.-][^/]*amazonaws\.com|blob\.core\.windows\.net|"
    r"storage\.googleapis\.com"
)
_WEIGHTS_URL = re.compile(
    r"\.(?:pt|pth|bin|ckpt|pkl|onnx|gguf|safetensors|h5|tar\.gz|zip|tgz)(?:$|\?)"
)
_VERSION_URL = re.compile(r"/v|\d+\.\d+\.\d+|\$\{?\w*VERSION")
_CHECKED = re.compile(r"sha(?:256|512|1)sum|--checksum|gpg --verify|cosign verify|shasum")
_CORPORA = re.compile(
    r"nltk\.download\(|nltk\.downloader|spacy\s+download|python -m textblob\.download"
)
UNSETTLED = "whatever the branch holds"
_CLONE = re.compile(r"\bgit\s+clone\s+(?P<rest>[^\n;&|]*)")
_KEY_FLAG = re.compile(r"(?<![\w-])(--[a-z][\w-]*)[= ]+[\"']?([^\s\"']+)")
_DEV_SERVER = (
    (re.compile(r"\buvicorn\b[^\n;&|]*--reload\b|--reload\b[^\n;&|]*\buvicorn\b"), "`uvicorn --reload`"),
    (re.compile(r"\bfastapi\s+dev\b"), "`fastapi dev`"),
    (re.compile(r"\bflask\b[^\n;&|]*\brun\b"), "`flask run`"),
    (re.compile(r"\bmanage\.py\s+runserver\b"), "`manage.py runserver`"),
    (re.compile(r"\blanggraph\s+dev\b"), "`langgraph dev`"),
    (re.compile(r"\b(?:npm|pnpm|yarn)\s+(?:run\s+)?dev\b|\bvite(?:\s+--host|\s*$)"), "a Vite dev server"),
    (re.compile(r"\bnodemon\b|\bnext\s+dev\b"), "a Node dev server"),
)  # fmt: skip
_TUNNEL = re.compile(
    r"(?:^|[\s;&|])(?:ngrok\s+(?:http|tcp|start)|cloudflared\s+tunnel|lt\s+--port)\b"
)
_MCP = re.compile(r"\b(?P<tool>npx|uvx|bunx|pnpm dlx)\s+(?P<rest>[^\n;&|\"']*mcp[^\n;&|\"']*)")
_WORKER_TIMEOUT = re.compile(r"\bgunicorn\b[^\n;&|]*(?:--timeout|-t)[= ]+0\b")
_UNASKED = re.compile(
    r"--dangerously-skip-permissions\b|--dangerously-bypass-approvals-and-sandbox\b|--yolo\b"
)
_RAY_OPEN = re.compile(
    r"\bray\s+start\b(?=[^\n]*--head)(?=[^\n]*--dashboard-host[= ]+[\"']?(?:0\.0\.0\.0|::))"
)
_BUILD_ARGUMENT = re.compile(
    r"--build-arg[= ]+[\"']?(?P<name>[A-Za-z_]\w*)(?:=(?P<value>[^\s\"']*))?"
)
_RASA_OPEN = re.compile(r"\brasa\s+run\b(?=[^\n]*--enable-api)(?![^\n]*--auth-token)")


def read_command(text: str, place: Place) -> Iterator[Fact]:
    """Facts of one command line; `place` finds a piece of it in the file."""
    lower = text.lower()
    if not any(hint in lower for hint in _HINTS):
        return
    yield from _models(text, place)
    yield from _downloads(text, place)
    yield from _switches(text, place)
    yield from _keys(text, place)


def _models(text: str, place: Place) -> Iterator[Fact]:
    for match in _OLLAMA.finditer(text):
        name = match["name"]
        if not name.startswith("$") and "TTTT" not in name:
            pinned = "@sha256" in name
            yield ModelReference(
                span=place(name), name=name, revision="", pinned=pinned, via="ollama"
            )
    revision = _REVISION.search(text)
    for match in _SERVE.finditer(text):
        name = match["serve"] or match["flag"]
        yield _reference(name, revision[1] if revision else "", place)
    for match in _HUB.finditer(text):
        found = _REVISION.search(match["rest"])
        yield _reference(match["name"], found[1] if found else "", place)
    if _TRUST.search(text):
        yield RemoteCode(span=place("trust"), via="`--trust-remote-code`")


def _reference(name: str, revision: str, place: Place) -> ModelReference:
    return ModelReference(
        span=place(name), name=name, revision=revision, pinned=is_commit(revision), via="hub"
    )


def is_commit(revision: str) -> bool:
    """Whether a revision is a commit, which cannot move, and not a branch or tag."""
    return re.fullmatch(r"[0-9a-f]{7,64}", revision) is not None


def _downloads(text: str, place: Place) -> Iterator[Fact]:
    checked = _CHECKED.search(text) is not None
    if re.match(r"\s*(?:echo|printf)\b", text):
        return  # a hint for people
    piped = {match["url"] for match in _PIPE_TO_SHELL.finditer(text)} if "|" in text else set()
    for url in sorted(piped):
        yield Download(span=place(url), url=url, weak="piped into a shell unread", runs=True)
    for match in _FETCH.finditer(text):
        url = match["url"]
        if url in piped or checked:
            continue
        weak = weakness(url)
        if weak:
            yield Download(span=place(url), url=url, weak=weak)
    for match in _CORPORA.finditer(text):
        yield Download(span=place(match[0]), url=match[0], weak="no version and no digest")
    for match in _CLONE.finditer(text):
        if (
            "--branch" not in match["rest"]
            and "-b " not in match["rest"]
            and "checkout" not in text
            and not re.search(r"(?:^|\s)[\"']?\$", match["rest"])
        ):
            yield Download(span=place("git clone"), url=match["rest"], weak=UNSETTLED)


def weakness(url: str) -> str:
    """Why a download can change under you; empty when nothing says so."""
    if _BRANCH_URL.search(url):
        return "a branch, not a commit"
    if _PERSONAL_URL.search(url) and not _VERSION_URL.search(url):
        return "a storage link without a digest"
    if _WEIGHTS_URL.search(url) and not _VERSION_URL.search(url):
        return "no digest is checked"
    return ""


def _switches(text: str, place: Place) -> Iterator[Fact]:
    for pattern, what in _DEV_SERVER:
        match = pattern.search(text)
        if match:
            word = match[0].split()[-1] if "reload" in match[0] else match[0].split()[0]
            yield Trait(span=place(word.strip("`")), name="development-server", detail=what)
    if _TUNNEL.search(text):
        yield Trait(span=place("ngrok" if "ngrok" in text else "tunnel"), name="public-tunnel")
    if _WORKER_TIMEOUT.search(text):
        yield Trait(span=place("--timeout"), name="worker-timeout-off")
    if _RASA_OPEN.search(text):
        yield Trait(span=place("--enable-api"), name="open-rasa-api")
    unasked = _UNASKED.search(text)
    if unasked is not None:
        yield Trait(span=place(unasked[0]), name="auto-approval", detail=unasked[0])
    if _RAY_OPEN.search(text) and "RAY_AUTH_MODE=token" not in text:
        yield Trait(
            span=place("ray start"), name="ray-without-authentication", detail="every interface"
        )
    for match in _MCP.finditer(text):
        named = [word for word in match["rest"].split() if not word.startswith("-")][:2]
        if not any("mcp" in word for word in named):
            continue  # the name of something that the tool is given
        yield McpServer(
            span=place(match["tool"]),
            command=match[0].strip(),
            pinned=is_pinned_package(match["rest"]),
        )


def is_pinned_package(arguments: str) -> bool:
    """Whether the first package named is fixed to a version, as in `name@1.2.3` or `name==1.2`."""
    for word in arguments.split():
        if word.startswith("-"):
            continue
        version = re.search(r"(?<!^)(?:@|==)(\d[\w.]*)$", word)
        return version is not None
    return False


def _keys(text: str, place: Place) -> Iterator[Fact]:
    for match in _BUILD_ARGUMENT.finditer(text):
        value = match["value"] or "$"
        if secret_role(match["name"]) and (value.startswith("$") or not is_placeholder(value)):
            yield ImageSecret(span=place(match["name"]), what=f"`--build-arg {match['name']}`")
    for match in _KEY_FLAG.finditer(text):
        flag, value = match[1], match[2]
        if re.search(r"(?:starting|next|page|continuation)-token", flag):
            continue
        mounts = value.startswith(("id=", "type=", "src="))  # BuildKit's secret mounts are the mend
        if secret_role(flag.strip("-")) and value[0] not in "-&<>|;" and not mounts:
            literal = not is_placeholder(value) and not value.startswith("$")
            named = secret_role(value.strip("${}\"'").partition(":")[0]) or "secrets." in value
            visible = value.startswith("$") and bool(named) and "build-arg" not in flag
            if literal or visible:
                yield CommandLineKey(span=place(flag), flag=flag)
