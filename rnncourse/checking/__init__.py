"""Checking an answer: asking the learner's function (``calls``), from outcomes to a verdict (``verdicts``), what is
said and shown (``check``), and what a learner has solved so far (``progress``)."""
