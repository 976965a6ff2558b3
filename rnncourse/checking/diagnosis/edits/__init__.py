"""Edits of the reference: a wrong answer gives what a right one gives with one thing changed, or two.

A right answer is a tree (``spellings``) that is changed (``rules``, ``calls``, ``names``, ``blocks``; ``changes`` puts
them together) and run (``guards``: whatever never ends is stopped). ``search`` looks for the changes that explain an
answer in every case, ``weighing`` says when they are no coincidence, ``words`` reads expressions aloud.
"""
