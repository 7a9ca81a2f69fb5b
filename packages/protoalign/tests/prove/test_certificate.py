"""A certificate is what its proof found out, and cannot be made to contradict itself."""

import json
from dataclasses import fields, replace
from hashlib import sha256

import pytest

from protoalign.errors import CertificateError
from protoalign.prove.certificate import Certificate, certificate_data, certificate_of
from protoalign.prove.model import Figure, Stage, StageStatus
from protoalign.prove.proof import Verdict

SKIPPED = Stage(name="official package", status=StageStatus.SKIPPED, reason="left out with --skip official")
FAILED = Stage(
    name="official package",
    status=StageStatus.FAILED,
    reason="1 message differs",
    findings=("`shop.Order`: field `id` is lost",),
)


def with_stage(proof, stage):
    return replace(proof, stages=(*proof.stages, stage))


def changed(certificate, **values):
    return Certificate(**{field.name: getattr(certificate, field.name) for field in fields(certificate)} | values)


def test_all_passed_is_aligned(aligned_proof):
    certificate = certificate_of(aligned_proof)
    assert certificate.verdict is Verdict.ALIGNED
    assert certificate.skipped == ()
    assert certificate.reference == aligned_proof.reference


def test_anything_skipped_is_partial_with_its_reason(aligned_proof):
    certificate = certificate_of(with_stage(aligned_proof, SKIPPED))
    assert certificate.verdict is Verdict.PARTIAL
    data = certificate_data(certificate)
    assert data["verdict"] == "partial"
    assert data["skipped"] == [{"stage": "official package", "reason": "left out with --skip official"}]


def test_a_failed_stage_outweighs_a_skipped_one(aligned_proof):
    proof = with_stage(with_stage(aligned_proof, SKIPPED), replace(FAILED, name="other"))
    assert certificate_of(proof).verdict is Verdict.NOT_ALIGNED


def test_no_stage_proves_nothing(aligned_proof):
    assert certificate_of(replace(aligned_proof, stages=(), figures=())).verdict is Verdict.NOT_ALIGNED


@pytest.mark.parametrize("verdict", [Verdict.ALIGNED, Verdict.NOT_ALIGNED])
def test_no_other_verdict_can_be_given_to_a_partial_proof(aligned_proof, verdict):
    partial = certificate_of(with_stage(aligned_proof, SKIPPED))
    with pytest.raises(CertificateError, match="from the stages follows"):
        changed(partial, verdict=verdict)


@pytest.mark.parametrize(
    ("stage", "wrong"),
    [
        (replace(FAILED, status=StageStatus.PASSED), "passed, and says what is wrong"),
        (
            Stage(
                name="official package",
                status=StageStatus.PASSED,
                figures=(Figure(name="messages", proved=2, total=3),),
            ),
            "passed with 2 of 3 'messages'",
        ),
        (replace(SKIPPED, reason=""), "was skipped without a reason"),
        (replace(SKIPPED, findings=("x",)), "was skipped, and says what is wrong"),
        (replace(FAILED, reason="", findings=()), "failed, and does not say how"),
        (replace(FAILED, figures=(Figure(name="messages", proved=4, total=3),)), "4 of 3 'messages'"),
        (replace(FAILED, figures=(Figure(name="messages", proved=-1, total=3),)), "-1 of 3 'messages'"),
        (replace(FAILED, figures=(Figure(name="rpcs", proved=1, total=2),) * 2), "two of the figure 'rpcs'"),
        (replace(FAILED, name="structure"), "two of the stage 'structure'"),
    ],
)
def test_a_stage_that_contradicts_itself_is_refused(aligned_proof, stage, wrong):
    with pytest.raises(CertificateError, match=wrong):
        certificate_of(with_stage(aligned_proof, stage))


def test_the_whole_counts_what_the_reference_has(aligned_proof):
    figures = (Figure(name="files", proved=3, total=3), *aligned_proof.figures[1:])
    with pytest.raises(CertificateError, match="count 3 files, the reference has 2"):
        certificate_of(replace(aligned_proof, figures=figures))


def test_the_whole_is_no_better_than_a_stage(aligned_proof):
    failed = replace(FAILED, figures=(Figure(name="messages", proved=2, total=3),))
    with pytest.raises(CertificateError, match="more than in stage 'official package'"):
        certificate_of(with_stage(aligned_proof, failed))


def test_aligned_needs_every_figure(aligned_proof):
    with pytest.raises(CertificateError, match="without figures for rpcs"):
        certificate_of(replace(aligned_proof, figures=aligned_proof.figures[:-1]))


def test_aligned_needs_full_figures(aligned_proof):
    stages = tuple(replace(stage, figures=()) for stage in aligned_proof.stages)
    short = (Figure(name="files", proved=1, total=2), *aligned_proof.figures[1:])
    with pytest.raises(CertificateError, match="with files 1 of 2"):
        certificate_of(replace(aligned_proof, stages=stages, figures=short))


def test_aligned_needs_vectors_for_every_message(aligned_proof):
    with pytest.raises(CertificateError, match="vectors for 0 of 3 messages"):
        certificate_of(replace(aligned_proof, vectors=None))


@pytest.mark.parametrize("start", ["structure", "wire", "rpcs"])
def test_aligned_needs_every_kind_of_stage(aligned_proof, start):
    stages = tuple(stage for stage in aligned_proof.stages if not stage.name.startswith(start))
    with pytest.raises(CertificateError, match=f"without a stage '{start}'"):
        certificate_of(replace(aligned_proof, stages=stages))


def test_an_unknown_figure_of_the_whole_is_refused(aligned_proof):
    figures = (*aligned_proof.figures, Figure(name="sheep", proved=1, total=1))
    with pytest.raises(CertificateError, match="'sheep' is no figure"):
        certificate_of(replace(aligned_proof, figures=figures))


def test_a_digest_is_one(aligned_proof):
    with pytest.raises(CertificateError, match="digest of 'subject' is no SHA-256"):
        certificate_of(replace(aligned_proof, subject=replace(aligned_proof.subject, digest="sha256:123")))
    with pytest.raises(CertificateError, match="archive is no SHA-256"):
        certificate_of(replace(aligned_proof, reference=replace(aligned_proof.reference, archive_sha256="b2" * 31)))


def test_times_are_no_part_of_it(aligned_proof):
    slow = replace(
        aligned_proof, seconds=900.0, stages=tuple(replace(stage, seconds=99.0) for stage in aligned_proof.stages)
    )
    assert certificate_of(slow) == certificate_of(aligned_proof)
    assert "seconds" not in json.dumps(certificate_data(certificate_of(slow)))


def test_the_digest_is_what_its_description_says(aligned_proof):
    data = certificate_data(certificate_of(aligned_proof))
    digest = data.pop("digest")
    del data["tools"]
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    assert digest == "sha256:" + sha256(text.encode()).hexdigest()


def test_the_digest_leaves_tools_out_and_nothing_else(aligned_proof):
    digest = certificate_of(aligned_proof).digest
    assert certificate_of(replace(aligned_proof, tools={"go": "2"})).digest == digest
    assert certificate_of(with_stage(aligned_proof, SKIPPED)).digest != digest
    assert certificate_of(replace(aligned_proof, generated=())).digest != digest


def test_folders_of_the_machine_get_other_names(aligned_proof):
    failed = replace(
        FAILED,
        reason="see /home/ann/shop/vectors and /tmp/protoalign-prove-x1_y/go",
        findings=("/home/ann/x, /home/anna/y and /home/ann/shop.bak",),
    )
    certificate = certificate_of(with_stage(aligned_proof, failed), places={"/home/ann": "~", "/home/ann/shop": "."})
    assert certificate.stages[-1].reason == "see ./vectors and /tmp/protoalign-prove-…/go"
    assert certificate.stages[-1].findings == ("~/x, /home/anna/y and ~/shop.bak",)
