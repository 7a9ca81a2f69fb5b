"""The official SDK and ours in one process, each with a protobuf runtime of its own.

The process is that of an environment with the official package; what our code needs beside it is put behind the
environment's own packages, so that nothing of theirs is replaced.
"""

import json
import subprocess
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

from protoalign.errors import PackageIndexError
from protoalign.prove.environment import Package, package_environment
from protoalign.prove.processes import Processes
from protoalign.sources import LoadOptions
from protoalign.sources.package_index import fetch

pytestmark = [pytest.mark.slow, pytest.mark.network]

ROOT = Path(__file__).parents[1]
OURS = ("protobuf-py", "protobuf-py-pure", "protobuf-py-ext", "h2", "hpack", "hyperframe", "msgspec")
"""The second is protobuf-py's runtime, the third its compiled part, which not every system has."""

PROGRAM = """
import json, sys
sys.path += [sys.argv[1], sys.argv[2]]

if sys.argv[3] == "official first":
    import xai_sdk
from xaiwire._services.files import Files
from xaiwire._gen.xai.api.v1 import chat_pb, files_pb
import xai_sdk
import google.protobuf
import protobuf
from xai_sdk import chat, tools
from xai_sdk.proto import chat_pb2, files_pb2

pairs = [
    (chat.user("Hello", chat.image("https://example.com/a.png", detail="high")), chat_pb.Message),
    (chat.assistant("Gr\\u00fc\\u00dfe"), chat_pb.Message),
    (chat.tool("f", "does it", {"type": "object"}), chat_pb.Tool),
    (tools.mcp("https://mcp.example.com", extra_headers={"a": "1"}), chat_pb.Tool),
    (files_pb2.ListFilesRequest(limit=3, pagination_token=""), files_pb.ListFilesRequest),
]
for official, ours in pairs:
    content = official.SerializeToString(deterministic=True)
    decoded = ours.from_binary(content)
    assert type(official).FromString(decoded.to_binary()) == official
    assert ours.from_binary(type(official).FromString(decoded.to_binary()).SerializeToString()) == decoded
    assert ours.desc().type_name == official.DESCRIPTOR.full_name

request = chat_pb.GetCompletionsRequest(model="grok-4", max_tokens=0)
theirs = chat_pb2.GetCompletionsRequest.FromString(request.to_binary())
assert theirs.model == "grok-4"
assert theirs.HasField("max_tokens")

class Echo:
    def unary(self, method, request, options):
        answered = files_pb2.ListFilesRequest.FromString(request.to_binary())
        return answered.limit

assert Files(Echo()).list(limit=7) == 7

# Both call one server, which is the official package's.
import grpc, xaiwire, xaiwire.chat
from concurrent.futures import ThreadPoolExecutor
from xai_sdk.proto import chat_pb2_grpc

class Servicer(chat_pb2_grpc.ChatServicer):
    def GetCompletion(self, request, context):
        response = chat_pb2.GetChatCompletionResponse(id="r")
        output = response.outputs.add()
        output.message.role = chat_pb2.MessageRole.ROLE_ASSISTANT
        output.message.content = request.messages[0].content[0].text.upper()
        return response

server = grpc.server(ThreadPoolExecutor(2))
chat_pb2_grpc.add_ChatServicer_to_server(Servicer(), server)
port = server.add_insecure_port("127.0.0.1:0")
server.start()
for sdk in (xai_sdk, xaiwire, xai_sdk):
    client = sdk.Client(api_key="key", api_host=f"localhost:{port}", timeout=20)
    assert client.chat.create("grok-4", messages=[sdk.chat.user("hello")]).sample().content == "HELLO"
    client.close()
server.stop(None)

print(json.dumps({
    "official": xai_sdk.__version__,
    "their runtime": google.protobuf.__file__,
    "our runtime": protobuf.__file__,
    "pairs": len(pairs),
}))
"""


@pytest.fixture
def beside(tmp_path):
    """A folder with what our generated code needs, and nothing else of this environment."""
    folder = tmp_path / "beside"
    folder.mkdir()
    for name in OURS:
        try:
            found = distribution(name)
        except PackageNotFoundError:
            continue
        tops = {file.parts[0] for file in found.files or () if len(file.parts) > 1 and file.parts[0] != ".."}
        for top in tops:
            (folder / top).symlink_to(Path(str(found.locate_file(top))))
    return folder


@pytest.mark.parametrize("order", ["official first", "ours first"])
@pytest.mark.parametrize("release", ["xai-sdk==1.4.0", "xai-sdk"])
def test_both_are_used_in_one_process(release, order, beside):
    options = LoadOptions()
    try:
        archive = fetch(release, options)
        package = Package(archive=archive.path, sha256=archive.sha256, label=f"{archive.name} {archive.version}")
        with Processes() as processes:
            python = package_environment(processes, package, offline=False, progress=options.progress)
    except PackageIndexError as error:
        pytest.skip(f"the package cannot be installed: {error.what}")
    command = [python, "-I", "-c", PROGRAM, ROOT / "packages/xaiwire/src", beside, order]
    ended = subprocess.run(command, check=False, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    said = json.loads(ended.stdout)
    assert said["official"] == archive.version
    assert Path(said["their runtime"]).is_relative_to(python.parents[1])
    assert Path(said["our runtime"]).is_relative_to(beside)
