"""`aegis size` and `aegis calibrate` as a person and as a program meet them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result

from aegis.cli.commands.schema import SCHEMAS
from aegis.cli.commands.size import SECTIONS, size
from aegis.cli.main import cli

CHAT = (
    "size", "--model", "meta-llama/Llama-3.1-8B-Instruct", "--peak-rps", "20", "--input", "900",
    "--output", "250", "--ttft-p95", "500ms", "--tpot-p95", "40ms",
)  # fmt: skip
ONE = (*CHAT, "--accelerator", "nvidia-h100-sxm")


def aegis(*arguments: str | Path) -> Result:
    return CliRunner(env={"COLUMNS": "100", "NO_COLOR": "1"}).invoke(cli, [*map(str, arguments)])


def answered(*arguments: str | Path) -> dict[str, Any]:
    result = aegis(*arguments, "--format", "json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert isinstance(document, dict)
    return document


def plain(result: Result) -> str:
    return " ".join(result.output.split())


def test_the_answer_has_every_part_in_words() -> None:
    """Verdict, percentiles, candidates with what stops them, cost, reserve, rivals, our error."""
    result = aegis(*CHAT, "--mean-rps", "6", "--zones", "2")

    assert result.exit_code == 0
    text = plain(result)
    for part in (
        "Serve Llama-3.1-8B-Instruct on", "at the peak,", "p50 p95 p99", "TTFT", "TPOT", "ITL",
        "goodput", "holds up to", "gives way first", "stops at", "binding", "USD an hour", "a month",
        "a million output tokens", "a request", "at the mean", "excludes egress", "catalog sha256:",
        "days ago", "the loss of one of 2 zones", "during a rollout", "autoscaling", "cold start",
        "memory", "managed API", "our error median error",
        "you will need to benchmark this in your environment",
    ):  # fmt: skip
        assert part in text, part


def test_the_help_has_every_option_once_and_in_a_section() -> None:
    listed = [name for names in SECTIONS.values() for name in names]

    assert sorted(listed) == sorted(p.name or "" for p in size.params)
    assert "Other kinds than language models:" in aegis("size", "--help").output


def test_the_json_is_what_the_schema_says() -> None:
    document = answered(*ONE)

    jsonschema.validate(document, SCHEMAS["size-result"].model_json_schema())
    assert document["rows"][0] == document["recommended"]
    assert document["recommended"]["simulated"]["holds"] is True
    assert len(document["catalog"]) == 64


def test_the_recommended_one_is_the_cheapest_that_holds() -> None:
    document = answered(*CHAT)

    held = [r for r in document["rows"] if r["simulated"] and r["cost"]]
    costs = [r["cost"]["per_month"]["value"] for r in held]
    assert costs == sorted(costs)
    by_formula = [
        r["cost"]["per_month"]["value"]
        for r in document["rows"]
        if r["cost"] and not r["simulated"]
    ]
    assert costs[0] <= min(by_formula) * 1.0001


def test_the_front_has_nobody_dominated() -> None:
    """Nothing else is both cheaper and, by formula, faster than what is marked."""
    rows = [
        (r["cost"]["per_hour"]["value"], r["ttft_ms"]["value"] + 249 * r["tpot_ms"]["value"], r)
        for r in answered(*CHAT)["rows"]
        if r["cost"]
    ]

    front = [row for row in rows if row[2]["on_pareto_front"]]
    assert front
    for cost, late, _ in front:
        assert not any(other < cost and slow < late for other, slow, _ in rows)


def test_no_price_is_said_and_asked_for() -> None:
    document = answered(*ONE, "--provider", "nobody")

    assert document["recommended"]["cost"] is None
    assert "--prices FILE.csv" in document["asks"][0]
    text = plain(aegis(*ONE, "--provider", "nobody"))
    assert "no dated price fits, and none is assumed" in text


def test_a_users_prices_outrank_the_catalog(tmp_path: Path) -> None:
    prices = tmp_path / "prices.csv"
    prices.write_text("provider,accelerator,amount\nours,nvidia-h100-sxm,1.25\n", "utf-8")

    document = answered(*ONE, "--prices", prices)

    price = document["recommended"]["cost"]["price"]
    assert (price["provider"], price["kind"], price["usd_per_hour"]) == (
        "ours", "user_supplied", 1.25,
    )  # fmt: skip
    assert document["recommended"]["cost"]["per_hour"]["value"] == pytest.approx(2 * 1.25)


def test_a_catalog_of_gpuhunt_is_read_and_what_is_left_out_is_said(tmp_path: Path) -> None:
    """«H100» without its form could be two devices of ours: it is counted, never guessed."""
    path = tmp_path / "somecloud.csv"
    path.write_text(
        "instance_name,location,price,cpu,memory,gpu_count,gpu_name,gpu_memory,spot,disk_size\n"
        "l40s.4,eu-1,5.2,64,256,4,L40S,48,False,\n"
        "l40s.1,eu-1,0.9,16,64,1,L40S,48,True,\n"
        "h100.8,eu-1,20,96,800,8,H100,80,False,\n"
        "cpu.1,eu-1,0.1,4,16,0,,,False,\n",
        "utf-8",
    )

    result = aegis(*CHAT, "--accelerator", "nvidia-l40s", "--prices", path, "--format", "json")

    assert result.exit_code == 0, result.output
    assert "left out 1 H100 without its form" in result.stderr
    price = json.loads(result.stdout)["recommended"]["cost"]["price"]
    assert (price["provider"], price["sku"], price["devices"]) == ("somecloud", "l40s.4", 4)


def test_zones_and_surge_are_in_the_fleet() -> None:
    document = answered(*ONE, "--zones", "3", "--surge", "2", "--peak-rps", "100")

    kept, best = document["reserve"], document["recommended"]
    assert kept["spare"] == -(-kept["serving"] // 2)
    assert best["replicas_with_spare"] == kept["serving"] + kept["spare"]
    assert kept["at_most"] == best["replicas_with_spare"] + 2


def test_formula_only_simulates_nothing() -> None:
    document = answered(*ONE, "--simulate", "0")

    assert all(row["simulated"] is None for row in document["rows"])


def test_waiting_clients_are_sized_by_what_they_see() -> None:
    document = answered(
        "size", "--model", "meta-llama/Llama-3.1-8B-Instruct", "--clients", "40", "--input", "900",
        "--output", "250", "--ttft-p95", "1s", "--tpot-p95", "40ms", "--accelerator", "nvidia-l40s",
    )  # fmt: skip

    seen = document["recommended"]["simulated"]
    replicas = document["recommended"]["replicas"]
    assert seen["concurrent_per_replica"] * replicas == pytest.approx(40, rel=0.1)
    assert document["traffic"]["peak_rps"] == pytest.approx(seen["offered_rps"])


def test_bursts_need_no_fewer_replicas_than_calm_traffic() -> None:
    calm = answered(*CHAT, "--accelerator", "nvidia-l40s", "--arrivals", "gamma:0")
    burst = answered(*CHAT, "--accelerator", "nvidia-l40s", "--arrivals", "gamma:4")

    assert burst["recommended"]["devices"] >= calm["recommended"]["devices"]


def test_a_recording_brings_its_own_rates_and_lengths(tmp_path: Path) -> None:
    trace = tmp_path / "trace.csv"
    rows = [f"{i * 0.25},{500 + i % 100},{50 + i % 20}" for i in range(600)]
    trace.write_text("arrival_s,prompt_tokens,output_tokens\n" + "\n".join(rows), "utf-8")

    document = answered(
        "size", "--model", "meta-llama/Llama-3.1-8B-Instruct", "--arrivals", trace, "--ttft-p95", "1s",
        "--tpot-p95", "50ms", "--accelerator", "nvidia-l40s",
    )  # fmt: skip

    assert document["traffic"]["peak_rps"] == pytest.approx(4, rel=0.05)
    assert document["traffic"]["input_tokens"] == pytest.approx(549.5)
    assert "recorded" in document["traffic"]["arrivals"]


def test_adapters_and_speculation_are_in_the_answer() -> None:
    document = answered(*ONE, "--adapters", "40:16:8", "--speculative", "3:2.4")

    assert document["adapters"]["gb_each"] == pytest.approx(0.0839, rel=0.01)
    assert document["memory"]["adapters"] > 0
    assert all(row["simulated"] for row in document["rows"])
    assert any("drafting" in note for note in document["notes"])


def test_models_beside_share_devices() -> None:
    document = answered(
        *ONE, "--peak-rps", "3", "--beside", "Qwen/Qwen3-4B,2,500,100",
        "--beside", "meta-llama/Llama-3.1-405B-Instruct,1,500,100",
    )  # fmt: skip

    shared = document["shared"]
    assert len(shared["devices"]) < shared["devices_apart"] + 1
    assert any("Qwen3-4B" in name for names in shared["devices"] for name in names)
    assert shared["does_not_fit"] == ["meta-llama/Llama-3.1-405B-Instruct"]


def test_answers_of_one_token_have_no_time_per_token() -> None:
    """Embeddings: no NaN in the JSON, no row for what does not exist."""
    flags = (
        "size", "--model", "BAAI/bge-m3", "--peak-rps", "200", "--input", "300", "--output", "1",
        "--ttft-p95", "100ms", "--accelerator", "nvidia-l4",
    )  # fmt: skip
    document = answered(*flags)

    assert document["recommended"]["simulated"]["tpot_ms"] is None
    assert "NaN" not in aegis(*flags, "--format", "json").stdout
    assert "ITL" not in aegis(*flags).stdout


def test_plots_are_written_as_svg(tmp_path: Path) -> None:
    result = aegis(*ONE, "--plots", tmp_path / "plots")

    assert result.exit_code == 0
    written = sorted(path.name for path in (tmp_path / "plots").iterdir())
    assert written == ["load.svg", "memory.svg", "pareto.svg"]
    assert (tmp_path / "plots" / "load.svg").read_text("utf-8").startswith("<svg")


def test_an_unknown_model_with_its_config_is_sized(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(
        json.dumps(
            {
                "num_hidden_layers": 28, "hidden_size": 3584, "vocab_size": 152064,
                "num_attention_heads": 28, "num_key_value_heads": 4, "intermediate_size": 18944,
                "max_position_embeddings": 32768,
            }
        ),
        "utf-8",
    )  # fmt: skip

    document = answered(
        "size", "--config", config, "--model", "ours/next-7b", "--peak-rps", "2", "--input", "500",
        "--output", "100", "--ttft-p95", "1s", "--tpot-p95", "50ms", "--accelerator", "nvidia-l40s",
    )  # fmt: skip

    assert document["model"] == "ours/next-7b"


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        pytest.param(
            ("--peak-rps", "0", "--input", "9", "--output", "9"), "not in the range x>0", id="zero-rate"
        ),
        pytest.param(("--input", "9", "--output", "9"), "how much traffic?", id="no-rate"),
        pytest.param(("--peak-rps", "1"), "give mean lengths", id="no-lengths"),
        pytest.param(
            ("--peak-rps", "1", "--input", "100", "--output", "200000"),
            "exceed the model's context of 131,072.*aegis bench",
            id="longer-than-the-context",
        ),
        pytest.param(
            ("--peak-rps", "1", "--input", "9", "--output", "9", "--accelerator", "nvidia-x"),
            "no accelerator `nvidia-x`.*aegis catalog accelerators",
            id="unknown-device",
        ),
        pytest.param(
            ("--peak-rps", "1", "--input", "9", "--output", "9", "--accelerator", "intel-xeon-sapphire-rapids"),
            "lacks .*aegis bench",
            id="device-without-figures",
        ),
        pytest.param(
            ("--peak-rps", "1", "--input", "900", "--output", "9", "--ttft-p95", "1ms"),
            "holds the objectives nowhere.*aegis bench",
            id="impossible-objective",
        ),
        pytest.param(
            ("--peak-rps", "1", "--input", "9", "--output", "9", "--arrivals", "gone.csv"),
            "no such file, and neither",
            id="no-recording",
        ),
        pytest.param(
            ("--peak-rps", "1", "--input", "9", "--output", "9", "--speculative", "3:9"),
            "acceptance length",
            id="impossible-speculation",
        ),
        pytest.param(
            ("--peak-rps", "1", "--mean-rps", "5", "--input", "9", "--output", "9"),
            "above --peak-rps",
            id="mean-above-peak",
        ),
        pytest.param(
            ("--peak-rps", "1", "--input", "9", "--output", "9", "--beside", "Qwen/Qwen3-4B,2"),
            "MODEL,RPS,INPUT,OUTPUT",
            id="half-a-model-beside",
        ),
        pytest.param(("--clients", "5", "--input", "9", "--output", "9"), "how fast", id="no-objective"),
        pytest.param(
            ("--peak-rps", "1", "--input", "9", "--output", "9", "--ttft-p95", "fast"),
            "is no duration",
            id="no-duration",
        ),
    ],
)  # fmt: skip
def test_bad_input_gets_a_sentence_with_a_way_out(flags: tuple[str, ...], says: str) -> None:
    """Exit 2, no traceback, and where a measurement would answer, its command."""
    result = aegis("size", "--model", "meta-llama/Llama-3.1-8B-Instruct", *flags)

    assert result.exit_code == 2, result.output
    assert re.search(says, plain(result)), result.output


@pytest.mark.parametrize(
    ("model", "says"),
    [
        pytest.param("nobody/has-this", "--config config.json.*aegis bench", id="unknown"),
        pytest.param("Llama-3.1-8B", "did you mean meta-llama/Llama-3.1-8B-Instruct", id="nearly"),
        pytest.param("openai/whisper-large-v3", "measured service time", id="no-language-model"),
    ],
)
def test_an_unknown_model_says_what_would_make_it_answerable(model: str, says: str) -> None:
    result = aegis("size", "--model", model, "--peak-rps", "1", "--input", "9", "--output", "9")

    assert result.exit_code == 2
    assert re.search(says, plain(result)), result.output


def test_a_model_that_fits_nowhere_is_refused_with_the_reason() -> None:
    result = aegis(
        "size", "--model", "deepseek-ai/DeepSeek-V3", "--peak-rps", "1", "--input", "900",
        "--output", "250", "--accelerator", "nvidia-l4",
    )  # fmt: skip

    assert result.exit_code == 2
    assert "weights leave no cache" in plain(result)


def test_every_wrong_price_is_named_at_once(tmp_path: Path) -> None:
    prices = tmp_path / "prices.csv"
    prices.write_text("provider,accelerator,amount\na,nvidia-x,1\nb,nvidia-l4,-3\n", "utf-8")

    result = aegis(*ONE, "--prices", prices)

    assert result.exit_code == 2
    assert "prices.csv:2:" in result.output
    assert "prices.csv:3:" in result.output


def test_a_classic_model_is_sized_from_its_service_time() -> None:
    document = answered(
        "size", "--kind", "classic", "--service-time", "1:8ms,8:20ms", "--peak-rps", "400",
        "--latency-p95", "60ms", "--accelerator", "nvidia-l4",
    )  # fmt: skip

    jsonschema.validate(document, SCHEMAS["size-classic-result"].model_json_schema())
    assert document["p95_ms"] <= 60
    assert document["workers"] * 400 >= 400
    assert document["cost"]["usd"] > 0


def test_a_job_and_a_device_are_answered_too() -> None:
    job = answered(
        "size", "--kind", "job", "--items", "2000000", "--items-per-s", "35", "--deadline", "6h"
    )
    edge = answered(
        "size", "--kind", "edge", "--latency", "24ms", "--latency-budget", "33ms", "--memory-mb",
        "210", "--memory-budget-mb", "180",
    )  # fmt: skip

    assert job["hours"] <= 6
    assert edge["fits"] is False
    assert [row["holds"] for row in edge["rows"]] == [True, False]


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        pytest.param(("--kind", "classic"), "--service-time, --peak-rps, --latency-p95", id="classic"),
        pytest.param(("--kind", "job", "--items", "5"), "--items-per-s, --deadline", id="job"),
        pytest.param(("--kind", "edge"), "nothing can be compared", id="edge"),
        pytest.param(
            ("--kind", "classic", "--peak-rps", "9", "--latency-p95", "5ms", "--service-time", "8ms"),
            "even an idle worker takes 8.0 ms",
            id="too-slow",
        ),
        pytest.param(
            ("--kind", "classic", "--peak-rps", "9", "--latency-p95", "5ms", "--service-time", "a:8ms"),
            "1:8ms,8:20ms",
            id="not-a-batch",
        ),
    ],
)  # fmt: skip
def test_the_other_kinds_say_what_they_need(flags: tuple[str, ...], says: str) -> None:
    result = aegis("size", *flags)

    assert result.exit_code == 2
    assert says in plain(result)


def test_calibrate_writes_what_size_reads(tmp_path: Path) -> None:
    """A vLLM result of 30 single requests on an L40S."""
    document = {
        "request_throughput": 1.0, "total_input_tokens": 1, "model_id": "m", "request_rate": 1.0,
        "input_lens": [500 + 10 * i for i in range(30)], "output_lens": [60] * 30,
        "ttfts": [0.12 + 0.0001 * i for i in range(30)], "itls": [[0.03] * 59] * 30,
        "start_times": [3.0 * i for i in range(30)], "errors": [""] * 30,
    }  # fmt: skip
    report, out = tmp_path / "result.json", tmp_path / "calibration.json"
    report.write_text(json.dumps(document), "utf-8")

    made = aegis(
        "calibrate", report, "--model", "meta-llama/Llama-3.1-8B-Instruct", "--accelerator",
        "nvidia-l40s", "-o", out,
    )  # fmt: skip

    assert made.exit_code == 0, made.output
    assert "the run pins it down" in made.output
    sized = answered(
        "size", "--model", "meta-llama/Llama-3.1-8B-Instruct", "--peak-rps", "0.3", "--input", "600",
        "--output", "60", "--ttft-p95", "1s", "--tpot-p95", "60ms", "--accelerator", "nvidia-l40s",
        "--calibration", out,
    )  # fmt: skip
    row = next(r for r in sized["rows"] if r["simulated"] and r["simulated"]["calibrated"])
    assert row["simulated"]["tpot_ms"]["p50"]["value"] == pytest.approx(30, rel=0.1)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("{}", "no tool that is known", id="report"),
        pytest.param(
            '{"request_throughput": 1, "total_input_tokens": 1}', "--save-detailed", id="sums"
        ),
    ],
)
def test_a_report_that_cannot_be_used_changes_nothing(tmp_path: Path, text: str, says: str) -> None:
    report, out = tmp_path / "r.json", tmp_path / "calibration.json"
    report.write_text(text, "utf-8")

    result = aegis(
        "calibrate", report, "--model", "meta-llama/Llama-3.1-8B-Instruct", "--accelerator",
        "nvidia-l40s", "-o", out,
    )  # fmt: skip

    assert result.exit_code == 2
    assert says in plain(result)
    assert not out.exists()


def test_a_broken_calibration_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    path.write_text("{}", "utf-8")

    result = aegis(*ONE, "--calibration", path)

    assert result.exit_code == 2
    assert "aegis calibrate REPORT" in plain(result)
