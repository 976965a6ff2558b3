"""TensorFlow says nothing that a learner need not read, and all that one must."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


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
