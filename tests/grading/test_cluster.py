"""Grading on the workers of a Dask scheduler: the same grades, a worker that is lost, nobody at the address."""

from __future__ import annotations

import pytest

from rnncourse.grading import cluster
from rnncourse.grading.pipeline import Grading, grade_class

from hostile.making import CHAPTER
from made_classes import (
    LIMITS,
    expected_scores,
    make_course,
    refused,
    scores_of,
)
from sandboxed import needs_sandbox


@needs_sandbox
def test_a_cluster_grades_the_same_though_a_worker_is_lost(tmp_path, monkeypatch):
    distributed = pytest.importorskip(
        "distributed", reason='Dask is not installed here: pip install "rnncourse[cluster]"'
    )
    monkeypatch.setattr(cluster, "_SENT_AHEAD", 1)  # of the four submissions two are on their way at a time
    course = make_course(tmp_path, 4)
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as dask:
        seen = []

        def lose_one(result):
            seen.append(result)
            if len(seen) == 1:
                next(iter(dask.workers.values())).process.process._process.kill()

        grade_class(Grading(course, [CHAPTER]), limits=LIMITS, scheduler=dask.scheduler_address, on_result=lose_one)
    assert scores_of(course) == expected_scores(4)
    assert len(seen) == 4


def test_no_scheduler_at_the_address_is_said(tmp_path, monkeypatch):
    pytest.importorskip("distributed", reason='Dask is not installed here: pip install "rnncourse[cluster]"')
    monkeypatch.setattr(cluster, "_CONNECT_SECONDS", 0.2)
    course = make_course(tmp_path, 1)
    assert "No Dask scheduler answers at tcp://127.0.0.1:1" in refused(course, "--scheduler", "tcp://127.0.0.1:1")
