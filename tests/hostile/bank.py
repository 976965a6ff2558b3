"""The bank of hostile and broken submissions, each with the grade and the reason that it must get."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from hostile.making import ALL, CHAPTER, NONE, RIGHT, WRONG, Draft, Entry

ENTRIES: list[Entry] = []
FILE = f"{CHAPTER}.ipynb"


def entry(kind: str, right: Iterable[str] = NONE, reason: str = "", look: bool = False, **more):
    def add(make: Callable[[Draft], None]) -> Callable[[Draft], None]:
        name = make.__name__.strip("_")
        ENTRIES.append(Entry(name, kind, make, frozenset(right), reason, look, **more))
        return make

    return add


def cell_entry(
    name: str,
    kind: str,
    source: str,
    right=NONE,
    reason: str = "",
    look: bool | None = False,
    solved=(),
    at=2,
    wrong=False,
):
    """An entry that adds one cell to a notebook in which some exercises are solved, or all are answered wrongly."""

    def make(draft: Draft) -> None:
        if solved:
            draft.solve(*solved)
        if wrong:
            draft.solve(**WRONG)
        draft.add(source, at)

    ENTRIES.append(Entry(name, kind, make, frozenset(right), reason, look))


UNSOLVED = "NotImplementedError"

# ======================================================================================================== cheating
cell_entry(
    "patched_allclose",
    "cheating",
    "np.allclose = np.isclose = np.array_equal = lambda *a, **k: True",
    NONE,
    "expected",
    wrong=True,
)
cell_entry(
    "patched_all_any",
    "cheating",
    "import builtins\nbuiltins.all = builtins.any = lambda *a: True\nnp.all = lambda *a, **k: np.True_",
    NONE,
    "expected",
    wrong=True,
)
cell_entry(
    "patched_grade",
    "cheating",
    "import rnncourse.checking.check as c\nc.grade = grade = lambda *a, **k: None\nrnncourse.grade = grade",
    NONE,
    "expected",
    wrong=True,
)
cell_entry(
    "patched_check",
    "cheating",
    "check = lambda *a, **k: print('✓ right')\nimport rnncourse.checking.check as c\nc.evaluate = lambda *a: None",
    NONE,
    "expected",
    wrong=True,
)
cell_entry(
    "patched_tensorflow",
    "cheating",
    "import tensorflow as tf\ntf.debugging.assert_near = lambda *a, **k: None\ntf.reduce_all = lambda *a, **k: tf.constant(True)",
    NONE,
    "expected",
    wrong=True,
)
cell_entry(
    "patched_registry", "cheating",
    "import rnncourse.exercises as e\nclass Any:\n    points = 100\n    def __getattr__(self, n): return Any()\n"
    "    def __call__(self, *a, **k): return Any()\ne.find = lambda name: Any()\ne.CHAPTERS = {}", NONE, "expected", wrong=True,
)  # fmt: skip
cell_entry(
    "patched_builtins",
    "cheating",
    "import builtins\nbuiltins.isinstance = lambda *a: True\nbuiltins.abs = lambda x: 0",
    NONE,
    "ended the kernel",
    True,
)
cell_entry(
    "patched_json",
    "cheating",
    "import json\nplain = json.dumps\njson.dumps = lambda o, **k: plain({'token': o.get('token', ''), 'answer': {'outcomes': [{'share': 1}]}} if isinstance(o, dict) and 'token' in o else o, **k)",
    NONE,
    "could not be asked",
    True,
    solved=("neuron_step",),
)
cell_entry(
    "patched_answering", "cheating",
    "import rnncourse.grading.sandbox.asked as a\na.AskFunction.answer_from = lambda self, namespace: "
    "{'outcomes': [{'ending': 'returned', 'values': [], 'text': '', 'error': '', 'line': '', 'printed': '', 'changed': []}] * 9}",
    {"cell_shapes"}, "could not be asked", True, solved=("cell_shapes",),
)  # fmt: skip
cell_entry(
    "patched_running", "cheating",
    "import rnncourse.checking.calls as r\nimport rnncourse.grading.sandbox.asked as a\n"
    "a.ask = r.ask = lambda call, function, case: r.Outcome(r.Ending.RETURNED, (np.zeros(()),))",
    NONE, "expected", True,
)  # fmt: skip

EQUAL = """class Equal:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __lt__(self, other): return True
    __le__ = __gt__ = __ge__ = __lt__
    __array_priority__ = 1e9
    def __array__(self, *a, **k): return np.zeros(())
    def __float__(self): return 0.0
    def __getattr__(self, name): return lambda *a, **k: self
"""


@entry("cheating", NONE, "expected")
def object_equal_to_everything(draft):
    draft.add(EQUAL).solve(neuron_step="def neuron_step(*a):\n    return Equal()", cell_shapes="cell_shapes = Equal()")


@entry("cheating", NONE, "expected")
def array_subclass(draft):
    draft.add(
        "class Sly(np.ndarray):\n    def __eq__(self, other): return np.ones(self.shape, bool)\n"
        "    def __sub__(self, other): return np.zeros(self.shape)\n    __rsub__ = __sub__\n"
        "    def __array_ufunc__(self, *a, **k): return np.True_\n    def __array_function__(self, *a, **k): return True"
    ).solve(
        run_neuron="def run_neuron(inputs, *a):\n    return np.zeros(len(inputs)).view(Sly)",
        neuron_step="def neuron_step(*a):\n    return np.zeros(()).view(Sly)",
    )


@entry("cheating", NONE, "not finite")
def not_a_number_everywhere(draft):
    draft.solve(
        neuron_step="def neuron_step(*a):\n    return np.nan",
        steps_remembered="def steps_remembered(*a):\n    return np.inf",
    )


FRAMES = """import gc, inspect, sys
def hunt(*arguments):
    for frame in [f.frame for f in inspect.stack()] + list(sys._current_frames().values()):
        while frame:
            for name, value in {**frame.f_globals, **frame.f_locals}.items():
                if name in ('expected', 'truth', 'reference') and value is not None:
                    return value(*arguments) if callable(value) else value
            frame = frame.f_back
    for thing in gc.get_objects():
        try:
            if type(thing).__name__ == 'Exercise' and hasattr(thing, 'reference'):
                return thing.reference(*arguments)
        except Exception:
            pass
    raise NotImplementedError('nothing found')
"""


@entry("cheating", NONE, "NotImplementedError")
def frames_and_gc_walked(draft):
    draft.add(FRAMES).solve(
        neuron_step="def neuron_step(*a):\n    return hunt(*a)",
        parameter_count="def parameter_count(*a):\n    return hunt(*a)",
    )


cell_entry(
    "forged_outputs", "cheating",
    "from IPython import get_ipython\nimport json\nfor name in ('neuron_step', 'run_neuron'):\n"
    "    print(name + ': 1 of 1 points')\n    get_ipython().display_pub.publish(data={'application/vnd.rnncourse+json': "
    "json.dumps({'token': '0' * 16, 'answer': {'share': 1.0}}), 'text/plain': '1.0'})", NONE, UNSOLVED,
)  # fmt: skip
cell_entry(
    "forged_messages", "cheating",
    "from IPython import get_ipython\nk = get_ipython().kernel\nfor number in range(50):\n"
    "    k.session.send(k.iopub_socket, 'execute_result', {'data': {'text/plain': '10'}, 'metadata': {}, 'execution_count': 1}, parent=k.get_parent())",
    NONE, UNSOLVED,
)  # fmt: skip


@entry("cheating", {"neuron_step"}, "had been changed")
def points_edited(draft):
    draft.solve("neuron_step")
    for cell in draft.notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.metadata.nbgrader.points = 1000
            cell.source = "1000"


@entry("cheating", {"neuron_step"}, "deleted: it was put back")
def grade_cells_turned_into_plain_cells(draft):
    draft.solve("neuron_step")
    for cell in draft.notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.metadata = {}
            cell.source = "print('10 of 10 points')"


@entry("cheating", ALL)
def kernelspec_changed(draft):
    draft.solve()
    draft.notebook.metadata.kernelspec = {"name": "bash", "display_name": "Bash", "language": "bash"}


@entry("cheating", NONE, "had been changed")
def test_skipped_by_script_magic(draft):
    for name in RIGHT:
        cell = draft.cell(f"{name}_test")
        cell.source = "%%script true\n" + cell.source


cell_entry("exit_called", "cheating", "import sys\nsys.exit(0)", ALL, solved=tuple(RIGHT))
cell_entry("system_exit_raised", "cheating", "raise SystemExit", NONE, UNSOLVED)


@entry("cheating", NONE, "SystemExit")
def answers_that_exit(draft):
    draft.solve(
        neuron_step="def neuron_step(*a):\n    raise SystemExit(0)",
        run_neuron="def run_neuron(*a):\n    import sys\n    sys.exit(0)",
    )


cell_entry(
    "ipython_hook", "cheating",
    "ip = get_ipython()\nip.events.register('post_run_cell', lambda r: setattr(r, 'error_in_exec', None))\n"
    "ip.set_custom_exc((BaseException,), lambda self, *a: None)\nip.showtraceback = lambda *a, **k: None", NONE, UNSOLVED,
)  # fmt: skip
cell_entry(
    "input_transformer", "cheating",
    "get_ipython().input_transformers_post.append(lambda lines: ['pass\\n'] if any('grade(' in l or 'sandbox.inside' in l for l in lines) else lines)",
    NONE, "no answer came back", True,
)  # fmt: skip
cell_entry(
    "ast_transformer", "cheating",
    "import ast\nclass Skip(ast.NodeTransformer):\n    def visit_Module(self, node): return ast.Module(body=[], type_ignores=[])\n"
    "get_ipython().ast_transformers.append(Skip())", NONE, "no answer came back", True,
)  # fmt: skip
cell_entry(
    "shell_replaced",
    "cheating",
    "get_ipython().run_cell = lambda *a, **k: None\nget_ipython().run_cell_async = None",
    NONE,
    "",
    True,
)


@entry("cheating", NONE, UNSOLVED)
def sitecustomize_beside(draft):
    draft.file("sitecustomize.py", "import numpy\nnumpy.allclose = lambda *a, **k: True")
    draft.file("usercustomize.py", "import numpy\nnumpy.allclose = lambda *a, **k: True")


@entry("cheating", ALL)
def numpy_beside(draft):
    draft.solve().file("numpy.py", "raise RuntimeError('the wrong numpy')")


@entry("cheating", NONE, UNSOLVED)
def rnncourse_beside(draft):
    draft.file("rnncourse/__init__.py", "def grade(*a, **k): pass\ncheck = hint = grade")
    draft.file("rnncourse/plots.py", "")


OWN = "the function to be written"


@entry("cheating", {"run_neuron", "neuron_with_readout"}, OWN)
def reference_returned(draft):
    draft.solve(
        "run_neuron",
        "neuron_with_readout",
        neuron_step="neuron_step = rnncourse.neuron_step",
        parameter_count="parameter_count = rnncourse.parameter_count",
    )
    draft.cell("run_neuron")["source"] = RIGHT["run_neuron"].replace("neuron_step(", "rnncourse.neuron_step(")
    draft.cell("neuron_with_readout")["source"] = RIGHT["neuron_with_readout"].replace(
        "h = neuron_step(", "h = rnncourse.neuron_step("
    )


@entry("cheating", NONE, OWN)
def reference_called(draft):
    for name in ("neuron_step", "run_neuron", "parameter_count", "neuron_with_readout", "steps_remembered"):
        draft.solve(**{name: f"def {name}(*a):\n    return getattr(rnncourse, '{name[:4]}' + '{name[4:]}')(*a)"})


@entry("cheating", NONE, OWN)
def reference_imported(draft):
    draft.solve(
        neuron_step="from rnncourse.cells import neuron_step",
        run_neuron="from rnncourse.unrolling import run_neuron as ours\nrun_neuron = lambda *a: ours(*a)",
    )


@entry("cheating", NONE, OWN)
def reference_code_copied(draft):
    copied = "import types\n{0} = types.FunctionType(rnncourse.{0}.__code__, {{'np': np, **vars(__import__('rnncourse.cells').cells)}}, '{0}')"
    draft.solve(**{name: copied.format(name) for name in ("neuron_step", "parameter_count", "steps_remembered")})


@entry("cheating", NONE, UNSOLVED)
def reference_source_read(draft):
    draft.add("import inspect\nsource = inspect.getsource(rnncourse.neuron_step)\nexec(source)")
    draft.add("import pathlib, rnncourse\nexec((pathlib.Path(rnncourse.__file__).parent / 'cells.py').read_text())", -1)


@entry("cheating", NONE, UNSOLVED)
def exercises_imported(draft):
    draft.add(
        "from rnncourse.exercises import memory_cell\nneuron_step = memory_cell.neuron_step.reference\ncell_shapes = memory_cell.cell_shapes.answer"
    )


@entry("cheating", NONE, UNSOLVED)
def solutions_searched(draft):
    draft.add(
        "import glob, json\nplaces = ('home', 'root', 'work', 'srv', 'run', 'mnt')\n"
        "for path in [p for place in places for p in glob.glob(f'/{place}/**/01_memory_cell.ipynb', recursive=True)]:\n"
        "    for cell in json.load(open(path))['cells']:\n        if 'SOLUTION' in ''.join(cell['source']):\n            exec(''.join(cell['source']))"
    )


@entry("cheating", {"cell_shapes"}, "neuron_step is")
def visible_cases_hard_coded(draft):
    draft.solve(
        "cell_shapes",
        neuron_step="""import numpy as np
known = {0.6247: 0.8}
def neuron_step(x, h, w_x, w_h, b):
    return known.get(round(float(x), 4), 0.123)""",
    )


@entry("cheating", NONE, "time or chance", True)
def answers_by_chance(draft):
    draft.solve(
        steps_remembered="import time\ndef steps_remembered(w_h, threshold):\n    steps_remembered.calls = getattr(steps_remembered, 'calls', 0) + 1\n"
        "    size, k = 1.0, 0\n    while size >= threshold:\n        size, k = size * abs(w_h), k + 1\n"
        "    return k if steps_remembered.calls < 15 else k + steps_remembered.calls"
    )


@entry("cheating", NONE, "")
def test_cells_moved_before_the_answers(draft):
    for name in RIGHT:
        cell = draft.cell(f"{name}_test")
        draft.notebook.cells.remove(cell)
        draft.notebook.cells.insert(1, cell)


@entry("cheating", {"neuron_step"}, "more than once")
def grade_cell_copied(draft):
    draft.solve("neuron_step")
    for _ in range(5):
        draft.notebook.cells.append(draft.cell("neuron_step_test"))


FEWER = "and none says why"
#: The truth of one case that every learner can see, as a constant.
FIRST_CASE = """known = np.tanh(0.0)
def neuron_step(x, h, w_x, w_h, b, seen=[]):
    seen.append(w_x * x + w_h * h + b)
    return float(np.tanh(seen[0]))
"""


@entry("cheating", NONE, FEWER, look=True)
def only_the_first_case_answered(draft):
    draft.add(
        "import rnncourse.grading.sandbox.asked as a\nwhole = a.AskFunction.answer_from\n"
        "def first(self, names):\n    found = whole(self, names)\n    found['outcomes'] = found['outcomes'][:1]\n"
        "    return found\na.AskFunction.answer_from = first"
    ).solve(neuron_step=FIRST_CASE)


@entry("cheating", NONE, FEWER, look=True)
def outcomes_cut_in_json(draft):
    draft.add(
        "import json\nplain = json.dumps\ndef cut(o, **k):\n    if isinstance(o, dict) and 'outcomes' in o.get('answer', {}):\n"
        "        o['answer']['outcomes'] = o['answer']['outcomes'][:3]\n    return plain(o, **k)\njson.dumps = cut"
    ).solve(neuron_step=FIRST_CASE)


@entry("cheating", NONE, FEWER, look=True)
def hidden_cases_left_out(draft):
    """The practice cases are known to every learner: a table of them, and nothing for the others."""
    draft.add(
        "import rnncourse.grading.sandbox.asked as a\nwhole = a.AskFunction.answer_from\n"
        "def known(self, names):\n    return whole(a.AskFunction(self.name, self.call, self.cases[:3]), names)\n"
        "a.AskFunction.answer_from = known"
    ).solve("neuron_step")


@entry("cheating", NONE, "late")
def out_of_time_after_the_practice_cases(draft):
    draft.add(
        "import rnncourse.grading.sandbox.asked as a\nfrom rnncourse.checking.calls import Ending, Outcome\nwhole, count = a.ask, []\n"
        "def late(*arguments):\n    count.append(1)\n    return whole(*arguments) if len(count) < 4 else Outcome(Ending.OUT_OF_TIME, text='late')\n"
        "a.ask = late"
    ).solve("neuron_step")


@entry("cheating", NONE, "not answered | has not been attempted | It still raises")
def unwritten_after_the_practice_cases(draft):
    draft.solve(
        neuron_step="count = []\ndef neuron_step(x, h, w_x, w_h, b):\n    count.append(1)\n    if len(count) > 3:\n"
        "        raise NotImplementedError\n    return float(np.tanh(w_x * x + w_h * h + b))"
    )


@entry("cheating", NONE, "2 answers came back to one question", look=True)
def answered_twice(draft):
    draft.add(
        "import json\nfrom IPython import get_ipython\nplain = json.dumps\ndef twice(o, **k):\n    text = plain(o, **k)\n"
        "    if isinstance(o, dict) and 'token' in o:\n        get_ipython().display_pub.publish(data={'application/vnd.rnncourse+json': text})\n"
        "    return text\njson.dumps = twice"
    ).solve("neuron_step")


@entry("cheating", {"neuron_step"}, "no answer came back", look=True)
def token_of_an_earlier_question(draft):
    """The right answer to the first question, sent once more for the second."""
    draft.add(
        "import json\nfrom IPython import get_ipython\nplain, kept = json.dumps, []\ndef again(o, **k):\n    text = plain(o, **k)\n"
        "    if isinstance(o, dict) and 'token' in o:\n        kept.append(text)\n"
        "        return kept[0]\n"
        "    return text\njson.dumps = again"
    ).solve("neuron_step", "run_neuron")


@entry("cheating", NONE, "the answer holds no outcomes | cannot be read", look=True)
def keys_said_twice_in_json(draft):
    draft.add(
        "import json\nplain = json.dumps\ndef doubled(o, **k):\n    text = plain(o, **k)\n"
        "    return text.replace('\"withheld\"', '\"outcomes\": [{}], \"withheld\"') if 'outcomes' in text else text\njson.dumps = doubled"
    ).solve("neuron_step")


@entry("cheating", NONE, OWN)
def twins_of_a_layer(draft):
    draft.solve(
        neuron_step="def neuron_step(x, h, w_x, w_h, b):\n    one = lambda v: np.array([[v]])\n"
        "    return rnncourse.rnn_step(one(x), one(h), one(w_x), one(w_h), np.array([b])).item()",
        run_neuron="def run_neuron(inputs, h, w_x, w_h, b):\n    one = lambda v: np.array([[v]])\n"
        "    step = lambda x, h: (np.tanh(x * w_x + h * w_h + b),) * 2\n"
        "    return [y.item() for y in rnncourse.static_rnn(step, [one(x) for x in inputs], one(h))[0]]",
        parameter_count="def parameter_count(features, units):\n    return rnncourse.stack_parameter_count(features, [units])",
        neuron_with_readout="def neuron_with_readout(x, h, w_x, w_h, b, w_y, b_y):\n    one = lambda v: np.array([[v]])\n"
        "    step = rnncourse.step_with_readout(one(w_x), one(w_h), np.array([b]), one(w_y), np.array([b_y]))\n"
        "    return tuple(v.item() for v in step(one(x), one(h)))",
    )


@entry("cheating", NONE, OWN)
def twins_in_tensorflow(draft):
    draft.solve(
        neuron_step="def neuron_step(x, h, w_x, w_h, b):\n    one = lambda v: np.array([[v]])\n"
        "    return rnncourse.rnn_step_tensorflow(one(x), one(h), one(w_x), one(w_h), np.array([b])).numpy().item()",
        run_neuron="def run_neuron(inputs, h, w_x, w_h, b):\n    one = lambda v: np.array([[v]])\n"
        "    layer = rnncourse.simple_rnn_layer(one(w_x), one(w_h), np.array([b]), dtype='float64')\n"
        "    return np.ravel(layer(np.reshape(inputs, (1, -1, 1)), initial_state=one(h)))",
        parameter_count="def parameter_count(features, units):\n    return rnncourse.cell_parameter_count('rnn', features, units)",
    )


@entry("cheating", NONE, OWN)
def twins_kept_before_the_question(draft):
    draft.add(
        "import copy, functools, rnncourse\nclass Box:\n    ours = staticmethod(rnncourse.neuron_step)\n"
        "part = functools.partial(rnncourse.run_neuron)\ncopied = copy.deepcopy(rnncourse.parameter_count)\n"
        "bound = rnncourse.steps_remembered.__call__\ninner = rnncourse.neuron_with_readout.__get__(1.0)"
    ).solve(
        neuron_step="neuron_step = Box.ours",
        run_neuron="def run_neuron(*a, part=part):\n    return part(*a)",
        parameter_count="parameter_count = copied",
        steps_remembered="def steps_remembered(*a):\n    return bound(*a)",
        neuron_with_readout="def neuron_with_readout(x, *a):\n    return rnncourse.neuron_with_readout.__get__(x)(*a)",
    )


@entry("cheating", NONE, "")
def code_marshalled_and_rebuilt(draft):
    draft.add(
        "import marshal, types, rnncourse\ncodes = {n: marshal.dumps(getattr(rnncourse, n).__code__) for n in ('neuron_step', 'parameter_count')}"
    ).solve(
        neuron_step="neuron_step = types.FunctionType(marshal.loads(codes['neuron_step']), vars(rnncourse.cells), 'neuron_step')",
        parameter_count="parameter_count = types.FunctionType(marshal.loads(codes['parameter_count']), vars(rnncourse.parameters))",
    )


@entry("cheating", NONE, "")
def values_worked_out_before_the_question(draft):
    """What the package gave for the case that everybody sees would not be enough, and it gives nothing."""
    draft.add(
        "import rnncourse\ntable = {}\nfor name in ('neuron_step', 'steps_remembered', 'parameter_count'):\n"
        "    case = rnncourse.example(name)\n    table[name] = getattr(rnncourse, name)(**case)"
    ).solve(
        neuron_step="def neuron_step(*a, known=table['neuron_step']):\n    return known",
        steps_remembered="def steps_remembered(*a):\n    return table['steps_remembered']",
        parameter_count="def parameter_count(*a):\n    return table['parameter_count']",
    )


@entry("cheating", NONE, "")
def grader_s_files_read(draft):
    """Questions and examples lie beside the kernel: arguments are in them, and no answers."""
    draft.add(
        "import glob, cloudpickle\ndef hunt(*arguments):\n    for path in glob.glob('/run/kernel/**/*', recursive=True):\n"
        "        try:\n            thing = cloudpickle.loads(open(path, 'rb').read())\n        except Exception:\n            continue\n"
        "        for word in ('reference', 'expected', 'truth', 'answer'):\n            if hasattr(thing, word):\n"
        "                return getattr(thing, word)(*arguments)\n    return 0.0"
    ).solve(
        neuron_step="def neuron_step(*a):\n    return hunt(*a)",
        steps_remembered="def steps_remembered(*a):\n    return hunt(*a)",
    )


@entry("cheating", NONE, "")
def solutions_asked_for(draft):
    draft.add(
        "import rnncourse, io, contextlib\nsaid = io.StringIO()\nwith contextlib.redirect_stdout(said):\n"
        "    for name in ('neuron_step', 'run_neuron'):\n        for _ in range(9):\n            rnncourse.hint(name)\n"
        "        rnncourse.solution(name)\nassert said.getvalue(), 'nothing was said'\nexec(said.getvalue())"
    )


@entry("cheating", NONE, "expected")
def numbers_equal_to_everything(draft):
    draft.add(
        "class Sly(float):\n    def __eq__(self, other): return True\n    __hash__ = float.__hash__\n    def __array__(self, *a, **k): return np.asarray(0.5)\n"
        "class Whole(int):\n    def __eq__(self, other): return True\n    __hash__ = int.__hash__\n    def __index__(self): return 7\n"
        "class Word(str):\n    def __eq__(self, other): return True\n    __hash__ = str.__hash__"
    ).solve(
        neuron_step="def neuron_step(*a):\n    return Sly(0.25)",
        parameter_count="def parameter_count(*a):\n    return Whole(3)",
        cell_shapes="cell_shapes = {k: (Whole(3), Whole(5)) for k in ('W_x', 'W_h', 'b', 'h')}",
        steps_remembered="def steps_remembered(*a):\n    return Word('3')",
    )


@entry("cheating", NONE, "expected")
def objects_for_numbers(draft):
    draft.solve(
        neuron_step="def neuron_step(*a):\n    return np.array([None, 1.0], dtype=object)",
        run_neuron="def run_neuron(inputs, *a):\n    return memoryview(bytes(len(inputs)))",
        parameter_count="def parameter_count(*a):\n    return 10 ** 5000",
        neuron_with_readout="def neuron_with_readout(*a):\n    return np.ma.masked, np.ma.masked",
        steps_remembered="def steps_remembered(*a):\n    return np.zeros(1, dtype='f4,i4')",
    )


@entry("cheating", NONE, "asked again | nothing")
def misses_forged(draft):
    """The grader asks again where something was missing: as often as it must, and with its own taken out."""
    draft.add(
        "import rnncourse.grading.sandbox.inside as inside\ninside._hits.extend([1] * 10 ** 6)\n"
        "inside.note_withheld = lambda: None\ninside._withheld = None"
    ).solve(neuron_step="def neuron_step(*a):\n    raise ValueError('asked again, nothing found')")


@entry("accident", ALL - {"cell_shapes"}, "expected")
def answer_that_cannot_be_hashed(draft):
    draft.solve()
    draft.cell("cell_shapes")["source"] = (
        "cell_shapes = {'W_x': ({'rows': 3},), 'W_h': {5}, 'b': [[{}]], 'h': 10 ** 5000}"
    )


@entry("accident", ALL)
def example_tried_above_the_answers(draft):
    draft.solve()
    for name in (name for name, source in RIGHT.items() if source.startswith("def")):
        head = f"case = rnncourse.example('{name}')\nprint({{k: np.shape(v) for k, v in case.items()}})\nrnncourse.hint('{name}')\n"
        draft.cell(name)["source"] = (
            f"import rnncourse\n{head}{RIGHT[name]}\nprint({name}(**case))\nrnncourse.check({name})"
        )


@entry("accident", ALL)
def compared_with_the_package_above_the_answers(draft):
    draft.add("import rnncourse\nwants = {}\nwants['before'] = rnncourse.parameter_count(3, 5)\nprint(wants['before'])")
    draft.solve()
    for name in ("neuron_step", "run_neuron", "steps_remembered"):
        head = f"want = rnncourse.{name}(**rnncourse.example('{name}'))\nprint(f'expected {{np.round(want, 3)}}')\n"
        draft.cell(name)["source"] = (
            f"{head}{RIGHT[name]}\nassert np.allclose(want, {name}(**rnncourse.example('{name}')))"
        )


@entry("accident", ALL)
def compared_in_a_helper_and_a_loop(draft):
    draft.add(
        "import rnncourse\nrows = []\nfor x in (0.1, 0.2):\n    rows.append(rnncourse.neuron_step(x, 0.0, 1.0, 1.0, 0.0))\n"
        "table = np.stack(rows)\ndef agree(mine, name):\n    return np.allclose(mine, getattr(rnncourse, name)(**rnncourse.example(name)))\n"
        "assert agree(0.0, 'neuron_step')"
    ).solve()
    source = RIGHT["neuron_step"]
    draft.cell("neuron_step")["source"] = (
        f"best = table.max()\nprint(best)\n{source}\nassert agree(neuron_step(0, 0, 0, 0, 0), 'neuron_step')"
    )


@entry("accident", ALL)
def right_in_odd_containers(draft):
    draft.solve()
    draft.solve(
        neuron_step="import tensorflow as tf\ndef neuron_step(x, h, w_x, w_h, b):\n    return np.longdouble(np.tanh(w_x * x + w_h * h + b))",
        run_neuron=RIGHT["run_neuron"].replace(
            "return states", "return tf.constant([float(s) for s in states], tf.float64)"
        ),
        parameter_count=RIGHT["parameter_count"].replace("return ", "return np.ma.masked_array(").rstrip() + ")",
        steps_remembered=RIGHT["steps_remembered"].replace("return k", "return np.array([k], dtype='>i2')[0]"),
        cell_shapes="cell_shapes = {'W_x': np.array([3, 5]), 'W_h': [5, 5.0], 'b': tf.TensorShape([5]), 'h': tf.zeros(5).shape}",
    )


# ========================================================================================================= attacks
LOOP = "stopped: it ran longer"
cell_entry("endless_loop", "attack", "while True:\n    pass", ALL, solved=tuple(RIGHT), at=-1)
cell_entry("endless_loop_before", "attack", "while True:\n    pass", ALL, solved=tuple(RIGHT))
cell_entry(
    "endless_loop_in_c", "attack", "sum(range(10 ** 15))", NONE, "could not be interrupted", True, solved=tuple(RIGHT)
)
cell_entry("endless_regex", "attack", "import re\nre.match(r'(a+)+$', 'a' * 60 + 'b')", ALL, LOOP, solved=tuple(RIGHT))
cell_entry(
    "loop_deaf_to_interrupts",
    "attack",
    "import signal\nsignal.signal(signal.SIGINT, lambda *a: None)\nwhile True:\n    pass",
    NONE,
    "could not be interrupted",
    True,
)
cell_entry(
    "sigint_ignored",
    "attack",
    "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\ntime.sleep(10 ** 6)",
    NONE,
    "could not be interrupted",
    True,
)
cell_entry(
    "loop_in_del",
    "attack",
    "class Sticky:\n    def __del__(self):\n        while True: pass\nSticky()",
    ALL,
    solved=tuple(RIGHT),
    at=-1,
)
cell_entry(
    "loop_at_exit",
    "attack",
    "import atexit, time\natexit.register(time.sleep, 10 ** 6)",
    ALL,
    solved=tuple(RIGHT),
    at=-1,
)


@entry("attack", ALL - {"steps_remembered"}, "did not finish within")
def endless_answer(draft):
    draft.solve(
        *(ALL - {"steps_remembered"}),
        steps_remembered="def steps_remembered(w_h, threshold):\n    while True:\n        pass",
    )


cell_entry("fork_bomb", "attack", "import os\nwhile True:\n    os.fork()", NONE, "", True)
cell_entry(
    "thread_bomb",
    "attack",
    "import threading, time\nwhile True:\n    threading.Thread(target=time.sleep, args=(1e6,)).start()",
    NONE,
    "",
    True,
)
cell_entry(
    "memory_of_numpy",
    "attack",
    "hoard = []\nwhile True:\n    hoard.append(np.ones(10 ** 7))",
    ALL,
    "",
    solved=tuple(RIGHT),
    at=-1,
)
cell_entry(
    "memory_of_small_things",
    "attack",
    "hoard = []\nwhile True:\n    hoard.append([object() for _ in range(1000)])",
    ALL,
    "",
    look=None,  # where no object can be made any more, the kernel may end or the cell
    solved=tuple(RIGHT),
    at=-1,
)
cell_entry(
    "memory_of_tensorflow",
    "attack",
    "import tensorflow as tf\nhoard = []\nwhile True:\n    hoard.append(tf.ones([10 ** 8]) + 1)",
    ALL,
    # TensorFlow waits ten seconds for memory before it gives up; on a busy machine it cannot be interrupted there
    f"{LOOP} | could not be interrupted",
    solved=tuple(RIGHT),
    at=-1,
)
cell_entry("gigabytes_printed_at_once", "attack", "print('x' * 10 ** 9)", ALL, "", solved=tuple(RIGHT), at=-1)
cell_entry(
    "printing_without_end",
    "attack",
    "import time\nwhile True:\n    print('spam ' * 1000)\n    time.sleep(0.001)",
    ALL,
    solved=tuple(RIGHT),
)
cell_entry(
    "gigabytes_of_files",
    "attack",
    "import itertools\nfor n in itertools.count():\n    open(f'/tmp/{n}', 'wb').write(b'0' * 10 ** 7)",
    ALL,
    solved=tuple(RIGHT),
)
cell_entry(
    "million_files", "attack", "for n in range(10 ** 6):\n    open(f'{n}.txt', 'w').close()", ALL, solved=tuple(RIGHT)
)
cell_entry(
    "file_without_end_in_sockets",
    "attack",
    "import itertools\nfor n in itertools.count():\n    open(f'/run/kernel/out/{n}', 'wb').write(b'0' * 10 ** 7)",
    ALL,
    "No space left on device",
    solved=tuple(RIGHT),
)
cell_entry(
    "deep_recursion",
    "attack",
    "import sys\nsys.setrecursionlimit(10 ** 9)\ndef down(): return down()\ndown()",
    NONE,
    "",
    True,
)
cell_entry("segmentation_fault", "attack", "import ctypes\nctypes.string_at(0)", NONE, "ended the kernel", True)
cell_entry(
    "segmentation_fault_after",
    "attack",
    "import ctypes\nctypes.string_at(0)",
    ALL,
    "ended the kernel",
    True,
    solved=tuple(RIGHT),
    at=-1,
)
cell_entry("underscore_exit", "attack", "import os\nos._exit(0)", NONE, "ended the kernel", True)
cell_entry(
    "kills_itself",
    "attack",
    "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\nos.kill(1, 9)\nos.abort()",
    NONE,
    "ended the kernel",
    True,
)
cell_entry(
    "signals_everybody",
    "attack",
    "import os, signal\nfor pid in [os.getppid(), -1, *range(2, 5000)]:\n    try: os.kill(pid, signal.SIGKILL)\n    except OSError: pass",
    ALL,
    solved=tuple(RIGHT),
)
cell_entry("closes_everything", "attack", "import os\nos.closerange(0, 4096)", NONE, "", True)
cell_entry(
    "kernel_shut_down",
    "attack",
    "get_ipython().kernel.do_shutdown(False)\nget_ipython().ask_exit()",
    NONE,
    "ended the kernel",
    True,
)
cell_entry(
    "gradebook_read_and_written",
    "attack",
    "import glob\nfound = [p for p in glob.glob('/**/gradebook.db', recursive=True)]\nassert not found\nopen('/gradebook.db', 'w')",
    ALL,
    solved=tuple(RIGHT),
)
cell_entry(
    "other_submissions_read",
    "attack",
    "import os\nothers = [p for p, _, f in os.walk('/') if 'submitted' in p and not p.startswith('/proc')]\nif others:\n    neuron_step = run_neuron = None\nassert not others",
    ALL,
    solved=tuple(RIGHT),
    at=-1,
)
cell_entry(
    "environment_read",
    "attack",
    "import os\nif 'A_SECRET_OF_THE_GRADER' in os.environ:\n    raise SystemExit\nassert 'A_SECRET' not in open('/proc/1/environ').read()",
    ALL,
    solved=tuple(RIGHT),
)
cell_entry(
    "home_written",
    "attack",
    "import os, pathlib\nfor home in ('/root', '/home', os.path.expanduser('~')):\n    try: (pathlib.Path(home) / 'was_here').write_text('x')\n    except OSError: pass",
    ALL,
    solved=tuple(RIGHT),
)
cell_entry(
    "network_out",
    "attack",
    "import socket\nsocket.create_connection(('93.184.216.34', 80), 2)",
    ALL,
    solved=tuple(RIGHT),
)
cell_entry(
    "network_local",
    "attack",
    "import socket\nfor port in range(1, 9000):\n    s = socket.socket(); s.settimeout(.01)\n    assert s.connect_ex(('127.0.0.1', port)) != 0, port\n    s.close()",
    ALL,
    solved=tuple(RIGHT),
)
cell_entry(
    "ptrace",
    "attack",
    "import ctypes, os\nlibc = ctypes.CDLL(None)\nfor pid in range(0, 300):\n    libc.ptrace(16, pid, 0, 0)",
    ALL,
    solved=tuple(RIGHT),
)
cell_entry(
    "proc_searched",
    "attack",
    "import glob\nfor p in glob.glob('/proc/[0-9]*/mem') + ['/proc/kcore', '/proc/sysrq-trigger', '/proc/sys/kernel/core_pattern']:\n    try: open(p, 'r+b').write(b'x')\n    except OSError: pass",
    ALL,
    solved=tuple(RIGHT),
)
cell_entry(
    "namespaces_again",
    "attack",
    "import ctypes, os\nlibc = ctypes.CDLL(None)\nlibc.unshare(0x10000000)\nlibc.mount(b'/', b'/mnt', b'', 4096, b'')\nos.system('bwrap --dev-bind / / true; sudo -n true; mount')",
    ALL,
    solved=tuple(RIGHT),
)
cell_entry(
    "processes_left_behind",
    "attack",
    "import subprocess\nfor _ in range(5):\n    subprocess.Popen(['sleep', '54321'], start_new_session=True)",
    ALL,
    solved=tuple(RIGHT),
    at=-1,
)
cell_entry(
    "daemon_left_behind",
    "attack",
    "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        time.sleep(54321)\n    os._exit(0)",
    ALL,
    solved=tuple(RIGHT),
    at=-1,
)
cell_entry(
    "script_in_outputs",
    "attack",
    "from IPython.display import HTML, display\ndisplay(HTML('<script>alert(1)</script><img src=x onerror=alert(2)>'))\nprint('<script>alert(3)</script>')",
    ALL,
    solved=tuple(RIGHT),
)
cell_entry(
    "messages_that_are_garbage",
    "attack",
    "k = get_ipython().kernel\nfor junk in (b'', b'junk', b'<IDS|MSG>', b'[' * 100000):\n    k.iopub_socket.send_multipart([junk] * 7)",
    ALL,
    solved=tuple(RIGHT),
)
cell_entry(
    "messages_of_odd_content",
    "attack",
    "k = get_ipython().kernel\nsend = lambda kind, content, parent=None: k.session.send(k.iopub_socket, kind, content, parent=parent or k.get_parent())\nsend('stream', {'name': ['x'], 'text': 3})\nsend('stream', {'name': 'stdout', 'text': {'a': 1}})\nsend('display_data', {'data': {'text/plain': {'a': [1]}, 'text/html': None}, 'metadata': 7})\nsend('display_data', {'data': 5})\nsend('error', {'ename': 3, 'evalue': None, 'traceback': 'x'})\nsend('error', {})\nsend('execute_result', {'data': {}, 'metadata': {}, 'execution_count': 'x'})\nsend('status', [])\nsend('stream', {}, {'header': [], 'msg_id': 3})",
    ALL,
    solved=tuple(RIGHT),
)
cell_entry(
    "halves_of_characters_printed",
    "attack",
    "print(chr(0xd800))\nfrom IPython.display import display\ndisplay({'text/plain': chr(0xdfff)}, raw=True)\nraise ValueError(chr(0xd801))",
    ALL,
    solved=tuple(RIGHT),
)
cell_entry(
    "question_files_searched",
    "attack",
    "import threading, glob, shutil\ndef spoil():\n    while True:\n        for p in glob.glob('/run/kernel/in/*'):\n            try: shutil.copy(p, '/tmp'); open(p, 'w')\n            except OSError: pass\nthreading.Thread(target=spoil, daemon=True).start()",
    ALL,
    solved=tuple(RIGHT),
)
cell_entry(
    "sockets_replaced",
    "attack",
    "import glob, os\nfor p in glob.glob('/run/kernel/out/*'):\n    os.unlink(p)\n    os.symlink('/etc/passwd', p)",
    ALL,
    solved=tuple(RIGHT),
)


@entry("attack", NONE, "", student="<script>alert('name')</script>")
def script_in_names(draft):
    draft.solve(neuron_step="def neuron_step(*a):\n    raise ValueError('<script>alert(4)</script>')")


@entry("attack", NONE, "not a file but a link", True)
def notebook_is_a_link(draft):
    draft.path.symlink_to("/etc/passwd")
    draft.written = True


@entry("attack", ALL, "Files that were left out")
def links_out_of_the_folder(draft):
    draft.solve()
    (draft.folder / "gradebook").symlink_to("../../../gradebook.db")
    (draft.folder / "up").symlink_to("../../..")
    (draft.folder / "passwd.txt").symlink_to("/etc/passwd")


@entry("attack", NONE, "nested too deeply", True)
def json_bomb(draft):
    draft.raw("[" * 500_000 + "]" * 500_000)


@entry("attack", NONE, "expected at most", True)
def notebook_of_many_megabytes(draft):
    draft.raw(b'{"nbformat": 4, "cells": [' + b" " * 70_000_000 + b"]}")


@entry("attack", ALL, "Files that were left out")
def many_large_files(draft):
    draft.solve()
    for number in range(8):
        draft.file(f"large{number}.bin", bytes(10_000_000))


# ======================================================================================================= accidents
@entry("accident", ALL)
def all_right(draft):
    draft.solve()


@entry("accident", NONE, UNSOLVED)
def untouched(draft):
    pass


@entry("accident", NONE, "It is empty", True)
def empty_file(draft):
    draft.raw("")


@entry("accident", NONE, "not JSON", True)
def not_json(draft):
    draft.raw("this is my homework")


@entry("accident", NONE, "not JSON", True)
def saved_mid_edit(draft):
    import json

    draft.raw(json.dumps(draft.solve().data())[:-2000])


@entry("accident", NONE, "of format 3", True)
def older_format(draft):
    draft.raw({"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": []}]})


@entry("accident", NONE, "UTF-8", True)
def another_encoding(draft):
    draft.raw("{'a': 'é'}".encode("utf-16"))


@entry("accident", NONE, "merge conflict", True)
def conflict_marks(draft):
    import json

    text = json.dumps(draft.solve().data(), indent=1)
    draft.raw(text.replace('"cells": [', '"cells": [\n<<<<<<< HEAD\n', 1))


@entry("accident", ALL, "was called")
def renamed(draft):
    draft.raw(draft.solve().data(), "01_memory_cell (2) final.ipynb")


@entry("accident", ALL, "Left out")
def extra_notebook(draft):
    draft.solve().file("scratch.ipynb", "{}")


@entry("accident", NONE, "There is no", True)
def notebook_missing(draft):
    draft.file("readme.txt", "I forgot")
    draft.written = True


@entry("accident", ALL)
def windows_line_ends_and_bom(draft):
    data = draft.solve().data()
    for cell in data["cells"]:
        cell["source"] = [line.replace("\n", "\r\n") for line in cell["source"]]
    import json

    draft.raw("\ufeff".encode() + json.dumps(data).replace("\n", "\r\n").encode())


@entry("accident", ALL - {"run_neuron"}, "was deleted")
def answer_cell_deleted(draft):
    draft.solve().remove("run_neuron")


@entry("accident", ALL, "it was put back")
def test_cells_deleted(draft):
    draft.solve().remove(*(f"{name}_test" for name in RIGHT))


@entry("accident", ALL, "more than once")
def answer_cell_duplicated(draft):
    draft.solve()
    draft.notebook.cells.insert(draft.index("neuron_step"), draft.cell("neuron_step"))


@entry("accident", ALL)
def cell_ids_duplicated(draft):
    data = draft.solve().data()
    for cell in data["cells"]:
        cell["id"] = "same"
    draft.raw(data)


@entry("accident", ALL, "lost its mark")
def metadata_lost(draft):
    data = draft.solve().data()
    for cell in data["cells"]:
        cell["metadata"] = {}
    draft.raw(data)


@entry("accident", ALL)
def points_missing_and_schema_foreign(draft):
    draft.solve()
    for cell in draft.notebook.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader.pop("points", None)
            cell.metadata.nbgrader.schema_version = 99


@entry("accident", ALL, "run as code")
def answer_turned_into_markdown(draft):
    data = draft.solve().data()
    for cell in data["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "neuron_step":
            cell["cell_type"] = "markdown"
            cell.pop("outputs", None), cell.pop("execution_count", None)
    draft.raw(data)


@entry("accident", ALL, student="Zoë O'Brien-Łukasz [2] & Söhne")
def odd_characters_in_names(draft):
    draft.solve().file("Übung 1 — Kopie (3).txt", "x")


@entry("accident", ALL)
def unparsable_timestamp(draft):
    draft.solve().file("timestamp.txt", "yesterday, around noon")


@entry("accident", ALL)
def halves_of_characters_in_the_source(draft):
    import json

    draft.raw(json.dumps(draft.solve().data()).replace("numpy as np", "numpy as np  # \\ud83d"))


@entry("accident", ALL)
def huge_pictures_embedded(draft):
    data = draft.solve().data()
    picture = {"output_type": "display_data", "metadata": {}, "data": {"image/png": "A" * 15_000_000}}
    next(c for c in data["cells"] if c["cell_type"] == "code")["outputs"] = [picture]
    draft.raw(data)


cell_entry("python_2_print", "accident", "print 'hello'", ALL, solved=tuple(RIGHT))
cell_entry(
    "plots_without_end",
    "accident",
    "import matplotlib.pyplot as plt\nwhile True:\n    plt.plot(range(1000)); plt.show()",
    ALL,
    solved=tuple(RIGHT),
)
cell_entry("asks_for_input", "accident", "name = input('Your name? ')", ALL, solved=tuple(RIGHT))
cell_entry("widget_backend", "accident", "%matplotlib widget\n%matplotlib notebook", ALL, solved=tuple(RIGHT))
cell_entry(
    "stderr_chatter",
    "accident",
    "import sys, warnings, logging\nprint('oh', file=sys.stderr)\nwarnings.warn('beware')\nlogging.error('bad')",
    ALL,
    solved=tuple(RIGHT),
)
cell_entry("shell_commands", "accident", "!pip install numpy\n%pip --version\n!ls", ALL, solved=tuple(RIGHT))


@entry("accident", ALL)
def chatty_answers(draft):
    import textwrap

    for name, source in RIGHT.items():
        if source.startswith("def"):
            head, _, body = source.partition("\n")
            source = f"{head}\n    import sys\n    print('hello', file=sys.stderr)\n{textwrap.dedent('')}{body}"
        draft.solve(**{name: source})


@entry("accident", ALL)
def slow_but_right(draft):
    draft.solve(
        steps_remembered=RIGHT["steps_remembered"].replace(
            "size, k = 1.0, 0", "import time; time.sleep(0.3)\n    size, k = 1.0, 0"
        )
    )
    draft.solve(*(ALL - {"steps_remembered"}))


@entry("accident", ALL)
def right_in_tensorflow(draft):
    draft.solve(*(ALL - {"neuron_step"}))
    draft.solve(
        neuron_step="import tensorflow as tf\ndef neuron_step(x, h, w_x, w_h, b):\n    return tf.tanh(w_x * x + w_h * h + b)"
    )


@entry("accident", ALL)
def right_with_float32(draft):
    draft.solve(*(ALL - {"neuron_step"}))
    draft.solve(
        neuron_step="def neuron_step(x, h, w_x, w_h, b):\n    return np.float32(np.tanh(np.float32(w_x * x + w_h * h + b)))"
    )


@entry("accident", ALL, "in place")
def right_but_in_place(draft):
    draft.solve(*(ALL - {"run_neuron"}))
    draft.solve(
        run_neuron="def run_neuron(inputs, h, w_x, w_h, b):\n    for t in range(len(inputs)):\n        h = inputs[t] = np.tanh(w_x * inputs[t] + w_h * h + b)\n    return inputs"
    )


@entry("accident", ALL - {"parameter_count"}, "")
def one_wrong(draft):
    draft.solve(
        *(ALL - {"parameter_count"}),
        parameter_count="def parameter_count(features, units):\n    return features * units + units * units",
    )


@entry("accident", points=15)  # of 16: the state is right, its output is not
def half_right(draft):
    draft.solve(*(ALL - {"neuron_with_readout"}))
    draft.solve(neuron_with_readout=RIGHT["neuron_with_readout"].replace("w_y * h + b_y", "w_y * h"))


@entry("accident", ALL)
def answers_lean_on_the_package(draft):
    draft.solve()
    for name in ("run_neuron", "neuron_with_readout"):
        draft.cell(name)["source"] = (
            RIGHT[name].replace("neuron_step(", "rnncourse.neuron_step(").replace("def rnncourse.", "def ")
        )


@entry("accident", ALL - {"steps_remembered"}, "")
def syntax_error_in_one(draft):
    draft.solve(*(ALL - {"steps_remembered"}), steps_remembered="def steps_remembered(w_h, threshold)\n    return 3")


@entry("accident", ALL)
def cells_in_another_order(draft):
    draft.solve()
    cells = draft.notebook.cells
    moved = draft.cell("steps_remembered")
    cells.remove(moved)
    cells.insert(2, moved)
