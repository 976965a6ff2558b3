"""What one thread prints is kept apart, and no other thread's words go astray."""

from __future__ import annotations

import io
import sys
import threading
from contextlib import redirect_stdout

import numpy as np

from rnncourse.checking.calls import ask
from rnncourse.checking.printing import printed_to
from rnncourse.exercises.definitions import Call


def test_both_streams_of_this_thread_are_kept_and_then_are_as_they_were(capsys):
    before, text = (sys.stdout, sys.stderr), io.StringIO()
    with printed_to(text):
        print("one")
        print("two", file=sys.stderr, flush=True)
        with printed_to(io.StringIO()):
            print("inner")
        print("three")
    assert text.getvalue() == "one\ntwo\nthree\n"
    assert (sys.stdout, sys.stderr) == before
    assert capsys.readouterr() == ("", "")


def test_an_error_ends_it_as_well():
    before = sys.stdout
    try:
        with printed_to(io.StringIO()):
            raise ZeroDivisionError
    except ZeroDivisionError:
        assert sys.stdout is before


def test_other_threads_print_where_they_did_whoever_leaves_first(capsys):
    """With ``redirect_stdout`` the second to leave puts the first one's text back for good."""
    first_in, second_in, texts = threading.Event(), threading.Event(), [io.StringIO(), io.StringIO()]

    def first():
        with printed_to(texts[0]):
            first_in.set()
            second_in.wait(5)
            print("first")

    def second():
        first_in.wait(5)
        with printed_to(texts[1]):
            second_in.set()
            threads[0].join(5)
            print("second")

    threads = [threading.Thread(target=work) for work in (first, second)]
    for thread in threads:
        thread.start()
    second_in.wait(5)
    print("a result line")
    for thread in threads:
        thread.join(5)
    print("another")
    assert [text.getvalue() for text in texts] == ["first\n", "second\n"]
    assert capsys.readouterr().out == "a result line\nanother\n"


def test_who_exchanges_the_stream_meanwhile_keeps_it():
    other = io.StringIO()
    with redirect_stdout(io.StringIO()):
        with printed_to(io.StringIO()):
            sys.stdout = other
        assert sys.stdout is other


def test_a_thread_that_never_leaves_keeps_no_later_stream():
    """A learner's loop that nothing ends is still listened to when the stream has long been another one."""
    before, inside, over = sys.stdout, threading.Event(), threading.Event()

    def stuck():
        with printed_to(io.StringIO()):
            inside.set()
            over.wait(5)

    thread = threading.Thread(target=stuck)
    thread.start()
    inside.wait(5)
    try:
        with redirect_stdout(io.StringIO()) as later:
            with printed_to(io.StringIO()):
                print("kept apart")
            assert sys.stdout is later
    finally:
        over.set()
        thread.join(5)
    assert sys.stdout is before


def test_result_lines_are_printed_while_answers_are_asked_for(capsys):
    """Comparing asks references, mistakes and answers in threads of the grader; a result line falls in between."""
    asked, shown = threading.Event(), threading.Event()

    def slow(x):
        asked.set()
        shown.wait(5)
        print("what the function prints")
        return x

    outcomes = []
    call = Call("slow")
    thread = threading.Thread(target=lambda: outcomes.append(ask(call, slow, {"x": np.ones(2)})))
    thread.start()
    asked.wait(5)
    print("ada: 7 of 10")
    shown.set()
    thread.join(5)
    assert outcomes[0].printed == "what the function prints"
    assert capsys.readouterr().out == "ada: 7 of 10\n"
