"""What became of a certificate that was held against a proof of today, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from protoalign.reports.wording import visible

if TYPE_CHECKING:
    from protoalign.prove.certificate import Certificate
    from protoalign.prove.verification import Verification

__all__ = ["render_verification_json", "render_verification_text"]


def render_verification_text(name: str, certificate: Certificate, verified: Verification) -> str:
    """What it says that is not so, what could not be looked at, and whether it holds.

    Args:
        name: what to call the certificate.
        certificate: the certificate.
        verified: what became of it.
    """
    return "\n".join(_lines(visible(name), certificate.verdict.value, verified)) + "\n"


def _lines(name: str, verdict: str, verified: Verification) -> Iterator[str]:
    for title, lines in (
        ("not so today", verified.differences),
        ("not looked at today", verified.unconfirmed),
        ("other versions, which is no mistake", verified.notes),
    ):
        if lines:
            yield f"{title}:"
            yield from (f"  {visible(line)}" for line in lines)
            yield ""
    if verified.differences:
        yield f"{name} does not hold; it says: {verdict}"
    elif verified.unconfirmed:
        yield f"{name} holds as far as it could be looked at; it says: {verdict}"
    else:
        yield f"{name} holds; it says: {verdict}"


def render_verification_json(certificate: Certificate, verified: Verification) -> str:
    """The same for programs; `holds` is true only where all of it was looked at."""
    data = {
        "digest": certificate.digest,
        "verdict": certificate.verdict.value,
        "holds": not verified.differences and not verified.unconfirmed,
        **asdict(verified),
    }
    return json.dumps(data, indent=2) + "\n"
