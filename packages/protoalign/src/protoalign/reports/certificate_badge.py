"""A certificate as an SVG badge: the verdict, and whose contract it is about."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from protoalign.prove.proof import Verdict
from protoalign.reports.wording import cut, one_line

if TYPE_CHECKING:
    from protoalign.prove.certificate import Certificate

__all__ = ["render_certificate_badge"]

# Dark enough for white text: at least 4.5 to 1, which is what WCAG asks of small text.
COLORS = {Verdict.ALIGNED: "#1a7f37", Verdict.PARTIAL: "#9a6700", Verdict.NOT_ALIGNED: "#cf222e"}
LABEL_COLOR = "#424a53"
HEIGHT, PAD = 20, 8
LONGEST = 60
FONT_SIZE = 11

# Widths of the letters of Verdana, in thousandths of its size; what is not named is taken for a broad letter.
NARROW = {
    **dict.fromkeys("ijl", 274),
    **dict.fromkeys("I", 421),
    **dict.fromkeys(".,: ", 364),
    **dict.fromkeys("frt-'!()/", 420),
    **dict.fromkeys("szcJkvxy_", 560),
    **dict.fromkeys("0123456789abdeghnopquFLTSPZE", 630),
    **dict.fromkeys("ABCDGHKNOQRUVXY=+", 740),
    **dict.fromkeys("mwMW", 920),
}
BROAD = 1000


def render_certificate_badge(certificate: Certificate) -> str:
    """The badge: the reference's name at the left, the verdict at the right, in the verdict's colour.

    It has no ids, so several badges can stand in one page.
    """
    label = cut(one_line(f"contract: {_name(certificate)}"), LONGEST)
    verdict = certificate.verdict.value
    said = verdict
    if certificate.verdict is Verdict.PARTIAL:
        number = len(certificate.skipped)
        said = f"{verdict}, {number} {'stage' if number == 1 else 'stages'} skipped"
    title = escape(f"{label}: {said}")
    left, right = _width(label), _width(verdict)
    width = left + right
    color = COLORS[certificate.verdict]
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{HEIGHT}" role="img" aria-label="{title}">
  <title>{title}</title>
  <path fill="{LABEL_COLOR}" d="M3 0H{left}V{HEIGHT}H3a3 3 0 0 1-3-3V3a3 3 0 0 1 3-3z"/>
  <path fill="{color}" d="M{left} 0h{right - 3}a3 3 0 0 1 3 3v{HEIGHT - 6}a3 3 0 0 1-3 3H{left}z"/>
  <g fill="#fff" text-anchor="middle" font-family="Verdana, DejaVu Sans, sans-serif" font-size="{FONT_SIZE}">
    <text x="{left / 2:g}" y="14" textLength="{left - 2 * PAD}">{escape(label)}</text>
    <text x="{left + right / 2:g}" y="14" textLength="{right - 2 * PAD}">{escape(verdict)}</text>
  </g>
</svg>
"""


def _name(certificate: Certificate) -> str:
    """The reference's name without the kind of source, such as `xai-sdk 1.4.0`."""
    source = certificate.reference.source
    kind, colon, rest = source.partition(":")
    # A kind is a word; anything else in front of a colon belongs to the name.
    name = rest if colon and kind.isalpha() and rest else source
    return name.replace("==", " ")


def _width(text: str) -> int:
    """The width of a text with the room at its sides, in pixels; the text is stretched to it, whatever the font."""
    thousandths = sum(NARROW.get(character, BROAD) for character in text)
    return round(thousandths * FONT_SIZE / 1000) + 2 * PAD
