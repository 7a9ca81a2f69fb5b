"""The official client, in a process of its own, cannot tell the emulator from the API."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from emulator_process import emulator_process
from official_environment import official_python

from xaiwire_server.rpc.methods import contract_rpcs

SESSION = Path(__file__).with_name("official_session.py")


# What the official client has no method for.
NOT_WRAPPED = {
    "/collections.Collections/ListAvailableEmbeddingModels",
    "/collections.Collections/ListAvailableTokenEncodings",
    "/xai_api.Embedder/Embed",
    "/xai_api.Files/RetrieveFileURL",
    "/xai_api.Sample/SampleText",
    "/xai_api.Sample/SampleTextStreaming",
}

pytestmark = [pytest.mark.network, pytest.mark.slow]


def session(python, *arguments):
    done = subprocess.run([python, SESSION, *arguments], capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_every_public_method(kind):
    python = official_python("xai-sdk==1.4.0")
    with emulator_process("--memory") as emulator:
        found = session(python, kind, emulator.address, "raw")
        assert set(found["public"]) <= set(found["called"])
        assert emulator.paths() == set(contract_rpcs())
        assert emulator.control("GET", "/state")["unknown_fields"] == {}
        # What was said of keys of other servers, is not shown either.
        assert "mcp-secret" not in json.dumps(emulator.control("GET", "/requests?limit=1000&details=1"))


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_the_newest_release_for_what_the_contracts_share(kind):
    python = official_python("xai-sdk")
    with emulator_process("--memory") as emulator:
        session(python, kind, emulator.address)
        # Newer releases upload a document as a file, and add it then.
        assert emulator.paths() >= set(contract_rpcs()) - NOT_WRAPPED - {"/collections.Collections/UploadDocument"}
        # How far it has gone on, the emulator says.
        assert all("." in field for field in emulator.control("GET", "/state")["unknown_fields"])
