"""Settings of all tests."""

from hypothesis import settings

# How long an example takes says something of the machine, nothing of the code.
settings.register_profile("protoalign", parent=settings(), deadline=None)
settings.load_profile("protoalign")
