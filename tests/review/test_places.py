"""Which of several places is named first, and what a finding weighs where it stands."""

from __future__ import annotations

import pickle
import random
import string
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.review.weighed import OPEN, service
from tests.review.weighed_places import SMALL, STORE

from aegis.base.finding import Finding, Severity
from aegis.review.engine import Options, review_repository
from aegis.review.rule import Profile

BARE = SMALL.replace(", user: str = Depends(current_user)", "")
INGRESS = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: api}\n"


def said(
    root: Path, code: str, files: Mapping[str, str | bytes], profile: Profile = Profile.GATE
) -> list[Finding]:
    """Findings of one rule that have some weight."""
    for path, content in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
    review = review_repository(root, Options(profile=profile, ask_all=True))
    found = [each for each in (*review.findings, *review.questions) if each.code == code]
    return [each for each in found if each.severity.rank <= Severity.MEDIUM.rank]


def key(seed: int) -> str:
    """A key of a vendor's shape, different for each seed."""
    source = random.Random(seed)  # noqa: S311 - test data, not a key
    return (
        "sk-ant-api03-" + "".join(source.choices(string.ascii_letters + "123456789", k=93)) + "AA"
    )


def test_a_script_is_named_before_a_document_that_holds_the_same_key(tmp_path: Path) -> None:
    """The document comes first by its path, the script is where the key is used."""
    files = {"docs/SET_UP.md": f"KEY={key(1)}\n", "run/start.sh": f"export KEY={key(1)}\n"}
    (found,) = said(tmp_path, "AEG251", files)

    assert found.span is not None
    assert found.span.path == "run/start.sh"
    assert [each.path for each in found.also] == ["docs/SET_UP.md"]


def test_a_document_that_alone_holds_a_key_is_named(tmp_path: Path) -> None:
    """Being second is no being left out."""
    assert len(said(tmp_path, "AEG251", {"docs/SET_UP.md": f"KEY={key(2)}\n"})) == 1


def test_stores_of_one_deployment_are_one_finding(tmp_path: Path) -> None:
    """One mend closes a store without a login and one with a password."""
    both = STORE.format(image="qdrant/qdrant:v1.17.1", port=6333) + (
        "  db:\n    image: postgres:16.4\n    ports: ['5432:5432']\n"
    )
    (found,) = said(tmp_path, "AEG363", {"compose.yaml": both})

    assert len(found.also) == 1


def test_an_encoder_beside_a_chat_weighs_like_an_encoder(tmp_path: Path) -> None:
    """The model that somebody pays for stands behind other routes."""
    files = {"embedder/app.py": BARE, "chat/ask.py": service("")}
    (found,) = said(tmp_path, "AEG365", files)

    assert found.severity is Severity.MEDIUM


@pytest.mark.parametrize("code", ["AEG365"])
@pytest.mark.parametrize(
    ("files", "severity"),
    [
        pytest.param({"app.py": BARE}, Severity.MEDIUM, id="a small model on one machine"),
        pytest.param({"app.py": BARE, "k8s/in.yaml": INGRESS}, Severity.HIGH, id="an ingress"),
        pytest.param({"app.py": BARE, "fly.toml": "app = 'a'\n"}, Severity.HIGH, id="a platform"),
        pytest.param({"app.py": service(OPEN)}, Severity.HIGH, id="a language model"),
    ],
)
def test_high_is_for_what_others_reach_or_somebody_pays_for(
    files: Mapping[str, str | bytes], severity: Severity, code: str, tmp_path: Path
) -> None:
    """A model of a few megabytes behind no entry is worth a word, and no alarm."""
    (found,) = said(tmp_path, code, files, Profile.REVIEW)

    assert found.severity is severity


def test_a_password_that_is_only_sent_is_named_after_one_that_opens(tmp_path: Path) -> None:
    """The receiver of an alert checks no login; the store does."""
    known = "admin" + "123"
    alerts = f"receivers:\n- http_config:\n    basic_auth:\n      password: '{known}'\n"
    store = f"services:\n  db:\n    image: postgres:16.4\n    environment:\n      POSTGRES_PASSWORD: {known}\n"
    (found,) = said(tmp_path, "AEG253", {"a/alertmanager.yml": alerts, "compose.yaml": store})

    assert found.span is not None
    assert found.span.path == "compose.yaml"
    assert [each.path for each in found.also] == ["a/alertmanager.yml"]


@pytest.mark.parametrize(
    ("name", "value", "speaks"),
    [
        pytest.param("models/scaler.pkl", b"csklearn.preprocessing\nStandardScaler\n(tR.", False, id="a scaler"),
        pytest.param("models/bins.pkl", pickle.dumps({"bins": [0.1, 0.5]}), False, id="data only"),
        pytest.param("models/model.pkl", b"csklearn.svm\nSVC\n(tR.", True, id="an estimator"),
    ],
)  # fmt: skip
def test_pickles_that_are_no_model_are_no_weights(
    name: str, value: bytes, *, speaks: bool, tmp_path: Path
) -> None:
    """What prepares an input cannot be kept in a format for tensors."""
    found = said(tmp_path, "AEG204", {"app.py": SMALL, name: value}, Profile.REVIEW)

    assert bool(found) is speaks
