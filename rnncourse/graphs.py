"""What TensorFlow records when it traces a function: the operations of the graph, counted."""

from __future__ import annotations

from collections import Counter
from typing import Any


def graph_operations(function: Any) -> dict[str, int]:
    """Operations of a traced graph by type, the most frequent first, those inside its loops and calls included.

    Args:
        function: a concrete function, what ``get_concrete_function(…)`` of a ``tf.function`` returns.

    Returns:
        Type of operation -> how many there are, for example ``{"MatMul": 4, "Tanh": 2, …}``.

    Raises:
        ValueError: function was not traced yet, or is not TensorFlow's.
    """
    graph = getattr(function, "graph", None)
    if graph is None:
        raise ValueError(
            f"function is of type {type(function).__name__}, expected a concrete function: "
            "give tf.function(f).get_concrete_function(…), which has been traced."
        )
    definition = graph.as_graph_def()
    nodes = [*definition.node, *(node for inner in definition.library.function for node in inner.node_def)]
    return dict(Counter(node.op for node in nodes).most_common())


def graph_size(function: Any) -> int:
    """The number of operations in a traced graph.

    Args:
        function: a concrete function, as for ``graph_operations``.

    Raises:
        ValueError: as for ``graph_operations``.
    """
    return sum(graph_operations(function).values())
