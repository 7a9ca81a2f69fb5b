"""The commands beside chat, against a server that is not ours."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path

import grpc
import pytest
from reference_server import message

from xaiwire.cli import transfer_bar

EVIL = "a\x1b]0;owned\x07b\u202ec\x9bd\re"


def a_language_model(**settings):
    return message("xai_api.LanguageModel")(
        name="grok-4",
        aliases=["grok", "grok-4-latest"],
        prompt_text_token_price=30000,
        cached_prompt_token_price=7500,
        completion_text_token_price=150001,
        max_prompt_length=256000,
        search_price=250,
        input_modalities=[1, 2],
        output_modalities=[1, 9],
        **settings,
    )


@pytest.fixture
def models(server):
    @server.on("/xai_api.Models/ListLanguageModels")
    def _(_request, _context):
        return message("xai_api.ListLanguageModelsResponse")(models=[a_language_model()])

    @server.on("/xai_api.Models/ListImageGenerationModels")
    def _(_request, _context):
        model = message("xai_api.ImageGenerationModel")(name="grok-2-image", image_price=700)
        return message("xai_api.ListImageGenerationModelsResponse")(models=[model])

    return server


def test_models_with_prices_in_dollars_per_million(run, models):
    result = run("models")
    assert result.status == 0
    assert result.out.splitlines() == [
        "NAME\tKIND\tINPUT $/M\tCACHED $/M\tOUTPUT $/M\tCONTEXT\tALIASES",
        "grok-4\tlanguage\t3.00\t0.75\t15.0001\t256000\tgrok, grok-4-latest",
        "grok-2-image\timage\t\t\t\t\t",
    ]


def test_models_as_json(run, models):
    result = json.loads(run("models", "list", "--json").out)
    assert result["languageModels"][0]["promptTextTokenPrice"] == "30000"
    assert result["embeddingModels"] == []
    assert result["imageGenerationModels"][0]["name"] == "grok-2-image"


def test_models_of_one_kind(run, models):
    assert "grok-4" not in run("models", "--kind", "image").out
    assert models.paths() == ["/xai_api.Models/ListImageGenerationModels"]


def test_a_model(run, server):
    @server.on("/xai_api.Models/GetLanguageModel")
    def _(request, _context):
        assert request.name == "grok"
        return a_language_model()

    lines = run("models", "get", "grok").out.splitlines()
    assert "output, $ per million tokens\t15.0001" in lines
    assert "search price, as the API has it\t250" in lines
    assert "gives\ttext, 9" in lines
    assert json.loads(run("models", "get", "grok", "--json").out)["name"] == "grok-4"


def test_a_model_is_looked_for_among_all_kinds(run, server):
    @server.on("/xai_api.Models/GetLanguageModel")
    @server.on("/xai_api.Models/GetEmbeddingModel")
    def _(_request, context):
        context.abort(grpc.StatusCode.NOT_FOUND, "no such model")

    assert run("models", "get", "x").status == 0
    result = run("models", "get", "--kind", "embedding", "x")
    assert (result.status, "xaiwire models" in result.err) == (1, True)


def test_a_table_on_a_terminal_is_aligned_and_safe(run_on_terminal, server, monkeypatch):
    @server.on("/xai_api.Files/ListFiles")
    def _(_request, _context):
        return message("xai_api.ListFilesResponse")(
            data=[{"id": "1", "filename": EVIL, "size": 5}, {"id": "漢字", "filename": "b\nc", "size": 12}]
        )

    lines = run_on_terminal("files", "list").out.splitlines()
    assert lines[0].startswith("\x1b[1mID    NAME")
    assert lines[2] == "漢字  b c" + " " * 17 + "12"
    assert not any(char in "".join(lines[1:]) for char in "\x1b\x07\x9b\u202e")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in run_on_terminal("files", "list").out


def test_files_list_goes_over_pages_up_to_the_limit(run, server):
    @server.on("/xai_api.Files/ListFiles")
    def _(request, _context):
        start = int(request.pagination_token or 0)
        return message("xai_api.ListFilesResponse")(
            data=[{"id": str(start + number)} for number in range(2)], pagination_token=str(start + 2)
        )

    result = run("files", "list", "--limit", "3", "--sort-by", "size", "--order", "desc", "--json")
    assert [file["id"] for file in json.loads(result.out)["data"]] == ["0", "1", "2"]
    assert (server.calls[0].requests[0].limit, len(server.calls)) == (3, 2)


def test_a_file_with_a_time_that_no_calendar_has(run, server):
    @server.on("/xai_api.Files/RetrieveFile")
    def _(_request, _context):
        return message("xai_api.File")(id="f", created_at={"seconds": 10**14}, expires_at={"seconds": 60})

    assert run("files", "get", "f").out == "id\tf\nbytes\t0\nexpires\t1970-01-01 00:01\n"
    result = run("files", "get", "f", "--json")
    assert (result.status, result.err.count("\n")) == (1, 1)


def test_json_escapes_what_a_terminal_obeys(run, server):
    @server.on("/xai_api.Files/RetrieveFile")
    def _(_request, _context):
        return message("xai_api.File")(id="f", filename=EVIL + "é")

    out = run("files", "get", "f", "--json").out
    assert json.loads(out)["filename"] == EVIL + "é"
    assert "é" in out
    assert not any(char in out for char in "\x1b\x07\x9b\u202e\r")


def test_files_upload_prints_ids(run, server, tmp_path: Path):
    @server.on("/xai_api.Files/UploadFile")
    def _(requests, _context):
        first, *rest = requests
        return message("xai_api.File")(id=f"id-{first.init.name}", size=sum(len(each.data) for each in rest))

    (tmp_path / "a.txt").write_bytes(b"abc")
    (tmp_path / "b.txt").write_bytes(b"")
    result = run("files", "upload", tmp_path / "a.txt", tmp_path / "b.txt")
    assert (result.out, result.err) == ("id-a.txt\nid-b.txt\n", "")
    lines = run("files", "upload", tmp_path / "a.txt", "--json").out.splitlines()
    assert [json.loads(line) for line in lines] == [{"id": "id-a.txt", "size": "3"}]


def test_nothing_is_uploaded_where_one_file_is_missing(run, server, tmp_path: Path):
    (tmp_path / "a.txt").write_bytes(b"abc")
    result = run("files", "upload", tmp_path / "a.txt", tmp_path / "b.txt")
    assert (result.status, server.calls) == (2, [])
    assert str(tmp_path / "b.txt") in result.err


@pytest.fixture
def content(server):
    @server.on("/xai_api.Files/RetrieveFile")
    def _(request, _context):
        return message("xai_api.File")(id=request.file_id, filename=content.name, size=6)

    @server.on("/xai_api.Files/RetrieveFileContent")
    def _(_request, _context):
        yield from (message("xai_api.FileContentChunk")(data=part) for part in (b"abc", b"\x1b\xff\n"))

    class Content:
        name = "report.txt"

    content = Content()
    return content


def test_files_download_to_this_folder(run, content, tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("files", "download", "id-1").out == "report.txt\n"
    assert (tmp_path / "report.txt").read_bytes() == b"abc\x1b\xff\n"
    again = run("files", "download", "id-1")
    assert (again.status, "--force" in again.err) == (2, True)
    assert json.loads(run("files", "download", "id-1", "--force", "--json").out)["filename"] == "report.txt"


@pytest.mark.parametrize("name", ["../../evil", "..\\evil", "/tmp/evil", "C:\\x\\evil"])
def test_a_server_does_not_choose_the_folder(name, run, content, tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    content.name = name
    assert run("files", "download", "x").out == "evil\n"


@pytest.mark.parametrize("name", ["", "..", ".bashrc", "a/", "a\x1bb"])
def test_a_server_does_not_hide_the_file(name, run, content, tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    content.name = name
    assert run("files", "download", "file/1").out == "file_1\n"


def test_files_download_to_a_pipe(run, content, monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(raw))
    assert run("files", "download", "x", "-o", "-").status == 0
    assert raw.getvalue() == b"abc\x1b\xff\n"


def test_content_is_not_written_to_a_terminal(run_on_terminal, content):
    result = run_on_terminal("files", "download", "x", "-o", "-")
    assert (result.status, result.out) == (2, "")


@pytest.mark.parametrize("where", ["", "none/x", "/dev/null"])
def test_where_nothing_can_be_written(where, run, content, tmp_path: Path, server):
    result = run("files", "download", "x", "-o", tmp_path / where, "--force")
    assert (result.status, server.calls) == (2, [])


def test_files_delete(run, server):
    @server.on("/xai_api.Files/DeleteFile")
    def _(request, _context):
        return message("xai_api.DeleteFileResponse")(id=request.file_id, deleted=request.file_id != "stuck")

    assert run("files", "delete", "a", "b").out == "a\nb\n"
    assert json.loads(run("files", "delete", "a", "--json").out) == {"id": "a", "deleted": True}
    result = run("files", "delete", "a", "stuck", "c")
    assert (result.status, result.out) == (1, "a\n")


def test_files_url(run, server):
    @server.on("/xai_api.Files/RetrieveFileURL")
    def _(_request, _context):
        return message("xai_api.RetrieveFileURLResponse")(url="https://example.com/f")

    assert run("files", "url", "a").out == "https://example.com/f\n"
    assert json.loads(run("files", "url", "a", "--json").out) == {"url": "https://example.com/f"}


def test_a_bar_on_a_terminal_is_on_standard_error(run, server, tmp_path: Path, monkeypatch, new_terminal):
    (tmp_path / "[red]a.txt").write_bytes(b"abc")
    screen = new_terminal()
    monkeypatch.setattr("sys.stderr", screen)
    result = run("files", "upload", tmp_path / "[red]a.txt")
    assert (result.status, result.out) == (0, "\n")
    assert "[red]a.txt" in screen.getvalue()


def test_no_bar_without_rich(monkeypatch, new_terminal):
    monkeypatch.setattr("sys.stderr", new_terminal())
    monkeypatch.setitem(__import__("sys").modules, "rich.console", None)
    with transfer_bar.transfer_bar("x") as progress:
        assert progress is None


def test_embed(run, server, monkeypatch):
    @server.on("/xai_api.Embedder/Embed")
    def _(request, _context):
        response = message("xai_api.EmbedResponse")(model=request.model)
        for index, each in enumerate(request.input):
            response.embeddings.add(index=index).embeddings.add(float_array=[len(each.string), float("nan")])
        return response

    assert run("embed", "--model", "v1", "a", "bcd").out == "[1.0, null]\n[3.0, null]\n"
    monkeypatch.setattr("sys.stdin", io.StringIO("one\n\ntwo!\n"))
    monkeypatch.setenv("XAI_EMBEDDING_MODEL", "v2")
    response = json.loads(run("embed", "--json").out)
    assert (response["model"], len(response["embeddings"])) == ("v2", 2)


def test_tokenize(run, server, monkeypatch):
    @server.on("/xai_api.Tokenize/TokenizeText")
    def _(request, _context):
        tokens = [{"token_id": index, "string_token": char} for index, char in enumerate(request.text)]
        return message("xai_api.TokenizeTextResponse")(tokens=tokens)

    assert run("tokenize", "a\n").out == "ID\tTOKEN\n0\t'a'\n1\t'\\n'\n"
    monkeypatch.setattr("sys.stdin", io.StringIO("abc"))
    assert run("tokenize", "--count").out == "3\n"
    assert server.last.requests[0].model == "grok-4"
    assert json.loads(run("tokenize", "--json", "x").out)["tokens"][0]["stringToken"] == "x"


class Undecodable(io.StringIO):
    def read(self, _size: int = -1) -> str:
        raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad")


@pytest.mark.parametrize("stream", [Undecodable(), io.StringIO("x" * (21 << 20))], ids=["binary", "huge"])
def test_what_cannot_be_piped_in(stream, run, server, monkeypatch):
    monkeypatch.setattr("sys.stdin", stream)
    assert run("tokenize").status == 2
    assert server.calls == []


@pytest.fixture
def images(server):
    @server.on("/xai_api.Image/GenerateImage")
    def _(request, _context):
        response = message("xai_api.ImageResponse")()
        for number in range(min(request.n, images.most)):
            if request.format == 1:
                response.images.add(base64="data:image/jpeg;base64," + base64.b64encode(b"%d" % number).decode())
            else:
                response.images.add(url=f"https://example.com/{number}\x1b")
        return response

    class Images:
        most = 10

    images = Images()
    return images


def test_image_to_files(run, images, tmp_path: Path):
    path = tmp_path / "cat.jpg"
    assert run("image", "a", "cat", "-o", path).out == f"{path}\n"
    assert path.read_bytes() == b"0"
    assert run("image", "a cat", "-o", path).status == 2
    result = run("image", "a cat", "-n", "2", "-o", path, "--json")
    assert (tmp_path / "cat-2.jpg").read_bytes() == b"1"
    assert len(json.loads(result.out)["images"]) == 2


def test_image_to_a_pipe(run, images, monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(raw))
    assert run("image", "a cat", "-o", "-").status == 0
    assert raw.getvalue() == b"0"


def test_image_addresses(run, images, server, tmp_path: Path):
    (tmp_path / "x").write_bytes(b"\x89PNG\r\n\x1a\n")
    result = run("image", "a cat", "-n", "2", "--source", tmp_path / "x")
    assert result.out.splitlines() == ["https://example.com/0\x1b", "https://example.com/1\x1b"]
    assert server.last.requests[0].image.image_url == "data:image/png;base64,iVBORw0KGgo="


def test_image_addresses_on_a_terminal(run_on_terminal, images):
    assert run_on_terminal("image", "a cat").out == "https://example.com/0\ufffd\n"


@pytest.mark.parametrize(("most", "told"), [(0, "no image"), (1, "1 of 2")])
def test_fewer_images_than_asked_for(most, told, run, images, tmp_path: Path):
    images.most = most
    result = run("image", "a cat", "-n", "2", "-o", tmp_path / "cat.jpg")
    assert (result.status, told in result.err) == (1, True)


def test_auth(run, server):
    @server.on("/xai_api.Auth/get_api_key_info")
    def _(_request, _context):
        return message("xai_api.ApiKey")(
            name="mine", redacted_api_key="xai-...1234", acls=["a", "b"], team_blocked=True, disabled=True
        )

    assert run("auth").out.splitlines() == [
        "name\tmine",
        "key\txai-...1234",
        "state\tdisabled, team blocked",
        "acls\ta, b",
    ]
    assert json.loads(run("auth", "--json").out)["teamBlocked"] is True


def test_pairs_on_a_terminal(run_on_terminal, server):
    assert run_on_terminal("auth").out == "state  active\n"


@pytest.fixture
def library(server):
    a_collection = {"collection_id": "c1", "collection_name": "manuals", "documents_count": 2}
    a_document = {"file_metadata": {"file_id": "f1", "name": "a.md", "size_bytes": 3}, "status": 2}

    def on(path, kind, **fields):
        @server.on(path)
        def _(_request, _context):
            return message(kind)(**fields)

    on("/collections.Collections/ListCollections", "collections.ListCollectionsResponse", collections=[a_collection])
    on("/collections.Collections/GetCollectionMetadata", "collections.CollectionMetadata", **a_collection)
    on("/collections.Collections/CreateCollection", "collections.CollectionMetadata", **a_collection)
    on("/collections.Collections/ListDocuments", "collections.ListDocumentsResponse", documents=[a_document, {}])
    on("/collections.Collections/GetDocumentMetadata", "collections.DocumentMetadata", **a_document)
    match = {"file_id": "f1", "score": 0.5, "chunk_content": "press\nthe " + "b" * 300}
    on("/xai_api.Documents/Search", "xai_api.SearchResponse", matches=[match])

    @server.on("/xai_api.Files/UploadFile")
    def _(requests, _context):
        for _each in requests:
            pass
        return message("xai_api.File")(id="f1")

    return server


def test_collections_list(run, library):
    assert run("collections", "list").out == "ID\tNAME\tDOCUMENTS\tCREATED\nc1\tmanuals\t2\t\n"
    result = json.loads(run("collections", "list", "--limit", "5", "--json").out)
    assert result["collections"][0]["collectionId"] == "c1"
    assert library.last.requests[0].limit == 5
    assert library.last.metadata["authorization"] == "Bearer management-key"


def test_collections_get_create_and_delete(run, library):
    assert "name\tmanuals" in run("collections", "get", "c1").out.splitlines()
    assert json.loads(run("collections", "get", "c1", "--json").out)["documentsCount"] == 2
    assert run("collections", "create", "manuals").out == "c1\n"
    assert json.loads(run("collections", "create", "manuals", "--model", "m", "--json").out)["collectionId"] == "c1"
    assert run("collections", "delete", "c1").out == "c1\n"
    assert run("collections", "delete", "c1", "--json").out == "{}\n"


def test_collections_documents(run, library):
    assert run("collections", "documents", "c1").out.splitlines()[1:] == [
        "f1\ta.md\t3\tprocessed\t\t",
        "\t\t0\tunknown\t\t",
    ]
    assert len(json.loads(run("collections", "documents", "c1", "--json", "--limit", "1").out)["documents"]) == 1


def test_collections_upload(run, library, tmp_path: Path):
    (tmp_path / "a.md").write_text("abc")
    assert run("collections", "upload", "c1", tmp_path / "a.md", "--field", "language=en").out == "f1\n"
    assert dict(library.last.requests[0].fields) == {"language": "en"}
    result = run("collections", "upload", "c1", "--wait", tmp_path / "a.md", "--json")
    assert json.loads(result.out)["status"] == "DOCUMENT_STATUS_PROCESSED"


def test_collections_search(run, library):
    result = run("collections", "search", "-c", "c1", "-c", "c2", "how", "to reset", "--limit", "3")
    assert result.out.splitlines()[1] == "0.500\tf1\tpress the " + "b" * 300
    assert library.last.requests[0].query == "how to reset"
    assert list(library.last.requests[0].source.collection_ids) == ["c1", "c2"]
    assert json.loads(run("collections", "search", "-c", "c1", "x", "--json").out)["matches"][0]["fileId"] == "f1"


def test_long_chunks_are_cut_on_a_terminal(run_on_terminal, library):
    line = run_on_terminal("collections", "search", "-c", "c1", "x").out.splitlines()[1]
    assert line.endswith("b…")
    assert len(line) < 230
