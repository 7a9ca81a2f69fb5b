"""The Go examples run against the emulator, and together call every RPC; they are all in their README."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from emulator_process import API_KEY, MANAGEMENT_KEY, EmulatorProcess, emulator_process

from xaiwire_server.rpc.methods import contract_rpcs

EXAMPLES = Path(__file__).parents[1] / "examples" / "go"
ALL = sorted(path.parent.name for path in EXAMPLES.glob("*/main.go"))

# What each prints, with the emulator's answers: in this order, as patterns.
EXPECTED = {
    "chat": [r"\d+ tokens, REASON_STOP", "> And at sunset\\?\nAnd at sunset\\?", r"3\. A name for a boat\? \(3\)"],
    "collections": [
        "manual.md is DOCUMENT_STATUS_PROCESSED",
        r"0\.\d\d \"# Manual\\n\\nHold the button",
    ],
    "deferred": ["Write a long story.", "It is there: Write a longer story."],
    "errors_and_retries": [
        r"not found: xai: NotFound: model 'grok-0' does not exist \[/xai_api.Models/GetLanguageModel\]",
        "code NotFound, attempts: 1, request: [0-9a-f-]{36}\n",
        "nothing was sent: true",
    ],
    "files": [
        "12 of 12 bytes",
        "is report.txt, 12 bytes",
        '12 of 12 bytes\nit says "All is well."\nit is at http',
        "deleted: true",
    ],
    "function_tools": ["booking a table for", "confirmation", "3 messages, those of tools included"],
    "image": [r"cat-1.jpg, \d{3,} bytes: a cat in a tree \n", r"cat-2.jpg, \d{3,} bytes: a cat in a tree http://"],
    "images_and_files": ["What is the animal in the picture called?"],
    "keep_a_conversation": [
        "3 messages were kept\nDouble it.",
        "went on: What is my name?",
        "got again: My name is Ada.",
    ],
    "manage_collections": ["o200k_base", "letters: 2 documents", "final.txt: 9 bytes\nsecond.txt: 8 bytes"],
    "metadata_and_interceptors": [
        "call: /xai_api.Models/GetLanguageModel OK in ",
        "attempts: 1, request: [0-9a-f-]{36}, ",
        "stream: /xai_api.Chat/GetCompletionChunk OK",
    ],
    "models": ["may use api-key:model", r"grok-4 \[.*\] 3 \$", "v1 makes vectors", "grok-2-image makes images"],
    "plain_texts": [
        r"512 numbers, nearness 0\.\d",
        ' 17307 " sky"',
        r"1: Once upon a time \(2\) \(REASON_STOP\)\nOnce upon a time\n",
    ],
    "reasoning": ["thought: The last message", "answer: A bat", r"[1-9]\d* tokens of reasoning\nThe last message"],
    "search_parameters": ["What is new at xAI", "source: https://", "5 sources were used"],
    "server_side_tools": [
        "used: SERVER_SIDE_TOOL_WEB_SEARCH, 1 times\nsource: https://go.dev/",
        "SERVER_SIDE_TOOL_X_SEARCH, 1",
        "SERVER_SIDE_TOOL_CODE_EXECUTION, 1",
        "SERVER_SIDE_TOOL_MCP, 1",
        "SERVER_SIDE_TOOL_COLLECTIONS_SEARCH, 1",
    ],
    "stream": [r"Tell a short story.\n\d+ tokens", r"\[1\] \" boat", r"2\. A name for a boat\? \(2\)"],
    "structured_output": [r"recipe: \w+, 1 minutes: \w+\n\d+ tokens", r"drink: \w+, [\d.]+ litres"],
}


@pytest.fixture(scope="module")
def modules() -> None:
    """Go is here, and the modules that the examples need are, or can be had."""
    if shutil.which("go") is None:
        pytest.skip("go is not installed")
    fetched = subprocess.run(["go", "mod", "download"], cwd=EXAMPLES, capture_output=True, text=True, check=False)
    if fetched.returncode:
        pytest.skip(f"the Go modules cannot be had: {fetched.stderr.strip()}")


@pytest.fixture
def programs(modules: None, tmp_path: Path) -> Iterator[Path]:
    """A folder with all programs. Without what debuggers need, they are linked in half the time."""
    folder = tmp_path / "programs"
    _go("build", "-buildvcs=false", "-ldflags=-w", "-o", f"{folder}/", "./...")
    yield folder
    shutil.rmtree(folder)  # 200 MB.


def _go(*arguments: str) -> None:
    done = subprocess.run(["go", *arguments], cwd=EXAMPLES, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.network
def test_all_run_and_together_call_every_rpc(programs, tmp_path):
    with emulator_process("--memory") as emulator:
        with emulator.client() as client:
            # For the example that searches a collection which is there.
            collection = client.collections.create("manuals").collection_id
            client.collections.upload_document(collection, "reset.md", b"Hold the button.", "text/markdown")
        # First, for others make collections, and delete them.
        results = {"server_side_tools": _run(programs / "server_side_tools", emulator, tmp_path)}
        others = [name for name in ALL if name not in results]
        with ThreadPoolExecutor(4) as threads:
            results |= zip(
                others, threads.map(lambda name: _run(programs / name, emulator, tmp_path), others), strict=True
            )
        paths = emulator.paths()
    for name, result in results.items():
        assert (result.returncode, result.stderr) == (0, ""), name
        assert re.search(".*?".join(EXPECTED[name]), result.stdout, re.DOTALL), (name, result.stdout)
        assert list((tmp_path / name).iterdir()) == [], "an example leaves nothing behind"
    assert paths == set(contract_rpcs())
    for name in ALL:
        done = subprocess.run([programs / name], env={}, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 1, name
        assert "there is no API key" in done.stderr, name


def _run(program: Path, emulator: EmulatorProcess, folder: Path) -> subprocess.CompletedProcess[str]:
    own = folder / program.name
    own.mkdir()
    return subprocess.run(
        [program],
        # Nothing else of the environment: proxies, other keys and switches are not for the examples.
        env={
            "TMPDIR": str(own),
            "XAI_API_KEY": API_KEY,
            "XAI_MANAGEMENT_KEY": MANAGEMENT_KEY,
            "XAI_API_HOST": emulator.address,
            "XAI_MANAGEMENT_HOST": emulator.address,
        },
        cwd=own,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.network
def test_vet_finds_nothing(modules):
    _go("vet", "./...")


@pytest.mark.network
def test_the_module_is_tidy(modules):
    _go("mod", "tidy", "-diff")


def test_the_readme_lists_every_example():
    rows = re.findall(r"^\| \[(\w+)\]\(\1/main\.go\) \| (.+) \|$", (EXAMPLES / "README.md").read_text(), re.MULTILINE)
    # The sentence is what the program itself begins with.
    assert rows == [(name, _sentence(name)) for name in ALL]


def _sentence(name: str) -> str:
    return (EXAMPLES / name / "main.go").read_text().splitlines()[0].removeprefix("// ")


def test_each_is_expected_to_print_something_and_is_short():
    assert sorted(EXPECTED) == ALL
    for file in EXAMPLES.glob("*/*.go"):
        assert len(file.read_text().splitlines()) < 75, file
