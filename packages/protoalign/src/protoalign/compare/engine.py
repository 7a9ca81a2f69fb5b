"""The three steps in order: match, diff, judge."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from protoalign.compare.diff import differences_of
from protoalign.compare.judge import judge
from protoalign.compare.matching import match_contracts
from protoalign.compare.structure import StructuralDiff
from protoalign.settings import Settings

if TYPE_CHECKING:
    from protoalign.compare.model import Comparison
    from protoalign.contract import Contract

__all__ = ["compare", "structural_diff"]

NO_MAPPING: Mapping[str, str] = MappingProxyType({})


def structural_diff(subject: Contract, reference: Contract, mapping: Mapping[str, str] = NO_MAPPING) -> StructuralDiff:
    """Everything that differs between two contracts, without opinion.

    Args:
        subject: the contract that is held against the reference.
        reference: the reference.
        mapping: subject name to reference name of files, packages and elements, see `Settings.mapping`.

    Raises:
        MappingError: the mapping is cyclic, contradictory or names what is not there.
        NothingMatchedError: no file and no element of the one has a counterpart in the other.
        DescriptorError: the protobuf runtime refuses a file.
    """
    matching = match_contracts(subject, reference, mapping)
    return StructuralDiff(subject, reference, matching, differences_of(subject, reference, matching))


def compare(subject: Contract, reference: Contract, settings: Settings | None = None) -> Comparison:
    """Hold a subject against a reference.

    Args:
        subject: the contract that should equal the reference.
        reference: the reference.
        settings: mapping, severities, waivers and what else `protoalign.toml` can say; its two sources do not matter.

    Raises:
        MappingError, NothingMatchedError, DescriptorError: see `structural_diff`.
        SettingsError: a severity or waiver names a rule that does not exist.
    """
    chosen = settings or Settings()
    return judge(structural_diff(subject, reference, chosen.mapping), chosen)
