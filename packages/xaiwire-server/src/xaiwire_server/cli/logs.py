"""Logs: structured, on standard error, and off unless they are asked for."""

from __future__ import annotations

import logging
import os
import sys

__all__ = ["FORMATS", "set_up_logs"]

FORMATS = ("none", "text", "json")


def set_up_logs(form: str) -> None:
    """Set up what is logged.

    Args:
        form: `none`: bugs alone; `text`: for people; `json`: one object a line.
    """
    # It takes a while to import, in which a Ctrl-C would show a traceback.
    import structlog

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
                structlog.processors.JSONRenderer()
                if as_json
                # Where rich is installed, tracebacks would show the values of variables, keys among them.
                else structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=structlog.dev.plain_traceback),
            ],
        )
    )
    for name, level in (("xaiwire_server", logging.INFO), ("uvicorn", logging.ERROR)):
        log = logging.getLogger(name)
        log.handlers[:] = [handler]
        log.setLevel(logging.ERROR if form == "none" else level)
        log.propagate = False
    # Where an answer breaks off, that is what is meant.
    logging.getLogger("uvicorn.error").addFilter(_is_no_broken_answer)


def _is_no_broken_answer(record: logging.LogRecord) -> bool:
    return "without completing response" not in record.getMessage()
