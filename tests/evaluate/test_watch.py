"""`aegis evaluate watch`: each served answer is scored once, and Prometheus reads what rules ask for."""

from __future__ import annotations

import contextlib
import datetime
import http.server
import json
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.evaluate.endpoint import Reply, chat, serving

from aegis.base import conventions
from aegis.cli.main import cli
from aegis.evaluate.errors import InputError
from aegis.evaluate.scorers.registry import Helpers
from aegis.evaluate.watch.growing import Growing
from aegis.evaluate.watch.ledger import Head, Row, open_ledger
from aegis.evaluate.watch.served import is_sampled
from aegis.gateway.audit import audit_to
from aegis.operations.evaluating.watching import WatchOrder, WatchResult, measures_of, watch
from aegis.operations.planning import plan_brief, to_text
from aegis.rollout.selectors import Selector, parse_selector

EXAMPLE = Path(__file__).parents[2] / "examples" / "support-assistant" / "brief.yaml"
NOW_S = 1_795_000_000.0
_SERIES = re.compile(r"^(\w+)\{(.*)\} (\S+)$")
_LABEL = re.compile(r'(\w+)="([^"]*)"')
_ASKED = re.compile(r"aegis_evaluation_score\w*\{[^}]*\}")


def line(number: int, *, right: bool = True, track: str = "stable", **more: object) -> str:
    answer = "Paris it is." if right else "Lyon, I think."
    sample = {"id": f"r{number}", "prompt": "Capital of France?", "answer": answer,
              "track": track, "target": "Paris", **more}  # fmt: skip
    return json.dumps(sample) + "\n"


def order(folder: Path, **changes: Any) -> WatchOrder:
    given_ = {
        "samples": folder / "served.jsonl", "metrics": folder / "quality.prom",
        "state": folder / "state.jsonl", "service": "helper", "environment": "production",
        "measures": measures_of(("accuracy=includes",), Helpers()), **changes,
    }  # fmt: skip
    return WatchOrder(**given_)


def once(asked: WatchOrder) -> WatchResult:
    return watch(asked, now_s=lambda: NOW_S, wait=None, told=lambda _: None)


def series(path: Path) -> list[tuple[str, dict[str, str], float]]:
    found = []
    for text in path.read_text().splitlines():
        match = _SERIES.match(text)
        if match:
            found.append((match[1], dict(_LABEL.findall(match[2])), float(match[3])))
    return found


def counted(path: Path, track: str = "stable", kind: str = "accuracy") -> tuple[float, float]:
    at = {"service": "helper", "environment": "production", "track": track, "kind": kind}
    by_name = {name: value for name, labels, value in series(path) if labels == at}
    return by_name["aegis_evaluation_scores_sum"], by_name["aegis_evaluation_scores_count"]


def test_a_restart_and_repeated_lines_count_nothing_twice(tmp_path: Path) -> None:
    """Ten answers, three of them logged twice, read by two starts: ten."""
    asked = order(tmp_path)
    asked.samples.write_text("".join(line(i, right=i < 8) for i in [*range(6), 0, 1, 2]))
    first = once(asked)
    with asked.samples.open("a") as file:
        file.writelines(line(i, right=i < 8) for i in range(6, 10))
    second = once(asked)

    assert (first.scored, first.repeated, second.scored, second.repeated) == (6, 3, 4, 9)
    assert counted(asked.metrics) == (8, 10)


def test_a_broken_line_is_named_and_loses_nothing_else(tmp_path: Path) -> None:
    """Not JSON, no track, a torn last line: each with its number; the others are scored."""
    asked = order(tmp_path)
    asked.samples.write_text(
        line(1) + "{broken\n" + '{"prompt": "x", "answer": "y"}\n' + line(2) + line(3)[:-9]
    )
    result = once(asked)

    assert result.problems == (
        f"{asked.samples}:2: not JSON",
        f"{asked.samples}:3: track: Field required",
        f"{asked.samples}:5: not JSON",
    )
    assert counted(asked.metrics) == (2, 2)
    assert result.broken == 3


@pytest.mark.parametrize(
    "text", [pytest.param("", id="empty"), pytest.param("{broken\n", id="only-broken")]
)
def test_no_data_is_inconclusive_and_counters_stand_at_zero(tmp_path: Path, text: str) -> None:
    """Exit 3; the counters are there all the same, so that the first score is an increase."""
    samples = tmp_path / "served.jsonl"
    samples.write_text(text)
    done = command(samples, tmp_path / "q.prom")

    assert done.exit_code == 3
    assert json.loads(done.stdout)["verdict"] == "inconclusive"
    assert counted(tmp_path / "q.prom", "canary") == (0, 0)
    assert not [name for name, _, _ in series(tmp_path / "q.prom") if name.endswith("_score")]


def command(samples: Path, metrics: Path, *more: object) -> Result:
    fixed = ["--service", "helper", "--score", "accuracy=includes", "--once", "--format", "json"]
    return CliRunner().invoke(
        cli, ["evaluate", "watch", str(samples), "--metrics", str(metrics), *fixed, *map(str, more)]
    )


@settings(max_examples=25, deadline=None)
@given(
    cuts=st.lists(st.integers(min_value=0, max_value=20), max_size=4),
    tears=st.lists(st.integers(min_value=0, max_value=40), min_size=4, max_size=4),
)
def test_counters_never_fall_whatever_a_crash_tears(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int], tears: list[int]
) -> None:
    """What was published stays: a torn line of the state comes after the last publication."""
    asked = order(tmp_path_factory.mktemp("crash"))
    lines, seen = [line(i, right=i % 3 > 0) for i in range(20)], 0.0
    for cut, tear in zip([*sorted(cuts), 20], [0, *tears], strict=False):
        if asked.state.exists():
            row = Row(key="k", kind="accuracy", track="stable", at_s=NOW_S, score=1.0)
            with asked.state.open("a") as file:
                file.write(row.model_dump_json()[:tear])
        asked.samples.write_text("".join(lines[:cut]))
        once(asked)
        total, count = counted(asked.metrics)
        assert count == cut
        assert total >= seen
        seen = total
    assert counted(asked.metrics) == (13, 20)


def test_a_kill_loses_no_answer_and_counts_none_twice(tmp_path: Path) -> None:
    """A real process, killed while it follows; a second one goes on."""
    samples, metrics = tmp_path / "served.jsonl", tmp_path / "q.prom"
    samples.write_text("".join(line(i) for i in range(50)))
    following = subprocess.Popen(
        [sys.executable, "-m", "aegis", "evaluate", "watch", str(samples), "--metrics",
         str(metrics), "--service", "helper", "--score", "accuracy=includes", "--every", "0.1"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until(lambda: metrics.exists() and counted(metrics) == (50, 50))
        with samples.open("a") as file:
            file.writelines(line(i) for i in range(50, 60))
        until(lambda: counted(metrics) == (60, 60))
        locked = command(samples, metrics)
    finally:
        following.kill()
        following.wait()
    with samples.open("a") as file:
        file.writelines(line(i) for i in range(55, 70))
    after = command(samples, metrics)

    assert locked.exit_code == 2
    assert "another process writes" in locked.output
    assert after.exit_code == 0
    assert counted(metrics) == (70, 70)


def test_a_kill_in_the_middle_of_a_batch_asks_the_judge_for_the_rest_only(tmp_path: Path) -> None:
    """Each judgement is written down as it comes: killed twice, forty answers, few asked twice."""
    asked = order(tmp_path)
    asked.samples.write_text("".join(line(i) for i in range(40)))

    def slowly(*_: object) -> Reply:
        time.sleep(0.05)
        return chat('{"verdict": "good"}')

    with serving(slowly) as judge:
        call = [
            sys.executable, "-m", "aegis", "evaluate", "watch", str(asked.samples), "--metrics",
            str(asked.metrics), "--service", "helper", "--score", "groundedness=rubric:groundedness",
            "--judge-endpoint", judge.url, "--judge-model", "j", "--concurrency", "2", "--once",
        ]  # fmt: skip
        for seen in (8, 24):
            killed = subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            until(lambda seen=seen: len(judge.asked) >= seen)
            killed.kill()
            killed.wait()
        subprocess.run(call, check=True, capture_output=True, timeout=60)

    assert counted(asked.metrics, kind="groundedness") == (40, 40)
    assert len(judge.asked) <= 40 + 2 * 4


def until(holds: Any, *, at_most_s: float = 20) -> None:
    end = time.monotonic() + at_most_s
    while time.monotonic() < end:
        with contextlib.suppress(httpx.HTTPError, KeyError):
            if holds():
                return
        time.sleep(0.05)
    raise TimeoutError


def test_a_rotated_file_is_read_to_its_end(tmp_path: Path) -> None:
    """Renamed with unread lines, cut short, replaced: every line is read once, with its number."""
    path = tmp_path / "log"
    path.write_text("1\n2\nhal")
    file = Growing(path)
    assert file.fresh(at_most=9).texts == ("1\n", "2\n")
    with path.open("a") as more:
        more.write("f\n4\n")
    path.rename(tmp_path / "log.1")
    path.write_text("5\n")
    assert file.fresh(at_most=9).texts == ("half\n", "4\n")
    new = file.fresh(at_most=9)
    assert (new.first, new.texts) == (1, ("5\n",))
    path.write_text("")
    assert file.fresh(at_most=9).texts == ()
    path.write_text("6\n")
    assert file.fresh(at_most=9).texts == ("6\n",)
    file.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # it never closes
def test_records_of_the_audit_are_samples_where_they_hold_text(tmp_path: Path) -> None:
    """Written by the gateway's own writer; without text, and without an answer, they are counted."""
    asked = order(tmp_path, measures=measures_of(("refusal=not:refusal",), Helpers()))
    at = datetime.datetime.fromtimestamp(NOW_S, datetime.UTC).isoformat()
    write = audit_to(str(asked.samples), keep_days=30, now=lambda: at)
    record = {"request-id": "1", "caller-id": "ann", "track": "canary", "outcome": "ok"}
    write({**record, "text": ["Tell me", "I'm sorry, but I can't help with that."]})
    write({**record, "request-id": "2", "text": ["Tell me [EMAIL]", "Sure: two."]})
    write({**record, "request-id": "3"})
    write({**record, "request-id": "4", "outcome": "shed", "text": ["a", ""]})
    result = once(asked)

    assert counted(asked.metrics, "canary", "refusal") == (1, 2)
    assert sorted(result.passed_over.values()) == [1, 1]
    assert "ann" not in asked.state.read_text()
    assert "sorry" not in asked.state.read_text()


def test_the_share_is_of_requests_and_a_larger_one_holds_a_smaller(tmp_path: Path) -> None:
    """Both answers to a shadowed request are chosen together; starts with more share add to it."""
    asked = order(tmp_path, share=0.2)
    both = ("stable", "canary")
    asked.samples.write_text("".join(line(i, track=t) for i in range(300) for t in both))
    chosen = sum(is_sampled(f"r{i}", 0.2) for i in range(300))
    once(asked)

    assert 40 < chosen < 80
    assert counted(asked.metrics, "stable")[1] == counted(asked.metrics, "canary")[1] == chosen
    once(order(tmp_path, share=0.5))
    assert counted(asked.metrics)[1] == sum(is_sampled(f"r{i}", 0.5) for i in range(300)) > chosen


def test_a_judge_that_is_away_leaves_answers_for_the_next_start(tmp_path: Path) -> None:
    """No score is no zero: it is missing, the exit says so, and it is scored later."""
    asked, up = order(tmp_path), [False]
    asked.samples.write_text("".join(line(i) for i in range(4)))
    said = {"verdict": "good", "reason": "fine"}

    def reply(*_: object) -> Reply:
        return chat(json.dumps(said)) if up[0] else Reply({}, status=400)

    with serving(reply) as judge:
        more = ("--score", "toxicity=not:toxicity", "--judge-endpoint", judge.url,
                "--judge-model", "j", "--attempts", "1")  # fmt: skip
        away = command(asked.samples, asked.metrics, *more)
        assert (away.exit_code, json.loads(away.stdout)["unscored"]) == (3, 4)
        assert counted(asked.metrics, kind="toxicity") == (0, 0)
        assert counted(asked.metrics, kind="accuracy") == (4, 4)
        up[0] = True
        back = command(asked.samples, asked.metrics, *more)
    assert back.exit_code == 0
    assert counted(asked.metrics, kind="toxicity") == (0, 4)
    assert len(judge.asked) == 8


def test_labels_correct_the_gauge_and_never_the_counters(tmp_path: Path) -> None:
    """A scorer that misses half of the bad answers; people say so of every second answer."""
    asked = order(tmp_path)
    truly_bad = {i for i in range(600) if i % 5 == 0}
    missed = {i for i in truly_bad if i % 10 == 0}

    def answer(i: int) -> str:
        label = i not in truly_bad if i % 4 < 2 else None
        return line(i, right=i not in truly_bad - missed, label=label)

    asked.samples.write_text("".join(answer(i) for i in range(600)))
    result = once(asked)
    level = result.scores[0].level

    assert counted(asked.metrics) == (540, 600)
    assert level is not None
    assert level.labelled == 300
    assert level.low < 0.8 < level.high < 0.9
    assert result.judges[0].missed.value == pytest.approx(0.5)


def test_old_answers_count_and_are_no_level(tmp_path: Path) -> None:
    """The gauge looks at the last hours and falls silent; the counters keep everything."""
    asked = order(tmp_path)
    old, new = NOW_S - 90_000, "2026-11-18T00:00:00Z"
    asked.samples.write_text(line(1, time=old) + line(2, time=old, track="canary"))
    assert [each.level for each in once(asked).scores] == [None, None]
    asked.samples.write_text(line(3, time=new, track="canary"))
    stable, canary = once(asked).scores
    assert stable.level is None
    assert canary.level is not None
    assert (canary.level.samples, canary.count) == (1, 2)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        pytest.param({"service": "other"}, "another service", id="service"),
        pytest.param({"environment": "staging"}, "another environment", id="environment"),
        pytest.param(
            {"measures": measures_of(("accuracy=exact",), Helpers())}, "another scorer", id="scorer"
        ),
        pytest.param(
            {"measures": measures_of(("accuracy=not:includes",), Helpers())}, "another scorer",
            id="direction",
        ),
    ],
)  # fmt: skip
def test_one_counter_never_mixes_two_measures(
    tmp_path: Path, changes: dict[str, Any], says: str
) -> None:
    """The state of another watch is refused; another kind beside is welcome."""
    asked = order(tmp_path)
    asked.samples.write_text(line(1))
    once(asked)
    with pytest.raises(InputError, match=says):
        once(order(tmp_path, **changes))
    wider = measures_of(("accuracy=includes", "refusal=refusal"), Helpers())
    once(order(tmp_path, measures=wider))
    assert counted(asked.metrics, kind="accuracy") == (1, 1)
    assert counted(asked.metrics, kind="refusal") == (0, 1)


def test_a_strange_file_is_no_state(tmp_path: Path) -> None:
    """A file of something else is refused and stays as it is."""
    state = tmp_path / "notes.txt"
    state.write_text("my notes")
    head = Head(service="s", environment="production", measures={"accuracy": "exact"})
    with pytest.raises(InputError, match="was not written by"), open_ledger(state, head):
        pass
    assert state.read_text() == "my notes"


def test_names_and_labels_are_those_that_the_bundle_of_an_example_reads(tmp_path: Path) -> None:
    """Every expression over these metrics, in rules, checks, dashboards and policy, finds a series."""
    made = plan_brief(EXAMPLE.read_text("utf-8"), path="b", today=datetime.date(2026, 11, 22))
    assert made.plan is not None
    asked = order(
        tmp_path, service=made.plan.service,
        measures=measures_of(("groundedness=includes",), Helpers()),
    )  # fmt: skip
    asked.samples.write_text(
        "".join(line(i, track=t) for i in (1, 2) for t in ("stable", "canary"))
    )
    once(asked)
    written = series(asked.metrics)

    read = asked_of(made.bundle)
    assert {each.name for each in read} == {name for name, _, _ in written}
    assert len(read) >= 8
    for each in read:
        assert any(name == each.name and each.holds(labels) for name, labels, _ in written), each
    names = {
        conventions.EVALUATION_SCORE,
        *(f"{conventions.EVALUATION_SCORES}_{p}" for p in ("sum", "count")),
    }
    assert {name for name, _, _ in written} == names
    counters = {tuple(labels) for name, labels, _ in written if "scores" in name}
    assert counters == {("service", "environment", "track", "kind")}


def asked_of(bundle: Any) -> list[Selector]:
    """The selectors over scores in every file of a bundle; `$…` stands for either value."""
    found = set()
    for artifact in bundle:
        text = to_text(artifact).replace('\\"', '"')
        for selector in _ASKED.findall(text):
            found |= {
                selector.replace("$arm", track).replace("$environment", "production")
                for track in ("stable", "canary")
            }
    return [parse_selector(each) for each in sorted(found)]


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_promtool_has_nothing_to_say(tmp_path: Path) -> None:
    """Names, types and help pass its lint, with quotes and backslashes in a label."""
    asked = order(tmp_path, service='he"l\\per')
    asked.samples.write_text(line(1) + line(2, track="canary", right=False))
    once(asked)
    checked = subprocess.run(
        ["promtool", "check", "metrics"],
        input=asked.metrics.read_text(), text=True, capture_output=True, check=False,
    )  # fmt: skip

    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


@contextlib.contextmanager
def prometheus(textfile: Path, folder: Path) -> Iterator[str]:
    """A real Prometheus that scrapes a server of the textfile each half second."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the name http.server calls
            body = textfile.read_bytes()
            self.send_response(200)
            self.send_header("content-type", "text/plain; version=0.0.4")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Silence."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = folder / "prometheus.yml"
    job = {
        "job_name": "quality",
        "static_configs": [{"targets": [f"127.0.0.1:{server.server_port}"]}],
    }
    config.write_text(
        yaml.safe_dump({"global": {"scrape_interval": "500ms", "scrape_timeout": "500ms"},
                        "scrape_configs": [job]})
    )  # fmt: skip
    process = subprocess.Popen(
        ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder / 'tsdb'}",
         f"--web.listen-address=127.0.0.1:{port}"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: httpx.get(url + "/-/ready", trust_env=False).is_success)
        yield url
    finally:
        process.terminate()
        process.wait(10)
        server.shutdown()
        server.server_close()


def release_policy(url: str, *, looks: int) -> dict[str, Any]:
    """The rendered policy of the example: its check of quality alone, and seconds for minutes."""
    made = plan_brief(EXAMPLE.read_text("utf-8"), path="b", today=datetime.date(2026, 11, 22))
    text = next(to_text(a) for a in made.bundle if a.path == "rollout/policy.yaml")
    policy: dict[str, Any] = yaml.safe_load(text)
    quality = [m for m in policy["metrics"] if m["id"] == "quality"]
    return {
        **policy, "metrics": quality, "source": {**policy["source"], "url": url, "lookback_s": 30},
        "look_s": 1, "warmup_s": 1, "settle_s": 1, "router": {"type": "none"},
        "steps": [{"weight_percent": 50, "hold_s": 60}],
        "cap": {"looks": looks, "seconds": 90, "then": "hold"},
    }  # fmt: skip


@pytest.mark.skipif(shutil.which("prometheus") is None, reason="prometheus is not installed")
@pytest.mark.parametrize(
    ("right_of_ten", "looks", "outcome"),
    [
        pytest.param(6, 40, 4, id="worse-goes-back"),
        pytest.param(9, 6, 3, id="equal-is-held-at-the-cap"),
    ],
)
def test_a_rollout_reads_the_textfile_through_prometheus(
    tmp_path: Path, right_of_ten: int, looks: int, outcome: int
) -> None:
    """Watch, textfile, a real Prometheus and the rendered selectors: a worse canary goes back."""
    measures = measures_of(("groundedness=includes",), Helpers())
    asked = order(tmp_path, measures=measures, service="support-assistant")
    asked.samples.write_text("")
    once(asked)
    over = threading.Event()

    def serve() -> None:
        for i in range(10_000):
            if over.wait(0.25):
                return
            with asked.samples.open("a") as file:
                for j in range(20):
                    file.write(line(40 * i + j, right=j % 10 < 9))
                    file.write(line(40 * i + 20 + j, right=j % 10 < right_of_ten, track="canary"))
            once(asked)

    with prometheus(asked.metrics, tmp_path) as url:
        policy = tmp_path / "policy.yaml"
        policy.write_text(yaml.safe_dump(release_policy(url, looks=looks)))
        serving_ = threading.Thread(target=serve)
        serving_.start()
        try:
            done = subprocess.run(
                [sys.executable, "-m", "aegis", "rollout", "run", str(policy),
                 "--record", str(tmp_path / "record.jsonl")],
                text=True, capture_output=True, check=False, timeout=60,
            )  # fmt: skip
        finally:
            over.set()
            serving_.join()

    assert done.returncode == outcome, done.stdout + done.stderr
