"""protoalign: the exact protobuf contract of an SDK package, extracted, printed and proved.

Importing this package imports nothing else: each part (`protoalign.contract`, `protoalign.sources`,
`protoalign.printer`, `protoalign.prove`) is imported by its own name.
"""

__all__ = ["__version__"]

__version__ = "0.1.0"
