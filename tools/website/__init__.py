"""The website: pages from the notebooks, the prose, the docstrings; nothing is run while it is built.

Modules:
    chapters: a chapter's notebook as a page, its solutions folded away
    galleries: stills in the place of sliders
    words: the glossary of all chapters
    reference: the public functions from their docstrings
    prose: README, GRADING and their like as pages
    front: the first page
    mathml: formulas that need no network and no script
    building: all of it, through Sphinx
"""
