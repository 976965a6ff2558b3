"""Data that is not what it should be: one kind of error, and files of other packages compared with pip's own list.

The version of another package may differ from one machine to the next, so no hash in our code could be right for all.
But pip writes down the SHA-256 of every file that it installs, in a file called RECORD; that of the version at hand is
compared.
"""

from __future__ import annotations

import base64
import fnmatch
import hashlib
from functools import cache
from importlib import metadata
from pathlib import Path


class DamagedDataError(OSError):
    """A data file is missing or is not the one that was packed; the message says what to do."""


def installed_files(distribution: str, root: Path, pattern: str) -> list[Path]:
    """The files below root whose path fits pattern, in order: those that are there and those that pip wrote down.

    Args:
        distribution: what pip calls the package.
        root: the folder of the module.
        pattern: as for ``Path.glob``, below root.

    Returns:
        Paths. One that pip wrote down and that is missing is among them: ``read_installed`` says so.
    """
    written = fnmatch.filter(_recorded(distribution), f"{root.name}/{pattern}")
    return sorted({root.parent / name for name in written} | set(root.glob(pattern)))


def read_installed(distribution: str, root: Path, path: Path) -> bytes:
    """The content of a file of an installed package, once its hash is the one that pip wrote down.

    Where pip wrote nothing down (other installers need not), the content is returned as it is.

    Args:
        distribution: what pip calls the package.
        root: the folder of the module.
        path: the file, below root.

    Raises:
        DamagedDataError: the file is missing or is another one; the message says what to do.
    """
    expected = _recorded(distribution).get(f"{root.name}/{path.relative_to(root).as_posix()}")
    return read_verified(path, f"The file {path.name} of {distribution}", expected, again(distribution))


def read_verified(path: Path, name: str, expected: str | None, advice: str) -> bytes:
    """The content of a file, once its hash is right.

    Args:
        path: the file.
        name: what an error calls it.
        expected: its SHA-256 in hexadecimal digits; None where nobody knows it.
        advice: what to do if something is wrong with it.

    Raises:
        DamagedDataError: the file is missing or has another hash; the message ends with the advice.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DamagedDataError(f"{name} cannot be read: {error.strerror}. {advice}") from error
    found = hashlib.sha256(content).hexdigest()
    if expected not in (None, found):
        raise DamagedDataError(
            f"{name} is damaged: {len(content)} bytes with SHA-256 {found[:12]}…, expected {expected[:12]}…. {advice}"
        )
    return content


def again(distribution: str) -> str:
    """The advice for a damaged package."""
    return f"Install it again: pip install --force-reinstall --no-deps {distribution}"


@cache
def _recorded(distribution: str) -> dict[str, str]:
    """SHA-256 in hexadecimal digits of each file that pip installed; nothing where it wrote nothing down."""
    try:
        files = metadata.files(distribution) or []
    except metadata.PackageNotFoundError:
        return {}
    hashes = ((file.as_posix(), file.hash) for file in files if file.hash and file.hash.mode == "sha256")
    return {name: base64.urlsafe_b64decode(known.value + "=").hex() for name, known in hashes}
