"""Archives that carry models: every member is read by what it is, not by what it is called."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib

from aegis.review.models.pickle_gate import inspect_pickle
from aegis.review.models.verdict import Gate, Inspection, worst

MAX_MEMBERS = 10_000
MAX_EXPANDED = 256_000_000
_NUMPY = b"\x93NUMPY"


def inspect_zip(data: bytes) -> Inspection:
    """A zip archive: members of the directory and members that only the data names."""
    parts: list[Inspection] = []
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, struct.error, OSError, NotImplementedError):
        return worst("zip", [*_raw_members(data), _block("the archive's directory is damaged")])
    if len(members) > MAX_MEMBERS:
        return _block(f"more than {MAX_MEMBERS} members")
    left = MAX_EXPANDED
    for member in members:
        if member.is_dir():
            continue
        if member.flag_bits & 0x1:
            parts.append(_encrypted(data))
            continue
        try:
            with archive.open(member) as file:
                content = file.read(left + 1)
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            OSError,
            NotImplementedError,
            RuntimeError,
        ):
            parts.append(_block("a member cannot be read as its directory says"))
            continue
        left -= len(content)
        if left < 0:
            return _block(f"expands beyond {MAX_EXPANDED} bytes")
        parts.append(_member(member.filename, content))
    parts += _raw_members(data) if data.count(b"PK\x03\x04") > len(members) else []
    return worst("zip", parts)


def _encrypted(data: bytes) -> Inspection:
    """Loaders may ignore the mark: what reads as a pickle all the same is judged as one."""
    for part in _raw_members(data):
        if any(reason.startswith("calls") for reason in part.reasons):
            return part
    return Inspection("zip", Gate.REVIEW, ("a member is encrypted",))


def _block(reason: str) -> Inspection:
    return Inspection("zip", Gate.BLOCK, (reason,))


def _member(name: str, content: bytes) -> Inspection:
    last = name.rpartition("/")[2].lower()
    if content.startswith(_NUMPY):
        return inspect_numpy(content)
    if content.startswith(b"PK\x03\x04"):
        return Inspection("zip", Gate.REVIEW, ("holds another archive",))
    pickled = last.endswith((".pkl", ".pickle", ".joblib", ".dill")) or (
        content[:1] == b"\x80" and content[1:2] in {b"\x02", b"\x03", b"\x04", b"\x05"}
    )
    if pickled or _reads_as_pickle(content):
        return inspect_pickle(content, "zip")
    if last.endswith((".py", ".pyc", ".so")) and last != "__init__.py":
        return Inspection("zip", Gate.REVIEW, ("carries code",))
    return Inspection("zip", Gate.PASS)


def _reads_as_pickle(content: bytes) -> bool:
    """Protocol 0 has no mark; a text that names a global on two lines is enough to look."""
    head = content[:4096]
    return (
        head[:1] in {b"c", b"(", b"]", b"}", b"i"}
        and b"\n" in head
        and content.rstrip(b"\n")[-1:] == b"."
    )


def _raw_members(data: bytes) -> list[Inspection]:
    """Members by their local headers, for archives whose directory hides or denies them."""
    parts: list[Inspection] = []
    at = data.find(b"PK\x03\x04")
    while at != -1 and len(parts) < MAX_MEMBERS:
        if at + 30 > len(data):
            break
        method, size = (
            struct.unpack("<H", data[at + 8 : at + 10])[0],
            struct.unpack("<I", data[at + 18 : at + 22])[0],
        )
        name_length, extra = struct.unpack("<HH", data[at + 26 : at + 30])
        begin = at + 30 + name_length + extra
        name = data[at + 30 : at + 30 + name_length].decode("utf-8", "replace")
        following = data.find(b"PK\x03\x04", begin)
        end = begin + size if size else (following if following != -1 else len(data))
        content = data[begin:end]
        if method == 8:
            try:
                content = zlib.decompressobj(-15).decompress(content, MAX_EXPANDED)
            except zlib.error:
                parts.append(_block("a member cannot be unpacked"))
                content = b""
        if content:
            parts.append(_member(name, content))
        at = following
    return parts


def inspect_tar(data: bytes) -> Inspection:
    """A tar archive, as old torch and NeMo files are."""
    parts: list[Inspection] = []
    left = MAX_EXPANDED
    try:
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            for member in archive:
                file = archive.extractfile(member) if member.isfile() else None
                if file is None:
                    continue
                content = file.read(left + 1)
                left -= len(content)
                if left < 0 or len(parts) > MAX_MEMBERS:
                    return Inspection("tar", Gate.BLOCK, ("expands beyond the limit",))
                parts.append(_member(member.name, content))
    except (tarfile.TarError, OSError, EOFError, zlib.error):
        parts.append(Inspection("tar", Gate.BLOCK, ("the archive is damaged",)))
    return worst("tar", parts)


def inspect_numpy(data: bytes) -> Inspection:
    """An array file; object arrays are pickles."""
    if len(data) < 12:
        return Inspection("numpy", Gate.BLOCK, ("the header is cut off",))
    wide = data[6] >= 2
    length = struct.unpack("<I", data[8:12])[0] if wide else struct.unpack("<H", data[8:10])[0]
    begin = 12 if wide else 10
    header = data[begin : begin + length]
    if b"'descr'" not in header:
        return Inspection("numpy", Gate.BLOCK, ("the header is not that of an array",))
    descriptor = header.partition(b"'descr'")[2].partition(b"'fortran_order'")[0]
    if b"O" in descriptor:
        return inspect_pickle(data[begin + length :], "numpy")
    return Inspection("numpy", Gate.PASS)


def decompress(data: bytes) -> bytes | None:
    """The content of a gzip, bzip2, xz or zlib stream, bounded; nothing when it is none."""
    try:
        if data[:2] == b"\x1f\x8b":
            return gzip.GzipFile(fileobj=io.BytesIO(data)).read(MAX_EXPANDED)
        if data[:3] == b"BZh":
            return bz2.BZ2File(io.BytesIO(data)).read(MAX_EXPANDED)
        if data[:6] == b"\xfd7zXZ\x00":
            return lzma.LZMAFile(io.BytesIO(data)).read(MAX_EXPANDED)
        if data[:1] == b"\x78" and data[1:2] in {b"\x01", b"\x5e", b"\x9c", b"\xda"}:
            return zlib.decompressobj().decompress(data, MAX_EXPANDED)
    except (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError):
        return b""
    return None
