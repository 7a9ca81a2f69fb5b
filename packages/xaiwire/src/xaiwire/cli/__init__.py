"""The command `xaiwire`: one module per subject, each of flags, calls of the client and what is printed.

Nothing of the client is imported before a command needs it, so that `--help` and `--version` are immediate.
"""

from __future__ import annotations

from xaiwire.cli.command import main

__all__ = ["main"]
