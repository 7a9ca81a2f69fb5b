"""A certificate as JSON; `docs/reference/certificate.schema.json` describes it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from protoalign.prove.certificate import certificate_data

if TYPE_CHECKING:
    from protoalign.prove.certificate import Certificate

__all__ = ["render_certificate_json"]

STEP = "  "


def render_certificate_json(certificate: Certificate) -> str:
    """The certificate as JSON text, in ASCII; what holds only plain values stands on one line."""
    return _rendered(certificate_data(certificate), "") + "\n"


def _rendered(value: object, indent: str) -> str:
    items: list[str]
    deeper = indent + STEP
    if isinstance(value, dict) and any(isinstance(item, dict | list) for item in value.values()):
        items = [f"{deeper}{json.dumps(key)}: {_rendered(item, deeper)}" for key, item in value.items()]
        return "{\n" + ",\n".join(items) + f"\n{indent}}}"
    if isinstance(value, list) and value:
        items = [f"{deeper}{_rendered(item, deeper)}" for item in value]
        return "[\n" + ",\n".join(items) + f"\n{indent}]"
    return json.dumps(value)
