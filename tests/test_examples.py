"""The examples run, print what they are about, and together call every RPC."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "packages" / "xaiwire" / "tests"))
from example_server import register
from reference_server import all_methods, reference_server

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "examples" / "xaiwire"
ALL = sorted(path.stem for path in EXAMPLES.glob("*.py"))
ASYNC = [stem for stem in ALL if stem.endswith("_async")]
SYNC = [stem for stem in ALL if not stem.endswith("_async")]

CHAT = "/xai_api.Chat/"
COLLECTIONS = "/collections.Collections/"
FILES = "/xai_api.Files/"
MODELS = "/xai_api.Models/"

# What the example prints, in this order, and the RPCs that it calls; the async one is the same.
EXPECTED = {
    "auth": (
        ["examples (xai-...abcd) may use api-key:model:*, api-key:endpoint:*"],
        {"/xai_api.Auth/get_api_key_info"},
    ),
    "chat_complete": (
        ["answer to message 1: Why is the sky blue?", "42 tokens, REASON_STOP"],
        {CHAT + "GetCompletion"},
    ),
    "chat_multi_turn": (
        ["answer to message 2: Why is the sky blue?", "answer to message 4: And at sunset?"],
        {CHAT + "GetCompletion"},
    ),
    "chat_stream": (
        ["answer to message 1: Tell a short story.", "42 tokens"],
        {CHAT + "GetCompletionChunk"},
    ),
    "chat_several_answers": (
        ["3. answer 3 to message 1: A name for a boat?", "[1] answer", "[2] answer"],
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
        ["Write a long story.", "It is not ready yet.", "answer to message 1: Write a longer story."],
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
            "12 of 12 bytes",
            "report.txt",
            "file-2 report.txt 12",
            "All is well.",
            "12 bytes in copy.txt",
            "https://files.example.com/file-2",
            "True",
        ],
        {path for path, _ in all_methods() if path.startswith(FILES)},
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
        ["0.90 Hold the button to reset it."],
        {"/xai_api.Documents/Search", COLLECTIONS + "ListCollections"},
    ),
    "embed": (["4 numbers", "0.590", "zcyMP83MzD3NzMw9zcyMPw=="], {"/xai_api.Embedder/Embed"}),
    "image": (
        ["cat.jpg 29 bytes: A photo: a cat in a tree", "https://images.example.com/1.jpg"],
        {"/xai_api.Image/GenerateImage"},
    ),
    "models": (
        ["grok-4 ['grok-4-latest'] 3.0 $ per million tokens", "4.0", "v1", "grok-2-image"],
        {path for path, _ in all_methods() if path.startswith(MODELS)},
    ),
    "sample_text": (
        ["1:  there was a fox. (REASON_STOP)", "that all is well."],
        {"/xai_api.Sample/SampleText", "/xai_api.Sample/SampleTextStreaming"},
    ),
    "tokenize_text": (["   1000 'The'", "4 tokens"], {"/xai_api.Tokenize/TokenizeText"}),
    "errors_and_retries": (
        ["attempts: 2, request: request-", "not found: there is no grok-0 (request request-"],
        {MODELS + "GetLanguageModel"},
    ),
    "telemetry": (
        ['"name": "chat grok-4"', '"gen_ai.conversation.id": "talk-1"', "answer to message 1: Hello"],
        {CHAT + "GetCompletion"},
    ),
}


@pytest.mark.parametrize("stem", ALL)
def test_it_runs(stem, tmp_path):
    texts, paths = EXPECTED[stem.removesuffix("_async")]
    with reference_server() as served:
        register(served)
        done = subprocess.run(
            [sys.executable, "-W", "error", EXAMPLES / f"{stem}.py"],
            # Nothing else of the environment: proxies, other keys and switches are not for the examples.
            env={
                "PATH": os.environ.get("PATH", ""),
                "TMPDIR": str(tmp_path),
                "XAI_API_KEY": "key-of-the-tests",
                "XAI_MANAGEMENT_KEY": "management-key-of-the-tests",
                "XAI_API_HOST": served.address,
                "XAI_MANAGEMENT_HOST": served.address,
            },
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    place = 0
    for text in texts:
        place = done.stdout.find(text, place)
        assert place >= 0, f"{text!r} is not there, or not in its place:\n{done.stdout}"
        place += len(text)
    assert set(served.paths()) == paths
    assert list(tmp_path.iterdir()) == [], "an example leaves nothing behind"


def test_the_sync_examples_are_those_that_are_expected():
    assert sorted(EXPECTED) == SYNC


def test_every_example_has_an_async_twin():
    assert [stem.removesuffix("_async") for stem in ASYNC] == SYNC


def test_no_example_is_named_like_a_module_of_python():
    # A script's folder is where Python looks first: a collections.py there would break `import collections`.
    assert not set(ALL) & set(sys.stdlib_module_names)


def test_together_they_call_every_rpc():
    # test_it_runs sees to it that each example calls just these.
    called = set().union(*(paths for _, paths in EXPECTED.values()))
    assert called == {path for path, _ in all_methods()}
    assert len(called) == 40


def test_the_readme_lists_every_example():
    rows = re.findall(
        r"^\| \[(\w+)\]\(\1\.py\) \| \[(\w+)\]\(\2\.py\) \| (.+) \|$",
        (EXAMPLES / "README.md").read_text(),
        re.MULTILINE,
    )
    # The sentence is what the example itself begins with.
    assert rows == [(stem, f"{stem}_async", docstring(stem)) for stem in SYNC]


def docstring(stem):
    return ast.get_docstring(ast.parse((EXAMPLES / f"{stem}.py").read_text()))


def test_mypy_finds_nothing(tmp_path):
    done = checked("mypy", "--strict", "--cache-dir", str(tmp_path), str(EXAMPLES))
    assert done.returncode == 0, done.stdout + done.stderr


def test_pyright_finds_nothing():
    done = checked("pyright", "--pythonpath", sys.executable, str(EXAMPLES))
    if "0 errors" not in done.stdout and "error:" not in done.stdout:
        pytest.skip(f"pyright cannot be run here: {(done.stderr or done.stdout).strip().splitlines()[-1:]}")
    assert done.returncode == 0, done.stdout


def checked(*command):
    return subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
