"""For the same calls, the official client and the Go SDK send the same headers and the same messages.

What the Go SDK calls for an expression of the official client stands in go/internal/officialcalls. Both are held
against each other twice: by a server that writes down HTTP/2, and by the official package's own servicers.
"""

import base64
import json
import queue
import shutil
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "packages" / "xaiwire" / "tests"))
import every_rpc
from official_environment import official_python
from reference_server import all_methods, message
from wire_calls import CALLS, answers
from wire_recorder import wire_recorder

pytestmark = [
    pytest.mark.slow,
    pytest.mark.network,
    pytest.mark.skipif(shutil.which("go") is None, reason="go is not installed"),
]

ROOT = Path(__file__).parents[1]
OFFICIAL = Path(__file__).with_name("wire_client.py")
HELLO = "client.chat.create('grok-4', messages=[chat.user('Hello')])"
SYNCHRONOUS = [call for call in CALLS if "await " not in call and "async for" not in call] + [
    # What is left out is left to the server, or has a default of the official client.
    "client.chat.create('grok-4', messages=[chat.user(chat.image('https://a.b/c'))]).sample()",
    "client.chat.create('grok-4', messages=[chat.user('a', 'b')], tools=[tools.collections_search(['c'])],"
    " search_parameters=search.SearchParameters(), reasoning_effort='low', tool_choice='none').sample()",
    "client.collections.create('c')",
    "client.collections.list()",
    "client.collections.search('q', ['c'])",
    "client.collections.upload_document('c', 'n', b'', 'text/plain')",
    "client.collections.add_existing_document('c', 'f')",
    "client.collections.list_documents('c')",
    "client.collections.update_document('c', 'f', name='n')",
    "client.collections.update_document('c', 'f', name='', data=b'')",
    "client.files.list()",
    "client.files.upload(b'', filename='empty')",
]
# The servicers answer with images in base64, and the official client reads none where a URL was asked for. Nor have
# they deferred answers that are done, or any that can go back.
URL_IMAGES = [call for call in SYNCHRONOUS if call.startswith("client.image.")]
BASE64_IMAGES = ["client.image.sample('a cat', 'grok-2-image', image_format='base64')"]
TWO_RPCS = [
    f"{HELLO}.defer()",
    f"{HELLO}.defer_batch(2)",
    # An answer goes back: one with an output for each turn of the server, and one of several.
    f"(lambda c: c.append(c.sample()).append(chat.user('b')).sample())({HELLO})",
    f"(lambda c: c.append(c.sample_batch(2)[1]).append(chat.user('b')).sample())({HELLO})",
    f"(lambda c: c.append(list(c.stream())[-1][0]).append(chat.user('b')).sample())({HELLO})",
    "client.chat.create('grok-4').append(client.chat.get_stored_completion('r')[0]).append(chat.user('b')).sample()",
]
WIRE_CALLS = SYNCHRONOUS + TWO_RPCS
SERVICER_CALLS = [call for call in SYNCHRONOUS if call not in URL_IMAGES] + BASE64_IMAGES

# Headers in which ours differ on purpose, with the reason.
OWN_VALUES = {
    "user-agent": "each client says who it is; grpc-go and grpc-python append their names",
    "xai-sdk-version": "each client says which version of what it is",
    "grpc-timeout": "what is left of 30 seconds, in another unit",
    "grpc-accept-encoding": "grpc-go has gzip alone; grpc-python names identity, which is always allowed, and deflate",
}
NOT_SENT_BY_THE_OFFICIAL_CLIENT = {
    # Its uploads go out without a deadline.
    "/xai_api.Files/UploadFile": {"grpc-timeout"},
}
# For these RPCs the official client has no method that makes one call of them and no other.
NOT_WRAPPED = {
    "/collections.Collections/ListAvailableEmbeddingModels",
    "/collections.Collections/ListAvailableTokenEncodings",
    "/xai_api.Chat/GetDeferredCompletion",
    "/xai_api.Chat/StartDeferredCompletion",
    "/xai_api.Embedder/Embed",
    "/xai_api.Files/RetrieveFileURL",
    "/xai_api.Sample/SampleText",
    "/xai_api.Sample/SampleTextStreaming",
}
UNWRAPPED = [each for each in every_rpc.CALLS if each[1] in NOT_WRAPPED]


@pytest.fixture(scope="module")
def go_calls(tmp_path_factory):
    """The command that makes the Go SDK's calls."""
    fetched = subprocess.run(["go", "-C", ROOT / "go", "mod", "download"], capture_output=True, text=True, check=False)
    if fetched.returncode:
        pytest.skip(f"the Go modules cannot be had: {fetched.stderr.strip()}")
    program = tmp_path_factory.mktemp("go") / "officialcalls"
    built = subprocess.run(
        ["go", "-C", ROOT / "go", "build", "-o", program, "./internal/officialcalls"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    return program


def run(command, calls):
    """Make calls with one of the SDKs; what it prints."""
    done = subprocess.run(command, input=json.dumps(calls), capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def made_by_go(program, address, calls):
    """Make calls with the Go SDK; what it gives for each. None of them fails."""
    lines = [json.loads(line) for line in run([program, address], calls).splitlines()]
    assert [line["expression"] for line in lines] == calls
    assert [line for line in lines if "error" in line] == []
    return [line["result"] for line in lines]


def test_the_table_has_these_calls_and_no_others(go_calls):
    known = json.loads(subprocess.run([go_calls], capture_output=True, text=True, check=True).stdout)
    assert sorted(known) == sorted({*WIRE_CALLS, *SERVICER_CALLS, *(text for text, _, _ in UNWRAPPED)})


def test_an_unknown_call_is_refused_before_others_are_made(go_calls):
    done = subprocess.run(
        [go_calls, "localhost:1"],
        input=json.dumps(["client.auth.get_api_key_info()", "client.nothing()"]),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "no call stands for the expression client.nothing()" in done.stderr


# ---- HTTP/2 -----------------------------------------------------------------------------------------------------


def answers_of_all(path):
    """What the recorder answers: also deferred answers, and completions with all that goes back to the model."""
    if path.endswith("/StartDeferredCompletion"):
        return [message("xai_api.StartDeferredResponse")(request_id="d").SerializeToString()]
    if path.endswith("/GetDeferredCompletion"):
        return [message("xai_api.GetDeferredCompletionResponse")(status="DONE", response=turns()).SerializeToString()]
    if path.endswith(("/GetCompletion", "/GetStoredCompletion")):
        return [turns().SerializeToString()]
    return answers(path)


def turns():
    """A tool's call, its result, and the answer, as of a server that runs tools."""
    response = message("xai_api.GetChatCompletionResponse")(id="r")
    called = response.outputs.add(index=0)
    called.message.role = 2
    called.message.reasoning_content, called.message.encrypted_content = "I will search.", "c2VhcmNo"
    call = called.message.tool_calls.add(id="1", type=2).function
    call.name, call.arguments = "web_search", '{"query": "6 * 7"}'
    result = response.outputs.add(index=0)
    result.message.role, result.message.content = 5, "42"
    answered = response.outputs.add(index=1)
    answered.message.role, answered.message.content = 2, "It is 42."
    return response


@pytest.fixture(scope="module")
def pairs(go_calls):
    """What both clients sent, to the same server, so that the authority is the same, too."""
    with wire_recorder(answers_of_all) as recorder:
        address = recorder.address.replace("127.0.0.1", "localhost")
        run([official_python(), "-I", OFFICIAL, "xai_sdk", address], WIRE_CALLS)
        theirs = recorder.calls.copy()
        made_by_go(go_calls, address, WIRE_CALLS)
        ours = recorder.calls[len(theirs) :]
    assert [call.path for call in ours] == [call.path for call in theirs]
    assert len(ours) == len(WIRE_CALLS) + len(TWO_RPCS)
    both = iter(zip(ours, theirs, strict=True))
    return {call: [next(both) for _ in range(2 if call in TWO_RPCS else 1)] for call in WIRE_CALLS}


@pytest.mark.parametrize("call", WIRE_CALLS)
def test_the_messages_are_the_same(pairs, call):
    for ours, theirs in pairs[call]:
        request = message(dict(all_methods())[ours.path].input_type.full_name)
        assert [len(each) for each in ours.messages] == [len(each) for each in theirs.messages]
        for own, official in zip(ours.messages, theirs.messages, strict=True):
            # Parsed and written again by Google's protobuf; unknown fields are kept, and would show.
            assert request.FromString(own).SerializeToString(deterministic=True) == official


@pytest.mark.parametrize("call", WIRE_CALLS)
def test_the_headers_are_the_same(pairs, call):
    for ours, theirs in pairs[call]:
        added = NOT_SENT_BY_THE_OFFICIAL_CLIENT.get(ours.path, set())
        assert Counter(name for name, _ in (comparable(ours.headers) - comparable(theirs.headers)).elements()) == (
            Counter(added)
        )
        assert comparable(theirs.headers) - comparable(ours.headers) == Counter()


def comparable(headers):
    """How often each header is there, without the values that differ on purpose."""
    return Counter((name, "" if name in OWN_VALUES else value) for name, value in headers)


# ---- the official servicers -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def told(go_calls):
    """What the official servicers tell of the calls of both, and what the Go SDK made of the answers."""
    with every_rpc.serving() as servicers:
        address = servicers.address.replace("127.0.0.1", "localhost")
        arrived = queue.SimpleQueue()
        unwrapped = [text for text, _, _ in UNWRAPPED]
        count = 2 * len(SERVICER_CALLS) + len(unwrapped)
        # They wait until it is read what they tell.
        reader = threading.Thread(target=lambda: [arrived.put(servicers.told()) for _ in range(count)], daemon=True)
        reader.start()
        run([official_python(), "-I", OFFICIAL, "xai_sdk", address], SERVICER_CALLS)
        results = made_by_go(go_calls, address, [*SERVICER_CALLS, *unwrapped])
        everything = [arrived.get(timeout=30) for _ in range(count)]
    theirs = dict(zip(SERVICER_CALLS, everything, strict=False))
    ours = dict(zip([*SERVICER_CALLS, *unwrapped], everything[len(SERVICER_CALLS) :], strict=True))
    return ours, theirs, dict(zip(ours, results, strict=True))


@pytest.mark.parametrize("call", SERVICER_CALLS)
def test_the_official_servicer_cannot_tell_them_apart(told, call):
    ours, theirs = told[0][call], told[1][call]
    assert (ours["path"], ours["types"], ours["bytes"]) == (theirs["path"], theirs["types"], theirs["bytes"])
    assert comparable(ours["metadata"]) == comparable(theirs["metadata"])
    assert 0 < ours["timeout"] <= 30
    if ours["path"] not in NOT_SENT_BY_THE_OFFICIAL_CLIENT:
        # It rounds up, to a tenth of a second and more.
        assert 0 < theirs["timeout"] < 31


@pytest.mark.parametrize(("call", "path", "requests"), UNWRAPPED, ids=[path for _, path, _ in UNWRAPPED])
def test_the_official_servicer_gets_what_was_meant(told, call, path, requests):
    arrived = told[0][call]
    assert (arrived["path"], arrived["requests"]) == (path, requests)
    metadata = dict(arrived["metadata"])
    key = "the-management-key" if path.startswith("/collections.") else "the-key"
    assert (metadata["authorization"], metadata["x-mine"]) == (f"Bearer {key}", "1")
    assert 0 < arrived["timeout"] <= 30


def test_every_rpc_was_called(told):
    paths = {arrived["path"] for arrived in told[0].values()}
    assert paths == {path for path, _ in all_methods()}
    assert len(paths) == 40


@pytest.mark.parametrize("call", [*SERVICER_CALLS, *(text for text, _, _ in UNWRAPPED)])
def test_what_the_servicer_answers_arrives(told, call):
    arrived, result = told[0][call], told[2][call]
    answer_type = message(dict(all_methods())[arrived["path"]].output_type.full_name)
    sent = [answer_type.FromString(base64.b64decode(each)) for each in arrived["answers"]]
    if arrived["path"].endswith("/GetDeferredCompletion"):
        # It is pending.
        assert result is None
    elif arrived["path"].endswith("/RetrieveFileContent"):
        assert base64.b64decode(result) == b"".join(each.data for each in sent)
    elif arrived["path"].endswith("/GetCompletionChunk"):
        # The pieces put together.
        whole = shown(result)
        assert (whole.id, whole.model, whole.usage) == (sent[-1].id, sent[-1].model, sent[-1].usage)
    elif isinstance(result, dict):
        assert shown(result) == sent[0]
    elif isinstance(result, list):
        assert result
        inside = [*sent, *(part for each in sent for part in repeated_parts(each))]
        assert all((shown(each) if isinstance(each, dict) else each) in inside for each in result)
    else:
        assert result is True or result in [value for _, value in sent[0].ListFields()]


def shown(result):
    """The message that the command shows."""
    return message(result["type"]).FromString(base64.b64decode(result["bytes"]))


def repeated_parts(answer):
    """What is in the repeated fields of an answer."""
    for field, value in answer.ListFields():
        if field.is_repeated:
            yield from value
