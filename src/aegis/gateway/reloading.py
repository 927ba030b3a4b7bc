"""The policy file, read again when it changed: a release moves its weights in it, a person anything.

No library watches: a look is one `stat`, and each second is soon enough.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import yaml
from pydantic import ValidationError

from aegis.gateway.policy import Policy, read_policy

LOOK_S = 1.0
Stamp = tuple[int, int, int]


class PolicyError(ValueError):
    """A policy that is not obeyed; says why in one line."""


class Found(NamedTuple):
    """A policy and the digest of its text."""

    policy: Policy
    digest: str


class PolicyFile:
    """A policy file as it was last looked at.

    Raises:
        PolicyError: the file cannot be read at the start, or is no policy.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp = self._stat()
        self.first = self._read()

    def changed(self) -> Found | None:
        """What the file holds since it changed; None while it did not, or is being written.

        Raises:
            PolicyError: it changed into something that nobody can obey; raised once a change.
        """
        stamp = self._stat()
        if stamp == self._stamp:
            return None
        self._stamp = stamp
        found = self._read()
        if self._stat() != stamp:
            self._stamp = None  # written while it was read: the next look reads it whole
            return None
        return found

    def _stat(self) -> Stamp | None:
        try:
            stat = self._path.stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_size, stat.st_ino

    def _read(self) -> Found:
        try:
            return Found(*read_policy(self._path.read_text("utf-8")))
        except OSError as error:
            raise PolicyError(f"{self._path}: {error.strerror}") from None
        except ValidationError as error:
            wrong = "; ".join(
                f"`{'.'.join(map(str, e['loc']))}`: {e['msg']}" for e in error.errors()[:3]
            )
            raise PolicyError(f"{self._path} is no policy: {wrong}") from None
        except (ValueError, yaml.YAMLError, RecursionError) as error:
            why = " ".join(str(error).split())
            raise PolicyError(f"{self._path} is no policy: {why}") from None


def check_change(old: Policy, new: Policy) -> None:
    """Nothing, where a running gateway can go over from one policy to the other.

    Raises:
        PolicyError: the new one changes what is only read at the start.
    """
    files = {u.track: u.credential_file for u in old.upstreams}
    changed = [
        name
        for name, differs in (
            ("service", old.service != new.service),
            (
                "credential_file",
                any(u.credential_file != files.get(u.track) for u in new.upstreams),
            ),
        )
        if differs
    ]
    if changed:
        fields = ", ".join(f"`{name}`" for name in changed)
        raise PolicyError(f"{fields} is only read at the start: restart the gateway")
