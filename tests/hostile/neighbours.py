"""Submissions that reach for the memory, the disk, the time or the pages of the others; honest ones stand among them.

An attack that is added at the end comes after all questions, so what it costs its learner is nothing: what is looked at
is that it is bounded and named. Every third is an honest submission that does something unusual, and keeps its points.
"""

from __future__ import annotations

import os

from hostile.bank import cell_entry, entry
from hostile.making import ALL, NONE, RIGHT, Draft

EVERYTHING = tuple(RIGHT)
FULL, REFUSED = "No space left on device", "Operation not permitted"
TOO_MUCH = "used more than 700 MB of memory"


def at_the_end(name: str, source: str, reason: str = "", look: bool = False) -> None:
    cell_entry(name, "attack", source, ALL, reason, look, solved=EVERYTHING, at=-1)


def before_all(name: str, source: str, reason: str = "") -> None:
    cell_entry(name, "attack", source, ALL, reason, solved=EVERYTHING)


def honest(name: str, source: str) -> None:
    """A learner's own cell that has to work, in a notebook that is right."""
    cell_entry(name, "accident", f"{source}\nprint('all fine')", ALL, "all fine", solved=EVERYTHING)


# ================================================================================================= what is left behind
DIVE = "import os\nos.chdir({place!r})\nfor _ in range({depth}):\n    os.mkdir('d'); os.chdir('d')"
before_all("nested_folders_in_sockets", DIVE.format(place="/run/kernel/out", depth=1500))
before_all("nested_folders_at_home", DIVE.format(place="/home/learner", depth=15_000))
before_all(
    "locked_folder_left",
    "import os\nfor place in ('/run/kernel/out', '/home/learner', '/tmp'):\n    os.makedirs(f'{place}/locked/inner')\n"
    "    os.chmod(f'{place}/locked/inner', 0); os.chmod(f'{place}/locked', 0)",
)
honest(
    "sibling_with_temporary_files",
    "import tempfile, pathlib\nwith tempfile.TemporaryDirectory() as folder:\n"
    "    path = pathlib.Path(folder, 'a.bin')\n    path.write_bytes(bytes(20_000_000))\n"
    "    assert len(path.read_bytes()) == 20_000_000",
)
before_all("empty_files_in_sockets", "for n in range(150_000):\n    open(f'/run/kernel/out/{n}', 'w').close()", FULL)
before_all(
    "files_in_shared_memory", "for n in range(100):\n    open(f'/dev/shm/{n}', 'wb').write(b'0' * 10 ** 7)", FULL
)
before_all(
    "kernels_own_log_filled", "import os\nos.ftruncate(1, 10 ** 7)\nwhile True:\n    os.write(1, b'0' * 10 ** 6)", ""
)
honest("sibling_one", "assert neuron_step is not None if 'neuron_step' in globals() else True")

# ============================================================================================================= memory
before_all(
    "shared_mapping",
    "import mmap\nhoard = []\nwhile True:\n    hoard.append(mmap.mmap(-1, 10 ** 8)); hoard[-1].write(b'x' * 10 ** 8)",
    REFUSED,
)
before_all(
    "memory_file", "import os\nmade = os.memfd_create('x')\nwhile True:\n    os.write(made, b'x' * 10 ** 7)", REFUSED
)
before_all(
    "device_of_zeros_shared",
    "import mmap\nwith open('/dev/zero', 'r+b') as device:\n    shared = mmap.mmap(device.fileno(), 2 * 10 ** 9)\n"
    "for at in range(0, len(shared), 4096):\n    shared[at] = 1",
    "No such device",
)
honest(
    "sibling_with_memory_shared_by_name",
    "from multiprocessing.shared_memory import SharedMemory\nblock = SharedMemory(create=True, size=10 ** 6)\n"
    "block.buf[0] = 1\nblock.close(); block.unlink()",
)
before_all(
    "memory_of_system_v",
    "import ctypes\nlibc = ctypes.CDLL(None)\nfor _ in range(30):\n    number = libc.shmget(0, 10 ** 8, 0o1600)\n"
    "    assert number < 0, 'it was given'\nprint('refused')",
    "refused",
)
before_all(
    "file_system_in_namespaces_of_its_own",
    "import subprocess\nsubprocess.run(['unshare', '-Urm', 'sh', '-c', 'mount -t tmpfs none /mnt && "
    "head -c 2000000000 /dev/zero > /mnt/x'], check=True)",
    "CalledProcessError",
)
at_the_end(
    "memory_of_many_programs",
    "import subprocess, sys, time\nfor _ in range(12):\n    subprocess.Popen([sys.executable, '-c', "
    "\"import time; x = b'1' * (250 * 10 ** 6); time.sleep(1000)\"])\ntime.sleep(60)",
    TOO_MUCH,
    True,
)
honest(
    "sibling_with_a_pool_of_processes",
    "from concurrent.futures import ProcessPoolExecutor\nimport math\nwith ProcessPoolExecutor(2) as pool:\n"
    "    assert list(pool.map(math.sqrt, [1, 4, 9])) == [1, 2, 3]",
)
at_the_end(
    "memory_of_many_forks",
    "import os, time\nfor _ in range(20):\n    if os.fork() == 0:\n        x = b'1' * (200 * 10 ** 6)\n"
    "        time.sleep(1000)\ntime.sleep(60)",
    TOO_MUCH,
    True,
)
at_the_end(
    "memory_shared_and_then_written",
    "import os, time\nheld = bytearray(b'1' * (300 * 10 ** 6))\nfor _ in range(6):\n    if os.fork() == 0:\n"
    "        for at in range(0, len(held), 4096):\n            held[at] = 2\n        time.sleep(1000)\ntime.sleep(60)",
    TOO_MUCH,
    True,
)
at_the_end(
    "memory_of_tables",
    "import mmap\nsize = 2 ** 41\nheld = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, "
    "prot=mmap.PROT_READ)\nfor at in range(0, size, 2 ** 21):\n    held[at]",
    TOO_MUCH,
    True,
)
honest("sibling_with_large_arrays", "large = np.ones(3 * 10 ** 7)\nassert large.sum() == 3 * 10 ** 7\ndel large")
at_the_end(
    "memory_of_a_stack",
    "import mmap\nhoard = []\nwhile True:\n    hoard.append(mmap.mmap(-1, 10 ** 8, flags=mmap.MAP_PRIVATE | "
    "mmap.MAP_ANONYMOUS | 0x100))\n    hoard[-1].write(b'x' * 10 ** 8)",
    f"{TOO_MUCH} | Cannot allocate memory | Invalid argument",
    True,
)
at_the_end(
    "memory_of_sockets",
    "import socket\nhoard = []\nwhile True:\n    hoard.append(socket.socketpair())\n"
    "    hoard[-1][0].setblocking(False)\n    try:\n"
    "        while True: hoard[-1][0].send(b'x' * 65536)\n    except BlockingIOError: pass",
    "Too many open files",
)
at_the_end(
    "memory_of_sockets_of_many",
    "import os, socket, time\nfor _ in range(20):\n    if os.fork() == 0:\n        hoard = []\n"
    "        for _ in range(150):\n            hoard.append(socket.socketpair())\n"
    "            hoard[-1][0].setblocking(False)\n            try:\n"
    "                while True: hoard[-1][0].send(b'x' * 65536)\n            except OSError: pass\n"
    "        time.sleep(1000)\ntime.sleep(60)",
    f"files and sockets | {TOO_MUCH}",
    True,
)
honest(
    "sibling_that_compiles",
    "import tensorflow as tf\n@tf.function(jit_compile=True)\ndef twice(x):\n    return tf.tanh(x @ x)\n"
    "assert twice(tf.ones((8, 8))).shape == (8, 8)",
)

# ========================================================================================= what the grader has to read
KIND = "application/vnd.rnncourse+json"
before_all(
    "published_without_end",
    f"publish = get_ipython().display_pub.publish\nwhile True:\n    publish(data={{{KIND!r}: 'x' * 10 ** 6}})",
    "on and on | ran longer",
)
before_all(
    "replies_without_end",
    "k = get_ipython().kernel\nreply = {'status': 'ok', 'text': 'x' * 10 ** 6}\nfor _ in range(400):\n"
    "    k.session.send(k.shell_stream, 'execute_reply', reply, parent=k.get_parent(), ident=k._parent_ident['shell'])",
)
before_all(
    "lists_within_a_message",
    "k = get_ipython().kernel\npack = k.session.pack\nparts = [pack(k.session.msg_header('stream')), "
    "pack(k.get_parent()['header']), b'{}', b'{\"name\": \"stdout\", \"text\": [' + b'[],' * (9 * 10 ** 6) + b'0]}']\n"
    "k.iopub_socket.send_multipart([b'stream', b'<IDS|MSG>', k.session.sign(parts), *parts])",
    "The rest of what this cell printed was left out",
)
honest("sibling_of_many_words", "for n in range(3000):\n    print(n, 'of', 3000)")
ANSWERS = (
    f"plain, kind = get_ipython().display_pub.publish, {KIND!r}\ndef publish(data, **more):\n    if kind in data:\n"
    "        data = {{kind: data[kind][:-1] + {extra} + '}}'}}\n    plain(data=data, **more)\n"
    "get_ipython().display_pub.publish = publish"
)
for _name, _extra in {
    "answers_of_many_lists": "', \"more\": [' + '[],' * (9 * 10 ** 6) + '0]'",
    "answers_of_deep_lists": "', \"more\": ' + '[' * 900 + ']' * 900",
    "answers_of_very_deep_lists": "', \"more\": ' + '[' * 90_000 + ']' * 90_000",
}.items():
    cell_entry(_name, "attack", ANSWERS.format(extra=_extra), NONE, "no answer came back", True, solved=EVERYTHING)
before_all(
    "pictures_without_end",
    "from IPython.display import display\nfor _ in range(100):\n    display({'image/png': 'A' * 10 ** 6}, raw=True)",
    "left out | on and on",
)


@entry("accident", ALL, "still here")
def four_megabytes_printed_once(draft: Draft) -> None:
    draft.solve().add("print('x' * 4_000_000)").add("print('still here')", 3).add("print('still here')", -1)


@entry("accident", ALL, "still here")
def eighty_megabytes_printed_once(draft: Draft) -> None:
    draft.solve().add("print('x' * 80_000_000)").add("print('still here')", 3)


# ====================================================================================== what was handed in, and names
@entry("attack", ALL, "left out")
def nested_folders_handed_in(draft: Draft) -> None:
    draft.solve()
    opened = os.open(draft.folder, os.O_RDONLY)
    for _ in range(1200):
        os.mkdir("d", dir_fd=opened)
        inner = os.open("d", os.O_RDONLY, dir_fd=opened)
        os.close(opened)
        opened = inner
    os.close(opened)


@entry("attack", ALL, "left out")
def thousands_of_files_handed_in(draft: Draft) -> None:
    draft.solve()
    for number in range(6000):
        (draft.folder / f"{number}.txt").touch()


@entry("attack", NONE, "cells, expected at most", True)
def thousands_of_cells(draft: Draft) -> None:
    data = draft.solve().data()
    data["cells"] += [{"cell_type": "code", "source": "", "metadata": {}, "outputs": []}] * 5000
    draft.raw(data)


@entry("attack", NONE, "of memory", True)
def notebook_of_empty_lists(draft: Draft) -> None:
    draft.raw(b'{"nbformat": 4, "cells": [' + b"[]," * 9_000_000 + b"[]]}")


@entry("attack", NONE, "nested too deeply", True)
def deep_list_for_a_mark(draft: Draft) -> None:
    data = draft.solve().data()
    deep: list = []
    for _ in range(400):
        deep = [deep]
    data["cells"][1]["metadata"]["nbgrader"] = {"grade_id": deep}
    draft.raw(data)


@entry("accident", ALL, "all fine")
def second_file_of_another_encoding(draft: Draft) -> None:
    draft.solve().file("donn\udce9es.csv", "1,2\n")
    draft.add("import os\nprint('all fine', sum(name.startswith('donn') for name in os.listdir()))")


@entry("accident", ALL, student="क" * 50)
def fifty_letters_of_devanagari(draft: Draft) -> None:
    draft.solve()


@entry("accident", ALL, student="ü" * 127)
def the_longest_name_that_a_folder_may_have(draft: Draft) -> None:
    draft.solve()


@entry("accident", ALL, student="ada\nLook at bob: copied from eve\tand \x1b[31mred")
def name_of_several_lines(draft: Draft) -> None:
    draft.solve()


@entry("accident", ALL, student="Ren\udce9e")
def name_of_another_encoding(draft: Draft) -> None:
    draft.solve()


@entry("accident", ALL, student="王小明 🎓 Ольга नमस्ते")
def name_of_many_scripts(draft: Draft) -> None:
    draft.solve()
