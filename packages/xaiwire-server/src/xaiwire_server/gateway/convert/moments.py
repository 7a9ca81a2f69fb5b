"""Moments: RFC 3339 and Unix time in REST, `google.protobuf.Timestamp` in the contract."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from protobuf.wkt import Timestamp

from xaiwire_server.gateway.http.failures import invalid

__all__ = ["rfc3339", "timestamp", "unix"]

_MOMENT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d)))?", re.ASCII
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def timestamp(text: str | None, param: str) -> Timestamp | None:
    """A moment of the contract.

    Args:
        text: `2026-01-31`, which is its first moment in UTC, or `2026-01-31T12:00:00.5Z`; None for none.
        param: the field's path, for an error.

    Raises:
        ApiError: 400, it is neither.
    """
    if text is None:
        return None
    found = _MOMENT.fullmatch(text)
    try:
        if found is None:
            raise ValueError  # noqa: TRY301 - said once, below
        year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
        offset = timedelta(hours=int(found[9] or 0), minutes=int(found[10] or 0)) * (-1 if found[8] == "-" else 1)
        moment = datetime(year, month, day, hour, minute, second, tzinfo=timezone(offset))
    except ValueError:
        raise invalid(param, "it is no date such as 2026-01-31, and no moment such as 2026-01-31T12:00:00Z") from None
    since = moment - _EPOCH
    return Timestamp(seconds=since.days * 86_400 + since.seconds, nanos=int((found[7] or "").ljust(9, "0")))


def rfc3339(moment: Timestamp | None) -> str | None:
    """A moment as text, in UTC; None where there is none."""
    if moment is None:
        return None
    text = (_EPOCH + timedelta(seconds=moment.seconds)).strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")
    fraction = f".{moment.nanos:09}".rstrip("0") if moment.nanos else ""
    return f"{text}{fraction}Z"


def unix(moment: Timestamp | None) -> int:
    """Whole seconds since 1970; 0 where there is no moment."""
    return moment.seconds if moment is not None else 0
