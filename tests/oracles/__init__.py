"""Comparisons that no module of the package owns: many implementations at once, and what Keras does on its own."""
