"""Credentials of the past: found once, named by commit, path and line, never shown."""

from __future__ import annotations

import random
import string
import subprocess
from pathlib import Path

import pytest

from aegis.operations.history import GitError, History, HistoryLimits
from aegis.operations.reviewing import FORMATS, Compared, report, review_path
from aegis.review.engine import Options
from aegis.review.history import history_findings
from aegis.review.review import Review

_LETTERS = random.Random(20261122).choices(string.ascii_letters + string.digits, k=93)  # noqa: S311
KEY = "".join(["sk-ant-", "api03-", *_LETTERS, "AA"])
PRIVATE = "-----{} PRIVATE KEY-----\n"
PEM = PRIVATE.format("BEGIN") + "QUJD" * 20 + "\n" + PRIVATE.format("END")


def git(root: Path, *arguments: str) -> str:
    """Git with an author and without anybody's settings."""
    done = subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-C", str(root), *arguments],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()


def commit(root: Path, files: dict[str, str | bytes | None], message: str = "change") -> str:
    """Write or remove files, and keep them as one commit."""
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            target.unlink()
        else:
            target.write_bytes(text if isinstance(text, bytes) else text.encode())
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", message)
    return git(root, "rev-parse", "HEAD")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """An empty checkout with one commit."""
    git(tmp_path, "init", "-q", "-b", "main")
    commit(tmp_path, {"README.md": "a service\n"})
    return tmp_path


def past(root: Path) -> Review:
    """The review of credentials alone, with the history."""
    return review_path(root, Options(only=frozenset(("AEG251",))), Compared(history=True))


def test_a_removed_credential_is_found_with_commit_path_and_line(checkout: Path) -> None:
    """Deleting the line does not delete the history."""
    held = commit(checkout, {"app/settings.py": f'NAME = "chat"\nANTHROPIC = "{KEY}"\n'})
    commit(checkout, {"app/settings.py": 'NAME = "chat"\n'})

    (found,) = past(checkout).findings

    assert found.where == f"{held[:12]}:app/settings.py:2:14"
    assert found.hard
    assert "stands in the history" in found.message


@pytest.mark.parametrize("form", FORMATS)
def test_no_form_of_the_report_shows_the_value(form: str, checkout: Path) -> None:
    """Not even a part of it that would shorten a search."""
    commit(checkout, {"app/settings.py": f'ANTHROPIC = "{KEY}"\n'})
    commit(checkout, {"app/settings.py": None})

    text = report(past(checkout), form)

    assert "history" in text
    assert KEY[14:30] not in text


def test_edits_around_a_credential_are_one_finding(checkout: Path) -> None:
    """Ten versions of a file that held one key are one lost key, at the newest of them."""
    newest = ""
    for number in range(10):
        newest = commit(checkout, {"app/a.py": f'N = {number}\nKEY = "{KEY}"\n'})
    commit(checkout, {"app/a.py": None})

    (found,) = past(checkout).findings

    assert found.where.startswith(newest[:12])


def test_what_stands_in_the_files_is_not_told_twice(checkout: Path) -> None:
    """The present is the review's own; the history adds only what is gone."""
    commit(checkout, {"app/a.py": f'KEY = "{KEY}"\n'})

    (found,) = past(checkout).findings

    assert not found.where


def test_other_branches_are_read_too(checkout: Path) -> None:
    """A branch that was never merged is in every clone as well."""
    git(checkout, "checkout", "-q", "-b", "trial")
    commit(checkout, {"trial.py": f'KEY = "{KEY}"\n'})
    git(checkout, "checkout", "-q", "main")

    (found,) = past(checkout).findings

    assert "trial.py" in found.where


def test_a_folder_of_a_checkout_has_the_history_of_that_folder(checkout: Path) -> None:
    """Paths are those that the review shows."""
    commit(checkout, {"one/a.py": f'KEY = "{KEY}"\n', "two/b.py": "B = 1\n"})
    commit(checkout, {"one/a.py": None})

    assert not past(checkout / "two").findings


def test_a_credential_of_a_test_weighs_less(checkout: Path) -> None:
    """The weight of a place holds for the past too."""
    commit(checkout, {"tests/data/key.pem": PEM})
    commit(checkout, {"tests/data/key.pem": None})

    assert not [each for each in past(checkout).findings if each.hard]


def test_bounds_end_the_reading_and_are_named(checkout: Path) -> None:
    """A huge history is read up to its bounds, and what was left out is said."""
    for number in range(6):
        commit(checkout, {"app/a.py": f"N = {number}\n" * 50})
    commit(checkout, {"app/a.py": None, "app/big.py": "x = 1\n" * 5000})
    commit(checkout, {"app/big.py": None})
    history = History(checkout, HistoryLimits(texts=3, text_size=10_000))

    texts = list(history.texts())

    assert len(texts) == 3
    assert [reason for _, reason in history.skipped] == [
        "in the history: 30000 bytes, more than the bound",
        "in the history: more than the bounds allow",
    ]


def test_a_hostile_history_is_read_to_its_end(checkout: Path) -> None:
    """Names with line ends, bytes that are no text, objects that are gone, replaced objects."""
    commit(
        checkout,
        {"a\nb.py": f'KEY = "{KEY}"\n', "no.py": b"\xff\xfe\x00\x01", "bad.py": b"\xff" * 99},
    )
    blob = git(checkout, "rev-parse", "HEAD:bad.py")
    other = git(checkout, "rev-parse", "HEAD:no.py")
    git(checkout, "replace", blob, other)
    gone = commit(checkout, {"gone.py": "G = 1\n"})
    lost = git(checkout, "rev-parse", f"{gone}:gone.py")
    commit(checkout, {"a\nb.py": None, "no.py": None, "bad.py": None, "gone.py": None})
    (checkout / ".git" / "objects" / lost[:2] / lost[2:]).unlink()

    history = History(checkout)

    assert list(history_findings(history.texts())) == []
    assert history.skipped == [(f"object {lost[:12]}", "in the history: not in this clone")]


def test_hooks_and_monitors_of_the_repository_do_not_run(checkout: Path) -> None:
    """What the configuration of a stranger's checkout would start is switched off."""
    trap = checkout / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {checkout}/ran\n")
    trap.chmod(0o755)
    git(checkout, "config", "core.fsmonitor", str(trap))
    git(checkout, "config", "core.hooksPath", str(checkout))

    review_path(checkout, Options(), Compared(history=True, since="HEAD"))

    assert not (checkout / "ran").exists()


def test_a_folder_without_history_says_so(tmp_path: Path) -> None:
    """Git's own sentence, no traceback."""
    with pytest.raises(GitError, match="not a git repository"):
        past(tmp_path)


def test_a_checkout_before_its_first_commit_has_no_past(tmp_path: Path) -> None:
    """Nothing to read is nothing found."""
    git(tmp_path, "init", "-q")

    assert not past(tmp_path).findings
