"""Which functions and aggregations PromQL has, and what they take.

Source: Prometheus `promql/parser/functions.go` and `docs/querying/{functions,operators}.md` (3.x).
`v` instant vector, `m` range vector, `s` scalar, `t` text; `?` may be left out, `*` repeats.
"""

from __future__ import annotations

from collections.abc import Mapping

_RANGE = (
    "avg_over_time changes count_over_time delta deriv idelta increase irate last_over_time "
    "mad_over_time max_over_time min_over_time present_over_time rate resets stddev_over_time "
    "stdvar_over_time sum_over_time first_over_time ts_of_first_over_time ts_of_last_over_time "
    "ts_of_max_over_time ts_of_min_over_time"
)
_VECTOR = (
    "abs acos acosh asin asinh atan atanh ceil cos cosh deg exp floor histogram_avg "
    "histogram_count histogram_stddev histogram_stdvar histogram_sum ln log10 log2 rad sgn sin "
    "sinh sort sort_desc sqrt tan tanh timestamp"
)
_TIME = "day_of_month day_of_week day_of_year days_in_month hour minute month year"

FUNCTIONS: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(_RANGE.split(), ("m", "v")),
    **dict.fromkeys(_VECTOR.split(), ("v", "v")),
    **dict.fromkeys(_TIME.split(), ("v?", "v")),
    "absent": ("v", "v"),
    "absent_over_time": ("m", "v"),
    "clamp": ("vss", "v"),
    "clamp_max": ("vs", "v"),
    "clamp_min": ("vs", "v"),
    "double_exponential_smoothing": ("mss", "v"),
    "histogram_fraction": ("ssv", "v"),
    "histogram_quantile": ("sv", "v"),
    "holt_winters": ("mss", "v"),
    "info": ("vv?", "v"),
    "label_join": ("vttt*", "v"),
    "label_replace": ("vtttt", "v"),
    "pi": ("", "s"),
    "predict_linear": ("ms", "v"),
    "quantile_over_time": ("sm", "v"),
    "round": ("vs?", "v"),
    "scalar": ("v", "s"),
    "sort_by_label": ("vt*", "v"),
    "sort_by_label_desc": ("vt*", "v"),
    "time": ("", "s"),
    "vector": ("s", "v"),
}
"""Name → kinds of its arguments, kind of its answer."""

AGGREGATIONS: Mapping[str, str] = {
    **dict.fromkeys("avg count group max min stddev stdvar sum".split(), "v"),  # noqa: SIM905  # a list of words
    "bottomk": "sv",
    "topk": "sv",
    "limitk": "sv",
    "limit_ratio": "sv",
    "quantile": "sv",
    "count_values": "tv",
}
