"""The emulator, put together."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING

from xaiwire_server._gen.grpc.health.v1 import health_pb
from xaiwire_server._gen.grpc.reflection.v1 import reflection_pb as reflection_v1
from xaiwire_server._gen.grpc.reflection.v1alpha import reflection_pb as reflection_v1alpha
from xaiwire_server.emulator.answers.echo import EchoEngine
from xaiwire_server.emulator.answers.encryption import Encryption
from xaiwire_server.emulator.answers.script import Script, ScriptEngine
from xaiwire_server.emulator.catalogue import Catalogue
from xaiwire_server.emulator.clock import Clock, seconds
from xaiwire_server.emulator.control.faults import Faults
from xaiwire_server.emulator.control.journal import Journal
from xaiwire_server.emulator.control.metrics import Metrics
from xaiwire_server.emulator.dispatch import Dispatcher, Elsewhere
from xaiwire_server.emulator.links import Links
from xaiwire_server.emulator.services import auth
from xaiwire_server.emulator.services.chat import ChatService
from xaiwire_server.emulator.services.collections import CollectionsService
from xaiwire_server.emulator.services.documents import DocumentsService, Searcher
from xaiwire_server.emulator.services.embed import EmbedService
from xaiwire_server.emulator.services.files import FilesService
from xaiwire_server.emulator.services.image import ImageService
from xaiwire_server.emulator.services.indexing import Indexer
from xaiwire_server.emulator.services.models import ModelsService
from xaiwire_server.emulator.services.sample import SampleService
from xaiwire_server.emulator.services.tokenize import TokenizeService
from xaiwire_server.emulator.state.database import StateError
from xaiwire_server.emulator.state.store import Store
from xaiwire_server.emulator.text.embedding import Embedder, HashingEmbedder
from xaiwire_server.emulator.web.app import web_app
from xaiwire_server.rpc.health import HealthService
from xaiwire_server.rpc.methods import contract_files, contract_rpcs, rpcs_of
from xaiwire_server.rpc.reflection import reflection_services
from xaiwire_server.wire.model import Served
from xaiwire_server.wire.port import Port

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from xaiwire_server.emulator.answers.model import Engine
    from xaiwire_server.emulator.settings import Settings
    from xaiwire_server.wire.model import AsgiApp

__all__ = ["Emulator"]

_INFRASTRUCTURE = (health_pb.desc(), reflection_v1.desc(), reflection_v1alpha.desc())
PURGE_SECONDS = 60.0
_LOG = logging.getLogger("xaiwire_server")


class Emulator:
    """An emulator. It listens between `start` and `stop`, which one event loop calls.

    Attributes:
        settings: how it is set up.
        clock: its time.
        store: its state.
        engine: makes its answers.
        faults: what goes wrong on purpose.
        journal: the last calls.
        metrics: its figures.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        engine: Engine | None = None,
        embedder: Embedder | None = None,
        elsewhere: Elsewhere | None = None,
    ) -> None:
        """Open the state.

        Args:
            settings: how it is set up.
            engine: makes the answers; None echoes.
            embedder: makes vectors; None hashes.
            elsewhere: answers in place of the emulator; None where nothing does.

        Raises:
            StateError: the folder cannot be used.
        """
        self.settings = settings
        self._closed = False
        self.clock = Clock()
        self.store = Store(settings.folder, self.clock)
        self.engine: Engine = engine or EchoEngine(settings.pace)
        self._first_engine = self.engine
        self.faults = Faults()
        self.journal = Journal(settings.journal_size)
        self.metrics = Metrics()
        self.catalogue = Catalogue(f"fp_emulator_{self.engine.name}", settings.models)
        self._embedder = embedder or HashingEmbedder()
        self._elsewhere = elsewhere
        try:
            self.store.use_embedder(self._embedder.name)
        except StateError:
            self.close()
            raise
        self._port: Port | None = None
        self._tls = False
        self._purger: asyncio.Task[None] | None = None
        self._register_keys()

    @property
    def address(self) -> str:
        """`HOST:PORT` while it listens; `localhost` where it is, since the official client is plain with that alone."""
        if self._port is None:
            return ""
        if self._port.host in ("127.0.0.1", "localhost"):
            return f"localhost:{self._port.port}"
        return self._port.authority

    @property
    def url(self) -> str:
        """Where its page is while it listens."""
        return f"{'https' if self._tls else 'http'}://{self.address}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which xaiwire finds it while it listens."""
        return {
            "XAI_API_KEY": self.settings.api_keys[0],
            "XAI_MANAGEMENT_KEY": self.settings.management_keys[0],
            "XAI_API_HOST": self.address,
            "XAI_MANAGEMENT_HOST": self.address,
        }

    async def start(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        tls: ssl.SSLContext | None = None,
        around: Callable[[AsgiApp], AsgiApp] | None = None,
    ) -> None:
        """Listen.

        Args:
            host: a name or an address.
            port: its number; 0 takes a free one.
            tls: if given, all connections are TLS.
            around: is given the application that answers all requests but those of gRPC, and makes the one that is
                served in its place; None leaves it as it is.

        Raises:
            OSError: the port is taken, or the host is not this machine's.
        """
        self._health = HealthService({rpc.service for rpc in contract_rpcs().values()})
        rpcs = contract_rpcs() | rpcs_of(_INFRASTRUCTURE)
        self._services()
        handlers = self._handlers | self._health.handlers() | reflection_services((*contract_files(), *_INFRASTRUCTURE))
        dispatcher = Dispatcher(
            rpcs=rpcs,
            handlers=handlers,
            open_services=frozenset(service.type_name for file in _INFRASTRUCTURE for service in file.services),
            keys=self.store.keys,
            faults=self.faults,
            journal=self.journal,
            metrics=self.metrics,
            elsewhere=self._elsewhere,
        )
        self._tls = tls is not None
        app = web_app(self, dispatcher, rpcs.values())
        served = Served(
            dispatcher, app if around is None else around(app), max_message_bytes=self.settings.max_message_bytes
        )
        self._port = Port(served, tls=tls)
        await self._port.listen(host, port)
        self._chat.resume()
        self._purger = asyncio.get_running_loop().create_task(self._purge())
        _LOG.info("listening", extra={"address": self.address, "tls": self._tls})

    async def stop(self, grace: float = 10.0) -> bool:
        """Take no new calls, let those under way end, and close the state.

        Args:
            grace: how long they have, in seconds.

        Returns:
            Whether all ended by themselves.
        """
        ended = True
        if self._port is not None:
            self._health.leave()
            self.journal.leave()
            ended = await self._port.close(grace)
            await self._chat.stop()
        if self._purger is not None:
            self._purger.cancel()
            with suppress(asyncio.CancelledError):
                await self._purger
        await self._first_engine.close()
        if self._elsewhere is not None:
            await self._elsewhere.close()
        self.close()
        _LOG.info("stopped", extra={"all_calls_ended": ended})
        return ended

    def close(self) -> None:
        """Close the state."""
        if not self._closed:
            self._closed = True
            self.store.close()

    def play(self, script: Script) -> None:
        """Answer as a script says from now on."""
        self.engine = ScriptEngine(script, self.settings.pace)

    def stop_playing(self) -> None:
        """Answer as at the start."""
        self.engine = self._first_engine

    def reset(self) -> None:
        """Begin anew: nothing kept, no faults, the machine's own time, an empty journal."""
        self.store.reset()
        self.clock.reset()
        self.faults.clear()
        self.journal.clear()
        self.stop_playing()
        self._register_keys()

    def _register_keys(self) -> None:
        for secret in self.settings.api_keys:
            self.store.keys.add(secret, "api", name="emulator")
        for secret in self.settings.management_keys:
            self.store.keys.add(secret, "management", name="emulator management", acls=())

    def _services(self) -> None:
        settings, store, clock, catalogue = self.settings, self.store, self.clock, self.catalogue
        secret = store.secret()
        self.links = Links(secret, clock)
        lifetime = None if settings.file_lifetime is None else seconds(settings.file_lifetime)
        searcher = Searcher(store.collections, self._embedder)
        indexer = Indexer(
            store=store,
            embedder=self._embedder,
            clock=clock,
            processing=seconds(settings.processing),
        )
        self._chat = ChatService(
            store=store,
            catalogue=catalogue,
            engine=lambda: self.engine,
            searcher=searcher,
            encryption=Encryption(secret),
            clock=clock,
            deferred_delay=seconds(settings.deferred_delay),
        )
        self._handlers = (
            auth.handlers()
            | self._chat.handlers()
            | CollectionsService(store, catalogue, indexer, clock, settings.max_file_bytes).handlers()
            | DocumentsService(searcher).handlers()
            | EmbedService(catalogue, self._embedder).handlers()
            | FilesService(store.files, self.links, max_bytes=settings.max_file_bytes, lifetime=lifetime).handlers()
            | ImageService(catalogue, store.pictures).handlers()
            | ModelsService(catalogue).handlers()
            | SampleService(catalogue, lambda: self.engine, clock).handlers()
            | TokenizeService(catalogue).handlers()
        )

    async def _purge(self) -> None:
        while True:
            await asyncio.sleep(PURGE_SECONDS)
            try:
                self.store.purge()
            except (sqlite3.Error, OSError):
                # What has expired is not shown to anybody; it goes when the disk is well again.
                _LOG.exception("what has expired cannot be deleted")
