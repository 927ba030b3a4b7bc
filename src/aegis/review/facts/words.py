"""What the words of a text say about it, before anything is parsed."""

from __future__ import annotations

import re

from aegis.detect.tokens import LEADS
from aegis.review.documents.source import Source
from aegis.review.documents.vocabulary import Said, Vocabulary

# Calls and words without which no fact can be in a Python file; importing torch is not enough.
_HINTS = (
    rb"openai|OpenAI|nthropic|langchain|llama_index|litellm|llama|groq|Groq|istral|ohere|genai"
    rb"|generativeai|bedrock|vertexai|autogen|crewai|fastapi|FastAPI|flask|quart|starlette|sanic"
    rb"|APIRouter|from_pretrained|trust_remote_code|pickle|joblib|dill|load_model|load_dataset"
    rb"|snapshot_download|hf_hub|SentenceTransformer|HuggingFace|whisper|PROMPT|_prompt|prompt_"
    rb"|Prompt|allow_dangerous|PythonREPL|jwt|uvicorn|urlretrieve|gdown|chromadb|qdrant|faiss"
    rb"|BaseSettings|deepeval|ragas|judge_model|create_access_key|service_account_key|INSTRUCTIONS|pydantic_ai"
    rb"|smolagents"
)
_PYTHON = re.compile(
    _HINTS + rb"|torch\.load|torch\.hub|np\.load|numpy\.load|yaml\.load|pipeline\(|\.launch\("
    rb"|nltk\.download"
)
_WORDS = Vocabulary(
    (
        ("lead", LEADS),
        ("python", re.compile(_HINTS + rb"|^(?:load|hub|pipeline|launch|nltk)$", re.MULTILINE)),
        ("retired", re.compile(rb"davinci|gpt-|claude-|curie|babbage|text-ada|cushman")),
        ("cloud", re.compile(
            rb"AWS_SECRET_ACCESS_KEY|AWS_ACCESS_KEY_ID|AZURE_CLIENT_SECRET|GOOGLE_CREDENTIALS_JSON"
        )),
    )
)  # fmt: skip


def said_in(source: Source) -> Said:
    """What the words of a text say."""
    return _WORDS.read(source.words())


def leads(said: Said) -> frozenset[bytes]:
    """Those of the words that a credential may begin with."""
    if "lead" not in said.kinds:
        return frozenset()
    return frozenset(word for word in said.words if LEADS.match(word))


def worth_parsing(source: Source, said: Said) -> bool:
    """Whether a Python file or a notebook holds a call or word without which no fact is in it."""
    return "python" in said.kinds and _PYTHON.search(source.data) is not None
