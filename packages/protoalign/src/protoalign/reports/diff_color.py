"""Unified diffs on a terminal."""

from __future__ import annotations

__all__ = ["colored_diff_line"]

RED, GREEN, CYAN, BOLD, RESET = "\x1b[31m", "\x1b[32m", "\x1b[36m", "\x1b[1m", "\x1b[0m"


def colored_diff_line(line: str) -> str:
    """A line of a diff with ANSI codes around it; control characters in it must be escaped already."""
    if line.startswith(("diff ", "--- ", "+++ ", "rename ", "new file", "deleted file")):
        return f"{BOLD}{line}{RESET}"
    colors = {"@": CYAN, "+": GREEN, "-": RED}
    color = colors.get(line[:1])
    return f"{color}{line}{RESET}" if color else line
