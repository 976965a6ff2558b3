"""System calls that a notebook has no use for, refused by a filter (seccomp) in every process of a kernel's.

Two ways lead out of what is counted. Memory that is shared without a name (a memfd, an anonymous shared mapping, System
V's shared memory and queues, rings of the operating system's) belongs to no process; and whoever may make namespaces
of their own may mount file systems of any size in them. Neither is needed: ``multiprocessing`` shares by files in
/dev/shm, which has a size.

The filter is compiled by libseccomp, which knows the numbers of every architecture. Debian, Ubuntu and Fedora come with
it, since their package managers or systemd use it.

Source: man 2 seccomp, man 3 seccomp_rule_add.
"""

from __future__ import annotations

import ctypes
import errno
import functools

_ALLOW, _ERROR = 0x7FFF0000, 0x00050000
_MASKED_EQUAL = 7
_SHARED_WITHOUT_A_NAME = 0x21  # MAP_SHARED | MAP_ANONYMOUS
_NEW_USER = 0x10000000

_REFUSED = (
    "memfd_create", "memfd_secret", "shmget", "shmat", "msgget", "semget", "mq_open",
    "unshare", "setns", "mount", "umount2", "pivot_root", "chroot",
    "open_tree", "move_mount", "fsopen", "fsmount", "fspick", "mount_setattr",
    "io_uring_setup", "io_uring_enter", "io_uring_register", "userfaultfd", "bpf", "perf_event_open",
    "add_key", "request_key", "keyctl",
)  # fmt: skip
#: ``clone3`` gets its flags by a pointer, which no filter can follow; without it, glibc calls ``clone``.
_MISSING = {"clone3": 435}


class _Comparison(ctypes.Structure):
    """``struct scmp_arg_cmp``: an argument of a call, how it is compared, and with what."""

    _fields_ = (
        ("argument", ctypes.c_uint),
        ("how", ctypes.c_int),
        ("mask", ctypes.c_uint64),
        ("value", ctypes.c_uint64),
    )


def _has(argument: int, flags: int) -> _Comparison:
    """Whether all these flags are set in an argument."""
    return _Comparison(argument, _MASKED_EQUAL, flags, flags)


_REFUSED_WHERE = {"clone": _has(0, _NEW_USER), "mmap": _has(3, _SHARED_WITHOUT_A_NAME)}


@functools.cache
def library() -> ctypes.CDLL | None:
    """libseccomp; None where it is not installed."""
    try:
        found = ctypes.CDLL("libseccomp.so.2")
    except OSError:
        return None
    found.seccomp_init.restype = ctypes.c_void_p
    return found


def refuse() -> bool:
    """Refuse these calls in this process and all that it starts, for good.

    Returns:
        Whether they are refused from now on; False where libseccomp is missing or the kernel has no filters.
    """
    lib = library()
    if lib is None:
        return False
    rules = ctypes.c_void_p(lib.seccomp_init(ctypes.c_uint32(_ALLOW)))
    try:
        refused = [_refuse(lib, rules, name, errno.EPERM) for name in _REFUSED]
        refused += [_refuse(lib, rules, name, errno.ENOSYS, number) for name, number in _MISSING.items()]
        refused += [_refuse(lib, rules, name, errno.EPERM, where=where) for name, where in _REFUSED_WHERE.items()]
        return all(refused) and lib.seccomp_load(rules) == 0
    finally:
        lib.seccomp_release(rules)


def _refuse(
    lib: ctypes.CDLL, rules: ctypes.c_void_p, name: str, error: int, number: int = -1, where: _Comparison | None = None
) -> bool:
    """Add one call to the rules; one that this libseccomp or this architecture does not have needs no rule."""
    known = lib.seccomp_syscall_resolve_name(name.encode())
    number = known if known >= 0 else number
    if number < 0:
        return True
    conditions = (_Comparison * 1)(where) if where is not None else None
    action = ctypes.c_uint32(_ERROR | error)
    return lib.seccomp_rule_add_array(rules, action, number, 0 if where is None else 1, conditions) == 0
