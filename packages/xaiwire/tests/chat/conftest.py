"""Each test of the chat runs with the sync and the async client."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from harness import Harness


@pytest.fixture(params=["sync", "async"])
def harness(request):
    return Harness(request.param)
