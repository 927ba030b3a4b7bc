"""The model of our burn-rate rules says in every minute what the real promtool says."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import yaml

from aegis.monitor.paging import firing, page_pairs
from aegis.plan.types import Plan
from aegis.render.observability.indicator import budget
from aegis.render.observability.rules import groups, rules_file
from aegis.render.shared.reading import value

_MINUTES = 700
_LOOKS = (*range(361, 700, 7), 699)

pytestmark = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="promtool is absent: the model was NOT held against it"
)


@pytest.mark.parametrize(
    ("per_minute", "outage", "seed"),
    [
        pytest.param(1, 0.1, 1, id="one-a-minute"),
        pytest.param(5, 0.02, 2, id="five-a-minute-two-percent"),
        pytest.param(5, 0.1, 3, id="five-a-minute"),
        pytest.param(60, 0.012, 4, id="one-a-second-close-to-the-limit"),
    ],
)
def test_model_and_promtool_agree_in_every_minute(
    plans: dict[str, Plan], tmp_path: Path, per_minute: float, outage: float, seed: int
) -> None:
    """Poisson traffic, half of the budget spent, then an outage that ends again."""
    plan = plans["cluster-chat"]
    objective = next(o for o in plan.objectives if o.id == "availability")
    group = next(g for g in groups(plan) if g.name.endswith("-availability"))
    alert = next(a for a in group.alerts if a.name == "AvailabilityBurnFast")
    rng = np.random.default_rng(seed)
    events = rng.poisson(per_minute, (1, _MINUTES))
    minute = np.arange(_MINUTES)
    failing = (minute >= 400) & (minute < 600)
    bad = rng.binomial(events, np.where(failing, outage, 0.0005))
    events[0, 0] = bad[0, 0] = 0  # a counter's first sample has no growth

    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(rules_file((group,))))
    fires = firing(
        events.astype(float), bad.astype(float),
        page_pairs(
            plan.burn_windows, budget=budget(plan, objective),
            period_days=value(plan, objective.window_days),
        ),
        budget=budget(plan, objective),
    )[0]  # fmt: skip
    good, wrong = np.cumsum(events[0] - bad[0]), np.cumsum(bad[0])
    base = f'{objective.metric}{{service="{plan.service}",environment="production",outcome='
    expected = [
        {
            "exp_labels": {**alert.labels, **alert.series_labels},
            "exp_annotations": dict(alert.annotations),
        }
    ]
    test = {
        "rule_files": ["rules.yaml"],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [
                    {"series": f'{base}"ok"}}', "values": " ".join(map(str, good))},
                    {"series": f'{base}"error"}}', "values": " ".join(map(str, wrong))},
                ],
                "alert_rule_test": [
                    {
                        "eval_time": f"{look}m",
                        "alertname": alert.name,
                        "exp_alerts": expected if fires[look] else [],
                    }
                    for look in _LOOKS
                ],
            }
        ],
    }
    (tmp_path / "test.yaml").write_text(yaml.safe_dump(test))

    ran = subprocess.run(
        ["promtool", "test", "rules", str(tmp_path / "test.yaml")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert fires[list(_LOOKS)].any() == (outage > 0.012 or per_minute > 5)
