"""Grading on the workers of a Dask scheduler: the same grades, workers that are lost or lie, nobody at the address."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from rnncourse.checking.verdicts import Status, Verdict
from rnncourse.exercises import CHAPTERS
from rnncourse.grading import cluster
from rnncourse.grading.cluster import Cluster
from rnncourse.grading.pipeline import Grading, grade_class
from rnncourse.grading.records import GradingError
from rnncourse.grading.runs import Result
from rnncourse.grading.submissions import HandedIn, Submission
from rnncourse.grading.worker_answers import encode, refusal

from hostile.making import CHAPTER
from made_classes import (
    FULL,
    LIMITS,
    expected_scores,
    make_course,
    refused,
    scores_of,
)
from made_notebooks import tree
from sandboxed import needs_sandbox

WITHOUT_DASK = 'Dask is not installed here: pip install "rnncourse[cluster]"'


def tls_settings(folder) -> dict[str, str]:
    """Dask's settings for TLS, with a certificate made on the spot; none where there is no openssl."""
    if shutil.which("openssl") is None:
        return {}
    certificate, key = str(folder / "cert.pem"), str(folder / "key.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-keyout", key, "-out", certificate, "-subj", "/CN=localhost", "-days", "2"],
        check=True, capture_output=True,
    )  # fmt: skip
    roles = {
        f"distributed.comm.tls.{role}.{name}": path
        for role in ("client", "scheduler", "worker")
        for name, path in (("cert", certificate), ("key", key))
    }
    return {"distributed.comm.require-encryption": True, "distributed.comm.tls.ca-file": certificate, **roles}


@pytest.mark.long
@needs_sandbox
def test_a_cluster_with_tls_grades_the_same_though_a_worker_is_lost(tmp_path, monkeypatch):
    distributed = pytest.importorskip("distributed", reason=WITHOUT_DASK)
    import dask

    monkeypatch.setattr(cluster, "_SENT_AHEAD", 1)  # of the four submissions two are on their way at a time
    course = make_course(tmp_path, 4)
    seen = []
    with (
        dask.config.set(tls_settings(tmp_path)),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, security=distributed.Security()
        ) as workers,
    ):

        def lose_one(result):
            seen.append(result)
            if len(seen) == 1:
                next(iter(workers.workers.values())).process.process._process.kill()

        summary = grade_class(
            Grading(course, [CHAPTER]), limits=LIMITS, scheduler=workers.scheduler_address, on_result=lose_one
        )
        with cluster.connected(workers.scheduler_address) as on:
            for answered in (on._client.submit(int, "1"), on._client.submit(int, "one")):
                distributed.wait(answered)
                assert len(on._workers_of(answered) & set(on._client.nthreads())) == 1
        assert workers.scheduler_address.startswith("tls://" if shutil.which("openssl") else "tcp://")
    assert scores_of(course) == expected_scores(4)
    assert (len(seen), summary.unfit) == (4, {})


def test_where_no_scheduler_answers_it_is_said_and_nothing_is_written(tmp_path, monkeypatch):
    pytest.importorskip("distributed", reason=WITHOUT_DASK)
    monkeypatch.setattr(cluster, "_CONNECT_SECONDS", 0.2)
    course = make_course(tmp_path, 1)
    before = tree(course)
    assert "No Dask scheduler answers at tcp://127.0.0.1:1" in refused(course, "--scheduler", "tcp://127.0.0.1:1")
    assert "No Dask scheduler answers at tls://127.0.0.1:1" in refused(course, "--scheduler", "tls://127.0.0.1:1")
    assert "No Dask scheduler answers at ftp://x" in refused(course, "--scheduler", "ftp://x")
    assert tree(course) == before


# ---------------------------------------------------------------------------------------------- workers that lie
SUBMISSIONS = {name: Submission(name, CHAPTER, (), fingerprint=name) for name in ("ada", "bob", "cyd")}


def right(submission: dict) -> bytes:
    verdicts = [Verdict(exercise.name, Status.RIGHT, share=1.0) for exercise in CHAPTERS[CHAPTER]]
    return encode(Result(submission["student"], CHAPTER, submission["fingerprint"], verdicts, []))


class Scheduler:
    """As much of a Dask client as is needed: each worker answers in its own way, one after the other is asked."""

    def __init__(self, **workers):
        self.workers = workers
        self.asked: list[str] = []

    def nthreads(self):
        return dict.fromkeys(self.workers, 1)

    def submit(self, function, submission, *limits, workers=None, **options):
        worker = (workers or list(self.workers))[len(self.asked) % len(workers or self.workers)]
        self.asked.append(worker)

        def answer():
            found = self.workers[worker](submission)
            if isinstance(found, Exception):
                raise found
            return found

        return Future(len(self.asked), answer)

    def run_on_scheduler(self, look, key):
        erred = isinstance(self.workers[self.asked[key - 1]](SUBMISSIONS["ada"].to_dict()), Exception)
        address = self.asked[key - 1]
        task = SimpleNamespace(
            who_has=None if erred else [SimpleNamespace(address=address)], erred_on={address} if erred else None
        )
        return look(key, SimpleNamespace(tasks={key: task}))


@dataclass(frozen=True)
class Future:
    key: int
    result: Callable[[], object]


class InTurn(list):
    """Futures in the order in which they were made."""

    add = list.append

    def __next__(self):
        return self.pop(0)


def graded_by(monkeypatch, **workers):
    distributed = pytest.importorskip("distributed", reason=WITHOUT_DASK)
    monkeypatch.setattr(distributed, "as_completed", InTurn)
    scheduler = Scheduler(**workers)
    on = Cluster(scheduler, "tcp://here")
    handed_in = [HandedIn(name, CHAPTER, None) for name in SUBMISSIONS]
    found = list(on.results(handed_in, lambda each: SUBMISSIONS[each.student], LIMITS, 1, True))
    return {result.student: result.points for result in found}, on.unfit, scheduler.asked


ANOTHERS = right({"student": "../../bob", "fingerprint": "ada"})


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (ANOTHERS, "Its student is '../../bob', asked for was"),
        ({"student": "ada"}, "It is of type dict, expected bytes."),
        (refusal("There is no bubblewrap."), "There is no bubblewrap."),
        (ModuleNotFoundError("No module named 'rnncourse'"), "ModuleNotFoundError: No module named 'rnncourse'"),
    ],
)
def test_a_worker_whose_answer_does_not_fit_is_named_and_others_grade(monkeypatch, answer, reason):
    points, unfit, asked = graded_by(monkeypatch, liar=lambda submission: answer, honest=right)
    assert points == dict.fromkeys(SUBMISSIONS, FULL)
    assert list(unfit) == ["liar"]
    assert reason in unfit["liar"]
    assert set(asked[3:]) == {"honest"}  # after the first three, which were on their way


def test_where_no_worker_is_left_nobody_gets_a_grade_and_all_are_named(monkeypatch):
    with pytest.raises(
        GradingError, match=r"No worker of tcp://here can grade\. liar: Its student .* other: None here"
    ):
        graded_by(monkeypatch, liar=lambda submission: ANOTHERS, other=lambda submission: refusal("None here."))
