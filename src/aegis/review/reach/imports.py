"""What a Python text brings in: its imports, and names and paths of modules written as strings.

The lines are searched, nothing is parsed: most files of a repository hold nothing that a rule
asks for, and are never parsed at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_NAME = re.compile(r"\.*[\w.]*")
_FROM = re.compile(r"^(?:.*[;:])?\s*from\s*([.\w]+)\s*$")
_PLAIN = re.compile(r"^(?:.*[;:])?\s*$")
# `"package.module"`, `"package.module:factory"`, `".module"`, `"folder/file.py"`.
_STRING = re.compile(r"[\"'](\.{0,2}/?[A-Za-z_]\w*(?:[./]\w+)*|\.[A-Za-z_]\w*)(?::\w+)?[\"']")
_PACKAGE_OF_FORMAT = re.compile(r"[fF][\"'](\.*[\w.]+)\.\{|[\"'](\.*[\w.]+)\.?[\"']\s*(?:\+|%)")
_LOADS = re.compile(
    r"\b(?:import_module|__import__)\(\s*(?![\"'][\w.]+[\"']\s*[,)])|\bspec_from_file_location\("
    r"|\bpkgutil\.|\b(?:iter_modules|walk_packages|find_modules|import_string|autodiscover\w*)\(|\brunpy\."
)
# What a text must hold before it is searched for the calls above.
_LOADERS = (
    "import_module", "__import__", "spec_from_file", "pkgutil", "iter_modules", "walk_packages",
    "find_modules", "import_string", "autodiscover", "runpy",
)  # fmt: skip
_LISTS = re.compile(r"iter_modules|walk_packages|__file__|__path__|glob\(|listdir|iterdir")


def imported(text: str) -> Iterator[str]:
    """Dotted names that an import brings in, each name of `from x import y` below its module.

    A star stands for whatever the package holds: `package.*`.
    """
    at = text.find("import")
    while at != -1:
        start = text.rfind("\n", 0, at) + 1
        before, after = text[start:at], at + 6
        if text[after : after + 1] in {" ", "\t", "(", "*", "\\"}:
            named = _FROM.match(before)
            if named is not None:
                yield named[1]
                below = named[1] if named[1].endswith(".") else f"{named[1]}."
                yield from (f"{below}{name}" for name in _listed(text, after))
            elif _PLAIN.match(before):
                yield from _listed(text, after)
        at = text.find("import", after)


def _listed(text: str, start: int) -> Iterator[str]:
    """The names of an import, over brackets and continued lines."""
    rest = text[start : start + 4000].lstrip(" \t")
    if rest.startswith("("):
        listed = re.sub(r"#[^\n]*", "", rest[1:].partition(")")[0])
    else:
        listed = re.split(r"(?<!\\)\n|[;#]", rest, maxsplit=1)[0].replace("\\\n", " ")
    for part in listed.split(","):
        name = part.strip().partition(" ")[0].strip()
        if name == "*" or (name and _NAME.fullmatch(name)):
            yield name


def strings(text: str) -> Iterator[str]:
    """Strings that may name a module or a file, without the attribute behind a colon."""
    return (match[1] for match in _STRING.finditer(text))


def loads_by_name(text: str) -> bool:
    """Whether it imports what only run time knows."""
    return any(word in text for word in _LOADERS) and _LOADS.search(text) is not None


def lists_its_folder(text: str) -> bool:
    """Whether it looks through folders for what to load."""
    return _LISTS.search(text) is not None


def prefixes(text: str) -> Iterator[str]:
    """Packages whose name is the beginning of one that is put together: `f"package.{name}"`."""
    for match in _PACKAGE_OF_FORMAT.finditer(text):
        yield match[1] or match[2]
