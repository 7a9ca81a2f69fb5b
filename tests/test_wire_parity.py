"""For the same text, the official client and ours send the same headers and the same messages.

The messages' fields come in another order where the contract does not declare them in the order of their numbers: we
write them as declared, the official client by number. Any order is protobuf; all else about the bytes is equal.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "packages" / "xaiwire" / "tests"))
from official_environment import official_python
from reference_server import all_methods, message
from wire_calls import CALLS, answers
from wire_recorder import wire_recorder

pytestmark = [pytest.mark.slow, pytest.mark.network]

CLIENT = Path(__file__).with_name("wire_client.py")
# Headers in which ours differ on purpose, with the reason; docs/how-to/migrate-from-xai-sdk.md has them too.
OWN_VALUES = {
    "user-agent": "each client says who it is",
    "xai-sdk-version": "each client says which version of what it is",
    "grpc-timeout": "what is left of 30 seconds, in another unit",
    "grpc-accept-encoding": "a server that compresses has the same choice; the order differs",
}
NOT_SENT_BY_THE_OFFICIAL_CLIENT = {
    # Its uploads go out without a deadline.
    "/xai_api.Files/UploadFile": {"grpc-timeout"},
}


def recorded(python, module):
    """What one SDK sends for all calls; a list of calls for each expression cannot be told apart, so all in order."""
    with wire_recorder(answers) as recorder:
        done = subprocess.run(
            [python, "-I", CLIENT, module, recorder.address.replace("127.0.0.1", "localhost")],
            input=json.dumps(CALLS),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return recorder.calls


@pytest.fixture(scope="module")
def pairs():
    theirs = recorded(official_python(), "xai_sdk")
    ours = recorded(sys.executable, "xaiwire")
    assert [call.path for call in ours] == [call.path for call in theirs]
    assert len(ours) == len(CALLS)
    return dict(zip(CALLS, zip(ours, theirs, strict=True), strict=True))


@pytest.mark.parametrize("call", CALLS)
def test_the_messages_are_the_same(pairs, call):
    ours, theirs = pairs[call]
    request = message(dict(all_methods())[ours.path].input_type.full_name)
    assert [len(each) for each in ours.messages] == [len(each) for each in theirs.messages]
    for own, official in zip(ours.messages, theirs.messages, strict=True):
        # Parsed and written again by Google's protobuf; unknown fields are kept, and would show.
        assert request.FromString(own).SerializeToString(deterministic=True) == official


@pytest.mark.parametrize("call", CALLS)
def test_the_headers_are_the_same(pairs, call):
    ours, theirs = pairs[call]
    added = NOT_SENT_BY_THE_OFFICIAL_CLIENT.get(ours.path, set())
    assert {name for name, _ in comparable(ours) - comparable(theirs)} == added
    assert comparable(theirs) - comparable(ours) == set()


def comparable(call):
    """The headers without what differs on purpose; the authority is the port, which is another one each time."""
    return {(name, "" if name in OWN_VALUES else value) for name, value in call.headers if name != ":authority"}
