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
    level = logging.ERROR if form == "none" else logging.INFO
    colours = sys.stderr.isatty() and "NO_COLOR" not in os.environ
    renderer = structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer(colors=colours)
    processors = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        *([structlog.processors.format_exc_info] if form == "json" else []),
        renderer,
    ]
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
