"""Syntax trees copied without what others have hung on their nodes."""

import ast

import pytest

from rnncourse.checking.diagnosis.edits.trees import copied

SOURCE = "def f(a, *, b=1):\n    'doc'\n    return [a[i] ** 2 for i in range(b) if i] or None\n"


def test_a_copy_says_the_same_in_the_same_places_and_shares_no_node():
    tree = ast.parse(SOURCE)
    made = copied(tree)
    assert ast.dump(made, include_attributes=True) == ast.dump(tree, include_attributes=True)
    assert not {id(node) for node in ast.walk(tree)} & {id(node) for node in ast.walk(made)}


@pytest.fixture
def linked():
    """A tree whose nodes are linked to their parents, as IPython leaves them: the shared ones too."""
    tree = ast.parse(SOURCE)
    for node in ast.walk(tree):
        for child in ast.iter_child_nodes(node):
            child.parent = node
    yield tree
    for node in ast.walk(tree):
        vars(node).pop("parent", None)


def test_links_to_parents_are_not_followed(linked):
    assert hasattr(ast.parse("x", mode="eval").body.ctx, "parent"), "ast.Load() is one for all trees"
    made = copied(ast.parse("x * 2", mode="eval").body)
    assert ast.unparse(made) == "x * 2"
    assert not any(hasattr(node, "parent") for node in ast.walk(made))
