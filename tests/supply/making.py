"""Small models whose files are real, keys that live for one test, and histories that git made."""

from __future__ import annotations

import json
import os
import pickle
import struct
import subprocess
from pathlib import Path

import numpy as np

from aegis.supply.keys import PublicKey, make_key, read_public

CARD = """---
license: apache-2.0
base_model: org/base
datasets:
- org/set
pipeline_tag: text-generation
---
# A card
"""


def safetensors(path: Path, shapes: dict[str, tuple[int, ...]]) -> Path:
    """Tensors of zeros in 32 bits, as the format describes them."""
    header: dict[str, object] = {"__metadata__": {"format": "np"}}
    blob = b""
    for name, shape in shapes.items():
        data = np.zeros(shape, dtype="<f4").tobytes()
        header[name] = {
            "dtype": "F32",
            "shape": shape,
            "data_offsets": [len(blob), len(blob) + len(data)],
        }
        blob += data
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + blob)
    return path


def gguf(path: Path, fields: dict[str, str], shapes: dict[str, tuple[int, ...]]) -> Path:
    """A GGUF file, version 3: text fields, a list that readers pass over, tensors of 32 bits."""

    def text(value: str) -> bytes:
        return struct.pack("<Q", len(value.encode())) + value.encode()

    body = b"".join(text(k) + struct.pack("<I", 8) + text(v) for k, v in fields.items())
    body += text("tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, 2) + text("a") + text("b")
    body += text("llama.block_count") + struct.pack("<II", 4, 2)
    for name, shape in shapes.items():
        body += text(name) + struct.pack("<I", len(shape)) + struct.pack(f"<{len(shape)}Q", *shape)
        body += struct.pack("<IQ", 0, 0)
    head = b"GGUF" + struct.pack("<IQQ", 3, len(shapes), len(fields) + 2)
    path.write_bytes(head + body + bytes(4 * sum(int(np.prod(s)) for s in shapes.values())))
    return path


def model(root: Path) -> Path:
    """A folder as the hub has them: two shards, configuration, tokenizer, card, licence."""
    (root / "extra").mkdir(parents=True)
    safetensors(root / "model-00001-of-00002.safetensors", {"a.weight": (3, 4)})
    safetensors(root / "model-00002-of-00002.safetensors", {"b.weight": (5,)})
    config = {"architectures": ["LlamaForCausalLM"], "model_type": "llama"}
    (root / "config.json").write_text(json.dumps(config))
    (root / "tokenizer.json").write_text('{"version": "1.0"}')
    (root / "README.md").write_text(CARD)
    (root / "LICENSE").write_text("Apache License, Version 2.0")
    (root / "extra" / "notes.txt").write_text("kept with it")
    return root


def shell_in_a_pickle() -> bytes:
    """A pickle that would run a command where it is loaded."""

    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, ("true",)

    return pickle.dumps(Evil())


def keys(folder: Path, name: str = "release", passphrase: bytes | None = None) -> tuple[Path, Path]:
    """A fresh pair as files."""
    private, public = make_key("ecdsa-p256", passphrase)
    (folder / f"{name}.key").write_bytes(private)
    (folder / f"{name}.pub").write_bytes(public)
    return folder / f"{name}.key", folder / f"{name}.pub"


def public_of(private: Path) -> PublicKey:
    """The key to verify with, beside the private one."""
    return read_public(private.with_suffix(".pub"))


def repository(root: Path, remote: str = "") -> Path:
    """A working copy with one commit."""
    root.mkdir()
    (root / "train.py").write_text("print('trained')\n")
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "train")
    if remote:
        git(root, "remote", "add", "origin", remote)
    return root


def git(root: Path, *arguments: str) -> str:
    """What git prints, with an author and without anybody's configuration."""
    done = subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-C", str(root), *arguments],
        capture_output=True, text=True, check=True, timeout=60,
        env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull},
    )  # fmt: skip
    return done.stdout
