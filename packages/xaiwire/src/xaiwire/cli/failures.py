"""How failures are told: an exit status and one line with advice."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xaiwire.errors import RpcError

__all__ = ["CallFailedError", "InputError", "describe"]

CALL_FAILED = 1
BAD_INPUT = 2

# Those of the errors themselves speak of Python.
ADVICE = {
    "DEADLINE_EXCEEDED": "Allow more time with --timeout SECONDS.",
    "NOT_FOUND": "Check the name or id; `xaiwire models` lists the models that the key may use.",
    "PERMISSION_DENIED": "The key is known and may not do this; `xaiwire auth` shows what it may do.",
    "RESOURCE_EXHAUSTED": "A limit is reached: wait and try again.",
    "UNAUTHENTICATED": "Check XAI_API_KEY, or XAI_MANAGEMENT_KEY for collections.",
    "UNAVAILABLE": "Check the network, and --host if it is given.",
    "UNIMPLEMENTED": "Is it the right host? Collections are on the management host.",
}


class InputError(Exception):
    """What the user gave cannot be used: exit status 2."""


class CallFailedError(Exception):
    """What the server gave cannot be used: exit status 1."""


def describe(error: Exception) -> tuple[int, str]:
    """The exit status and the line for an error.

    Args:
        error: what was raised.
    """
    from xaiwire.errors import ConfigurationError, RpcError, ValidationError, XaiError

    # Errors of calls are also OSErrors and such, so they come first.
    match error:
        case RpcError():
            return CALL_FAILED, _call(error)
        case InputError() | ConfigurationError() | ValidationError():
            return BAD_INPUT, str(error)
        case CallFailedError() | XaiError():
            return CALL_FAILED, str(error)
        case UnicodeError():
            return BAD_INPUT, "the text is not UTF-8"
        case OSError(filename=str() as name):
            return BAD_INPUT, f"{name}: {error.strerror}"
        case OSError():
            return CALL_FAILED, str(error)
        case _:
            return CALL_FAILED, (
                f"a defect of xaiwire: {type(error).__name__}: {error}; "
                "set XAIWIRE_TRACEBACK=1 to see where, and please report it"
            )


def _call(error: RpcError) -> str:
    said = f"{error.code.name}: {error.message}" if error.message else error.code.name
    request = f" (request id {error.request_id})" if error.request_id else ""
    advice = ADVICE.get(error.code.name, "")
    stop = "" if said.endswith((".", "!", "?")) and not request else "."
    return f"{said}{request}{stop} {advice}".rstrip()
