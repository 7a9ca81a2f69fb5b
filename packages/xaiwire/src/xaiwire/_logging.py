"""The logger `xaiwire`: which calls are made and how they end; never metadata, content or keys.

`logging` is not imported for it: who has not imported it cannot have asked for its lines.
"""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import logging

__all__ = ["DEBUG", "INFO", "logger_for"]

# The numbers of the standard library, which is not imported here.
DEBUG = 10
INFO = 20


def logger_for(level: int) -> logging.Logger | None:
    """The logger, if somebody wants lines of a level.

    Args:
        level: DEBUG or INFO.
    """
    if "logging" not in sys.modules:
        return None
    logger = _logger()
    return logger if logger.isEnabledFor(level) else None


@cache
def _logger() -> logging.Logger:
    import logging

    logger = logging.getLogger("xaiwire")
    logger.addHandler(logging.NullHandler())
    return logger
