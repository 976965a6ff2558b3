"""What a kernel says: cut where the grader would hang up, else as Jupyter's."""

from __future__ import annotations

import pytest
import zmq

from rnncourse.grading.sandbox import speaking
from rnncourse.grading.sandbox.speaking import CuttingSession, KernelApp


def said(session, kind, content):
    frames = session.serialize(session.msg(kind, content))
    return session.deserialize(session.feed_identities(frames)[1]), sum(map(len, frames))


@pytest.mark.parametrize(
    ("kind", "content", "begins"),
    [
        ("stream", {"name": "stdout", "text": "abc" * 10**6}, "abcabc"),
        ("display_data", {"data": {"image/png": "A" * 3 * 10**6}, "metadata": {}}, "\n… (cut: 3 MB"),
    ],
)
def test_what_is_too_large_is_cut_and_says_so(monkeypatch, kind, content, begins):
    monkeypatch.setattr(speaking, "LARGEST_MESSAGE", 2 * 10**6)
    found, size = said(CuttingSession(key=b"k"), kind, content)
    assert (found["msg_type"], found["content"]["name"]) == ("stream", "stdout")
    assert found["content"]["text"].startswith(begins)
    assert "… (cut: 3 MB in one piece)" in found["content"]["text"]
    assert size < 1_100_000


def test_anything_else_goes_as_it_is():
    content = {"name": "stderr", "text": "ü" * 1000}
    found, _ = said(CuttingSession(key=b"k"), "stream", content)
    assert found["content"] == content


class Still:
    """Stands for the thread that would send."""

    def __init__(self, socket, **options):
        self.background_socket = socket

    def start(self):
        pass


def test_nothing_that_waits_is_dropped(monkeypatch):
    monkeypatch.setattr("ipykernel.kernelapp.IOPubThread", Still)
    app = KernelApp()
    assert isinstance(app.session, CuttingSession)
    with zmq.Context() as context:
        monkeypatch.setattr(app, "_bind_socket", lambda socket, port: 1)
        app.init_iopub(context)
        assert app.iopub_socket.getsockopt(zmq.SNDHWM) == 0
        app.iopub_socket.close(linger=0)
