"""Functions that nothing calls, and those whose caller ends their work after a time."""

from __future__ import annotations

import pytest

from aegis.review.documents.source import Source
from aegis.review.reach.callers import Callers

ALONE = "def summarise(text):\n    return text\n"
METHOD = "class Summary{bases}:\n    def summarise(self, text):\n        return text\n"


def callers(first: str, others: dict[str, str], idle: tuple[str, ...] = ()) -> Callers:
    """Callers of `a.py` and of other files."""
    texts = {"a.py": first, **others}
    return Callers([Source(path, text.encode()) for path, text in texts.items()], idle=idle)


@pytest.mark.parametrize(
    ("found", "line", "uncalled"),
    [
        pytest.param(callers(ALONE, {}), 2, True, id="named-nowhere"),
        pytest.param(callers(ALONE, {}), 99, False, id="outside-a-function"),
        pytest.param(callers(ALONE + "summarise('x')\n", {}), 2, False, id="called-in-its-file"),
        pytest.param(
            callers(ALONE, {"b.py": "from a import summarise\n"}), 2, True, id="only-imported"
        ),
        pytest.param(
            callers(ALONE, {"b.py": "import a\nresult = a.summarise('x')\n"}),
            2,
            False,
            id="called-elsewhere",
        ),
        pytest.param(
            callers(ALONE, {"b.py": "TOOLS = ['summarise']\n"}), 2, False, id="named-in-a-string"
        ),
        pytest.param(
            callers(ALONE, {"tools.yaml": "- name: summarise\n"}), 2, False, id="named-in-settings"
        ),
        pytest.param(
            callers(ALONE, {"b.py": "def outer_work():\n    summarise('x')\n"}),
            2,
            True,
            id="called-by-what-nobody-calls",
        ),
        pytest.param(
            callers(ALONE, {"b.py": "summarise('x')\n"}, ("b.py",)),
            2,
            True,
            id="called-in-a-file-that-nothing-runs",
        ),
        pytest.param(
            callers(ALONE, {"tests/test_a.py": "summarise('x')\n"}), 2, True, id="called-in-a-test"
        ),
        pytest.param(callers("@app.task\n" + ALONE, {}), 3, False, id="handed-on-by-a-decorator"),
        pytest.param(callers("@lru_cache\n" + ALONE, {}), 3, True, id="only-kept"),
        pytest.param(
            callers(METHOD.format(bases="(Tool)"), {}), 3, False, id="method-of-a-framework"
        ),
        pytest.param(callers(METHOD.format(bases=""), {}), 3, True, id="method-of-its-own"),
        pytest.param(
            callers("def handler(event):\n    return event\n", {}), 2, False, id="platform"
        ),
        pytest.param(callers("def broken(:\n", {}), 1, False, id="unreadable"),
    ],
)
def test_what_nobody_calls(found: Callers, line: int, *, uncalled: bool) -> None:
    """A name that is spelled anywhere in what runs counts as called."""
    assert found.uncalled("a.py", line) is uncalled


@pytest.mark.parametrize(
    ("texts", "bounded"),
    [
        pytest.param({"b.py": "async def chat(t):\n    summarise(t)\n"}, False, id="for-ever"),
        pytest.param(
            {"b.py": "async def chat(t):\n    await asyncio.wait_for(summarise(t), 8)\n"},
            True,
            id="caller",
        ),
        pytest.param(
            {
                "b.py": "async def shorten(t):\n    return summarise(t)\n",
                "c.py": "async def chat(t):\n    async with asyncio.timeout(8):\n        shorten(t)\n",
            },
            True,
            id="caller-of-the-caller",
        ),
        pytest.param(
            {"b.py": "async def other(t):\n    await asyncio.wait_for(fetch(t), 8)\n"},
            False,
            id="another-call",
        ),
    ],
)
def test_what_a_caller_ends(texts: dict[str, str], *, bounded: bool) -> None:
    """A limit counts where the function that sets it leads to the place."""
    assert callers(ALONE, texts).bounded("a.py", 2) is bounded
