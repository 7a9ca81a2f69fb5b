"""Two contracts held against each other: matched, diffed structurally, then judged by rules."""

from protoalign.compare.engine import compare, structural_diff
from protoalign.compare.judge import judge
from protoalign.compare.model import (
    IMPACTS,
    SEVERITIES,
    Comparison,
    Direction,
    FileResult,
    FileStatus,
    Finding,
    Guess,
    Impact,
    Place,
    Reach,
    Severity,
    Side,
    WaivedFinding,
)
from protoalign.compare.structure import Aspect, Difference, Match, Matching, Node, NodeKind, StructuralDiff

__all__ = [
    "IMPACTS",
    "SEVERITIES",
    "Aspect",
    "Comparison",
    "Difference",
    "Direction",
    "FileResult",
    "FileStatus",
    "Finding",
    "Guess",
    "Impact",
    "Match",
    "Matching",
    "Node",
    "NodeKind",
    "Place",
    "Reach",
    "Severity",
    "Side",
    "StructuralDiff",
    "WaivedFinding",
    "compare",
    "judge",
    "structural_diff",
]
