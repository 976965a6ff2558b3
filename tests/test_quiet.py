"""TensorFlow says nothing that a learner need not read, and all that one must."""

from __future__ import annotations

import logging
import os
import subprocess
import sys

import pytest

from rnncourse import quiet


def python(code: str, **environment: str) -> subprocess.CompletedProcess:
    kept = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**kept, **environment}
    )


@pytest.mark.parametrize("level", [{}, {"TF_CPP_MIN_LOG_LEVEL": "3"}])
def test_tensorflow_starts_without_a_word(level):
    done = python("import rnncourse, tensorflow as tf\nprint(float(tf.tanh(0.0)))", **level)
    assert (done.stdout, done.stderr) == ("0.0\n", "")


MANY_MODELS = """
import rnncourse, keras, numpy as np
for units in range(1, 7):
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(units)]).predict(np.zeros((4, 3)), verbose=0)
"""


ONE_FUNCTION_TRACED_OFTEN = """
import rnncourse, tensorflow as tf
double = tf.function(lambda x: 2 * x)
for number in range(8):
    double(number)
"""


@pytest.mark.long
def test_keras_may_predict_with_many_models_but_tracing_ones_own_function_often_is_warned_of():
    assert "retracing" not in python(MANY_MODELS).stderr
    assert "retracing" in python(MANY_MODELS, TF_CPP_MIN_LOG_LEVEL="2").stderr
    assert "retracing" in python(ONE_FUNCTION_TRACED_OFTEN).stderr


def test_whoever_wants_tensorflows_log_gets_it():
    done = python("import rnncourse, os, sys; print(os.environ['TF_CPP_MIN_LOG_LEVEL'], len(sys.meta_path))",
                  TF_CPP_MIN_LOG_LEVEL="0")  # fmt: skip
    plain = python("import sys; print(len(sys.meta_path))")
    assert done.stdout == f"0 {plain.stdout}"


def test_a_failing_import_of_tensorflow_is_not_silenced(tmp_path):
    (tmp_path / "tensorflow.py").write_text(
        "import os\nos.write(2, b'the reason\\n')\nraise ImportError('no library')\n"
    )
    code = "import rnncourse\ntry:\n    import tensorflow\nexcept ImportError as error:\n    print(error)"
    done = python(code, PYTHONPATH=os.pathsep.join([str(tmp_path), *sys.path]))
    assert (done.stdout, done.stderr) == ("no library\n", "the reason\n")


FAKE = """
import os, sys
import rnncourse
os.write(2, b"before, ")
try:
    import tensorflow
except ImportError as error:
    os.write(2, str(error).encode())
os.write(2, b", after")
"""


@pytest.mark.parametrize(
    ("module", "level", "expected"),
    [
        ("import os; os.write(2, b'noise')", "3", "before, , after"),
        ("import os; os.write(2, b'noise')", "1", "before, noise, after"),
        ("import os; os.write(2, b'the cause, '); raise ImportError('no such library')", "3",
         "before, the cause, no such library, after"),
    ],
)  # fmt: skip
def test_the_import_alone_is_quiet_and_a_failed_one_is_not(module, level, expected, tmp_path):
    (tmp_path / "tensorflow.py").write_text(module)
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    assert python(FAKE, PYTHONPATH=path, TF_CPP_MIN_LOG_LEVEL=level).stderr == expected


def test_the_finder_steps_out_of_the_way(tmp_path):
    (tmp_path / "tensorflow.py").write_text("")
    code = "import rnncourse, sys, tensorflow; print([f for f in sys.meta_path if 'rnncourse' in type(f).__module__])"
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    assert python(code, PYTHONPATH=path).stdout == "[]\n"


@pytest.mark.parametrize(
    ("message", "passes"),
    [
        ("calls to <function TensorFlowTrainer.make_predict_function> triggered tf.function retracing.", False),
        ("calls to <function mine> triggered tf.function retracing.", True),
        ("TensorFlowTrainer.fit has no data", True),
    ],
)  # fmt: skip
def test_a_warning_about_kerass_own_functions_is_left_out_and_one_about_a_learners_is_not(message, passes):
    record = logging.LogRecord("tensorflow", logging.WARNING, "", 0, message, None, None)
    assert quiet._is_not_about_a_trainer(record) is passes
