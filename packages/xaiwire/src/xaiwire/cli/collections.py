"""`xaiwire collections`: documents that can be searched by meaning."""

from __future__ import annotations

import sys
from argparse import Namespace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from xaiwire.cli.arguments import Parser, SubParsers, add_command, field, positive_int
from xaiwire.cli.connection import connected
from xaiwire.cli.failures import InputError
from xaiwire.cli.inputs import check_readable, text_of
from xaiwire.cli.output import date, document, is_terminal, json_line, pairs, plain, say, table
from xaiwire.cli.transfer_bar import transfer_bar

if TYPE_CHECKING:
    from xaiwire._gen.xai.api.v1.collections_pb import CollectionMetadata, DocumentMetadata

__all__ = ["add_to"]

MOST_ON_A_PAGE = 100
MOST_SHOWN = 200


def add_to(commands: SubParsers) -> None:
    """Add the commands."""
    parser: Parser = commands.add_parser(
        "collections",
        help="manage and search collections of documents",
        description="Collections of documents. All but search needs a management key, in XAI_MANAGEMENT_KEY.",
        epilog="examples:\n"
        "  xaiwire collections create manuals\n"
        "  xaiwire collections upload COLLECTION manual.pdf --wait\n"
        '  xaiwire collections search -c COLLECTION "how to reset the device"\n',
    )
    actions = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    listing = add_command(actions, "list", help="list the collections", examples=("xaiwire collections list",))
    listing.add_argument("--limit", type=positive_int, metavar="N", help="collections at most (default: all)")
    listing.set_defaults(run=run_list)

    get = add_command(actions, "get", help="show a collection", examples=("xaiwire collections get ID",))
    get.add_argument("id", metavar="ID")
    get.set_defaults(run=run_get)

    create = add_command(
        actions, "create", help="make a collection, and print its id", examples=("xaiwire collections create manuals",)
    )
    create.add_argument("name", metavar="NAME")
    create.add_argument("--model", metavar="NAME", help="the embedding model (default: the server's)")
    create.set_defaults(run=run_create)

    delete = add_command(actions, "delete", help="delete a collection", examples=("xaiwire collections delete ID",))
    delete.add_argument("id", metavar="ID")
    delete.set_defaults(run=run_delete)

    documents = add_command(
        actions,
        "documents",
        help="list the documents of a collection",
        examples=("xaiwire collections documents ID", "xaiwire collections documents ID --json"),
    )
    documents.add_argument("id", metavar="ID")
    documents.add_argument("--limit", type=positive_int, metavar="N", help="documents at most (default: all)")
    documents.set_defaults(run=run_documents)

    upload = add_command(
        actions,
        "upload",
        help="upload documents into a collection, and print their ids",
        examples=(
            "xaiwire collections upload ID manual.pdf --wait",
            "xaiwire collections upload ID *.md --field language=en",
        ),
        description="With --json, what is known of each document is on a line of its own.",
    )
    upload.add_argument("id", metavar="ID")
    upload.add_argument("path", nargs="+", metavar="PATH")
    upload.add_argument("--field", type=field, action="append", default=[], metavar="NAME=VALUE", help="stored with it")
    upload.add_argument("--wait", action="store_true", help="wait until each can be searched, 10 minutes at most")
    upload.set_defaults(run=run_upload)

    search = add_command(
        actions,
        "search",
        help="search documents by meaning",
        examples=('xaiwire collections search -c ID "how to reset the device"',),
    )
    search.add_argument("query", nargs="*", metavar="QUERY")
    search.add_argument(
        "-c", "--collection", action="append", required=True, metavar="ID", help="where; may be given several times"
    )
    search.add_argument("--limit", type=positive_int, metavar="N", help="matches at most (default: the server's)")
    search.set_defaults(run=run_search)


def run_list(args: Namespace) -> int:
    """List the collections of all pages."""
    with connected(args, management=True) as client:
        found = list(islice(client.collections.list_all(_page(args.limit)), args.limit))
    if args.json:
        document({"collections": [plain(collection) for collection in found]})
    else:
        rows = [
            (each.collection_id, each.collection_name, each.documents_count, date(each.created_at)) for each in found
        ]
        table(("ID", "NAME", "DOCUMENTS", "CREATED"), rows)
    return 0


def run_get(args: Namespace) -> int:
    """Show a collection."""
    with connected(args, management=True) as client:
        collection = client.collections.get(args.id)
    if args.json:
        document(plain(collection))
    else:
        _show(collection)
    return 0


def run_create(args: Namespace) -> int:
    """Make a collection."""
    with connected(args, management=True) as client:
        collection = client.collections.create(args.name, args.model)
    if args.json:
        document(plain(collection))
    else:
        say(f"{collection.collection_id}\n")
    return 0


def run_delete(args: Namespace) -> int:
    """Delete a collection."""
    with connected(args, management=True) as client:
        client.collections.delete(args.id)
    if args.json:
        document({})
    else:
        say(f"{args.id}\n")
    return 0


def run_documents(args: Namespace) -> int:
    """List the documents of all pages."""
    with connected(args, management=True) as client:
        found = list(islice(client.collections.list_all_documents(args.id, _page(args.limit)), args.limit))
    if args.json:
        document({"documents": [plain(each) for each in found]})
    else:
        table(("ID", "NAME", "BYTES", "STATUS", "CREATED", "ERROR"), [_row(each) for each in found])
    return 0


def run_upload(args: Namespace) -> int:
    """Upload documents. Each is told when it is through, so that a failure later hides none."""
    check_readable(args.path)
    with connected(args, management=True) as client:
        for path in args.path:
            with transfer_bar(Path(path).name) as progress:
                file = client.collections.upload_file(args.id, path, fields=dict(args.field), on_progress=progress)
            message = client.collections.wait_until_processed(args.id, file.id) if args.wait else file
            if args.json:
                json_line(plain(message))
            else:
                say(f"{file.id}\n")
    return 0


def run_search(args: Namespace) -> int:
    """Search documents."""
    query = text_of(args.query)
    if not query:
        raise InputError("there is nothing to search for: give it as an argument or on standard input")
    with connected(args) as client:
        response = client.collections.search(query, args.collection, args.limit)
    if args.json:
        document(plain(response))
    else:
        rows = [(f"{match.score:.3f}", match.file_id, _shown(match.chunk_content)) for match in response.matches]
        table(("SCORE", "DOCUMENT", "TEXT"), rows)
    return 0


def _shown(text: str) -> str:
    """A chunk as far as it can be read in a table; whole where a program reads."""
    return f"{text[:MOST_SHOWN]}…" if is_terminal(sys.stdout) and len(text) > MOST_SHOWN else text


def _show(collection: CollectionMetadata) -> None:
    index = collection.index_configuration
    pairs(
        [
            ("id", collection.collection_id),
            ("name", collection.collection_name),
            ("documents", collection.documents_count),
            ("embedding model", index.model_name if index is not None else ""),
            ("created", date(collection.created_at)),
        ]
    )


def _row(found: DocumentMetadata) -> tuple[object, ...]:
    from xaiwire._gen.xai.api.v1.collections_pb import FileMetadata

    file = found.file_metadata or FileMetadata()
    status = str(found.status.name or int(found.status)).removeprefix("DOCUMENT_STATUS_").lower()
    return file.file_id, file.name, file.size_bytes, status, date(file.created_at), found.error_message


def _page(limit: int | None) -> int | None:
    return limit and min(limit, MOST_ON_A_PAGE)
