"""What became of a certificate, as text and as JSON."""

import json

import pytest

from protoalign.prove.certificate import certificate_of
from protoalign.prove.verification import Verification
from protoalign.reports.verification import render_verification_json, render_verification_text


@pytest.fixture
def certificate(aligned_proof):
    return certificate_of(aligned_proof)


def test_one_that_holds_is_one_line(certificate):
    assert render_verification_text("it.json", certificate, Verification()) == "it.json holds; it says: aligned\n"


def test_what_differs_comes_before_the_verdict(certificate):
    verified = Verification(differences=("a differs",), unconfirmed=("b was not run",), notes=("c is newer",))
    assert render_verification_text("it.json", certificate, verified) == (
        "not so today:\n  a differs\n\n"
        "not looked at today:\n  b was not run\n\n"
        "other versions, which is no mistake:\n  c is newer\n\n"
        "it.json does not hold; it says: aligned\n"
    )


@pytest.mark.parametrize(
    ("verified", "holds"),
    [
        (Verification(), True),
        (Verification(notes=("c is newer",)), True),
        (Verification(unconfirmed=("b was not run",)), False),
        (Verification(differences=("a differs",)), False),
    ],
)
def test_json_says_whether_it_holds(certificate, verified, holds):
    data = json.loads(render_verification_json(certificate, verified))
    assert data["holds"] is holds
    assert data["digest"] == certificate.digest
    assert data["differences"] == list(verified.differences)


def test_what_a_certificate_says_does_not_steer_the_terminal(certificate):
    text = render_verification_text("a\x1b[2J.json", certificate, Verification(differences=("\x1b]0;x\x07 \u202e",)))
    assert "\x1b" not in text
    assert "\u202e" not in text
