"""protoalign: the exact protobuf contract of an SDK package, and other trees held against it and aligned with it.

Importing this package imports nothing else: each part (`protoalign.sources`, `protoalign.compare`, `protoalign.align`,
…) is imported by its own name; docs/reference/library.md lists them.
"""

__all__ = ["__version__"]

__version__ = "0.1.0"
