"""Work to an edited tree: the subject's .proto files made equal to the reference, all at once or not at all."""

from protoalign.align.comments import LostComment
from protoalign.align.edit import TreeEdit
from protoalign.align.engine import Alignment, carry_out, plan_alignment
from protoalign.align.file_options import Derived
from protoalign.align.git import GitState, git_state, refuse_dirty
from protoalign.align.modules import outside_of_modules
from protoalign.align.proof import LoadTree, prove_alignment
from protoalign.align.selection import AlignOptions
from protoalign.align.swap import recover
from protoalign.align.tree import SubjectTree, read_tree

__all__ = [
    "AlignOptions",
    "Alignment",
    "Derived",
    "GitState",
    "LoadTree",
    "LostComment",
    "SubjectTree",
    "TreeEdit",
    "carry_out",
    "git_state",
    "outside_of_modules",
    "plan_alignment",
    "prove_alignment",
    "read_tree",
    "recover",
    "refuse_dirty",
]
