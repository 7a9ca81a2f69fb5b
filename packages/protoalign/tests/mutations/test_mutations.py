"""Real packages, changed by a program: every change is found, under the right impact, and `align` takes it back."""

from __future__ import annotations

from functools import cache

import pytest
from mutants.corpus import KINDS, MUTANTS, OWN, PACKAGES, load_package, mutants_of, parts_of
from mutants.kind import Kind

from protoalign.align.correspondence import correspond
from protoalign.align.file_options import PLACE_OPTIONS
from protoalign.align.selection import AlignOptions, select_deleted, select_files
from protoalign.align.target import build_target
from protoalign.compare import compare, structural_diff
from protoalign.compare.judge import judge
from protoalign.compare.structure import StructuralDiff
from protoalign.contract import Contract
from protoalign.errors import PackageIndexError
from protoalign.settings import Settings

REAL = [pytest.param(name, marks=[pytest.mark.slow, pytest.mark.network]) for name in PACKAGES]
EVERY_PACKAGE = pytest.mark.parametrize("package", [OWN, *REAL])


@cache
def parts(package: str) -> tuple[Contract, ...]:
    try:
        return parts_of(load_package(package))
    except PackageIndexError as error:
        pytest.skip(f"the package index cannot be reached: {error.what}")


def complaint(kind: Kind, diff: StructuralDiff) -> str | None:
    """What is wrong with the findings on a mutant; None where they are as they should be."""
    findings = judge(diff, Settings()).findings
    if not findings:
        return "nothing was found"
    if not any(finding.impact in kind.impacts for finding in findings):
        return f"impacts are {sorted({finding.impact for finding in findings})}, not {sorted(kind.impacts)}"
    shown = [f"{finding.rule} {finding.element}" for finding in findings if finding.impact != "cosmetic"]
    if kind.findings is not None and len(shown) != kind.findings:
        return f"{kind.findings} findings expected: {shown}"
    return None


def unrestored(diff: StructuralDiff) -> list[str]:
    """What `align` does not restore when it may delete what the reference lacks."""
    original = diff.reference
    deleted, _extra = select_deleted(diff, (), AlignOptions(delete_extra=True))
    aligned = build_target(diff, correspond(diff, select_files(diff, ()), deleted, ()), ()).contract
    if aligned.digest == original.digest:
        return []
    # Options that say where generated code belongs are the SDK's own affair where the reference has none.
    differences = structural_diff(aligned, original).differences
    unexpected = [each for each in differences if each.detail not in PLACE_OPTIONS or each.reference_value]
    return [f"{each.aspect} {each.node.name}" for each in unexpected] or (
        [] if differences else ["no difference shown"]
    )


@EVERY_PACKAGE
def test_a_package_compared_with_itself_has_no_findings(package):
    for part in parts(package):
        assert compare(part, part).findings == ()


@EVERY_PACKAGE
def test_every_mutant_is_found_and_restored(package):
    made = 0
    complaints = []
    for kind in KINDS:
        for original, mutant in mutants_of(package, parts(package), kind, MUTANTS[package]):
            made += 1
            diff = structural_diff(mutant, original)
            wrong = complaint(kind, diff)
            if wrong is None and (left := unrestored(diff)):
                wrong = f"align leaves {left}"
            if wrong is not None:
                complaints.append(f"{kind.name}: {wrong}")
    assert complaints == []
    assert made >= PACKAGES.get(package, 500)


def test_there_are_mutants_of_every_kind():
    made = {kind.name: len(list(mutants_of(OWN, parts(OWN), kind, MUTANTS[OWN]))) for kind in KINDS}
    assert len(made) >= 140
    assert [name for name, count in made.items() if count == 0] == []


def test_the_same_mutants_are_made_in_every_run():
    kind = KINDS[0]
    digests = [[mutant.digest for _, mutant in mutants_of(OWN, parts(OWN), kind, 3)] for _ in range(2)]
    assert digests[0] == digests[1]


def test_the_mutants_are_two_thousand_at_least():
    assert sum(PACKAGES.values()) >= 2000
