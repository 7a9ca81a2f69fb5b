"""Folders, zips and tars: what is right is read as the standard library reads it, what is hostile is refused."""

from __future__ import annotations

import io
import os
import random
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protoalign.errors import ArchiveError, ProtoalignError, SourceReadError
from protoalign.sources.limits import Limits
from protoalign.sources.members import is_archive, member_names, read_members

LIMITS = Limits()
FILES = {"pkg/a.py": b"print(1)\n" * 50, "pkg/sub/b.py": b"", "pkg/data.bin": bytes(range(256)), "naïve/ü.py": b"u"}


def everything(_name: str) -> bool:
    return True


def read(path: Path, limits: Limits = LIMITS) -> dict[str, bytes]:
    return dict(read_members(path, everything, limits))


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED, **options) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method, **options) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def tarred(files: dict[str, bytes], mode: str = "w:gz") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def written(folder: Path, content: bytes, name: str = "x.whl") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def refused(path: Path, match: str, limits: Limits = LIMITS) -> None:
    with pytest.raises(ArchiveError, match=match) as caught:
        read(path, limits)
    assert str(path) in caught.value.where
    assert caught.value.hint


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_zips_of_every_method(method: int, tmp_path: Path) -> None:
    path = written(tmp_path, zipped(FILES, method))
    assert read(path) == FILES
    assert is_archive(path)
    assert member_names(path, LIMITS) == tuple(sorted(FILES))


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_tars_of_every_compression(mode: str, tmp_path: Path) -> None:
    path = written(tmp_path, tarred(FILES, mode), "x.tar")
    assert read(path) == FILES
    assert is_archive(path)
    assert member_names(path, LIMITS) == tuple(sorted(FILES))


def test_a_folder(tmp_path: Path) -> None:
    for name, content in {**FILES, ".git/x.py": b"", "__pycache__/y.py": b"", "pkg/.hidden/z.py": b""}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    assert read(tmp_path) == FILES
    assert not is_archive(tmp_path)


@settings(max_examples=60)
@given(
    files=st.dictionaries(st.text("abc/ü.", min_size=1, max_size=12), st.binary(max_size=400), max_size=6),
    comment=st.binary(max_size=20),
)
def test_what_zipfile_writes_and_reads_is_read_the_same(
    files: dict[str, bytes], comment: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    sound = {
        name: content
        for name, content in files.items()
        if not name.startswith("/") and not name.endswith("/") and ".." not in name.split("/")
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.comment = comment
        for name, content in sound.items():
            archive.writestr(name, content)
    path = written(tmp_path_factory.getbasetemp(), buffer.getvalue(), "same.zip")
    assert read(path) == sound


def test_a_zip_behind_a_program(tmp_path: Path) -> None:
    path = written(tmp_path, b"PK says the program\n" + zipped(FILES))
    assert read(path) == FILES


def test_a_zip_with_data_descriptors_and_64_bit_sizes(tmp_path: Path) -> None:
    class Unseekable(io.RawIOBase):
        def __init__(self) -> None:
            self.content = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data) -> int:
            self.content += data
            return len(data)

    stream = Unseekable()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in FILES.items():
            with archive.open(name, "w", force_zip64=True) as member:
                member.write(content)
    assert read(written(tmp_path, bytes(stream.content))) == FILES


def test_a_zip_with_a_64_bit_end_record(tmp_path: Path) -> None:
    content = zipped(FILES)
    end = content.rindex(b"PK\x05\x06")
    count, size, offset = struct.unpack_from("<HLL", content, end + 10)
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, offset)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
    last = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    assert read(written(tmp_path, content[:end] + record + locator + last)) == FILES


@pytest.mark.parametrize("kept", [0.05, 0.3, 0.6, 0.9, 0.99])
@pytest.mark.parametrize("make", [zipped, tarred])
def test_truncated_archives(kept: float, make: Callable[[dict[str, bytes]], bytes], tmp_path: Path) -> None:
    content = make({**FILES, "random": random.Random(1).randbytes(5000)})
    refused(written(tmp_path, content[: int(len(content) * kept)]), "damaged|cut short")


@pytest.mark.parametrize(
    "content", [b"", b"PK", b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh9", b"\xfd7zXZ\x00", b"no archive"]
)
def test_what_is_no_archive(content: bytes, tmp_path: Path) -> None:
    refused(written(tmp_path, content), "damaged")


def test_encrypted_zip(tmp_path: Path) -> None:
    content = bytearray(zipped({"a.py": b"x = 1\n"}))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    refused(written(tmp_path, bytes(content)), "a.py is encrypted")


@pytest.mark.parametrize("name", ["../a.py", "a/../../b.py", "/etc/a.py", "C:/a.py", "a\\..\\b.py", ".."])
@pytest.mark.parametrize("make", [zipped, tarred])
def test_names_that_lead_out(name: str, make: Callable[[dict[str, bytes]], bytes], tmp_path: Path) -> None:
    refused(written(tmp_path, make({name: b"", "good.py": b""})), "leads out of the archive")


def test_two_members_of_one_name(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.py", b"1")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.py", b"2")
    refused(written(tmp_path, buffer.getvalue()), "two members are named a.py")
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for content in (b"1", b"2"):
            info = tarfile.TarInfo("a.py")
            info.size = 1
            archive.addfile(info, io.BytesIO(content))
    refused(written(tmp_path, buffer.getvalue()), "two members are named a.py")


def test_links_devices_and_pipes_in_archives_are_passed_over(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for kind in (
            tarfile.SYMTYPE,
            tarfile.LNKTYPE,
            tarfile.CHRTYPE,
            tarfile.BLKTYPE,
            tarfile.FIFOTYPE,
            tarfile.DIRTYPE,
        ):
            info = tarfile.TarInfo(f"special{kind.decode()}.py")
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
        info = tarfile.TarInfo("a.py")
        archive.addfile(info, io.BytesIO(b""))
    assert read(written(tmp_path, buffer.getvalue())) == {"a.py": b""}
    link = zipfile.ZipInfo("link.py")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("a.py", b"")
    assert read(written(tmp_path, buffer.getvalue())) == {"a.py": b""}


def test_a_highly_compressed_member(tmp_path: Path) -> None:
    small = Limits(member_size=1 << 20, total_size=4 << 20)
    refused(written(tmp_path, zipped({"a.py": bytes(2 << 20)})), "unpacks to more than 1 MiB", small)
    refused(
        written(tmp_path, zipped({f"{n}.py": bytes(1 << 20) for n in range(5)})), "unpack to more than 4 MiB", small
    )
    refused(written(tmp_path, tarred({"a.py": bytes(2 << 20)})), "unpacks to more than 1 MiB", small)
    refused(written(tmp_path, tarred({"a.bin": bytes(8 << 20)})), "MiB", small)


def test_a_member_that_says_less_than_it_unpacks_to(tmp_path: Path) -> None:
    content = bytearray(zipped({"a.py": bytes(1 << 20)}))
    entry = content.index(b"PK\x01\x02")
    struct.pack_into("<L", content, entry + 24, 10)
    refused(written(tmp_path, bytes(content)), "not as long as it says|damaged")


def test_members_that_overlap(tmp_path: Path) -> None:
    content = bytearray(zipped({"a.py": b"1" * 500, "b.py": b"2" * 500}, zipfile.ZIP_STORED))
    entry = content.index(b"PK\x01\x02")
    # The first member claims the second's bytes as well: the way a quoted bomb multiplies its kernel.
    size = 500 + 30 + 4 + 500
    struct.pack_into("<LL", content, entry + 20, size, size)
    refused(written(tmp_path, bytes(content)), "overlaps another member")


def test_two_entries_of_one_place(tmp_path: Path) -> None:
    content = bytearray(zipped({"a.py": b"1" * 500, "b.py": b"2" * 500}, zipfile.ZIP_STORED))
    entry = content.index(b"PK\x01\x02", content.index(b"PK\x01\x02") + 1)
    struct.pack_into("<L", content, entry + 42, 0)
    refused(written(tmp_path, bytes(content)), "does not agree")


def test_a_changed_byte_is_noticed(tmp_path: Path) -> None:
    content = bytearray(zipped({"a.py": b"1234567890"}, zipfile.ZIP_STORED))
    content[content.index(b"1234567890")] = ord("2")
    refused(written(tmp_path, bytes(content)), "checksum of a.py differs")


def test_too_many_members(tmp_path: Path) -> None:
    many = {f"{number}.py": b"" for number in range(30)}
    for content in (zipped(many), tarred(many)):
        refused(written(tmp_path, content), "holds more than 20 files", Limits(members=20))


def test_too_large_an_archive(tmp_path: Path) -> None:
    refused(written(tmp_path, bytes(3 << 20)), "is larger than 1 MiB", Limits(archive_size=1 << 20))


def test_a_huge_tar_header(tmp_path: Path) -> None:
    info = tarfile.TarInfo("x" * 99)
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    header[156:157] = b"L"  # a long name of 8 GiB
    header[124:136] = b"77777777777\0"
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    refused(written(tmp_path, bytes(header) + bytes(2048), "x.tar"), "damaged|unpacks|cut short")
    pax = io.BytesIO()
    with tarfile.open(fileobj=pax, mode="w", format=tarfile.PAX_FORMAT, pax_headers={"comment": "x" * (3 << 20)}):
        pass
    refused(written(tmp_path, pax.getvalue(), "y.tar"), "unpacks", Limits(total_size=1 << 20))


@settings(max_examples=400)
@given(data=st.data())
def test_mutated_archives_are_read_or_refused(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    make = data.draw(
        st.sampled_from(
            [zipped, tarred, lambda files: tarred(files, "w"), lambda files: zipped(files, zipfile.ZIP_LZMA)]
        )
    )
    content = bytearray(make(FILES))
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    path = written(tmp_path_factory.getbasetemp(), bytes(content), "mutated.bin")
    try:
        names = member_names(path, LIMITS)
        assert set(read(path)) == set(names)
    except ProtoalignError:
        pass


def test_a_pipe_in_a_folder_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "a.py").write_bytes(b"a")
    assert read(tmp_path) == {"a.py": b"a"}
    with pytest.raises(SourceReadError, match="no regular file"):
        read(tmp_path / "pipe.py")
    assert not is_archive(tmp_path / "pipe.py")


def test_links_in_a_folder(tmp_path: Path) -> None:
    outside = tmp_path / "outside.py"
    outside.write_bytes(b"secret")
    inside = tmp_path / "inside"
    (inside / "pkg").mkdir(parents=True)
    (inside / "pkg/a.py").write_bytes(b"a")
    (inside / "link.py").symlink_to(outside)
    (inside / "own.py").symlink_to(inside / "pkg/a.py")
    (inside / "loop").symlink_to(inside)
    (inside / "dangling.py").symlink_to(inside / "nowhere")
    (inside / "self.py").symlink_to(inside / "self.py")
    assert read(inside) == {"own.py": b"a", "pkg/a.py": b"a"}


def test_a_folder_without_end(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*"abcdefgh")
    deep.mkdir(parents=True)
    with pytest.raises(SourceReadError, match="more than 4 deep"):
        read(tmp_path, Limits(depth=4))


def test_missing_and_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SourceReadError, match="does not exist"):
        read(tmp_path / "nowhere")
    with pytest.raises(SourceReadError):
        read(Path("a\0b"))
    with pytest.raises(SourceReadError):
        read(Path("x" * 5000))

    def walk(root: Path, onerror: Callable[[OSError], None]):
        onerror(PermissionError(13, "Permission denied", str(tmp_path / "secret")))
        yield from ()

    monkeypatch.setattr(os, "walk", walk)
    with pytest.raises(SourceReadError, match="may not be read") as caught:
        read(tmp_path)
    assert caught.value.where == str(tmp_path / "secret")


def test_a_folder_without_permission(unprivileged_folder: Path) -> None:
    closed = unprivileged_folder / "closed"
    closed.mkdir(mode=0)
    with pytest.raises(SourceReadError, match="may not be read"):
        read(unprivileged_folder)
    (unprivileged_folder / "x.whl").touch(mode=0)
    with pytest.raises(SourceReadError, match="may not be read"):
        read(unprivileged_folder / "x.whl")
