"""Settings of all tests."""

import gc
from collections.abc import Callable
from functools import cache

import pytest
from hypothesis import settings

# How long an example takes says something of the machine, nothing of the code.
settings.register_profile("protoalign", parent=settings(), deadline=None)
settings.load_profile("protoalign")


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Thousands of tests and all modules stay to the end: nothing is won by looking through them for garbage."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def version_once() -> Callable[..., str]:
    """What `check_version` says, and each tool is started for it just once."""
    from protoalign.toolchain.programs import check_version

    return cache(check_version)


@pytest.fixture
def versions_asked_once(version_once: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tests that generate much, and are about something else, not ask all tools for their versions each time."""
    monkeypatch.setattr("protoalign.toolchain.programs.check_version", version_once)
