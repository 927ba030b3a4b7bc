"""What a model writes is shown only sentence by sentence, and the same however it arrives."""

from __future__ import annotations

import datetime
import itertools
import json
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.advisor.blocks import Answer
from aegis.advisor.commenting import commented, passed, streamed, strong, without_thoughts
from aegis.advisor.dialogue import turn
from aegis.advisor.second_reading import SecondReading
from aegis.advisor.showing import markdown
from aegis.advisor.talk import Talk

DAY = datetime.date(2026, 11, 22)
GOOD = "Keep the evaluation gate, because it is what keeps a smaller model honest."
ALSO = "The queue is where overload becomes visible."
WRITTEN = (
    "<think>The bill is tiny. The queue is what I would hide.</think>"
    f"{GOOD} It costs $400 a month. The security review is optional here. {ALSO}\n\n"
    "```yaml\nreplicas: 4\n```\nEverybody gets it tonight. " + ALSO
)


class Scripted:
    """A model that writes a text in pieces of a size, once or until it is asked again, and strikes nothing."""

    def __init__(self, *texts: str, size: int = 1000) -> None:
        self._texts, self._size, self.asked = texts, size, 0
        self.read = ""

    def comment(self, answer: str, *, again: bool) -> Iterator[str]:
        self.read = answer
        text = self._texts[min(self.asked, len(self._texts) - 1)]
        self.asked += 1
        assert again == (self.asked > 1)
        yield from (text[at : at + self._size] for at in range(0, len(text), self._size))

    def reread(self, said: Sequence[str]) -> SecondReading:
        return SecondReading(stands=tuple(said))


@pytest.fixture(scope="module")
def answer() -> Answer:
    return turn(Talk(), "An 8B chatbot for 500 agents on AWS, 20 rps", today=DAY)[1]


def test_only_sentences_of_the_closed_list_are_shown(answer: Answer) -> None:
    """Thoughts, figures, softened controls and code are withheld; what is said twice is shown once."""
    assert passed(answer, Scripted(WRITTEN)) == (GOOD, ALSO)


@pytest.mark.parametrize("size", [1, 3, 17, 400])
def test_streamed_and_whole_answers_are_the_same_bytes(answer: Answer, size: int) -> None:
    pieces = list(streamed(answer, Scripted(WRITTEN, size=size)))

    assert pieces[0] == markdown(answer), "the answer of ours waits for no model"
    assert "".join(pieces) == markdown(commented(answer, Scripted(WRITTEN)))


def test_a_sentence_is_read_once_however_it_is_spaced(answer: Answer) -> None:
    """Or one verdict of two could let the other's words through."""
    assert passed(answer, Scripted(f"{ALSO} {ALSO.replace(' is ', '  is ')}")) == (ALSO,)


def test_an_answer_without_commentary_is_the_answer(answer: Answer) -> None:
    assert commented(answer, Scripted("It costs $400.")) == answer
    assert "".join(streamed(answer, None)) == markdown(answer)


def test_a_text_that_is_withheld_whole_is_asked_for_once_more(answer: Answer) -> None:
    second = Scripted("It costs $400.", GOOD)
    assert passed(answer, second) == (GOOD,)
    never = Scripted("It costs $400.")
    assert not passed(answer, never)
    assert never.asked == 2


def test_the_model_reads_no_word_of_the_person() -> None:
    """Quotations of the person stand in blocks that the model does not get."""
    _, said = turn(Talk(), "An 8B chatbot for 517 penguins agents on AWS, 20 rps", today=DAY)
    reader = Scripted(GOOD)
    passed(said, reader)
    assert "understood" in said.kinds
    assert "penguins" not in reader.read


@given(cuts=st.lists(st.integers(0, 60), max_size=8), closed=st.booleans())
def test_no_thought_is_read_however_it_is_cut(cuts: list[int], *, closed: bool) -> None:
    """A mark may be cut anywhere; one that never closes hides the rest."""
    text = "Before. <think> secret </think> After." if closed else "Before. <Thinking>secret"
    places = [0, *sorted(min(c, len(text)) for c in cuts), len(text)]
    pieces = [text[a:b] for a, b in itertools.pairwise(places)]
    assert "".join(without_thoughts(pieces)) == ("Before.  After." if closed else "Before. ")


@pytest.mark.parametrize(
    ("model", "local", "may"),
    [
        pytest.param("Qwen2.5-72B-Instruct", True, True, id="large-and-local"),
        pytest.param("meta-llama/Llama-3.1-8B-Instruct", False, False, id="known-and-small"),
        pytest.param("some-tuned-model", True, False, id="local-and-unknown"),
        pytest.param("default", False, False, id="nobody-named-one"),
        pytest.param("a-hosted-model", False, True, id="hosted"),
    ],
)
def test_small_models_do_not_comment(model: str, *, local: bool, may: bool) -> None:
    assert (strong(model, local=local) == "") is may


def test_a_comment_survives_json(answer: Answer) -> None:
    shown = commented(answer, Scripted(GOOD))
    assert GOOD in json.dumps(shown.model_dump(mode="json"))
    assert shown.kinds[-1] == "commentary"
