"""AIConfigurator's opinion stands beside our answer, or says why it is missing."""

from __future__ import annotations

import datetime
import functools
import importlib.util

import pytest

from aegis.operations.size_question import CannotSizeError, SizeQuestion
from aegis.operations.size_results import SizeResult
from aegis.operations.size_second import require_installed, second_opinion
from aegis.operations.sizing import size_model
from aegis.sizing.candidates import Load, Objectives
from aegis.sizing.shortlist import Traffic

INSTALLED = importlib.util.find_spec("aiconfigurator_core") is not None
needs_it = pytest.mark.skipif(
    not INSTALLED, reason="NOT TESTED: the extra `aiconfigurator` is not installed"
)


@functools.cache
def sized(accelerator: str, model: str = "meta-llama/Llama-3.1-8B-Instruct") -> SizeResult:
    return size_model(
        SizeQuestion(
            model=model,
            traffic=Traffic(load=Load(peak_rps=20, input_tokens=900, output_tokens=250)),
            objectives=Objectives(ttft_s=2.0, tpot_s=0.1),
            today=datetime.date(2026, 11, 22),
            only=(accelerator,),
            simulate=0,
        )
    )


@pytest.mark.skipif(INSTALLED, reason="the extra is installed")
def test_without_the_extra_the_message_names_it() -> None:
    """What is missing, how it is installed, and that nothing else needs it."""
    with pytest.raises(CannotSizeError) as caught:
        require_installed()

    assert "aegis-deploy[aiconfigurator]" in caught.value.mend


def test_a_device_that_it_does_not_know_is_said() -> None:
    """No process is started for a device without measurements."""
    said = second_opinion(sized("amd-mi300x"))

    assert said.tpot_ms is None
    assert "MI300X" in said.refusal


@needs_it
def test_a_known_case_is_answered_and_marked_as_theirs() -> None:
    """Within a factor of three of ours at the same concurrency; our figures stay as they were."""
    result = sized("nvidia-h100-sxm")
    said = second_opinion(result)

    assert said.by == "AIConfigurator"
    assert said.tpot_ms is not None
    assert 1 / 3 < said.tpot_ms / result.recommended.tpot_ms.value < 3
    assert "h100_sxm" in said.basis


@needs_it
def test_a_model_that_it_does_not_bundle_is_said() -> None:
    """Nothing is fetched for it."""
    result = sized("nvidia-h100-sxm").model_copy(update={"model": "acme/unknown"})

    assert "acme/unknown" in second_opinion(result).refusal


@needs_it
def test_its_time_is_bounded() -> None:
    """After the limit the answer is ours alone."""
    assert "within" in second_opinion(sized("nvidia-h100-sxm"), limit_s=0.01).refusal
