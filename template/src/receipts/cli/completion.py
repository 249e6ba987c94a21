"""``receipts completion``: what a shell needs to complete commands and options."""

from __future__ import annotations

from typing import Literal

from receipts.cli.app import app


def completion(shell: Literal["bash", "fish", "zsh"], /) -> int:
    """Print what a shell needs to complete commands and options.

    Args:
        shell: Which shell.
    """
    print(app.generate_completion(prog_name="receipts", shell=shell))
    return 0
