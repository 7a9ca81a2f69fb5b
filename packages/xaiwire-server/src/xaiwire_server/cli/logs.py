"""Logs: structured, on standard error, and off unless they are asked for."""

from __future__ import annotations

import logging
import os
import sys

import structlog

__all__ = ["FORMATS", "set_up_logs"]

FORMATS = ("none", "text", "json")


def set_up_logs(form: str) -> None:
    """Set up what is logged.

    Args:
        form: `none`: bugs alone; `text`: for people; `json`: one object a line.
    """
    colours = sys.stderr.isatty() and "NO_COLOR" not in os.environ
    as_json = form == "json"
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.stdlib.ExtraAdder(),
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *([structlog.processors.format_exc_info] if as_json else []),
                structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=colours),
            ],
        )
    )
    log = logging.getLogger("xaiwire_server")
    log.handlers[:] = [handler]
    log.setLevel(logging.ERROR if form == "none" else logging.INFO)
    log.propagate = False
