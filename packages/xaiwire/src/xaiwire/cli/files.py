"""`xaiwire files`: what is stored at the API."""

from __future__ import annotations

import re
from argparse import Namespace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from xaiwire.cli.arguments import Parser, SubParsers, add_command, positive_int
from xaiwire.cli.connection import connected
from xaiwire.cli.failures import CallFailedError, InputError
from xaiwire.cli.inputs import check_readable, check_writable
from xaiwire.cli.output import binary_output, date, document, json_line, pairs, plain, say, table
from xaiwire.cli.transfer_bar import transfer_bar

if TYPE_CHECKING:
    from xaiwire._gen.xai.api.v1.files_pb import File

__all__ = ["add_to"]


def add_to(commands: SubParsers) -> None:
    """Add the commands."""
    parser: Parser = commands.add_parser(
        "files",
        help="upload, list, download and delete files",
        description="Files that models can read.",
        epilog="examples:\n  xaiwire files upload report.pdf\n  xaiwire files list\n  xaiwire files download ID\n",
    )
    actions = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    listing = add_command(
        actions,
        "list",
        help="list the files",
        examples=("xaiwire files list", "xaiwire files list --sort-by size --order desc --limit 10"),
    )
    listing.add_argument("--limit", type=positive_int, metavar="N", help="files at most (default: all)")
    listing.add_argument("--order", choices=("asc", "desc"))
    listing.add_argument("--sort-by", choices=("created_at", "filename", "size"))
    listing.set_defaults(run=run_list)

    get = add_command(actions, "get", help="show what is known of a file", examples=("xaiwire files get ID",))
    get.add_argument("id", metavar="ID")
    get.set_defaults(run=run_get)

    upload = add_command(
        actions,
        "upload",
        help="upload files, one after the other, and print their ids",
        examples=("xaiwire files upload report.pdf", "xaiwire files upload *.csv --json"),
        description="With --json, the metadata of each file is on a line of its own.",
    )
    upload.add_argument("path", nargs="+", metavar="PATH")
    upload.set_defaults(run=run_upload)

    download = add_command(
        actions,
        "download",
        help="download a file, and print its path",
        examples=("xaiwire files download ID", "xaiwire files download ID -o - | less"),
        description="It is written to this folder under the name that it has at the API, unless -o says where.",
    )
    download.add_argument("id", metavar="ID")
    download.add_argument("-o", "--output", metavar="FILE", help="where to; - for standard output")
    download.add_argument("--force", action="store_true", help="replace a file that is there")
    download.set_defaults(run=run_download)

    delete = add_command(actions, "delete", help="delete files", examples=("xaiwire files delete ID",))
    delete.add_argument("id", nargs="+", metavar="ID")
    delete.set_defaults(run=run_delete)

    url = add_command(
        actions,
        "url",
        help="print an address where a file's content can be fetched",
        examples=('curl "$(xaiwire files url ID)"',),
    )
    url.add_argument("id", metavar="ID")
    url.set_defaults(run=run_url)


def run_list(args: Namespace) -> int:
    """List the files of all pages."""
    with connected(args) as client:
        everything = client.files.list_all(
            limit=args.limit and min(args.limit, 100), order=args.order, sort_by=args.sort_by
        )
        found = list(islice(everything, args.limit))
    if args.json:
        document({"data": [plain(file) for file in found]})
    else:
        table(
            ("ID", "NAME", "BYTES", "CREATED"),
            [(file.id, file.filename, file.size, date(file.created_at)) for file in found],
        )
    return 0


def run_get(args: Namespace) -> int:
    """Show a file's metadata."""
    with connected(args) as client:
        file = client.files.get(args.id)
    if args.json:
        document(plain(file))
    else:
        pairs(
            [
                ("id", file.id),
                ("name", file.filename),
                ("bytes", file.size),
                ("created", date(file.created_at)),
                ("expires", date(file.expires_at)),
                ("team", file.team_id),
            ]
        )
    return 0


def run_upload(args: Namespace) -> int:
    """Upload files. Each is told when it is through, so that a failure later hides none."""
    check_readable(args.path)
    with connected(args) as client:
        for path in args.path:
            with transfer_bar(Path(path).name) as progress:
                file = client.files.upload(path, on_progress=progress)
            if args.json:
                json_line(plain(file))
            else:
                say(f"{file.id}\n")
    return 0


def run_download(args: Namespace) -> int:
    """Download a file."""
    if args.output == "-" and args.json:
        raise InputError("'-o -' writes the content alone, and no JSON")
    if args.output == "-":
        output = binary_output()
        with connected(args) as client:
            client.files.download(args.id, output)
        return 0
    if args.output is not None:
        check_writable(Path(args.output), force=args.force)
    with connected(args) as client:
        file = client.files.get(args.id)
        target = Path(_own_name(file) if args.output is None else args.output)
        check_writable(target, force=args.force)
        with transfer_bar(target.name) as progress:
            client.files.download(args.id, target, on_progress=progress)
    if args.json:
        document(plain(file))
    else:
        say(f"{target}\n")
    return 0


def run_delete(args: Namespace) -> int:
    """Delete files."""
    with connected(args) as client:
        for file_id in args.id:
            response = client.files.delete(file_id)
            if args.json:
                json_line(plain(response))
            elif not response.deleted:
                raise CallFailedError(f"the server did not delete {file_id}")
            else:
                say(f"{response.id or file_id}\n")
    return 0


def run_url(args: Namespace) -> int:
    """Print a file's address."""
    with connected(args) as client:
        response = client.files.url(args.id)
    if args.json:
        document(plain(response))
    else:
        say(f"{response.url}\n")
    return 0


def _own_name(file: File) -> str:
    """The file's name in this folder: the server may neither choose another folder nor hide the file."""
    name = re.split(r"[/\\]", file.filename)[-1]
    if not name or name.startswith(".") or not name.isprintable():
        name = re.sub(r"[^A-Za-z0-9_-]", "_", file.id) or "download"
    return name
