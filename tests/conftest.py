"""Tests import their helpers from this folder: ``from exercises.alternatives import …``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
