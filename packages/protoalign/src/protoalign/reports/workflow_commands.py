"""Workflow commands of GitHub Actions, which it shows as annotations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from protoalign.reports.wording import one_line, visible

if TYPE_CHECKING:
    from protoalign.compare.model import Severity

__all__ = ["COMMANDS", "workflow_command"]

COMMANDS: Mapping[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}


def workflow_command(command: str, properties: Mapping[str, str], message: str) -> str:
    """One command as a line of the log.

    Args:
        command: `error`, `warning` or `notice`.
        properties: what GitHub knows: `file`, `line`, `col`, `title`.
        message: the annotation's text, line breaks and all.
    """
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{command} {listed}::{_data(message)}"


def _data(text: str) -> str:
    escaped = visible(text, keep="\n").replace("%", "%25")
    return escaped.replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(one_line(text)).replace(":", "%3A").replace(",", "%2C")
