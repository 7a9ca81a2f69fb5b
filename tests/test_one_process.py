"""The official SDK and ours, installed in one environment and used in one process; each has its protobuf runtime."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.network]

ROOT = Path(__file__).parents[1]

PROGRAM = """
import json, sys

if sys.argv[1] == "official first":
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
    "their runtime": google.protobuf.__version__,
    "our runtime": protobuf.__name__,
    "pairs": len(pairs),
}))
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Makes an environment with both packages; the same one for the same packages."""
    uv = shutil.which("uv") or shutil.which("uv", path=ROOT / ".uv-bootstrap" / "bin")
    if uv is None:
        pytest.skip("needs uv")
    made = {}

    def install(*packages):
        if packages not in made:
            folder = tmp_path_factory.mktemp("environment")
            python = folder / "bin" / "python"
            subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder], check=True)
            command = [uv, "pip", "install", "--quiet", "--python", python, *packages, ROOT / "packages" / "xaiwire"]
            done = subprocess.run(command, check=False, capture_output=True, text=True)
            if done.returncode and "conflict" not in done.stderr and "unsatisfiable" not in done.stderr:
                pytest.skip(f"the packages cannot be installed: {done.stderr[-300:]}")
            assert done.returncode == 0, done.stderr
            made[packages] = python
        return made[packages]

    return install


@pytest.mark.parametrize("order", ["official first", "ours first"])
@pytest.mark.parametrize(
    ("packages", "runtime"),
    [
        (("xai-sdk==1.4.0", "protobuf>=5,<6"), "5."),
        (("xai-sdk==1.4.0", "protobuf>=6,<7"), "6."),
        (("xai-sdk",), ""),
    ],
    ids=["protobuf 5", "protobuf 6", "the newest"],
)
def test_both_are_used_in_one_process(installed, packages, runtime, order):
    command = [installed(*packages), "-I", "-c", PROGRAM, order]
    ended = subprocess.run(command, check=False, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    said = json.loads(ended.stdout)
    assert said["their runtime"].startswith(runtime)
    assert said["our runtime"] == "protobuf"
    assert packages[0] in ("xai-sdk", f"xai-sdk=={said['official']}")
