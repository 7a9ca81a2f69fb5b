"""The examples run, print what they are about, and together call every RPC."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(ROOT / "packages" / "xaiwire" / "tests"))
from example_server import register
from reference_server import all_methods, reference_server

EXAMPLES = ROOT / "examples" / "xaiwire"
SYNC = sorted(path.stem for path in EXAMPLES.glob("*.py") if not path.stem.endswith("_async"))
ALL = sorted(path.stem for path in EXAMPLES.glob("*.py"))

CHAT = "/xai_api.Chat/"
COLLECTIONS = "/collections.Collections/"
FILES = "/xai_api.Files/"
MODELS = "/xai_api.Models/"

# What the example prints, in this order, and the RPCs that it calls; the async one is the same.
EXPECTED = {
    "auth": (["examples (xai-...abcd), team team-1", "made on 2025-10-09"], {"/xai_api.Auth/get_api_key_info"}),
    "chat_complete": (
        ["answer to message 1: Why is the sky blue?", "REASON_STOP, 42 tokens"],
        {CHAT + "GetCompletion"},
    ),
    "chat_multi_turn": (
        ["answer to message 2: Why is the sky blue?", "answer to message 4: And at sunset?", "5 messages so far"],
        {CHAT + "GetCompletion"},
    ),
    "chat_stream": (
        ["answer to message 1: Tell me a short story.", "42 tokens"],
        {CHAT + "GetCompletionChunk"},
    ),
    "chat_several_answers": (
        ["suggestion 3: answer 3 to message 1", "stream 1: answer", "stream 2: answer"],
        {CHAT + "GetCompletion", CHAT + "GetCompletionChunk"},
    ),
    "structured_output": (
        ["Caprese, 10 minutes: tomatoes, mozzarella, basil", "Rome, Italy: 2,750,000 inhabitants (42 tokens)"],
        {CHAT + "GetCompletion"},
    ),
    "function_tools": (
        [
            "looking for 3 restaurants in Rome",
            "booking a table for 2 at Roscioli",
            'answer to message 5: {"confirmation":"Roscioli-20"}',
        ],
        {CHAT + "GetCompletion"},
    ),
    "server_side_tools": (
        [
            "called: web_search_tool",
            "used: {'SERVER_SIDE_TOOL_WEB_SEARCH': 1}",
            "source: https://docs.example.com/found",
            "called: x_search_tool",
            "called: code_execution_tool",
            "called: collections_search_tool",
            "answer to message 1: What is the repository",
            "called: mcp_tool",
        ],
        {CHAT + "GetCompletion", COLLECTIONS + "ListCollections"},
    ),
    "search_parameters": (
        ["What is new at xAI?", "source: https://docs.example.com/found", "1 sources were used"],
        {CHAT + "GetCompletion"},
    ),
    "images_and_files_in_messages": (
        ["answer to message 1: What is the animal in the picture called? [image_url] [file]"],
        {CHAT + "GetCompletion", FILES + "UploadFile", FILES + "DeleteFile"},
    ),
    "stored_completions": (
        ["kept: answer", "went on: answer", "got again: answer to message 1: My name is Ada.", "deleted: True"],
        {CHAT + "GetCompletion", CHAT + "GetStoredCompletion", CHAT + "DeleteStoredCompletion"},
    ),
    "deferred": (
        ["deferred: answer", "It is not ready yet.", "waited for: answer to message 1: Write a long story."],
        {CHAT + "StartDeferredCompletion", CHAT + "GetDeferredCompletion"},
    ),
    "keep_a_conversation": (
        ["3 messages were kept", "answer to message 4: Double it."],
        {CHAT + "GetCompletion"},
    ),
    "reasoning": (
        ["thought: 0.05 + 1.05 is 1.10.", "12 tokens of reasoning", "0.05 + 1.05 is 1.10.answer"],
        {CHAT + "GetCompletion", CHAT + "GetCompletionChunk"},
    ),
    "files": (
        [
            " bytes\n",
            "measurements.csv",
            "note.txt",
            "Measured in Rome.",
            "the same: True",
            "to be fetched at https://files.example.com/file-",
            "deleted note.txt: True",
        ],
        {
            FILES + each
            for each in (
                "UploadFile",
                "ListFiles",
                "RetrieveFile",
                "RetrieveFileContent",
                "RetrieveFileURL",
                "DeleteFile",
            )
        },
    ),
    "document_collections": (
        ["manual.md is PROCESSED", "0.90 file-", "Hold the button for ten seconds"],
        {
            COLLECTIONS + "CreateCollection",
            COLLECTIONS + "UploadDocument",
            COLLECTIONS + "GetCollectionMetadata",
            COLLECTIONS + "AddDocumentToCollection",
            COLLECTIONS + "GetDocumentMetadata",
            COLLECTIONS + "DeleteCollection",
            FILES + "UploadFile",
            "/xai_api.Documents/Search",
        },
    ),
    "manage_collections": (
        [
            "embedding models: grok-embedding-small",
            "token encodings: o200k_base",
            "renamed to letters",
            "handbook: 1 documents",
            "final.txt: 9 bytes",
            "second.txt: 8 bytes",
        ],
        {
            COLLECTIONS + "CreateCollection",
            COLLECTIONS + "ListAvailableEmbeddingModels",
            COLLECTIONS + "ListAvailableTokenEncodings",
            COLLECTIONS + "UpdateCollection",
            COLLECTIONS + "GetCollectionMetadata",
            COLLECTIONS + "ListCollections",
            COLLECTIONS + "UploadDocument",
            COLLECTIONS + "ListDocuments",
            COLLECTIONS + "UpdateDocument",
            COLLECTIONS + "ReIndexDocument",
            COLLECTIONS + "BatchGetDocuments",
            COLLECTIONS + "RemoveDocumentFromCollection",
            COLLECTIONS + "DeleteCollection",
        },
    ),
    "documents_search": (
        ["0.90 in collection-0: Hold the button to reset it."],
        {COLLECTIONS + "ListCollections", "/xai_api.Documents/Search"},
    ),
    "embed": (
        ["1.00 a cat on a sofa", "1.00 a kitten", "0.19 the rules of chess", "3 texts by v1"],
        {"/xai_api.Embedder/Embed"},
    ),
    "image": (
        [
            "lighthouse.jpg: 31 bytes",
            "the prompt became: A photo: a lighthouse at night",
            "to be seen at https://images.example.com/1.jpg",
        ],
        {"/xai_api.Image/GenerateImage"},
    ),
    "models": (
        [
            "grok-4 takes text, image: 256000 tokens at most",
            "v1 makes vectors",
            "grok-2-image makes images",
            "aliases: grok-4-latest",
            "version: 1.0",
        ],
        {path for path, _ in all_methods() if path.startswith(MODELS)},
    ),
    "sample_text": (
        ["1:  there was a fox. (REASON_STOP)", "that all is well."],
        {"/xai_api.Sample/SampleText", "/xai_api.Sample/SampleTextStreaming"},
    ),
    "tokenize_text": (["   1000 'The'", "4 tokens"], {"/xai_api.Tokenize/TokenizeText"}),
    "errors_and_retries": (
        [
            "1 models after 2 attempts, request id request-",
            "not found: there is no no-such-model (request id request-",
            "too late: Allow more time",
            "NOT_FOUND of /xai_api.Files/RetrieveFileContent: NOT_FOUND: there is no file_that_is_gone",
            "nothing was sent: there is no message",
        ],
        {
            MODELS + "ListLanguageModels",
            MODELS + "GetLanguageModel",
            CHAT + "GetCompletion",
            FILES + "RetrieveFileContent",
        },
    ),
    "telemetry": (
        [
            "answer to message 1: Hello",
            '"name": "greet"',
        ],
        {CHAT + "GetCompletion"},
    ),
}


def expected(stem):
    return EXPECTED[stem.removesuffix("_async")]


@pytest.mark.parametrize("stem", ALL)
def test_it_runs(stem, tmp_path):
    texts, paths = expected(stem)
    with reference_server() as served:
        register(served)
        done = subprocess.run(
            [sys.executable, "-W", "error", EXAMPLES / f"{stem}.py"],
            # What the machine says of proxies, telemetry and keys is not for the examples.
            env={
                name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "HOME") if name in os.environ
            }
            | {
                "XAI_API_KEY": "key-of-the-tests",
                "XAI_MANAGEMENT_KEY": "management-key-of-the-tests",
                "XAI_API_HOST": served.address,
                "XAI_MANAGEMENT_HOST": served.address,
                "PYTHONDEVMODE": "1",
                "TMPDIR": str(tmp_path),
            },
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        called = set(served.paths())
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    place = 0
    for text in texts:
        place = done.stdout.find(text, place)
        assert place >= 0, f"{text!r} is not there, or not there in order:\n{done.stdout}"
    assert called == paths


def test_telemetry_prints_the_span_of_the_call(tmp_path):
    pass


def test_every_example_is_expected_to_print_something():
    assert list(EXPECTED) == [stem for stem in EXPECTED if stem in SYNC]
    assert sorted(EXPECTED) == SYNC


def test_every_example_has_an_async_twin():
    assert [stem for stem in ALL if stem.endswith("_async")] == [f"{stem}_async" for stem in SYNC]


def test_no_example_is_named_like_a_module_of_python():
    # The folder of a script is the first place where its imports are looked for.
    assert not set(ALL) & set(sys.stdlib_module_names)


def test_together_they_call_every_rpc():
    # Each test of one example says that it calls these, and no others.
    called = set().union(*(paths for _, paths in EXPECTED.values()))
    assert called == {path for path, _ in all_methods()}
    assert len(called) == 40


def test_the_readme_lists_every_example():
    text = (EXAMPLES / "README.md").read_text()
    rows = re.findall(r"^\| \[(\w+)\]\((\w+)\.py\), \[async\]\((\w+)\.py\) \| (.+) \|$", text, re.MULTILINE)
    assert [row[:3] for row in rows] == [(stem, stem, f"{stem}_async") for stem in EXPECTED]
    assert all(sentence.strip() for *_, sentence in rows)


def test_mypy_finds_nothing():
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", EXAMPLES], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_pyright_finds_nothing():
    if shutil.which("node") is None and not (Path.home() / ".cache" / "pyright-python").exists():
        pass
    done = subprocess.run(
        [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, EXAMPLES],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 1):
        said = (done.stderr or done.stdout).strip().splitlines()
        pytest.skip(f"pyright cannot be run here: {said[-1:]}")
    assert done.returncode == 0, done.stdout
