"""Each reason has a sentence that only it speaks against, and loses its cause with one change."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from aegis.review.prose import controls, promises
from aegis.review.prose.judge import kind_of, read_sentence, reasons
from aegis.review.prose.sentence import Sentence, rules

CASES = {
    "a claim about a measured quantity": "Quantization costs you nothing that a user would see.",
    "a claim about the past": "The team can restore from memory what was lost.",
    "a comparison by idiom": "It beats the human in reading contracts.",
    "a control if there is time": "Widen the pilot once the schedule allows.",
    "a control left to others": "The test belongs to the users.",
    "a control that costs": "Drills take time that the team should spend on features.",
    "a credential outside its place": "Bake the service account file into the image.",
    "a direction without a condition": "The bill shrinks while you sleep.",
    "a level of service by words": "The engine carries the load with ease.",
    "a likeness": "The vendor's cellar is as good as your own.",
    "a paper that covers it": "Consent is implied by the use of the service.",
    "a promise": "The users will feel no delay.",
    "a promise about an objective": "The design meets the target.",
    "a prompt as a control": "The prompt itself keeps the agent from harm.",
    "a reckless step": "Some of the steps you can simply bypass.",
    "a rule that is a wish": "The rules are guidelines for the team.",
    "a share in words": "It answers most questions of the clerks.",
    "a speed by likeness": "The answer arrives before the user lifts the hand.",
    "a time by likeness": "The weights fit where a holiday video fits.",
    "an actor without bounds": "The tool needs a wide door to be of use.",
    "an amount in words": "It is a matter of pocket change.",
    "an approval of one's own": "The model may grade its own answers.",
    "an authority that nods": "The board will welcome the design.",
    "an opening without a control": "The gate opens when the deadline presses.",
    "commands": "Accept the risk and move forward.",
    "compares what was not measured": "The savings speak louder than the doubts.",
    "data of people in a test": "A demo account may see real data.",
    "everyone at once": "Give the feature to all departments in one go.",
    "leaves a control to the reader": "You could wonder, the review is thorough.",
    "lets everything pass": "The proxy allows all of it.",
    "makes a control a possibility": "The release may pass the gate by hand.",
    "makes a control conditional": "A canary makes sense if the traffic is mixed.",
    "may weaken a control": "The plan was checked by experts.",
    "names of people where many read": "A few names in the log help the memory.",
    "negates near a control": "The alerts of this service speak to nobody.",
    "not said of a control": "The checklist is longer to read.",
    "nothing is needed": "A small incident needs no report.",
    "nothing more is needed": "Trying a few prompts by eye tells you all you need to know.",
    "opens an entry": "The endpoint is public but hard to guess.",
    "opens without a control": "Hotfixes go straight to production.",
    "people's data": "Use last year's conversations to teach the model.",
    "people's data for training": "The pictures go into training.",
    "powers of an agent": "The bot can be a member of the administrators.",
    "predicts": "The sponsors will love this.",
    "puts a control after what it guards": "The users will report failures before an alert does.",
    "questions a control": "Why review an internal tool at each step?",
    "says for whom a control is": "Reviews are for teams that handle health data.",
    "says how much": "With this the throughput looks good.",
    "says that a control is done": "It passed the evaluation in spring.",
    "says that there is none of a measured quantity": "No bill surprises the team.",
    "says what a control is": "The backup is the index itself.",
    "says what a quantity is": "Recall is near its natural limit.",
    "sets something against a control": "The evaluation stays, but the launch comes first.",
    "something else as the control": "Retries solve what the breaker would solve.",
    "speaks of a credential outside its place": "The secret is safe among friends.",
    "speaks of law as settled": "Counsel has nothing to add.",
    "takes production data elsewhere": "Take production records into the prototype.",
    "vouching": "The community will report bad answers.",
    "vouching by others": "It is what the industry does.",
    "weakens a control": "The security findings are cosmetic.",
    "widens access": "Each role comes with a common account.",
    "without a control and well": "An unauthenticated endpoint is fine inside the office network.",
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
    code = "".join(Path(str(module.__file__)).read_text("utf-8") for module in (controls, promises))
    yielded = {m[1] for m in re.finditer(r'yield f?"([^":{]+)[":]', code)}
    named = {each.id for each in rules().together} | {each.id for each in rules().never}
    assert yielded | named | rules().doubts | {"weakens a control"} == set(CASES)


def test_a_sentence_without_the_cause_of_any_has_no_reason() -> None:
    assert not _kinds("The queue is where overload becomes visible.")
