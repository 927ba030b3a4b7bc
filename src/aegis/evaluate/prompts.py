"""Prompts: versioned, hashed, and part of the release that is judged."""

from __future__ import annotations

import datetime
import hashlib
import json
import re
from typing import Annotated, TypeAlias

import yaml
from pydantic import BeforeValidator, Field, ValidationError

from aegis.base.model import Frozen
from aegis.evaluate.errors import InputError
from aegis.evaluate.samples import Sample, Turn

_PLACE = re.compile(r"\{\{\s*(input|context)\s*\}\}")


def _spelled(value: object) -> object:
    """YAML reads 3, 1.2 and 2026-11-22 as numbers and dates; a version is what was written."""
    return str(value) if isinstance(value, int | float | datetime.date) else value


Version: TypeAlias = Annotated[str, BeforeValidator(_spelled)]


class Prompt(Frozen):
    """What stands around every input. `{{ input }}` and `{{ context }}` are filled in.

    A conversation as input follows `system`; its turns are not touched by `user`.
    """

    version: Version = Field(description="yours: a tag, a date; the digest is what identifies it")
    system: str = ""
    user: str = "{{ input }}"

    @property
    def digest(self) -> str:
        """SHA-256 of what the model is told; the version's name does not count.

        >>> Prompt(version="1").digest == Prompt(version="2").digest != Prompt(
        ...     version="1", system="Be brief.").digest
        True
        """
        text = json.dumps([self.system, self.user], ensure_ascii=False)
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()

    def messages(self, sample: Sample) -> list[dict[str, str]]:
        """The messages that ask for this sample.

        >>> Prompt(version="1", system="Answer from: {{ context }}").messages(
        ...     Sample(id="a", input="Who?", context=("Ann did.",)))
        [{'role': 'system', 'content': 'Answer from: Ann did.'}, {'role': 'user', 'content': 'Who?'}]
        """
        found = (
            [{"role": "system", "content": self._fill(self.system, sample)}] if self.system else []
        )
        turns = (
            [t for t in sample.input if isinstance(t, Turn)]
            if isinstance(sample.input, tuple)
            else []
        )
        if turns:
            return found + [{"role": turn.role, "content": turn.content} for turn in turns]
        return [*found, {"role": "user", "content": self._fill(self.user, sample)}]

    def _fill(self, text: str, sample: Sample) -> str:
        values = {"input": sample.question, "context": "\n\n".join(sample.context)}
        return _PLACE.sub(lambda match: values[match[1]], text)


PLAIN = Prompt(version="none")
"""The input as it stands, and nothing around it."""


def read_prompt(text: str, *, path: str) -> Prompt:
    r"""The prompt of a file: YAML with `version`, `system` and `user`, or plain text as `system`.

    Raises:
        InputError: the YAML is no prompt, or `user` leaves the input out.

    >>> read_prompt("You are terse.", path="p.txt").system
    'You are terse.'
    >>> read_prompt("version: 3\nsystem: Be kind.", path="p.yaml").version
    '3'
    """
    if not path.endswith((".yaml", ".yml")):
        plain = Prompt(version="", system=text.strip())
        return plain.model_copy(update={"version": plain.digest[7:19]})
    try:
        prompt = Prompt.model_validate(yaml.safe_load(text))
    except (yaml.YAMLError, ValidationError) as error:
        first = str(error).splitlines()
        detail = error.errors()[0] if isinstance(error, ValidationError) else None
        said = f"{'.'.join(map(str, detail['loc']))}: {detail['msg']}" if detail else first[0]
        raise InputError(f"{path} is no prompt: {said}") from None
    if "input" not in _PLACE.findall(prompt.user):
        raise InputError(
            f"{path}: `user` leaves out {{{{ input }}}}, so every sample would ask the same"
        )
    return prompt
