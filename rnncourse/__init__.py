"""rnncourse: the functions, figures, exercises and checks behind the course on recurrent neural networks.

Importing the package is quick: every public name (``__init__.pyi`` lists them by module) is looked up when it is first
used, and TensorFlow is imported only by what needs it.
"""

import lazy_loader

from rnncourse import quiet

quiet.silence_tensorflow()

__version__ = "0.2.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
