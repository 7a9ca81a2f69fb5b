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


@pytest.mark.network
@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_every_public_method(kind):
    python = official_python("xai-sdk==1.4.0")
    with emulator_process("--memory") as emulator:
        done = subprocess.run(
            [python, SESSION, kind, emulator.address], capture_output=True, text=True, timeout=200, check=False
        )
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        assert set(found["public"]) <= set(found["called"])
        assert emulator.paths() == set(contract_rpcs())
        assert emulator.control("GET", "/state")["unknown_fields"] == {}
        # What was said of keys of other servers, is not shown either.
        assert "mcp-secret" not in json.dumps(emulator.control("GET", "/requests?limit=1000&details=1"))
