"""Where contracts come from: one module per kind of source, one registry that names them."""

from protoalign.sources.limits import Limits
from protoalign.sources.progress import Progress, SilentProgress
from protoalign.sources.registry import KINDS, SourceKind, load, read_lock
from protoalign.sources.scan import LoadOptions

__all__ = [
    "KINDS",
    "Limits",
    "LoadOptions",
    "Progress",
    "SilentProgress",
    "SourceKind",
    "load",
    "read_lock",
]
