"""Generating works for a contract that has nothing to do with xAI: that of qdrant-client, read out of its wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from protoalign.contract.pools import pool_of
from protoalign.errors import PackageIndexError
from protoalign.generate import generate
from protoalign.settings import read_settings
from protoalign.sources import load

ROOT = Path(__file__).parents[1]
PACKAGE = "pypi:qdrant-client==1.20.0"

SETTINGS = f"""
[subject]
source = "{PACKAGE}"

[generate.python]
messages = "src/vectorwire/_gen"
services = "src/vectorwire/_services"
"""

GO_SETTINGS = """
[generate.go]
module = "go"
messages = "internal/gen"
services = "services"
tools = "go/tools"
"""

CLIENT = """
import asyncio, sys
from vectorwire._gen.points_pb import PointStruct
from vectorwire._gen.qdrant_common_pb import PointId
from vectorwire._services.collections import Collections
from vectorwire._services.connect import AsyncConnectCaller, ConnectCaller
from vectorwire._services.points import AsyncPoints, Points
from protobuf import Oneof

address = sys.argv[1]
with ConnectCaller(address, metadata={"api-key": "k"}) as caller:
    assert Collections(caller).list().collections[0].name == "books"
    point = PointStruct(id=PointId(point_id_options=Oneof("num", 7)))
    done = Points(caller).upsert(collection_name="books", points=[point], wait=True)
    assert done.result.operation_id == 7, done


async def main():
    async with AsyncConnectCaller(address) as caller:
        counted = await AsyncPoints(caller).count(collection_name="books", exact=True)
        assert counted.result.count == 3


asyncio.run(main())
print("ok")
"""

GO_CLIENT = """package services_test

import (
	"context"
	"os"
	"testing"

	"example.com/vectorwire/services"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

func TestClient(t *testing.T) {
	conn, err := grpc.NewClient(os.Getenv("ADDRESS"), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	exact := true
	counted, err := services.NewPoints(conn).Count(
		context.Background(), &services.CountPoints{CollectionName: "books", Exact: &exact})
	if err != nil || counted.GetResult().GetCount() != 3 {
		t.Fatalf("%v, %v", counted, err)
	}
}
"""


@pytest.fixture(scope="module")
def contract():
    try:
        return load(PACKAGE)
    except PackageIndexError as error:
        pytest.skip(f"the package index cannot be reached: {error.what}")


def project(root: Path, settings: str) -> Path:
    (root / "protoalign.toml").write_text(settings)
    (root / "src" / "vectorwire").mkdir(parents=True)
    (root / "src" / "vectorwire" / "__init__.py").write_text("")
    return root


@contextmanager
def served(contract):
    """A server of two of the services, with Google's messages made from the same contract."""
    grpc = pytest.importorskip("grpc", reason="grpcio is not installed")
    from google.protobuf.message_factory import GetMessageClass

    pool = pool_of(contract.by_name[name] for name in contract.import_order)

    def handler(service, name, answer):
        method = pool.FindServiceByName(service).FindMethodByName(name)
        request, response = GetMessageClass(method.input_type), GetMessageClass(method.output_type)
        return grpc.unary_unary_rpc_method_handler(
            lambda given, context: answer(given, response(), context),
            request_deserializer=request.FromString,
            response_serializer=response.SerializeToString,
        )

    def listed(_request, response, context):
        assert dict(context.invocation_metadata())["api-key"] == "k"
        response.collections.add(name="books")
        return response

    def stored(request, response, _context):
        assert (request.collection_name, request.wait) == ("books", True)
        response.result.operation_id = request.points[0].id.num
        return response

    def counted(request, response, _context):
        response.result.count = 3 if request.exact else 0
        return response

    with ThreadPoolExecutor(4) as threads:
        server = grpc.server(threads)
        for service, methods in {
            "qdrant.Collections": {"List": listed},
            "qdrant.Points": {"Upsert": stored, "Count": counted},
        }.items():
            handlers = {name: handler(service, name, answer) for name, answer in methods.items()}
            server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, handlers),))
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            yield f"127.0.0.1:{port}"
        finally:
            server.stop(None).wait()


@pytest.mark.slow
@pytest.mark.network
def test_a_generated_python_client_talks_to_a_server_of_the_same_contract(contract, tmp_path):
    root = project(tmp_path, SETTINGS)
    result = generate(read_settings(root / "protoalign.toml"))
    assert result.written
    with served(contract) as address:
        done = subprocess.run(
            [sys.executable, "-c", CLIENT, f"http://{address}"],
            cwd=root / "src",
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    assert done.stdout == "ok\n", done.stderr
    checked = subprocess.run(
        # What protoc-gen-py writes is not strict everywhere, so only the wrappers are looked at.
        [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "vectorwire/_services"],
        cwd=root / "src",
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "MYPY_CACHE_DIR": str(tmp_path / "mypy")},
    )
    assert checked.returncode == 0, checked.stdout


@pytest.mark.slow
@pytest.mark.network
def test_a_generated_go_client_talks_to_a_server_of_the_same_contract(contract, tmp_path):
    go = shutil.which("go")
    if go is None:
        pytest.skip("there is no Go toolchain")
    root = project(tmp_path, SETTINGS + GO_SETTINGS)
    module = root / "go"
    shutil.copytree(ROOT / "go" / "tools", module / "tools")
    shutil.copy(ROOT / "go" / "go.sum", module / "go.sum")
    text = (ROOT / "go" / "go.mod").read_text()
    (module / "go.mod").write_text(text.replace("github.com/protoalign/protoalign/go", "example.com/vectorwire", 1))
    generate(read_settings(root / "protoalign.toml"))
    (module / "services" / "client_test.go").write_text(GO_CLIENT)
    with served(contract) as address:
        done = subprocess.run(
            [go, "test", "-vet=all", "-count=1", "./..."],
            cwd=module,
            env={**os.environ, "ADDRESS": address},
            capture_output=True,
            text=True,
            check=False,
            timeout=280,
        )
    assert done.returncode == 0, done.stdout + done.stderr
