"""Each reason has a sentence that only it speaks against, and loses its cause with one change."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from aegis.review.prose import claims, controls, promises
from aegis.review.prose.judge import kind_of, read_sentence, reasons
from aegis.review.prose.sentence import Sentence, rules

CASES = {
    "a claim about a measured quantity": "Quantization should cost you nothing that the reader can see.",
    "a claim about the past": "The team can restore from memory what was lost.",
    "a comparison by idiom": "It beats the human in reading contracts.",
    "a control if there is time": "Widen the pilot once the schedule allows.",
    "a control left to others": "The test belongs to the users.",
    "a control that costs": "Drills take time that the team should spend on features.",
    "a credential outside its place": "Put the service account file into the mounted page.",
    "a direction without a condition": "The bill shrinks while you sleep.",
    "a level of service by words": "The engine carries the load that must be served.",
    "a likeness": "The vendor's cellar should be as good as your own.",
    "a paper that covers it": "Consent must be asked, or consent is implied by the use of the service.",
    "a promise about an objective": "The design meets the target.",
    "a promise": "The users will feel no delay.",
    "a prompt as a control": "The prompt itself keeps the agent from harm.",
    "a reckless step": "Some of the steps must be named, and the others you can bypass.",
    "a rule that is a wish": "The rules are guidelines for the team.",
    "a share in words": "It answers most questions of the clerks.",
    "a speed by likeness": "The answer arrives before the user lifts the hand.",
    "a time by likeness": "The weights fit where a holiday video fits.",
    "an actor without bounds": "The tool needs a wide door to be of use.",
    "an amount in words": "It is a matter of pocket change.",
    "an approval of one's own": "The model may grade its own answers.",
    "an authority that nods": "The board should welcome the design.",
    "an opening without a control": "The gate opens when the deadline presses.",
    "commands": "Accept the risk and move forward.",
    "compares what was not measured": "The savings speak louder than the doubts.",
    "data of people in a test": "A demo account may see real data.",
    "everyone at once": "Give the feature to all departments in one go.",
    "leaves a control to the reader": "You could wonder, the review is thorough.",
    "lets everything pass": "The proxy must be known, as it allows all of it.",
    "makes a control a possibility": "The release may pass the gate by hand.",
    "makes a control conditional": "A canary makes sense if the traffic is mixed.",
    "makes do with less": "The team should be better served by a page.",
    "makes little of a change": "Small edits rarely move the answers, so record them.",
    "makes little of a control": "The review comes early.",
    "makes little of it": "The summary is natural.",
    "may weaken a control": "The plan was checked by experts.",
    "names of people where many read": "A few names in the log help the memory.",
    "negates near a control": "The alerts of this service must speak to nobody.",
    "not said of a control": "The checklist is longer to read.",
    "nothing is needed": "A small incident needs no report.",
    "nothing more is needed": "Trying a few prompts by eye tells you all you need to know.",
    "opens an entry": "The endpoint is public but hard to guess.",
    "opens without a control": "Hotfixes go straight to production.",
    "people's data for training": "The pictures go into training.",
    "people's data": "Use last year's conversations to teach the model.",
    "powers of an agent": "The bot can be a member of the administrators.",
    "predicts": "The sponsors will love this.",
    "puts a control after what it guards": "The users will report failures before an alert does.",
    "questions a control": "Why review an internal tool at each step?",
    "says for whom a control is": "Reviews are for those who need them.",
    "says how much": "With this the throughput should look good.",
    "says that a control is done": "It passed the evaluation in spring.",
    "says that there is none of a measured quantity": "No bill surprises the team.",
    "says what a control is": "The backup is the index itself.",
    "says what a quantity is": "Recall must be measured, and recall is near its natural limit.",
    "says what is certain": "All of the failures are in the queue.",
    "says what is made easy": "The catalogue is sorted, which makes the writer glad.",
    "sets something against a control": "The evaluation stays, but the launch comes first.",
    "something else as the control": "Retries solve what the breaker would solve.",
    "speaks of a credential outside its place": "The secret should be narrow in a notebook.",
    "speaks of a credential that nothing keeps": "The login is on the wall.",
    "speaks of law and asks nobody": "Obligations fall away with this architecture.",
    "speaks of law as settled": "Counsel should have nothing to add.",
    "takes production data elsewhere": "Take production records into the prototype.",
    "vouching by others": "It is what the industry does.",
    "vouching": "The community will report bad answers.",
    "weakens a control": "The security findings should be cosmetic.",
    "widens access": "Each role comes with a common account.",
    "without a control and well": "An unauthenticated endpoint should be fine inside the office network.",
}


def _kinds(sentence: str) -> set[str]:
    said = read_sentence(sentence, ())
    assert isinstance(said, Sentence), said
    return {kind_of(reason) for reason in reasons(said)}


@pytest.mark.parametrize("kind", CASES)
def test_a_reason_speaks_alone_against_its_sentence(kind: str) -> None:
    assert _kinds(CASES[kind]) == {kind}


def test_every_reason_has_a_sentence() -> None:
    """Those of the tables by their names, those of the code by what it yields."""
    code = "".join(
        Path(str(module.__file__)).read_text("utf-8") for module in (claims, controls, promises)
    )
    yielded = {m[1] for m in re.finditer(r'yield f?"([^":{]+)[":]', code)}
    named = {each.id for each in rules().together} | {each.id for each in rules().never}
    assert yielded | named | rules().doubts | {"weakens a control"} == set(CASES)


def test_a_sentence_without_the_cause_of_any_has_no_reason() -> None:
    assert not _kinds("The queue is where overload becomes visible.")
