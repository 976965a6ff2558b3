"""Figures of the course: static and accessible (figures), drawn networks (diagrams), sliders (widgets)."""
