"""What the tests of the SDK share."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from reference_server import ReferenceServer, reference_server


@pytest.fixture
def server() -> Iterator[ReferenceServer]:
    """A gRPC server that is not ours; see reference_server."""
    with reference_server() as served:
        yield served
