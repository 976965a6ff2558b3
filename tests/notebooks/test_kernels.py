"""A fresh kernel: one that does not start, one that does not stop."""

from __future__ import annotations

import json

import pytest

from rnncourse.notebooks import kernels, runs
from rnncourse.notebooks.kernels import MEDIA_TYPE, KernelEndedError, NoKernelError, find_kernel, start_kernel

from made_notebooks import CHAPTER, kernel_spec, notebook, write


def test_a_cell_that_cannot_be_interrupted_ends_the_run(tmp_path, monkeypatch):
    monkeypatch.setattr("rnncourse.notebooks.kernels._INTERRUPT_SECONDS", 1.0)
    stubborn = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"
    with start_kernel(tmp_path) as kernel, pytest.raises(KernelEndedError, match="could not be interrupted"):
        kernel.execute(stubborn, 0.5)


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["/no/such/python", "-m", "ipykernel"], "starts /no/such/python, which does not exist"),
        (["python", "-c", "raise SystemExit('no luck')"], "does not start: no luck"),
        ([], "starts nothing, which does not exist"),
    ],
)
def test_a_kernel_that_does_not_start(tmp_path, monkeypatch, argv, message):
    path = write(notebook(), tmp_path / "copy")
    kernel_spec(
        tmp_path / "jupyter", monkeypatch, json.dumps({"argv": argv, "display_name": "P", "language": "python"})
    )
    with pytest.raises(NoKernelError) as caught:
        runs.run(path, CHAPTER)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_kernel_spec_that_is_not_json(tmp_path, monkeypatch):
    kernel_spec(tmp_path, monkeypatch, "{")
    with pytest.raises(NoKernelError, match=r"cannot be read .* pip install --force-reinstall ipykernel"):
        find_kernel()


# --------------------------------------------------------------------------------------- what a kernel sends has an end
@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    """A kernel that several tests run cells in."""
    with start_kernel(tmp_path_factory.mktemp("kernel")) as started:
        yield started


def text_of(reply) -> str:
    return "".join(output.get("text", "") for output in reply.outputs)


def test_s3_a_cell_that_prints_too_much_is_cut_and_goes_on_and_the_next_is_heard(kernel):
    long = kernel.execute("print('x' * 4_000_000)\nafter = 'it went on'", 30, keep=100_000)
    assert (long.cut, long.too_much, long.error, long.kept) == (True, False, "", 100_000)
    assert text_of(long) == "x" * 100_000
    short = kernel.execute("print(after)", 30, keep=1000)
    assert (text_of(short), short.cut) == ("it went on\n", False)


def test_what_goes_on_and_on_is_interrupted(kernel, monkeypatch):
    monkeypatch.setattr(kernels, "_FLOOD", 2_000_000)
    flood = kernel.execute("import time\nwhile True:\n    print('x' * 10_000)\n    time.sleep(0.001)", 30, keep=1000)
    assert (flood.too_much, flood.out_of_time) == (True, False)
    assert len(text_of(flood)) <= 1000  # a busy machine may send all of it as one message, which is not read
    assert text_of(kernel.execute("print('next')", 30, keep=1000)) == "next\n"


PUBLISH = f"publish = lambda text: get_ipython().display_pub.publish(data={{{MEDIA_TYPE!r}: text}})\n"


def test_h4_of_what_is_published_only_what_was_waited_for_is_kept(kernel):
    code = PUBLISH + "for number in range(20): publish('{\"token\": \"abc\"}' + 'x' * 1000); publish('y' * 10 ** 6)"
    assert kernel.execute(code, 30, keep=1000).published == []
    found = kernel.execute(code, 30, token="abc").published
    assert [text[:16] for text in found] == [
        '{"token": "abc"}'
    ] * 2  # a second one is enough to see that somebody meddles


HEAVY = """
session, kernel = get_ipython().kernel.session, get_ipython().kernel
content = b'{"name": "stdout", "text": [' + b'[],' * 3_000_000 + b'0]}'
parts = [session.pack(session.msg_header('stream')), session.pack(kernel.get_parent()['header']), b'{}', content]
kernel.iopub_socket.send_multipart([b'stream', b'<IDS|MSG>', session.sign(parts), *parts])
for _ in range(50):
    session.send(kernel.shell_stream, 'execute_reply', {'text': 'x' * 10 ** 6}, parent=kernel.get_parent(),
                 ident=kernel._parent_ident['shell'])
print('done')
"""


def test_h4_a_message_of_millions_of_lists_is_not_read_and_replies_do_not_pile_up(kernel):
    before = kernel._received
    reply = kernel.execute(HEAVY, 30, keep=1000)
    assert (reply.cut, reply.error) == (True, "")
    assert kernel.execute("print('next')", 30, keep=1000).outputs[0]["text"] == "next\n"
    replies = kernel._client.shell_channel.socket
    while replies.poll(1000):  # on a busy machine some are still under way
        kernel._drop_replies()
    assert kernel._received - before > 50 * 10**6  # what came on the other socket is counted, and dropped


def test_h4_there_is_an_end_to_what_a_kernel_may_send(tmp_path, monkeypatch):
    monkeypatch.setattr(kernels, "_MOST_BYTES", 3_000_000)
    with start_kernel(tmp_path) as started, pytest.raises(KernelEndedError, match="printed and showed more than 2 MB"):
        started.execute("for _ in range(10):\n    print('x' * 10 ** 6, flush=True)", 30, keep=10**8)
