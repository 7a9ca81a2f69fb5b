"""`python -m protoalign`."""

from protoalign.cli.main import run

run()
