"""All examples run against the emulator, and together call every RPC."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from emulator_process import API_KEY, MANAGEMENT_KEY, EmulatorProcess, emulator_process

from xaiwire_server.rpc.methods import contract_rpcs

EXAMPLES = Path(__file__).parents[1] / "examples" / "xaiwire"
ALL = sorted(path.stem for path in EXAMPLES.glob("*.py"))
# What the emulator's answers, repeated, make of them.
EXPECTED = {
    "chat_complete": "Why is the sky blue?",
    "function_tools": "booking a table for",
    "stored_completions": "went on: What is my name?",
    "deferred": "Write a longer story.",
    "documents_search": "Hold the button",
    "tokenize_text": "tokens",
    "server_side_tools": "used: {'SERVER_SIDE_TOOL_MCP': 1}",
}


@pytest.mark.parametrize(
    "stems", [[s for s in ALL if "async" not in s], [s for s in ALL if "async" in s]], ids=["sync", "async"]
)
def test_all_run(stems, tmp_path):
    with emulator_process("--memory") as emulator:
        _prepare(emulator)
        with ThreadPoolExecutor(4) as threads:
            results = list(threads.map(lambda stem: _run(stem, emulator, tmp_path), stems))
        for stem, result in zip(stems, results, strict=True):
            assert (result.returncode, result.stderr) == (0, ""), stem
            assert EXPECTED.get(stem.removesuffix("_async"), "") in result.stdout, stem
        assert emulator.paths() == set(contract_rpcs())


def _prepare(emulator: EmulatorProcess) -> None:
    with emulator.client() as client:
        collection = client.collections.create("manuals")
        text = b"Hold the button for ten seconds to reset the clock."
        client.collections.upload_document(collection.collection_id, "manual.md", text, "text/markdown")


def _run(stem: str, emulator: EmulatorProcess, folder: Path) -> subprocess.CompletedProcess[str]:
    own = folder / stem
    own.mkdir()
    return subprocess.run(
        [sys.executable, "-W", "error", EXAMPLES / f"{stem}.py"],
        env={
            "PATH": os.environ.get("PATH", ""),
            "TMPDIR": str(own),
            "XAI_API_KEY": API_KEY,
            "XAI_MANAGEMENT_KEY": MANAGEMENT_KEY,
            "XAI_API_HOST": emulator.address,
            "XAI_MANAGEMENT_HOST": emulator.address,
        },
        cwd=own,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
