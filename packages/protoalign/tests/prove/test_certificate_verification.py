"""A certificate against a proof of today."""

from dataclasses import replace

import pytest

from protoalign.contract import Counts
from protoalign.prove.certificate import certificate_of
from protoalign.prove.model import Figure, Stage, StageStatus
from protoalign.prove.proof import Folder, WaiverUse
from protoalign.prove.verification import Verification, verify_certificate

OTHER = "sha256:" + "99" * 32
WAIVER = WaiverUse(rule="field-number", element="shop.Order.id", fingerprint="f", message="m", reason="known")


@pytest.fixture
def verified(aligned_proof):
    def verify(**changes):
        return verify_certificate(certificate_of(aligned_proof), certificate_of(replace(aligned_proof, **changes)))

    return verify


def with_last(proof, **changes):
    return (*proof.stages[:-1], replace(proof.stages[-1], **changes))


FAILED = {"status": StageStatus.FAILED, "reason": "1 RPC differs", "findings": ("`/shop.Shop/Get` is missing",)}
SKIPPED = {"status": StageStatus.SKIPPED, "reason": "go is not installed", "figures": ()}


def test_the_same_proof_differs_in_nothing(verified):
    assert verified() == Verification()


def test_other_tools_are_only_a_note(verified):
    found = verified(tools={"protoalign": "0.1.0", "go": "1.26", "node": "24"})
    assert found.differences == found.unconfirmed == ()
    assert found.notes == (
        "go: it was made with 1.25.1, today is 1.26",
        "node: it was made with none, today is 24",
        "python: it was made with 3.11.9, today is none",
    )


def test_another_contract_is_told_with_its_digest(verified, aligned_proof):
    subject = replace(aligned_proof.subject, digest=OTHER, counts=Counts(files=2, messages=4))
    found = verified(subject=subject).differences
    assert "subject: the contract's digest is sha256:a1a1a1a1a1a1, today sha256:999999999999" in found
    assert "subject: it has 3 messages, today 4" in found


def test_another_release_is_told(verified, aligned_proof):
    reference = replace(aligned_proof.reference, source="pypi:shop-sdk==1.5.0", version="1.5.0", archive=None)
    found = verified(reference=reference).differences
    assert "reference: it is about pypi:shop-sdk==1.4.0, not pypi:shop-sdk==1.5.0" in found
    assert "reference: its version is 1.4.0, today 1.5.0" in found
    assert "reference: its archive is shop_sdk-1.4.0-py3-none-any.whl, today none" in found


def test_changed_generated_code_is_told_by_folder(verified):
    changed = Folder(path="sdk/_gen", digest=OTHER, files=5)
    assert verified(generated=(changed,)).differences == (
        "generated code: sdk/_gen has the digest sha256:d4d4d4d4d4d4, today sha256:999999999999",
    )


def test_generated_code_that_comes_or_goes_is_told(verified):
    found = verified(generated=(Folder(path="go/gen", digest=OTHER, files=5),)).differences
    assert found == (
        "generated code: sdk/_gen took no part today",
        "generated code: go/gen took part today, and it does not name it",
    )


def test_other_vectors_are_told(verified, aligned_proof):
    vectors = replace(aligned_proof.vectors, digest=OTHER, vectors=41)
    assert verified(vectors=vectors).differences == (
        "vectors: there are 40 for 3 messages, today 41 for 3",
        "vectors: their digest is sha256:c3c3c3c3c3c3, today sha256:999999999999",
    )


def test_a_stage_that_fails_today_is_told_with_its_cause(verified, aligned_proof):
    found = verified(stages=with_last(aligned_proof, **FAILED, figures=())).differences
    assert found[0] == "stage rpcs: python client stubs: it passed, today it failed (`/shop.Shop/Get` is missing)"
    assert found[-1] == 'verdict: it says "aligned", today it is "not aligned"'


def test_a_stage_that_is_skipped_today_is_unconfirmed_and_no_difference(verified, aligned_proof):
    found = verified(stages=with_last(aligned_proof, **SKIPPED))
    assert found.differences == ()
    assert found.unconfirmed == ("stage rpcs: python client stubs was not run again: go is not installed",)


def test_what_else_differs_is_told_even_where_a_stage_is_skipped(verified, aligned_proof):
    subject = replace(aligned_proof.subject, digest=OTHER)
    found = verified(stages=with_last(aligned_proof, **SKIPPED), subject=subject)
    assert len(found.differences) == 1


def test_a_stage_that_is_gone_is_a_difference(verified, aligned_proof):
    stages = tuple(stage for stage in aligned_proof.stages if stage.name != "wire: go")
    assert verified(stages=stages).differences == ("stage wire: go: it was not among the stages today",)


def test_a_stage_that_is_new_is_a_difference(verified, aligned_proof):
    stages = (*aligned_proof.stages, Stage(name="rpcs: go", status=StageStatus.PASSED))
    assert verified(stages=stages).differences == ("stage rpcs: go: it passed today, and is not in it",)


def test_another_figure_of_a_stage_is_a_difference(verified, aligned_proof):
    stages = with_last(aligned_proof, figures=(Figure(name="rpcs", proved=1, total=1),))
    assert verified(stages=stages).differences == ("stage rpcs: python client stubs: RPCs are 2 of 2, today 1 of 1",)


def test_other_findings_are_a_difference(aligned_proof):
    before = replace(aligned_proof, stages=with_last(aligned_proof, **FAILED))
    other = {**FAILED, "findings": ("`/shop.Shop/Put` is missing",)}
    now = replace(aligned_proof, stages=with_last(aligned_proof, **other))
    assert verify_certificate(certificate_of(before), certificate_of(now)).differences == (
        "stage rpcs: python client stubs: it is no longer so that `/shop.Shop/Get` is missing",
        "stage rpcs: python client stubs: not known to it: `/shop.Shop/Put` is missing",
    )


def test_a_new_waiver_is_a_difference(verified):
    assert verified(waivers=(WAIVER,)).differences == (
        "waivers: shop.Order.id (field-number) is accepted today, and not so in it",
    )


def test_nothing_that_the_digest_covers_goes_unnoticed(verified, aligned_proof):
    stages = tuple(reversed(aligned_proof.stages))
    assert verified(stages=stages).differences == (
        "it says the same in other words or in another order; write it again with protoalign prove",
    )
