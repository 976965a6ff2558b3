"""The maintainer's programs; none of them is in the wheel."""
