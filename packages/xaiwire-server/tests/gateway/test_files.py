"""/v1/files."""

import asyncio
import hashlib
import http.client
import json
import random
import socket
import time
from urllib.parse import urlsplit

import httpx2
import openai
import pytest
from protobuf.wkt import Timestamp
from running import running_gateway

from xaiwire import StatusCode
from xaiwire.proto import files_pb2
from xaiwire_server.gateway.convert.files import data_chunk
from xaiwire_server.rpc.refusal import Refusal

FILES = "/v1/files"
BOUNDARY = "limit"
FORM = f"multipart/form-data; boundary={BOUNDARY}"
STORED = files_pb2.File(
    size=3,
    created_at=Timestamp(seconds=5),
    expires_at=Timestamp(seconds=9),
    filename="a.txt",
    id="file_1",
    team_id="t",
)


def part(name, content=b"x", filename=None, *headers):
    disposition = f'content-disposition: form-data; name="{name}"'
    if filename is not None:
        disposition += f'; filename="{filename}"'
    return "\r\n".join([disposition, *headers, "", ""]).encode() + content


def form(*parts):
    between = f"--{BOUNDARY}\r\n".encode()
    return b"".join(between + each + b"\r\n" for each in parts) + f"--{BOUNDARY}--\r\n".encode()


def post(http_client, content, content_type=FORM):
    return http_client.post(FILES, content=content, headers={"content-type": content_type})


def uploaded(upstream):
    """What came upstream: name, purpose, content."""
    name, messages = upstream.requests[-1]
    assert name == "UploadFile"
    init, *data = [message.chunk for message in messages]
    assert init.field == "init"
    assert all(each.field == "data" for each in data)
    return init.value.name, init.value.purpose, b"".join(each.value for each in data)


async def until(condition):
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


def wait_until(gateway, condition):
    asyncio.run_coroutine_threadsafe(until(condition), gateway.loop).result()


# The openai package.


def test_a_file_from_upload_to_its_end(openai_client):
    made = openai_client.files.create(file=("Grüße.txt", b"Hello\r\nthere"), purpose="assistants")
    assert (made.object, made.bytes, made.filename, made.expires_at) == ("file", 12, "Grüße.txt", None)
    assert abs(made.created_at - time.time()) < 100
    assert openai_client.files.retrieve(made.id) == made
    assert openai_client.files.content(made.id).read() == b"Hello\r\nthere"
    deleted = openai_client.files.delete(made.id)
    assert (deleted.id, deleted.object, deleted.deleted) == (made.id, "file", True)
    for gone in (openai_client.files.retrieve, openai_client.files.content, openai_client.files.delete):
        with pytest.raises(openai.NotFoundError, match="does not exist"):
            gone(made.id)


def test_a_large_file(openai_client):
    content = random.Random(1).randbytes(10_000_000)
    made = openai_client.files.create(file=("large.bin", content), purpose="user_data")
    assert made.bytes == len(content)
    with openai_client.files.with_streaming_response.content(made.id) as response:
        assert response.headers["content-type"] == "application/octet-stream"
        digest = hashlib.sha256()
        for piece in response.iter_bytes():
            digest.update(piece)
    assert digest.digest() == hashlib.sha256(content).digest()


@pytest.mark.parametrize("limit", [2, 3, 7, 8])
def test_pages_of_a_list(openai_client, limit):
    names = [openai_client.files.create(file=(f"{number}.txt", b"x"), purpose="batch").filename for number in range(7)]
    for order, expected in (("asc", names), ("desc", names[::-1])):
        page = openai_client.files.list(limit=limit, order=order)
        assert len(page.data) == min(limit, 7)
        assert [file.filename for file in page] == expected


def test_pages_of_the_server_are_walked(openai_client, http, client):
    names = [client.files.upload(b"x", filename=f"{number:03}").filename for number in range(205)]
    # Of the server's pages, one has 100 files.
    assert [file.filename for file in openai_client.files.list()] == names
    assert [file.filename for file in openai_client.files.list(limit=90)] == names
    assert len(http.get(FILES).json()["data"]) == 100


def test_files_with_the_asynchronous_client(gateway, xaiwire_emulator):
    async def use():
        async with openai.AsyncOpenAI(base_url=f"{gateway.url}/v1", api_key=xaiwire_emulator.api_key) as client:
            for number in range(3):
                await client.files.create(file=(f"{number}", b"abc"), purpose="vision")
            listed = [file async for file in client.files.list(limit=2, order="asc")]
            content = await client.files.content(listed[0].id)
            return [file.filename for file in listed], content.read()

    assert asyncio.run(use()) == (["0", "1", "2"], b"abc")


# Lists.


def test_a_page_and_its_token(http, client):
    for size in (1, 2, 3):
        client.files.upload(b"x" * size, filename=f"{size}")
    query = {"limit": 2, "order": "desc", "sort_by": "size"}
    first = http.get(FILES, params=query).json()
    assert (first["object"], first["has_more"]) == ("list", True)
    assert [file["bytes"] for file in first["data"]] == [3, 2]
    assert (first["first_id"], first["last_id"]) == tuple(file["id"] for file in first["data"])
    last = http.get(FILES, params={**query, "pagination_token": first["pagination_token"]}).json()
    assert ([file["bytes"] for file in last["data"]], last["has_more"]) == ([1], False)
    assert "pagination_token" not in last


def test_an_empty_list(http):
    assert http.get(FILES).json() == {
        "object": "list",
        "data": [],
        "has_more": False,
        "first_id": None,
        "last_id": None,
    }


def test_a_list_says_upstream_what_was_asked(plain_gateway, upstream):
    upstream.answers["ListFiles"] = [files_pb2.ListFilesResponse(data=[STORED], pagination_token="next")]
    with plain_gateway.http() as http_client:
        query = {"limit": 3, "order": "desc", "sort_by": "filename", "pagination_token": "this"}
        body = http_client.get(FILES, params=query).json()
        http_client.get(FILES)
    asked = files_pb2.ListFilesRequest(
        limit=3,
        order=files_pb2.Ordering.DESCENDING,
        sort_by=files_pb2.FilesSortBy.FILENAME,
        pagination_token="this",
    )
    assert [message for _, message in upstream.requests] == [asked, files_pb2.ListFilesRequest()]
    assert body["pagination_token"] == "next"
    assert body["data"] == [
        {
            "id": "file_1",
            "object": "file",
            "bytes": 3,
            "created_at": 5,
            "expires_at": 9,
            "filename": "a.txt",
            "team_id": "t",
        }
    ]


def test_behind_a_file_in_the_order_that_is_asked_for(http, client):
    ids = {name: client.files.upload(b"x", filename=name).id for name in "bca"}
    query = {"after": ids["b"], "sort_by": "filename", "order": "desc"}
    assert [file["filename"] for file in http.get(FILES, params=query).json()["data"]] == ["a"]


def test_behind_a_file_that_is_not_there(http, client):
    client.files.upload(b"x", filename="a")
    answered = http.get(FILES, params={"after": "file_none"})
    assert (answered.status_code, answered.json()["error"]["param"]) == (400, "after")
    assert "pagination_token" in answered.json()["error"]["message"]


def test_a_walk_has_an_end(plain_gateway, upstream):
    upstream.answers["ListFiles"] = [files_pb2.ListFilesResponse(data=[STORED], pagination_token="again")]
    with plain_gateway.http() as http_client:
        answered = http_client.get(FILES, params={"after": "file_2"})
    assert (answered.status_code, answered.json()["error"]["param"]) == (400, "after")
    assert len(upstream.requests) == 100


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("limit=0", "limit"),
        ("limit=-1", "limit"),
        ("limit=ten", "limit"),
        ("limit=1.5", "limit"),
        ("limit=%D9%A3", "limit"),
        ("limit=2147483648", "limit"),
        ("limit=1&limit=2", "limit"),
        ("order=up", "order"),
        ("sort_by=colour", "sort_by"),
        ("purpose=batch", "purpose"),
        ("after=a&pagination_token=b", "after"),
    ],
)
def test_a_query_that_is_wrong(plain_gateway, upstream, query, param):
    with plain_gateway.http() as http_client:
        answered = http_client.get(f"{FILES}?{query}")
    assert (answered.status_code, answered.json()["error"]["param"]) == (400, param)
    assert upstream.requests == []


def test_a_parameter_that_is_unknown(http):
    answered = http.get(f"{FILES}?colour=red&limit=1")
    assert answered.status_code == 200
    assert answered.headers["x-gateway-warning"] == "colour: unknown parameter of the query; it was left out"


# What is known of a file, and its address.


def test_the_address_of_a_file(http, client):
    stored = client.files.upload(b"content", filename="a")
    assert httpx2.get(http.get(f"{FILES}/{stored.id}/url").json()["url"]).content == b"content"


@pytest.mark.parametrize("path", ["", "/content", "/url"])
def test_a_file_that_does_not_exist(http, path):
    answered = http.get(f"{FILES}/file_none{path}")
    assert (answered.status_code, answered.json()["error"]["code"]) == (404, "not_found")


def test_ids_are_passed_on_as_they_are(plain_gateway, upstream):
    upstream.answers["DeleteFile"] = [files_pb2.DeleteFileResponse(id="x", deleted=False)]
    with plain_gateway.http() as http_client:
        body = http_client.delete(f"{FILES}/a%2Fb%20c").json()
    assert upstream.requests == [("DeleteFile", files_pb2.DeleteFileRequest(file_id="a/b c"))]
    assert body == {"id": "x", "object": "file", "deleted": False}


# Content.


def test_an_empty_file(openai_client):
    made = openai_client.files.create(file=("empty", b""), purpose="batch")
    assert (made.bytes, openai_client.files.content(made.id).read()) == (0, b"")


def test_content_that_breaks_off_is_no_whole_answer(plain_gateway, upstream):
    upstream.answers["RetrieveFileContent"] = [
        files_pb2.FileContentChunk(data=b"begin"),
        Refusal(StatusCode.DATA_LOSS, "it is lost"),
    ]
    with plain_gateway.http() as http_client, http_client.stream("GET", f"{FILES}/a/content") as answered:
        assert answered.status_code == 200
        assert "content-length" not in answered.headers
        received = []
        with pytest.raises(httpx2.RemoteProtocolError):
            received.extend(answered.iter_bytes())
    assert b"".join(received) == b"begin"


def test_content_that_does_not_come(upstream, xaiwire_emulator_thread):
    async def silent(_request):
        await asyncio.sleep(60)
        yield files_pb2.FileContentChunk(data=b"late")

    upstream.answers["RetrieveFileContent"] = silent
    loop = xaiwire_emulator_thread._loop
    with running_gateway(loop, upstream.address, stream_silence=0.1) as gateway, gateway.http() as http_client:
        answered = http_client.get(f"{FILES}/a/content")
    assert (answered.status_code, answered.json()["error"]["code"]) == (504, "upstream_silent")


def test_a_client_that_does_not_read_holds_the_server_back(plain_gateway, upstream):
    sent = 0

    async def endless(_request):
        nonlocal sent
        while True:
            yield files_pb2.FileContentChunk(data=b"x" * 100_000)
            sent += 100_000

    upstream.answers["RetrieveFileContent"] = endless
    with plain_gateway.http() as http_client, http_client.stream("GET", f"{FILES}/a/content") as answered:
        assert answered.status_code == 200
        before = -1
        while sent != before:
            before = sent
            time.sleep(0.3)
    assert sent < 40_000_000
    wait_until(plain_gateway, lambda: upstream.cancelled == 1)


def test_a_client_that_does_not_read_is_cut_off(upstream, xaiwire_emulator_thread):
    async def endless(_request):
        while True:
            yield files_pb2.FileContentChunk(data=b"x" * 100_000)

    upstream.answers["RetrieveFileContent"] = endless
    loop = xaiwire_emulator_thread._loop
    with (
        running_gateway(loop, upstream.address, write_timeout=0.3) as gateway,
        gateway.http() as http_client,
        http_client.stream("GET", f"{FILES}/a/content") as answered,
    ):
        assert answered.status_code == 200
        wait_until(gateway, lambda: upstream.cancelled == 1)


# Uploads.


def test_a_form(plain_gateway, upstream):
    upstream.answers["UploadFile"] = [STORED]
    content = form(part("purpose", b"batch"), part("file", b"a\r\nb", "a.txt", "content-type: text/plain"))
    with plain_gateway.http() as http_client:
        answered = post(http_client, content)
    assert (answered.status_code, answered.json()["id"]) == (200, "file_1")
    assert "x-gateway-warning" not in answered.headers
    assert uploaded(upstream) == ("a.txt", "batch", b"a\r\nb")


def test_a_form_in_single_bytes(plain_gateway, upstream):
    upstream.answers["UploadFile"] = [STORED]
    data = b"\r\n--limi\r\n--limit\r--limit-\r\n\r\n--"
    content = form(part("file", data, "a.txt"), part("purpose", b"batch"))
    with plain_gateway.http() as http_client:
        answered = post(http_client, (bytes([byte]) for byte in content))
    assert answered.status_code == 200, answered.text
    assert uploaded(upstream) == ("a.txt", "batch", data)


def test_a_purpose_behind_a_small_file(plain_gateway, upstream):
    upstream.answers["UploadFile"] = [STORED]
    with plain_gateway.http() as http_client:
        answered = post(http_client, form(part("file", b"x" * 4_000_000, "a"), part("purpose", b"batch")))
    assert "x-gateway-warning" not in answered.headers
    assert uploaded(upstream) == ("a", "batch", b"x" * 4_000_000)


def test_a_purpose_behind_a_large_file(plain_gateway, upstream):
    upstream.answers["UploadFile"] = [STORED]
    data = random.Random(2).randbytes(5_000_000)
    with plain_gateway.http() as http_client:
        answered = post(http_client, form(part("file", data, "a"), part("purpose", b"batch")))
    assert answered.status_code == 200
    assert answered.headers["x-gateway-warning"].startswith("purpose: it has to come before the file")
    assert uploaded(upstream) == ("a", "", data)


def test_a_field_that_is_unknown(plain_gateway, upstream):
    upstream.answers["UploadFile"] = [STORED]
    with plain_gateway.http() as http_client:
        answered = post(http_client, form(part("colour", b"red"), part("file", b"x", "a"), part("more", b"x", "b")))
    assert answered.headers.get_list("x-gateway-warning") == [
        "colour: unknown field; it was left out",
        "more: unknown field; it was left out",
    ]
    assert uploaded(upstream) == ("a", "", b"x")


def test_a_boundary_in_quotes_a_preamble_and_an_epilogue(plain_gateway, upstream):
    upstream.answers["UploadFile"] = [STORED]
    content = b"\r\n" + form(part("file", b"x", 'a; b=\\"c\\"')) + b"anything"
    with plain_gateway.http() as http_client:
        answered = post(http_client, content, f'Multipart/Form-Data; charset=utf-8; boundary="{BOUNDARY}"')
    assert answered.status_code == 200, answered.text
    assert uploaded(upstream) == ('a; b="c"', "", b"x")


FILE = part("file", b"x", "a")
LARGE = part("file", b"x" * 5_000_000, "a")
BAD_FORMS = {
    "no form": (b"hello", "this is no form"),
    "empty": (b"", "breaks off at byte 0"),
    "no parts": (b"--limit--\r\n", "the form has none"),
    "no file": (form(part("purpose", b"batch")), "the form has none"),
    "two files": (form(FILE, FILE), "more than one"),
    "a file behind a large one": (form(LARGE, FILE), "more than one"),
    "a file without name": (form(part("file", b"x")), "the part has no filename"),
    "a file with an empty name": (form(part("file", b"x", "")), "the part has no filename"),
    "another boundary": (form(FILE).replace(b"--limit", b"--other"), "this is no form"),
    "an end before the boundary": (form(FILE)[:-12], "breaks off at byte"),
    "an end in the head": (b"--limit\r\ncontent-dispos", "breaks off at byte 23"),
    "a head without name": (form(b"content-type: text/plain\r\n\r\nx"), "part 1 of the form has no header"),
    "an attachment": (form(b'content-disposition: attachment; name="file"\r\n\r\nx'), "part 1"),
    "a head twice": (form(part("file", b"x", "a", 'content-disposition: form-data; name="b"')), "twice"),
    "a header with a newline in its name": (form(b"content-\ndisposition: form-data\r\n\r\nx"), "invalid character"),
    "a newline in the filename": (form(part("file", b"x", "a\nx-evil: 1")), "control characters"),
    "a null in the filename": (form(part("file", b"x", "a\0b")), "control characters"),
    "an injected header": (form(part("file", b"x", 'a\r\nContent-Disposition: form-data; name="b')), "twice"),
    "a filename in another encoding": (form(FILE.replace(b'"a"', b'"\xe9"')), "no UTF-8"),
    "an extended filename": (form(FILE.replace(b'filename="a"', b"filename*=utf-8''a")), "RFC 7578"),
    "a large head": (form(part("file", b"x", "a" * 5000)), "header size"),
    "many headers": (form(part("file", b"x", "a", *(f"x-{number}: 1" for number in range(20)))), "header count"),
    "many parts": (form(*[part("colour")] * 65, FILE), "more than 64 parts"),
    "content as base64": (form(part("file", b"eA==", "a", "content-transfer-encoding: base64")), "transfer-encoding"),
    "purpose twice": (form(part("purpose"), part("purpose"), FILE), "twice"),
    "a large purpose": (form(part("purpose", b"x" * 70_000), FILE), "more than 65,536 bytes"),
    "a purpose in another encoding": (form(part("purpose", b"\xe9"), FILE), "no UTF-8"),
    "an expiry": (form(part("expires_after[seconds]", b"3600"), FILE), "expires_after"),
    "an expiry behind a large file": (form(LARGE, part("expires_after", b"3600")), "expires_after"),
}


@pytest.mark.parametrize("name", BAD_FORMS)
def test_a_form_that_is_wrong(plain_gateway, upstream, name):
    content, problem = BAD_FORMS[name]
    upstream.answers["UploadFile"] = [STORED]
    with plain_gateway.http() as http_client:
        answered = post(http_client, content)
        assert answered.status_code == 400, answered.text
        assert problem in answered.json()["error"]["message"]
        assert upstream.requests == []
        # The process is well, and so is the connection.
        assert post(http_client, form(FILE)).status_code == 200
    assert uploaded(upstream) == ("a", "", b"x")


@pytest.mark.parametrize(
    ("content_type", "status", "problem"),
    [
        ("multipart/form-data", 400, "boundary"),
        ("multipart/form-data; boundary=", 400, "boundary"),
        (f"multipart/form-data; boundary={'x' * 71}", 400, "boundary"),
        ("multipart/form-data; boundary=a\tb", 400, "boundary"),
        ("multipart/mixed; boundary=limit", 415, "multipart/form-data"),
        ("application/json", 415, "multipart/form-data"),
        ("", 415, "multipart/form-data"),
    ],
)
def test_a_content_type_that_is_wrong(plain_gateway, upstream, content_type, status, problem):
    with plain_gateway.http() as http_client:
        answered = post(http_client, form(FILE), content_type)
    assert (answered.status_code, problem in answered.json()["error"]["message"]) == (status, True), answered.text
    assert upstream.requests == []


@pytest.mark.parametrize("size", [100_001, 500_000, 5_000_000])
@pytest.mark.parametrize("declared", [True, False])
def test_a_file_that_is_too_large(upstream, xaiwire_emulator_thread, size, declared):
    content = form(part("file", b"x" * size, "a"))
    upstream.answers["UploadFile"] = [STORED]
    loop = xaiwire_emulator_thread._loop
    with running_gateway(loop, upstream.address, max_file_bytes=100_000) as gateway, gateway.http() as http_client:
        answered = post(http_client, content if declared else iter([content[:70_000], content[70_000:]]))
        assert answered.status_code == 413, answered.text
        assert upstream.requests == []
        whole = form(part("purpose", b"batch"), part("file", b"x" * 100_000, "a"))
        assert post(http_client, whole).status_code == 200


def test_a_file_that_is_too_large_ends_an_upload_that_has_begun(upstream, xaiwire_emulator_thread):
    upstream.answers["UploadFile"] = [STORED]
    content = form(part("file", b"x" * 5_000_001, "a"))
    loop = xaiwire_emulator_thread._loop
    with running_gateway(loop, upstream.address, max_file_bytes=5_000_000) as gateway, gateway.http() as http_client:
        answered = post(http_client, content)
        assert answered.status_code == 413, answered.text
        assert answered.json()["error"]["param"] == "file"
        wait_until(gateway, lambda: upstream.cancelled == 1)
    assert upstream.requests == []


def test_what_the_server_refuses_before_it_has_read_all(plain_gateway, upstream):
    async def refuse(requests):
        await anext(requests)
        raise Refusal(StatusCode.PERMISSION_DENIED, "not you")
        yield

    upstream.answers["UploadFile"] = refuse
    upstream.live.add("UploadFile")
    with plain_gateway.http() as http_client:
        for size in (1000, 20_000_000):
            answered = post(http_client, form(part("file", b"x" * size, "a")))
            assert (answered.status_code, answered.json()["error"]["message"]) == (403, "not you")


class CutClient:
    """Sends a part of an upload, and leaves."""

    def __init__(self, gateway, declared):
        address = urlsplit(gateway.url)
        self.socket = socket.create_connection((address.hostname, address.port), timeout=20)
        head = (
            f"POST {FILES} HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer key\r\n"
            f"content-type: {FORM}\r\ncontent-length: {declared}\r\n\r\n"
        )
        self.socket.sendall(head.encode())


def test_an_upload_that_is_cut_ends_the_call(plain_gateway, upstream):
    began = []

    async def read(requests):
        async for message in requests:
            began.append(message)
        yield STORED

    upstream.answers["UploadFile"] = read
    upstream.live.add("UploadFile")
    client = CutClient(plain_gateway, 20_000_000)
    client.socket.sendall(form(part("file", b"x" * 6_000_000, "a"))[:-20])
    wait_until(plain_gateway, lambda: len(began) > 10)
    client.socket.close()
    wait_until(plain_gateway, lambda: upstream.cancelled == 1)


def test_who_leaves_when_all_is_sent_ends_the_call(plain_gateway, upstream):
    whole = asyncio.Event()

    async def read(requests):
        async for _ in requests:
            pass
        whole.set()
        await asyncio.sleep(60)
        yield STORED

    upstream.answers["UploadFile"] = read
    upstream.live.add("UploadFile")
    content = form(FILE)
    client = CutClient(plain_gateway, len(content))
    client.socket.sendall(content)
    wait_until(plain_gateway, whole.is_set)
    client.socket.close()
    wait_until(plain_gateway, lambda: upstream.cancelled == 1)


def test_who_leaves_while_the_server_takes_nothing_ends_the_call(plain_gateway, upstream):
    async def stalled(requests):
        await anext(requests)
        await asyncio.sleep(60)
        yield STORED

    upstream.answers["UploadFile"] = stalled
    upstream.live.add("UploadFile")
    head = form(part("file", b"", "a")).partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    read = 0

    async def receive():
        nonlocal read
        read += 1
        return {"type": "http.request", "body": b"x" * 100_000 if read > 1 else head, "more_body": True}

    async def send(event):
        raise AssertionError(event)

    async def use():
        gone = asyncio.get_running_loop().create_future()
        scope = {
            "type": "http",
            "method": "POST",
            "path": FILES,
            "raw_path": FILES.encode(),
            "query_string": b"",
            "headers": [(b"authorization", b"Bearer k"), (b"content-type", FORM.encode())],
            "extensions": {"xaiwire.gone": gone},
        }
        serving = asyncio.ensure_future(plain_gateway.gateway(scope, receive, send))
        before = -1
        while read != before:
            before = read
            await asyncio.sleep(0.2)
        assert not serving.done()
        gone.set_result(None)
        async with asyncio.timeout(10):
            await serving

    asyncio.run_coroutine_threadsafe(use(), plain_gateway.loop).result()
    assert read < 500
    wait_until(plain_gateway, lambda: upstream.cancelled == 1)


def test_a_small_file_that_is_cut_is_never_uploaded(plain_gateway, upstream):
    client = CutClient(plain_gateway, 2000)
    client.socket.sendall(form(FILE)[:-5])
    client.socket.close()
    with plain_gateway.http() as http_client:
        assert http_client.get("/v1/nothing").status_code == 404
    time.sleep(0.1)
    assert (upstream.requests, upstream.cancelled) == ([], 0)


def test_a_slow_server_holds_the_client_back(plain_gateway, upstream):
    free = asyncio.Event()
    received = 0

    async def slow(requests):
        nonlocal received
        await anext(requests)
        await free.wait()
        async for message in requests:
            received += len(message.chunk.value)
        yield STORED

    upstream.answers["UploadFile"] = slow
    upstream.live.add("UploadFile")
    size = 45_000_000
    content = form(part("file", b"x" * size, "a"))
    client = CutClient(plain_gateway, len(content))
    client.socket.settimeout(1)
    sent = 0
    with pytest.raises(TimeoutError):
        while sent < len(content):
            sent += client.socket.send(content[sent : sent + 100_000])
    # What is held back, and what the connections' own buffers take.
    assert 4 << 20 <= sent < 25_000_000
    plain_gateway.loop.call_soon_threadsafe(free.set)
    client.socket.settimeout(20)
    client.socket.sendall(content[sent:])
    response = http.client.HTTPResponse(client.socket)
    response.begin()
    assert (response.status, json.load(response)["id"]) == (200, "file_1")
    assert received == size
    response.close()
    client.socket.close()


def test_an_upload_that_stops_coming(upstream, xaiwire_emulator_thread):
    upstream.answers["UploadFile"] = [STORED]
    loop = xaiwire_emulator_thread._loop
    with running_gateway(loop, upstream.address, read_timeout=0.2) as gateway:
        client = CutClient(gateway, 20_000_000)
        client.socket.sendall(form(part("file", b"x" * 6_000_000, "a"))[:-20])
        response = http.client.HTTPResponse(client.socket)
        response.begin()
        assert (response.status, json.load(response)["error"]["code"]) == (408, "request_timeout")
        response.close()
        client.socket.close()
        wait_until(gateway, lambda: upstream.cancelled == 1)


def test_messages_of_an_upload_are_of_a_good_size(plain_gateway, upstream):
    upstream.answers["UploadFile"] = [STORED]
    with plain_gateway.http() as http_client:
        pieces = (b"x" * 1000 for _ in range(5000))
        head, tail = form(part("file", b"", "a")).split(b"\r\n\r\n")
        answered = post(http_client, iter([head + b"\r\n\r\n", *pieces, tail]))
    assert answered.status_code == 200, answered.text
    sizes = [len(message.chunk.value) for message in upstream.requests[0][1][1:]]
    assert sum(sizes) == 5_000_000
    assert min(sizes[:-1]) >= 256 << 10
    assert max(sizes) < 1 << 20
    assert data_chunk(b"").chunk.field == "data"
