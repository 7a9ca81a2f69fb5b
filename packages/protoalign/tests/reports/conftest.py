"""Comparisons made by hand, so that a report is tested against values that the test chose."""

from dataclasses import replace
from hashlib import sha256

import pytest

from protoalign.compare.model import (
    IMPACTS,
    Comparison,
    FileResult,
    Finding,
    Guess,
    Place,
    Reach,
    Side,
    WaivedFinding,
)

SIDE = Side(
    source="proto",
    digest="sha256:" + "0" * 64,
    files=2,
    messages=3,
    enums=1,
    services=1,
    rpcs=2,
    fields=9,
    left_out={},
)
REACHES = (
    Reach(path="/acme.v1.Shop/Get", direction="request"),
    Reach(path="/acme.v1.Shop/List", direction="request"),
)

# What could break out of a report: of HTML, of XML, of a terminal, of Markdown, of a workflow command, of UTF-8.
HOSTILE = (
    "</script><script>window.hit=1</script>",
    "<img src=x onerror=window.hit=1>",
    "\"' onmouseover=window.hit=1 x='",
    "--></style><svg/onload=window.hit=1>",
    "{{ 7 * 7 }}{% raw %}",
    "\x1b[31mred\x1b[0m\x07\x00",
    "\u202eright to left\u2066",
    "lone \ud800 surrogate",
    "`code` ``` | cell | <b>bold</b> [a](javascript:alert(1)) @everyone",
    "::error file=x::stolen\n::set-output name=x::y\r\n##[error]old",
    "]]> &amp; &#x0; %0A%25,:",
)


def make_finding(**changes):
    values = {
        "rule": "field-number",
        "impact": "wire",
        "severity": "error",
        "kind": "field",
        "element": "acme.v1.Order.id",
        "message": "`id` has the number 2, the reference's has 1",
        "consequence": "The server reads your `id` as the length of `name`.",
        "fix": "Give `id` the number 1.",
        "subject_value": "2",
        "reference_value": "1",
        "detail": "",
        "subject": Place(
            name="acme.v1.Order.id",
            file="acme/v1/shop.proto",
            location="acme/v1/shop.proto",
            line=4,
            column=3,
            text="string id = 2;",
        ),
        "reference": Place(
            name="acme.v1.Order.id",
            file="acme/v1/shop.proto",
            location="acme/shop_pb2.py",
            line=14,
            text="string id = 1;",
        ),
        "file": "acme/v1/shop.proto",
        "reaches": REACHES,
        "direction": "request",
    } | changes
    values.setdefault(
        "fingerprint",
        sha256(f"{values['rule']}{values['element']}{values['detail']}".encode(errors="replace")).hexdigest()[:16],
    )
    return Finding(**values)


def make_comparison(*findings, waived=(), guesses=(), left_out=None, files=None, elements=20):
    names = dict.fromkeys(("acme/v1/money.proto", "acme/v1/shop.proto", *(finding.file for finding in findings)))
    results = []
    for name in sorted(names):
        counts = {
            impact: number
            for impact in IMPACTS
            if (number := sum(finding.impact == impact and finding.file == name for finding in findings))
        }
        results.append(
            FileResult(
                file=name,
                subject_file=name,
                status="needs update" if counts else "aligned",
                elements=elements,
                aligned=elements - min(sum(counts.values()), elements),
                findings=counts,
            )
        )
    return Comparison(
        subject=replace(SIDE, left_out=left_out or {}),
        reference=replace(SIDE, source="pypi:acme==1.0"),
        guesses=tuple(guesses),
        files=tuple(results) if files is None else files,
        findings=tuple(findings),
        waived=tuple(waived),
    )


def make_mixed():
    return make_comparison(
        make_finding(),
        make_finding(
            rule="field-presence-lost",
            impact="presence",
            message="`id` has no presence",
            consequence="Zero and unset look the same.",
            fix="Write `optional` in front of it.",
            subject_value="implicit",
            reference_value="explicit",
        ),
        make_finding(
            rule="rpc-missing",
            impact="missing",
            severity="warning",
            kind="rpc",
            element="acme.v1.Shop.List",
            message="RPC `List` is missing",
            subject_value="",
            reference_value="",
            reaches=(Reach(path="/acme.v1.Shop/List", direction="both"),),
            direction="both",
        ),
        make_finding(
            rule="order",
            impact="cosmetic",
            severity="info",
            kind="file",
            element="acme/v1/money.proto",
            file="acme/v1/money.proto",
            detail="messages",
            message="messages stand in another order",
            consequence="Nothing.",
            fix="Reorder them.",
            subject=None,
            reaches=(),
            direction=None,
        ),
        waived=(
            WaivedFinding(
                finding=make_finding(rule="field-extra", impact="extra", element="acme.v1.Order.ours"),
                reason="ours on purpose",
                expires="2031-01-31",
            ),
        ),
        guesses=(Guess(kind="package", subject="old.v1", reference="acme.v1", reason="most names are the same"),),
    )


def make_hostile():
    findings = []
    for number, text in enumerate(HOSTILE):
        place = Place(name=text, file=text, location=text, line=1, column=1, text=text)
        findings.append(
            make_finding(
                element=text,
                message=text,
                consequence=text,
                fix=text,
                detail=text,
                subject_value=text,
                reference_value=text,
                subject=place,
                reference=place,
                file=text,
                reaches=(Reach(path=text, direction="both"),),
                direction="both",
                fingerprint=f"{number:016x}",
            )
        )
    return make_comparison(
        *findings,
        waived=[WaivedFinding(finding=finding, reason=finding.element) for finding in findings],
        guesses=[Guess(kind="file", subject=text, reference=text, reason=text) for text in HOSTILE],
        left_out={text: text for text in HOSTILE},
    )


@pytest.fixture(name="make_finding")
def _make_finding():
    return make_finding


@pytest.fixture(name="make_comparison")
def _make_comparison():
    return make_comparison


@pytest.fixture
def mixed():
    return make_mixed()


@pytest.fixture
def hostile():
    return make_hostile()


@pytest.fixture
def aligned():
    return make_comparison()


@pytest.fixture
def incomplete(make_comparison):
    return make_comparison(left_out={"acme/v1/broken.proto": "does not compile: line 3"})
