"""Modules that are copied as they are into every package of service wrappers.

They import nothing of protoalign: what is generated stands on its own.
"""
