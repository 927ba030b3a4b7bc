"""Measure the reviewer: labels, judged findings, controls, peers, speed, cold start, model gate.

    python benchmarks/review/run.py [--missed]

Reads the labelled checkouts from `AEGIS_LABELLED`, the labels from `AEGIS_SHARED`, the judged ones
and the controls from `AEGIS_REPOSITORIES`, the programs of peers from `AEGIS_PEERS`, large
repositories from `AEGIS_LARGE` and picklescan's tests from `AEGIS_PICKLES`; what is not set is not
measured. Times are CPU seconds of one process.
"""

from __future__ import annotations

import datetime
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from labels import Label, read_labels
from peers import compare
from worth import shares

from aegis.base.finding import Finding
from aegis.review.engine import Options, review_repository
from aegis.review.models.inspect import inspect_model
from aegis.review.rule import Profile

TUNED = ("RasaGPT", "ml-deployment", "self-hosted-ai-starter-kit")
JUDGED = ("fastapi-ml-skeleton", "genai-stack", "whisper-asr-webservice")
TODAY = datetime.date(2026, 11, 22)
NEAR = 6
# Nothing in these is deployed or serves; what is said there must be true of a package or a text.
CONTROLS = (
    "tiktoken", "llm", "atlas-data", "hub-docs", "open-inference-protocol", "model-transparency",
    "picklescan", "ml-engineering", "treelite",
)  # fmt: skip
# Places of the label file that must not be flagged, with the rules that would be wrong there.
RIGHT = (
    ("fastapi-ml-skeleton", "fastapi_skeleton/core/security.py", 19, "AEG366"),
    ("fastapi-ml-skeleton", "fastapi_skeleton/api/routes/prediction.py", 16, "AEG365"),
    ("self-hosted-ai-starter-kit", "docker-compose.yml", 18, "AEG469"),
)


def main() -> None:
    """Print every figure whose material is there."""
    labelled, shared = os.environ.get("AEGIS_LABELLED"), os.environ.get("AEGIS_SHARED")
    repositories, peers = os.environ.get("AEGIS_REPOSITORIES"), os.environ.get("AEGIS_PEERS")
    if labelled and shared:
        labels = Path(shared) / "notes" / "review_labels.md"
        recall(Path(labelled), labels)
        if peers:
            roots = {name: Path(labelled) / name for name in (*TUNED, *JUDGED)}
            compare(Path(peers), roots, read_labels(labels), NEAR)
    if repositories:
        shares(
            Path(__file__).parent, Path(repositories), lambda root: findings_of(root, Profile.GATE)
        )
        controls(Path(repositories), Path(labelled) if labelled else None)
    if os.environ.get("AEGIS_LARGE"):
        speed([Path(each) for each in os.environ["AEGIS_LARGE"].split(os.pathsep)])
    if os.environ.get("AEGIS_PICKLES"):
        pickles(Path(os.environ["AEGIS_PICKLES"]))
    cold_start()


def recall(root: Path, labels_file: Path) -> None:
    """Share of labelled rows that the default profile holds."""
    labels = read_labels(labels_file)
    counts: list[int] = []
    for group, names in (("tuned", TUNED), ("judged", JUDGED)):
        rows: list[tuple[Label, bool, bool]] = []
        for name in names:
            found = findings_of(root / name, Profile.GATE)
            counts.append(len(found))
            rows += [
                (each, each.held_by(found, near=NEAR), each.held_by(found, near=None))
                for each in labels
                if each.repository == name
            ]
            print(f"  {name}: {len(found)} findings and questions, gate profile")
        grave = [row for row in rows if row[0].severity in "CH"]
        near, anywhere = sum(row[1] for row in rows), sum(row[2] for row in rows)
        print(
            f"{group}: {near} of {len(rows)} rows within {NEAR} lines ({near / len(rows):.0%}),"
            f" {anywhere} in the same file ({anywhere / len(rows):.0%});"
            f" critical and high {sum(row[1] for row in grave)} of {len(grave)}"
        )
        if "--missed" in sys.argv and (group == "tuned" or "--judged" in sys.argv):
            for label, close, same in rows:
                if not close:
                    mark = "~" if same else "-"
                    row = f"{label.repository} {label.number} {label.ids} {label.severity}"
                    print(f"    {mark} {row} {label.what[:70]}")
    print(f"findings a repository, median: {statistics.median(counts)}")


def controls(root: Path, labelled: Path | None) -> None:
    """What is said of repositories and places where a service's rules have nothing to say."""
    for name in CONTROLS:
        for each in findings_of(root / name, Profile.GATE) if (root / name).is_dir() else []:
            print(f"    {name}: {each.severity.value} {each.code} {each.span}: {each.message}")
    flagged = 0
    for name, path, line, code in RIGHT if labelled else ():
        for each in findings_of(labelled / name, Profile.GATE) if labelled else []:
            spans = (*((each.span,) if each.span else ()), *each.also)
            flagged += each.code == code and any(
                span.path.endswith(path) and abs(span.line - line) <= 2 for span in spans
            )
    print(
        f"controls: {len(CONTROLS)} repositories above; {flagged} of {len(RIGHT)} right places flagged"
    )


def findings_of(root: Path, profile: Profile) -> list[Finding]:
    """Findings and questions of one repository."""
    review = review_repository(root, Options(profile=profile, today=TODAY))
    return [*review.findings, *review.questions]


def speed(roots: list[Path]) -> None:
    """Files per CPU second over all roots, every file counted."""
    files, seconds = 0, 0.0
    for root in roots:
        start = time.process_time()
        review = review_repository(root, Options(today=TODAY))
        spent = time.process_time() - start
        files, seconds = files + review.files, seconds + spent
        print(
            f"  {root.name}: {review.files} files, {spent:.2f} CPU s, {len(review.findings)} findings"
        )
    print(
        f"speed: {files} files in {seconds:.2f} CPU s = {files / seconds:.0f} files per CPU second"
    )


def pickles(root: Path) -> None:
    """The gate on picklescan's own test files."""
    blocked = malicious = passed = benign = 0
    for path in sorted(root.rglob("*")):
        if not path.is_file() or path.suffix == ".py" or path.parent.name not in {"data", "data2"}:
            continue
        data = path.read_bytes()
        gate = inspect_model(path.name, data, len(data)).gate.value
        if path.name.startswith(
            ("benign", "int_array", "object_array", "pytorch_model.bin", "new_pytorch")
        ):
            benign, passed = benign + 1, passed + (gate != "block")
        elif path.name not in {"not_a_pickle.bin", "broken_model.pkl"}:
            malicious, blocked = malicious + 1, blocked + (gate == "block")
    print(
        f"model gate: {blocked} of {malicious} malicious blocked, "
        f"{passed} of {benign} benign passed or named for review"
    )


def cold_start() -> None:
    """CPU seconds of a fresh process that reviews an empty folder's worth of one file."""
    code = (
        "import time, tempfile, pathlib\n"
        "from aegis.review.engine import review_repository\n"
        "root = pathlib.Path(tempfile.mkdtemp()); (root / 'app.py').write_text('import openai\\n')\n"
        "review_repository(root); print(time.process_time())\n"
    )
    times = [
        float(
            subprocess.run(
                [sys.executable, "-c", code], check=True, capture_output=True, text=True
            ).stdout
        )
        for _ in range(5)
    ]
    print(f"cold start: {statistics.median(times):.2f} CPU s, median of {len(times)}")


if __name__ == "__main__":
    main()
