"""What of the package computes an exercise: every function tried as an answer, in the obvious ways of calling it.

A way of calling is a view of the case (as it is, a batch or a step in time added, a series as a list, a pair of states
made of one), a binding (in order, in another order, by name, what is missing filled with zeros), and a look at what
comes back (whole, an entry of a tuple, the first or the last along an axis, a sum). A function that takes a cell is
given one made of the case's weights.
"""

from __future__ import annotations

import contextlib
import copy
import importlib
import inspect
import io
import itertools
import signal
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from types import FunctionType
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from rnncourse.checking.comparing import near, truth
from rnncourse.exercises.definitions import Case, Design, Exercise
from rnncourse.grading.sandbox import inside
from rnncourse.grading.sandbox.zygote import allowed_modules

#: They draw, play, train, write files or refuse: nothing is computed for a case. Their modules stay out of the search.
_NO_ANSWERS = (
    "plots",
    "sound",
    "datasets",
    "display",
    "quiet",
    "shapes",
    "training.fit",
    "models",
    "training.accuracy",
)
#: Names that mean the same in two functions.
_ALIKE = (
    {"inputs", "x", "first", "vector", "values", "outputs", "batch", "states", "tokens", "series"},
    {"state", "h", "states", "initial_state"},
    {"kernel", "w_x", "stacked_kernel"},
    {"recurrent_kernel", "w_h", "matrix"},
    {"bias", "b"},
    {"lengths", "sequence_lengths"},
    {"output_kernel", "w_y"},
    {"output_bias", "b_y"},
)
#: How a function is called that could be handed in without a word of one's own.
AS_IT_IS = "as it is"
_MOST_ORDERS = 24
_SECONDS = 2


class Slow(BaseException):
    """A call took too long to be an answer."""


@cache
def functions() -> dict[str, Callable[..., Any]]:
    """Every function and class of the modules that a submission may import: ``module:name``."""
    found = {}
    for name in allowed_modules():
        short = name.removeprefix("rnncourse.")
        module = importlib.import_module(name)
        for own, thing in vars(module).items():
            ours = getattr(thing, "__module__", "") == name and isinstance(thing, FunctionType | type)
            if ours and not any(f"{short}.{own}".startswith(no) for no in _NO_ANSWERS):
                found[f"{name}:{own}"] = thing
    return found


@contextlib.contextmanager
def taken_out(names: list[str]) -> Iterator[None]:
    """What the sandbox takes out of a kernel for good, taken out for the length of a with block."""
    found = [module_and_name.partition(":") for module_and_name in names]
    functions = [
        function
        for module, _, name in found
        for function in inside.functions_of(getattr(importlib.import_module(module), name))
    ]
    kept = [(function.__code__, function.__defaults__, function.__kwdefaults__) for function in functions]
    inside.withhold(names)
    try:
        yield
    finally:
        for function, parts in zip(functions, kept, strict=True):
            function.__code__, function.__defaults__, function.__kwdefaults__ = parts
        inside._hits.clear()


def twins(exercise: Exercise, seed: int = 1, without: tuple[str, ...] | list[str] = ()) -> dict[str, str]:
    """Functions that compute an exercise, and how they are called for it.

    Args:
        exercise: the exercise.
        seed: of the cases.
        without: what is taken out meanwhile.
    """
    cases = exercise.make_cases(seed)
    wanted = [truth(exercise, case).values for case in cases]
    with taken_out(list(without)):
        ways = {name: _way(function, exercise, cases, wanted) for name, function in functions().items()}
    return {name: how for name, how in ways.items() if how}


def _way(function: Any, exercise: Exercise, cases: list[Case], wanted: list[tuple[np.ndarray, ...]]) -> str:
    """The first way of calling a function that gives the truth in every case, or ''."""
    pairs = list(zip(cases, wanted, strict=True))
    if all(_gives(lambda case: exercise.call(function, case), *pair, strictly=True) for pair in pairs):
        return AS_IT_IS
    design = exercise.call if isinstance(exercise.call, Design) else None
    strictly = bool(design) or _there_already(cases[0], wanted[0])
    for how, attempt in attempts(function, exercise, design.given(cases[0]) if design else cases[0], wanted[0]):
        if all(_gives(_put_to_work(design, attempt), *pair, strictly) for pair in pairs):
            return how
    return ""


def _put_to_work(design: Design | None, attempt: Callable[[Case], Any]) -> Callable[[Case], Any]:
    """What comes back is the design that is asked for: it has to do what the right one does."""
    if design is None:
        return attempt
    return lambda case: design(lambda *_, **__: attempt(design.given(case)), case)


def _there_already(case: Case, wanted: tuple[np.ndarray, ...]) -> bool:
    """Whether the numbers asked for stand among the arguments, in another order: then their order is the answer."""
    return _holds(list(case.values()), wanted, strictly=False)


def _gives(attempt: Callable[[Case], Any], case: Case, wanted: tuple[np.ndarray, ...], strictly: bool) -> bool:
    """Whether what comes back holds every part of the truth."""
    try:
        with in_time():
            return _holds(attempt(copy.deepcopy(case)), wanted, strictly)
    except (Exception, Slow):
        return False


def _holds(value: Any, wanted: tuple[np.ndarray, ...], strictly: bool) -> bool:
    if strictly:
        return all(any(got.shape == part.shape and _same(got, part) for got in arrays(value)) for part in wanted)
    pieces = [piece for array in arrays(value) for piece in _pieces(array)]
    return all(any(_same(piece, part) for piece in pieces) for part in wanted)


def _same(got: np.ndarray, want: np.ndarray) -> bool:
    return got.size == want.size and bool(np.all(near(np.ravel(got), np.ravel(want), 1e-4)))


@contextlib.contextmanager
def in_time() -> Iterator[None]:
    """No call lasts for ever, says anything or warns."""

    def late(*arguments: Any) -> None:
        raise Slow

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, _SECONDS)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


# --------------------------------------------------------------------------------------------------- what comes back
def arrays(value: Any) -> list[np.ndarray]:
    """Every array of numbers in a result, and what the entries of a list are together."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        inner = [array for item in value for array in arrays(item)]
        alike = len(inner) > 1 and len({array.shape for array in inner}) == 1
        return [*inner, *([np.stack(inner), np.stack(inner, axis=-1)] if alike else [])]
    if tf.is_tensor(value) or isinstance(value, tf.Variable):
        value = value.numpy()
    array = np.asarray(value)
    return [array] if array.dtype.kind in "biuf" else []


def _pieces(array: np.ndarray) -> Iterator[np.ndarray]:
    yield array
    for axis in range(min(array.ndim, 3)):
        if array.shape[axis]:
            yield from (array.take(0, axis), array.take(-1, axis), array.sum(axis))
    if array.ndim > 1:
        yield from (array.T, np.swapaxes(array, 0, 1))
    if array.size == 1 and array.dtype.kind == "f":
        yield from (1 - array, -array, 1 / array if array.any() else array)


# ------------------------------------------------------------------------------------------------- what is handed in
View = Callable[[Case], Case]


def attempts(
    function: Any, exercise: Exercise, case: Case, wanted: tuple[np.ndarray, ...]
) -> Iterator[tuple[str, Callable[[Case], Any]]]:
    """Ways of calling a function for a case of an exercise, the plainest first."""
    if not isinstance(exercise.call, Design):
        yield "a part of what it gives", lambda case: exercise.call(function, case)
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return
    parameters = [p for p in parameters if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
    if isinstance(function, type) and issubclass(function, keras.layers.Layer):
        yield "as a layer", lambda case: _layer(function, case)
        return
    for view_name, view in VIEWS.items():
        try:
            seen = view(case)
        except Exception:
            continue
        strictly = _there_already(case, wanted)
        if seen is None or (strictly and _holds(list(seen.values()), wanted, strictly)):
            continue  # it is the view that would have done the exercise
        if _wants_a_cell(parameters, seen) and _is_done_by(cell_of(seen), seen, wanted):
            continue
        for binding_name, bind in _bindings(parameters, seen):
            yield f"{view_name}, {binding_name}", _call(function, view, bind)


def _wants_a_cell(parameters: list[inspect.Parameter], seen: Case) -> bool:
    return any(p.name.endswith("step") for p in parameters) and not any(map(callable, seen.values()))


def _is_done_by(cell: Any, seen: Case, wanted: tuple[np.ndarray, ...]) -> bool:
    """Whether one call of the cell that we would hand in is the whole exercise: then who calls it adds nothing."""
    inputs = _first(seen, "inputs")
    inputs = np.asarray(inputs[0] if isinstance(inputs, list) else inputs)
    inputs = inputs[:, 0] if inputs.ndim == 3 and np.shape(_first(seen, "inputs"))[1] == 1 else inputs
    try:
        return _holds(cell(inputs, _first(seen, "state")), wanted, strictly=False)
    except Exception:
        return False


def _call(function: Any, view: View, bind: Callable[[Case], tuple[list[Any], dict[str, Any]]]) -> Callable[[Case], Any]:
    def attempt(case: Case) -> Any:
        seen = view(case)
        order, names = bind(seen)
        return _finished(function(*order, **names), seen)

    return attempt


def _finished(result: Any, seen: Case) -> Any:
    """A cell or a layer that was made has to be called, too."""
    if isinstance(result, keras.layers.Layer):
        inputs, state = _first(seen, "inputs"), _first(seen, "state")
        return result(inputs, initial_state=state) if state is not None else result(inputs)
    if callable(result):
        return result(_first(seen, "inputs"), _first(seen, "state"))
    return result


def _bindings(
    parameters: list[inspect.Parameter], seen: Case
) -> Iterator[tuple[str, Callable[[Case], tuple[list[Any], dict[str, Any]]]]]:
    needed = [p.name for p in parameters if p.default is p.empty]
    if len(needed) <= len(seen) <= len(parameters):
        yield "in order", lambda seen: (list(seen.values()), {})
    yield "by name", lambda seen: ([], {name: _named(name, seen) for name in needed})
    every = [p.name for p in parameters]
    if every != needed:
        yield "by name, all", lambda seen: ([], {n: v for n in every if (v := _named(n, seen)) is not None})
    names = list(seen)
    if 0 < len(needed) <= min(4, len(names)):
        orders = itertools.permutations(names, len(needed))
        for order in itertools.islice(orders, _MOST_ORDERS):
            yield f"({', '.join(order)})", lambda seen, order=order: ([seen[name] for name in order], {})


def _named(name: str, seen: Case) -> Any:
    """The value for an argument of this name: the case's, or that of a name that means the same, or zeros."""
    if name in seen:
        return seen[name]
    found = _first(seen, name)
    if found is not None:
        return found
    return _filler(name, seen)


def _first(seen: Case, name: str) -> Any:
    alike = next((names for names in _ALIKE if name in names), {name})
    return next((value for key, value in seen.items() if key in alike and value is not None), None)


def _filler(name: str, seen: Case) -> Any:
    """What is missing: a cell of the case's weights, zeros for states and peepholes, lengths that are whole."""
    inputs, recurrent = _first(seen, "inputs"), _first(seen, "recurrent_kernel")
    units = np.shape(recurrent)[0] if np.ndim(recurrent) else 1
    batch = np.shape(inputs[0] if isinstance(inputs, list) else inputs)[0] if np.ndim(inputs) else 1
    if name.endswith("step"):
        return cell_of(seen)
    if name in ("state", "h"):
        return np.zeros((batch, units))
    if name == "peepholes":
        return np.zeros((3, units))
    if name in ("length", "time_steps", "steps", "count"):
        return 1 if np.ndim(inputs) < 3 else np.shape(inputs)[1]
    if name == "lengths":
        return np.full(batch, np.shape(inputs)[1])
    if name == "output_kernel":
        return np.eye(units)
    if name == "output_bias":
        return np.zeros(units)
    return {"rate": 0.0, "training": True, "kind": "sequence-to-sequence", "cell": "rnn"}.get(name)


def cell_of(seen: Case) -> Callable[[Any, Any], tuple[Any, Any]] | None:
    """(inputs, state) -> (output, state), with the weights of the case."""
    step = next((value for value in seen.values() if callable(value)), None)
    kernel, recurrent, bias = (_first(seen, name) for name in ("kernel", "recurrent_kernel", "bias"))
    if step is not None or kernel is None or recurrent is None or bias is None:
        return step

    def cell(inputs: Any, state: Any) -> tuple[Any, Any]:
        library, product = (tf, tf.matmul) if tf.is_tensor(inputs) else (np, np.matmul)
        new = library.tanh(product(inputs, kernel) + product(state, recurrent) + bias)
        return new, new

    return cell


def _layer(kind: Any, case: Case) -> Any:
    """A layer of ours with the weights of the case, called with its inputs and state; what it lacks is zero."""
    kernel, recurrent, inputs = case["kernel"], case["recurrent_kernel"], _first(case, "inputs")
    layer = kind(recurrent.shape[0], dtype="float64")
    layer.build((None, kernel.shape[0]))
    given = [value for value in case.values() if isinstance(value, np.ndarray)]
    layer.set_weights([next((v for v in given if v.shape == w.shape), np.zeros(w.shape)) for w in layer.weights])
    state = case["state"]
    return layer(inputs, list(state) if isinstance(state, tuple) else state)


def _of_scalars(case: Case) -> Case | None:
    """A single neuron as a layer of one, a series of numbers as a batch of one sequence."""
    if not all(np.ndim(value) < 2 and not callable(value) for value in case.values()):
        return None
    shapes = {"b": (1,), "b_y": (1,)}
    return {
        name: np.reshape(value, shapes.get(name, (1, 1) if np.ndim(value) == 0 else (1, -1, 1)))
        for name, value in case.items()
    }


def _with_time(case: Case) -> Case | None:
    """One step as a sequence of one, two steps as a sequence of two."""
    if "first" in case and "second" in case:
        rest = {name: value for name, value in case.items() if name not in ("first", "second")}
        return {"inputs": np.stack([case["first"], case["second"]], axis=1), **rest}
    inputs = _first(case, "inputs")
    return _changed(case, lambda value: value[:, None]) if np.ndim(inputs) == 2 else None


def _as_list(case: Case) -> Case | None:
    """A batch of sequences as a list of steps, or a list of steps as a batch."""
    value = _first(case, "inputs")
    if isinstance(value, list):
        return _changed(case, lambda steps: np.stack(steps, axis=1))
    return _changed(case, lambda batch: list(np.swapaxes(batch, 0, 1))) if np.ndim(value) == 3 else None


def _changed(case: Case, change: Callable[[Any], Any]) -> Case:
    inputs = _first(case, "inputs")
    return {name: change(value) if value is inputs else value for name, value in case.items()}


def _renamed(case: Case) -> Case:
    """A neuron's arguments by the names that a layer's have."""
    names = {"x": "inputs", "h": "state", "w_x": "kernel", "w_h": "recurrent_kernel", "b": "bias"}
    return {names.get(name, name): value for name, value in case.items()}


def _in_one_kernel(case: Case) -> Case | None:
    """The two kernels of a cell on top of each other."""
    if not {"kernel", "recurrent_kernel"} <= set(case) or np.ndim(case["kernel"]) != 2:
        return None
    stacked = np.vstack([case["kernel"], case["recurrent_kernel"]])
    rest = {name: value for name, value in case.items() if name not in ("kernel", "recurrent_kernel")}
    names = [*rest][:-1]
    return {**{name: rest[name] for name in names}, "stacked_kernel": stacked, "bias": case["bias"]}


def _in_a_graph(case: Case) -> Case | None:
    """The cell of a case as one that a graph of TensorFlow can hold, and the rest as tensors."""
    if not any(map(callable, case.values())) or any(isinstance(value, list) for value in case.values()):
        return None
    return {name: _as_operation(value) if callable(value) else value for name, value in case.items()}


def _as_operation(step: Callable[[Any, Any], tuple[Any, Any]]) -> Callable[[Any, Any], tuple[tf.Tensor, tf.Tensor]]:
    def operation(inputs: Any, state: Any) -> tuple[tf.Tensor, tf.Tensor]:
        output, new = tf.numpy_function(step, [inputs, state], [tf.float64, tf.float64])
        shown = step(np.zeros(inputs.shape), np.zeros(state.shape))
        output.set_shape(np.shape(shown[0]))
        new.set_shape(np.shape(shown[1]))
        return output, new

    return operation


def _chained(*views: View) -> View:
    def view(case: Case) -> Case | None:
        for each in views:
            case = each(case)
            if case is None:
                return None
        return case

    return view


VIEWS: dict[str, View] = {
    "plain": lambda case: case,
    "as a layer of one": _of_scalars,
    "as a layer of one, with time": _chained(_of_scalars, _with_time),
    "as a layer of one, step by step": _chained(_of_scalars, _as_list),
    "with time": _with_time,
    "with time, step by step": _chained(_with_time, _as_list),
    "step by step": _as_list,
    "in one kernel": _in_one_kernel,
    "as a layer of one, in one kernel": _chained(_of_scalars, _renamed, _in_one_kernel),
    "in a graph": _in_a_graph,
    "as a batch, in a graph": lambda case: _in_a_graph(_as_list(case) or case),
    "in a batch": lambda case: {n: np.asarray(v)[None] if np.ndim(v) else v for n, v in case.items()},
    "with a list": lambda case: {n: [v] if np.ndim(v) == 0 and not callable(v) else v for n, v in case.items()},
    "units in a list": lambda case: {n: [v] if n == "units" else v for n, v in case.items()},
    "with a pair of states": lambda case: {
        n: (v, np.zeros_like(v)) if n in ("state", "h") and not isinstance(v, tuple) else v for n, v in case.items()
    },
}  # fmt: skip
