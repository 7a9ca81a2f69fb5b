"""Load an emulator and kill it, again and again: `uv run python bench/emulator_kills.py [SECONDS]`.

Four threads upload files, keep answers, and make and change collections; at random moments the process is killed, and
another one is started on the same folder. Whatever was acknowledged has to be there at the end, byte for byte.
"""

from __future__ import annotations

import hashlib
import random
import sqlite3
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from emulator_process import EmulatorProcess, emulator_process

import xaiwire
from xaiwire.errors import NotFoundError, RpcError

THREADS = 4
SHORTEST, LONGEST = 0.5, 4.0


class Kept:
    """What was acknowledged."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.files: dict[str, str] = {}
        self.answers: dict[str, str] = {}
        self.documents: set[tuple[str, str]] = set()
        self.deleted: set[str] = set()
        # What was asked for and not answered: it may be either way.
        self.unsure: set[str] = set()
        self.writes = self.failures = self.reads = 0


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 600.0
    chance = random.Random(20261124)
    kept = Kept()
    end = time.monotonic() + seconds
    kills = 0
    with tempfile.TemporaryDirectory() as folder:
        while time.monotonic() < end:
            kills += 1
            with killed_emulator(folder) as emulator:
                stop = threading.Event()
                workers = [
                    threading.Thread(target=work, args=(emulator, kept, stop, chance.random())) for _ in range(THREADS)
                ]
                for worker in workers:
                    worker.start()
                time.sleep(chance.uniform(SHORTEST, LONGEST))
                emulator.process.kill()
                stop.set()
                for worker in workers:
                    worker.join()
        with emulator_process("--data", folder) as emulator:
            check(emulator, kept)
        database = sqlite3.connect(Path(folder) / "emulator.sqlite3")
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        blobs = {path.name for path in (Path(folder) / "blobs").glob("*/*")}
        assert blobs == {row[0] for row in database.execute("SELECT blob FROM files")}
        database.close()
        assert list((Path(folder) / "incoming").iterdir()) == []
    print(
        f"{seconds:.0f} s, {kills} kills, {kept.writes:,} acknowledged writes, {kept.reads:,} reads, "
        f"{kept.failures:,} calls that the kills cut off: nothing was lost, the database is consistent"
    )


class killed_emulator:  # noqa: N801 - a context manager
    """An emulator whose end is not looked at."""

    def __init__(self, folder: str) -> None:
        self._made = emulator_process("--data", folder, "--processing", "0")

    def __enter__(self) -> EmulatorProcess:
        self._emulator = self._made.__enter__()
        return self._emulator

    def __exit__(self, *_error: object) -> None:
        self._emulator.process.wait()
        self._made.gen.close()


def work(emulator: EmulatorProcess, kept: Kept, stop: threading.Event, seed: float) -> None:
    chance = random.Random(seed)
    with emulator.client(retry=None, timeout=10) as client:
        while not stop.is_set():
            try:
                chance.choice((upload, upload, keep, collect, read, delete))(client, kept, chance)
            except RpcError:
                with kept.lock:
                    kept.failures += 1


def upload(client: xaiwire.Client, kept: Kept, chance: random.Random) -> None:
    content = chance.randbytes(chance.choice((10, 1000, 100_000, 4_000_000)))
    stored = client.files.upload(content, filename=f"{chance.random()}")
    with kept.lock:
        kept.files[stored.id] = hashlib.sha256(content).hexdigest()
        kept.writes += 1


def keep(client: xaiwire.Client, kept: Kept, chance: random.Random) -> None:
    text = f"remember {chance.random()}"
    response = client.chat.complete("grok-3", text, store_messages=True)
    with kept.lock:
        kept.answers[response.id] = text
        kept.writes += 1


def collect(client: xaiwire.Client, kept: Kept, chance: random.Random) -> None:
    collection = client.collections.create(f"{chance.random()}").collection_id
    made = client.collections.upload_document(collection, "a.txt", b"words to be found", "text/plain")
    with kept.lock:
        kept.documents.add((collection, made.file_metadata.file_id))
        kept.writes += 2


def read(client: xaiwire.Client, kept: Kept, chance: random.Random) -> None:
    with kept.lock:
        known = [each for each in kept.files if each not in kept.deleted and each not in kept.unsure]
    if known:
        identity = chance.choice(known)
        try:
            assert client.files.get(identity).id == identity
        except NotFoundError:
            # Another thread may be deleting it now.
            with kept.lock:
                assert identity in kept.deleted | kept.unsure
        with kept.lock:
            kept.reads += 1


def delete(client: xaiwire.Client, kept: Kept, chance: random.Random) -> None:
    with kept.lock:
        known = [each for each in kept.files if each not in kept.deleted and each not in kept.unsure]
        if len(known) < 20:
            return
        identity = chance.choice(known)
        kept.unsure.add(identity)
    assert client.files.delete(identity).deleted
    with kept.lock:
        kept.unsure.discard(identity)
        kept.deleted.add(identity)
        kept.writes += 1


def check(emulator: EmulatorProcess, kept: Kept) -> None:
    with emulator.client() as client:
        there = {each.id for each in client.files.list_all()}
        for identity, digest in kept.files.items():
            if identity in kept.deleted:
                assert identity not in there, "a deleted file is back"
            elif identity not in kept.unsure:
                assert hashlib.sha256(client.files.content(identity)).hexdigest() == digest, "a content is not the same"
        for identity, text in kept.answers.items():
            assert client.chat.get_stored_completion(identity)[0].content == text
        for collection, file_id in kept.documents:
            assert client.collections.get_document(file_id, collection).file_metadata.size_bytes == 17
            assert client.documents.search("words", [collection]).matches


if __name__ == "__main__":
    main()
