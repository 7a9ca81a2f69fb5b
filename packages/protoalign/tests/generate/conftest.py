"""The shop's generated package, made once, and its server."""

import sys
from pathlib import Path

import pytest

from protoalign.generate import generate
from protoalign.settings import read_settings
from protoalign.sources import load

sys.path.insert(0, str(Path(__file__).parent))
from shop import imported_from, shop_server, write_project


@pytest.fixture(scope="session")
def shop_project(tmp_path_factory):
    root = write_project(tmp_path_factory.mktemp("shop"))
    generate(read_settings(root / "protoalign.toml"))
    return root


@pytest.fixture
def shop(shop_project):
    with imported_from(shop_project / "src"):
        yield shop_project


@pytest.fixture
def server(shop_project):
    pytest.importorskip("grpc", reason="grpcio is not installed")
    with shop_server(load(f"proto:{shop_project / 'proto'}")) as served:
        yield served
