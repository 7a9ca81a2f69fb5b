"""The two contracts of a proof: read as the settings name them, and identified for the certificate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from protoalign.errors import SettingsError
from protoalign.output import shown_path
from protoalign.prove.proof import ContractIdentity
from protoalign.sources import LoadOptions, load
from protoalign.sources.anchored import anchored, moved

if TYPE_CHECKING:
    from protoalign.contract import Contract
    from protoalign.settings import Settings, SourceSettings

__all__ = ["Sides", "load_sides"]

SideName = Literal["subject", "reference"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """The two contracts.

    Attributes:
        root: the folder of the settings file, absolute; the current one where the settings come from no file.
        subject: the contract that is proved.
        reference: the contract that it is held against.
    """

    root: Path
    subject: Contract
    reference: Contract

    def identity(self, name: SideName) -> ContractIdentity:
        """What the certificate says of a side."""
        contract = self.subject if name == "subject" else self.reference
        provenance = contract.provenance
        return ContractIdentity(
            source=moved(provenance.source, Path(), self.root),
            version=provenance.version,
            archive=provenance.archive,
            archive_sha256=provenance.archive_sha256,
            digest=contract.digest,
            counts=contract.counts,
        )


def load_sides(settings: Settings, options: LoadOptions) -> Sides:
    """Read both contracts.

    What cannot be read of the subject is left out; that makes the structure stage fail.

    Raises:
        SettingsError: the settings do not name a side.
        ProtoalignError: a side cannot be read; see `protoalign.sources.load`.
    """
    root = settings.path.resolve().parent if settings.path is not None else Path.cwd()
    return Sides(
        root=root,
        subject=_load(settings, root, "subject", replace(options, partial=True)),
        reference=_load(settings, root, "reference", options),
    )


def _load(settings: Settings, root: Path, name: SideName, options: LoadOptions) -> Contract:
    side: SourceSettings | None = settings.subject if name == "subject" else settings.reference
    if side is None:
        raise SettingsError(
            f"names no [{name}]",
            where=shown_path(settings.path or Path()),
            hint=f'Add [{name}] with a source, such as source = "proto" or source = "pypi:NAME==VERSION".',
        )
    sources = (*options.with_sources, *(anchored(each, root) for each in side.with_sources))
    return load(
        anchored(side.source, root),
        replace(options, with_sources=sources, copies=side.copies, comments=False),
    )
