"""Copies of data files are damaged here; each loader has to name the file and what to do."""

from __future__ import annotations

import hashlib

AGAIN = "Install it again: pip install --force-reinstall --no-deps "


def hurt(path, kind):
    """Damage a copy. Returns the words of the error that is to come."""
    expected = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    content = bytearray(path.read_bytes())
    if kind == "missing":
        path.unlink()
        return "cannot be read: No such file"
    content[len(content) // 2] ^= 1
    path.write_bytes({"one byte": content, "cut short": content[:200], "empty": b""}[kind])
    return rf"is damaged: \d+ bytes with SHA-256 \w+…, expected {expected}…"
