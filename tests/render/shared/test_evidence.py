"""Evidence in PromQL: the real promtool computes what the formula says."""

from __future__ import annotations

import math
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from aegis.base import conventions as names
from aegis.plan.types import Check, Plan
from aegis.render.shared.evidence import e_weights, harm, limit, log_evidence, seen_requests

HOUR = 60


@given(harm=st.floats(0.5, 4).filter(lambda r: abs(r - 1) > 0.01), share=st.floats(0.01, 0.99))
def test_evidence_is_fair_to_a_healthy_version(harm: float, share: float) -> None:
    """Under equal versions the expected factor of one bad event is one: an e-value."""
    gain, loss = e_weights(harm=harm, share=share)

    assert math.isclose(share * math.exp(gain) + (1 - share) * math.exp(-loss), 1)


def _series(plan: Plan, track: str, *, good: float, bad: float) -> list[dict[str, str]]:
    at = f'service="{plan.service}",environment="production",track="{track}"'
    return [
        {
            "series": f'{names.GATEWAY_REQUESTS}{{{at},outcome="{outcome}"}}',
            "values": f"0+{growth}x{HOUR}",
        }
        for outcome, growth in (("ok", good), ("error", bad))
    ]


def fires(plan: Plan, series: list[dict[str, str]], folder: Path) -> bool:
    """Whether the evidence on errors at 5 % of the traffic reaches its limit within an hour."""
    check = next(c for c in plan.release.checks if c.id == "errors")
    gain, loss = e_weights(harm=harm(plan, check), share=0.05)
    expr = log_evidence(plan, check, window="1h", gain=str(gain), loss=str(loss))
    rule = {"alert": "Worse", "expr": f"{expr} >= {limit(plan, check)}"}
    (folder / "rules.yaml").write_text(yaml.safe_dump({"groups": [{"name": "g", "rules": [rule]}]}))
    test = {
        "interval": "1m",
        "input_series": series,
        "alert_rule_test": [
            {"eval_time": "1h", "alertname": "Worse", "exp_alerts": [{"exp_labels": {}}]}
        ],
    }
    (folder / "test.yaml").write_text(
        yaml.safe_dump({"rule_files": ["rules.yaml"], "tests": [test]})
    )
    ran = subprocess.run(
        ["promtool", "test", "rules", str(folder / "test.yaml")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0 or "got:[]" in ran.stdout + ran.stderr, ran.stdout + ran.stderr
    return ran.returncode == 0


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is absent: NOT computed")
@pytest.mark.parametrize(
    ("stable_bad", "canary_bad", "expected"),
    [
        pytest.param(9.5, 0.5, False, id="equal-rates"),
        pytest.param(9.5, 0, False, id="no-failure"),
        pytest.param(9.5, 1.5, True, id="three-times-the-rate"),
        pytest.param(0, 0.5, True, id="failures-on-the-canary-alone"),
    ],
)
def test_promql_rolls_back_on_harm_and_not_on_chance(
    plans: dict[str, Plan], tmp_path: Path, stable_bad: float, canary_bad: float, *, expected: bool
) -> None:
    """A thousand requests a minute, a twentieth of them on the canary, errors as given."""
    plan = plans["cluster-chat"]
    series = [
        *_series(plan, "stable", good=950 - stable_bad, bad=stable_bad),
        *_series(plan, "canary", good=50 - canary_bad, bad=canary_bad),
    ]

    assert fires(plan, series, tmp_path) is expected


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is absent: NOT computed")
def test_no_canary_is_no_evidence(plans: dict[str, Plan], tmp_path: Path) -> None:
    """Silence of the canary is neither good nor bad news."""
    plan = plans["cluster-chat"]

    assert not fires(plan, _series(plan, "stable", good=900, bad=50), tmp_path)


@pytest.mark.parametrize("better", ["higher", "lower"])
def test_a_business_figure_harms_in_its_own_direction(plans: dict[str, Plan], better: str) -> None:
    plan = plans["cluster-chat"]
    kpi = plan.brief.release.kpis[0].model_copy(update={"better": better})
    release = plan.brief.release.model_copy(update={"kpis": (kpi,)})
    turned = plan.model_copy(update={"brief": plan.brief.model_copy(update={"release": release})})
    check: Check = next(c for c in plan.release.checks if c.kind == "business")

    assert (harm(turned, check) < 1) is (better == "higher")
    assert 'track="canary"' in seen_requests(plan, "1h")
