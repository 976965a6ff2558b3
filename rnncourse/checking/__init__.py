"""Checking an answer: asking the learner's function (``calls``), from outcomes to a verdict (``verdicts``), what is
said and shown (``check``; ``run_cells`` knows which cells were run, ``solutions`` what a right answer looks like), and
what a learner has solved so far (``progress``)."""
