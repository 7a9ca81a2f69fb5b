"""Files of the emulator."""

import sqlite3
import urllib.error
import urllib.request

import pytest

from xaiwire.errors import InvalidArgumentError, NotFoundError, ResourceExhaustedError
from xaiwire.proto import files_pb2
from xaiwire_server.testing import Settings


def upload(client, name, size=1):
    return client.files.upload(b"x" * size, filename=name)


def test_pages_in_any_order(client):
    for name, size in (("b", 3), ("a", 1), ("c", 2)):
        upload(client, name, size)
    for sort_by, names in (("filename", "abc"), ("size", "acb"), ("created_at", "bac")):
        for order, expected in (("asc", names), ("desc", names[::-1])):
            found, token = "", None
            while True:
                page = client.files.list(limit=1, order=order, sort_by=sort_by, pagination_token=token)
                found += "".join(each.filename for each in page.data)
                token = page.pagination_token
                if not token:
                    break
            assert found == expected, (sort_by, order)


def test_pages_are_whole_while_files_come_and_go(client):
    stored = [upload(client, f"{number:02}") for number in range(6)]
    page = client.files.list(limit=3, order="asc", sort_by="filename")
    client.files.delete(stored[0].id)
    client.files.delete(stored[3].id)
    upload(client, "00a")
    rest = client.files.list(limit=3, order="asc", sort_by="filename", pagination_token=page.pagination_token)
    assert [each.filename for each in rest.data] == ["04", "05"]


@pytest.mark.parametrize("token", ["x", "bm9uZQ", "é", "W10", "WyJpZCIsZmFsc2UsMSwiYSJd"])
def test_a_token_that_is_none(client, token):
    with pytest.raises(InvalidArgumentError, match="pagination_token"):
        client.files.list(pagination_token=token)


@pytest.mark.parametrize("limit", [-1, 101, 2**31 - 1])
def test_a_limit_that_is_none(client, limit):
    with pytest.raises(InvalidArgumentError, match="limit"):
        client.files.list(limit=limit)


def test_a_token_of_another_order(client):
    for name in "ab":
        upload(client, name)
    token = client.files.list(limit=1, order="asc", sort_by="filename").pagination_token
    with pytest.raises(InvalidArgumentError, match="pagination_token"):
        client.files.list(limit=1, order="desc", sort_by="filename", pagination_token=token)


def test_its_address_opens_it_for_an_hour(client, xaiwire_emulator):
    stored = client.files.upload(b"content", filename='a"b\r\nc.html')
    url = (
        client.files.url(stored.id).url if hasattr(client.files.url(stored.id), "url") else client.files.url(stored.id)
    )
    with urllib.request.urlopen(url) as answer:
        assert answer.read() == b"content"
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''a%22b%0D%0Ac.html"
    other = "1" if url.endswith("0") else "0"
    for wrong in (url[:-1] + other, url.replace("team=", "team=x"), url.split("?")[0], url + "0"):
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(wrong)
        assert caught.value.code == 403
        caught.value.close()
    xaiwire_emulator.advance(3601)
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(url)
    caught.value.close()


def test_files_expire(xaiwire_emulator_thread):
    with xaiwire_emulator_thread.emulator(Settings(file_lifetime=60.0)) as emulator, emulator.client() as client:
        stored = upload(client, "a")
        assert stored.expires_at.seconds == stored.created_at.seconds + 60
        emulator.advance(59)
        assert client.files.get(stored.id).id == stored.id
        emulator.advance(2)
        with pytest.raises(NotFoundError):
            client.files.get(stored.id)
        assert client.files.list().data == []


def chunk(name, value):
    from protobuf import Oneof

    return files_pb2.UploadFileChunk(chunk=Oneof(name, value))


INIT = chunk("init", files_pb2.UploadFileInit(name="a"))


@pytest.mark.parametrize(
    ("chunks", "message"),
    [
        ([], "chunk: the upload has no message `init`"),
        ([chunk("data", b"x")], "chunk: the first message of an upload is `init`"),
        ([INIT, INIT], "chunk: message 2 of the upload is not `data`"),
        ([chunk("init", files_pb2.UploadFileInit())], "init.name: it is required"),
        ([INIT, files_pb2.UploadFileChunk()], "chunk: message 2 of the upload is not `data`"),
    ],
)
def test_an_upload_that_is_none(raw_call, xaiwire_emulator, chunks, message):
    status, text, _ = raw_call("/xai_api.Files/UploadFile", chunks)
    assert (status, text) == (3, message)
    with xaiwire_emulator.client() as client:
        assert client.files.list().data == []


class TestOnDisk:
    @pytest.fixture
    def settings(self, tmp_path):
        return Settings(folder=tmp_path, processing=0.0, max_file_bytes=1 << 20)

    def test_they_are_there_in_the_next_run(self, xaiwire_emulator_thread, settings):
        with xaiwire_emulator_thread.emulator(settings) as emulator, emulator.client() as client:
            identity = client.files.upload(b"content", filename="a").id
        with xaiwire_emulator_thread.emulator(settings) as emulator, emulator.client() as client:
            assert client.files.content(identity) == b"content"
            client.files.delete(identity)
        assert list((settings.folder / "blobs").glob("*/*")) == []

    def test_nothing_is_left_of_an_upload_that_was_too_large(self, xaiwire_emulator_thread, settings):
        with (
            xaiwire_emulator_thread.emulator(settings) as emulator,
            emulator.client() as client,
            pytest.raises(ResourceExhaustedError, match="a file may have 1,048,576 bytes"),
        ):
            upload(client, "a", (1 << 20) + 1)
        assert list((settings.folder / "incoming").iterdir()) == []
        assert list((settings.folder / "blobs").glob("*/*")) == []

    def test_what_an_earlier_run_left_unfinished_goes(self, xaiwire_emulator_thread, settings):
        with xaiwire_emulator_thread.emulator(settings):
            pass
        (settings.folder / "incoming" / "half").write_bytes(b"x")
        (settings.folder / "blobs" / "ab").mkdir()
        (settings.folder / "blobs" / "ab" / "abc").write_bytes(b"x")
        with sqlite3.connect(settings.folder / "emulator.sqlite3") as database:
            database.execute("INSERT INTO incoming VALUES ('abc')")
        database.close()
        with xaiwire_emulator_thread.emulator(settings):
            assert list((settings.folder / "incoming").iterdir()) == []
            assert list((settings.folder / "blobs").glob("*/*")) == []

    def test_snapshots(self, xaiwire_emulator_thread, settings):
        with xaiwire_emulator_thread.emulator(settings) as emulator, emulator.client() as client:
            identity = client.files.upload(b"content", filename="a").id
            control(emulator, "POST", "/snapshot", b'{"name": "one"}')
            client.files.delete(identity)
            later = client.files.upload(b"later", filename="b").id
            control(emulator, "POST", "/restore", b'{"name": "one"}')
            assert client.files.content(identity) == b"content"
            with pytest.raises(NotFoundError):
                client.files.get(later)


def control(emulator, method, path, body=None):
    request = urllib.request.Request(f"{emulator.url}/_emulator{path}", method=method, data=body)
    with urllib.request.urlopen(request) as answer:
        return answer.read()


def test_snapshots_in_memory(client, xaiwire_emulator):
    identity = client.files.upload(b"content", filename="a").id
    control(xaiwire_emulator, "POST", "/snapshot")
    xaiwire_emulator.reset()
    assert client.files.list().data == []
    control(xaiwire_emulator, "POST", "/restore")
    assert client.files.content(identity) == b"content"


@pytest.mark.parametrize("_turn", range(2))
def test_each_test_has_a_state_of_its_own(client, _turn):
    assert client.files.list().data == []
    client.files.upload(b"x", filename="a")


def test_a_database_that_cannot_grow(client, xaiwire_emulator):
    database = xaiwire_emulator._emulator.store.database
    xaiwire_emulator._ask(lambda: database.rows(f"PRAGMA max_page_count = {database.rows('PRAGMA page_count')[0][0]}"))
    with pytest.raises(ResourceExhaustedError, match="the disk of the emulator's folder is full"):
        for number in range(1000):
            client.files.upload(b"x", filename=f"{number}" * 99)
    stored = client.files.list(limit=100).data
    assert stored
    for each in stored:
        assert client.files.content(each.id) == b"x"
