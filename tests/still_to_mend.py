"""What of each chapter is not yet as CONTRIBUTING.md wants it. Whoever mends something takes it out here.

The tests that read this table fail in both directions: when a chapter gets worse, and when the table says that
something is still to be mended which is not. In the end the table is empty, and goes.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Still:
    """What of one chapter is still to be mended; a chapter that is not in the table is held to these defaults.

    Args:
        copied: its exercises that ask for nothing but what the page just showed: a formula as code, a cell once more.
        closed: whether none of its exercises is open-ended.
        truth_values: how many lines of its stored outputs end in True or False, where a number could stand.
        without_pytorch: whether its table "Then and now" has no column on PyTorch.
    """

    copied: tuple[str, ...] = ()
    closed: bool = False
    truth_values: int = 0
    without_pytorch: bool = False


STILL = {
    # 06 --------------------------------------------------------------------------------------------------------------
    # 07 --------------------------------------------------------------------------------------------------------------
    # 08 --------------------------------------------------------------------------------------------------------------
    # 09 --------------------------------------------------------------------------------------------------------------
    # 10 --------------------------------------------------------------------------------------------------------------
    # 11 --------------------------------------------------------------------------------------------------------------
    # 12 --------------------------------------------------------------------------------------------------------------
    # 13 --------------------------------------------------------------------------------------------------------------
    # 14 --------------------------------------------------------------------------------------------------------------
}
