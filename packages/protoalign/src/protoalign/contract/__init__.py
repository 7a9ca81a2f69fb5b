"""What a contract is: protobuf files with provenance, a digest, counts, elements and an import order."""

from protoalign.contract.canonical import canonical_file
from protoalign.contract.comments import Comment, comments_of_source_info
from protoalign.contract.counts import Counts
from protoalign.contract.elements import Element
from protoalign.contract.file import ContractFile
from protoalign.contract.model import Contract, build_contract
from protoalign.contract.provenance import Provenance
from protoalign.contract.wellknown import well_known_files

__all__ = [
    "Comment",
    "Contract",
    "ContractFile",
    "Counts",
    "Element",
    "Provenance",
    "build_contract",
    "canonical_file",
    "comments_of_source_info",
    "well_known_files",
]
