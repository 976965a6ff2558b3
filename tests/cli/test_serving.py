"""JupyterLab's arguments and settings for a learner: those of this server alone."""

from __future__ import annotations

import json
import os
import signal
from types import SimpleNamespace

import pytest

from rnncourse.cli import serving
from rnncourse.notebooks.files import START


def test_it_opens_the_start_page_where_there_is_one(copy):
    assert f"--LabApp.default_url=/lab/tree/{START}" not in serving.arguments(copy, True, None)
    (copy / START).write_text("{}")
    assert f"--LabApp.default_url=/lab/tree/{START}" in serving.arguments(copy, True, None)


def test_browser_and_port_are_passed_on(copy):
    assert {"--no-browser", "--port=9001"} <= set(serving.arguments(copy, False, 9001))
    assert "--no-browser" not in serving.arguments(copy, True, None)


def test_open_tabs_are_remembered_in_the_copy_if_it_can_be_written_to(copy, monkeypatch):
    place = f"--LabApp.workspaces_dir={copy / '.rnncourse' / 'workspaces'}"
    assert place in serving.arguments(copy, True, None)
    monkeypatch.setattr(serving.os, "access", lambda folder, mode: False)
    assert place not in serving.arguments(copy, True, None)


def test_what_cannot_be_encrypted_is_not_asked_for(copy, monkeypatch):
    import zmq

    monkeypatch.setattr(zmq, "has", lambda what: False)
    assert "--KernelManager.transport_encryption=auto" not in serving.arguments(copy, False, None)


def test_our_settings_come_before_the_users_and_jupyter_reads_them(monkeypatch):
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "mine")
    serving.set_environment()
    assert os.environ["JUPYTER_CONFIG_PATH"].split(os.pathsep)[1:] == ["mine"]
    from jupyter_core.paths import jupyter_config_path
    from jupyterlab_server.config import get_static_page_config

    assert str(serving._SETTINGS) in jupyter_config_path()
    disabled = get_static_page_config(level="all")["disabledExtensions"]
    assert disabled["@jupyter/nbgrader:create-assignment"] is True
    assert (
        disabled["@jupyterlab/apputils-extension:announcements"] is True
    )  # asks whether to fetch news, and for updates
    assert "@jupyter/nbgrader:validate-assignment" not in disabled


def test_ctrl_c_asks_nothing_and_a_second_one_does_not_wait():
    before, stopped = signal.getsignal(signal.SIGINT), []
    try:
        serving.end_at_interrupt(SimpleNamespace(stop=lambda from_signal: stopped.append(from_signal)))
        signal.raise_signal(signal.SIGINT)
        assert stopped == [True]
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)


def test_the_settings_are_what_jupyter_reads():
    for path in serving._SETTINGS.rglob("*.json"):
        assert json.loads(path.read_text())
