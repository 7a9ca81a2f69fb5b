"""HTTP towards a package index: retries, bounds, certificates, and credentials that never show."""

from __future__ import annotations

import netrc
import ssl
import time
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Self, TypeVar
from urllib.parse import urlsplit

import httpx2
from unearth.fetchers.sync import PyPIClient

from protoalign import __version__
from protoalign.errors import PackageIndexError
from protoalign.sources.index_settings import IndexSettings, split_credentials

__all__ = ["IndexClient", "shown_url"]

T = TypeVar("T")

ATTEMPTS = 4
FIRST_PAUSE = 0.2
PAGE_SIZE = 128 << 20
CHUNK = 1 << 18
PAGE_TYPES = ("text/html", "application/vnd.pypi.simple.v1+html", "application/vnd.pypi.simple.v1+json")
TRANSIENT = {408, 425, 429, 500, 502, 503, 504}
REACH_HINT = "Check the network and the index that pip or uv is set up to use; --offline takes what the cache holds."


class IndexClient:
    """What finds and fetches through one set of settings; a context manager.

    `unearth` calls `get` for the pages that list archives; `open` streams one archive.
    """

    def __init__(self, settings: IndexSettings, seconds: float) -> None:
        self._client = PyPIClient(
            trusted_hosts=settings.trusted_hosts,
            verify=_verification(settings.certificates),
            proxy=settings.proxy,
            timeout=httpx2.Timeout(seconds),
            follow_redirects=True,
            max_redirects=10,
            auth=_authorization(settings.credentials),
            headers={"User-Agent": f"protoalign/{__version__}"},
            # Called for each redirect too, before it is followed.
            event_hooks={"request": [lambda request: self._refuse_unprotected(str(request.url))]},
        )
        self._trusted = {host.partition(":")[0] for host in settings.trusted_hosts}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._client.close()

    def iter_secure_origins(self) -> Iterable[tuple[str, str, str]]:
        """The origins that `unearth` may ask: any, for `open` itself refuses the unprotected ones, and says so."""
        return [("*", "*", "*")]

    def get(self, url: str, *, headers: Mapping[str, str] | None = None) -> httpx2.Response:
        """Read one page; a page that is not there reads as an empty one.

        Raises:
            PackageIndexError: the index does not answer, refuses, or answers without end.
        """
        return self.retried(url, lambda: self._page(url, headers))

    def head(self, url: str, *, headers: Mapping[str, str] | None = None) -> httpx2.Response:
        """Never asked the server: what looks like an archive is taken for one, and is no page."""
        del headers
        return httpx2.Response(
            200, headers={"Content-Type": "application/octet-stream"}, request=httpx2.Request("HEAD", url)
        )

    def _page(self, url: str, headers: Mapping[str, str] | None) -> httpx2.Response:
        with self.open(url, headers) as response:
            if response.status_code == 404:
                return httpx2.Response(
                    200, headers={"Content-Type": "text/html"}, content=b"", request=response.request
                )
            content = bytearray()
            for chunk in response.iter_bytes(CHUNK):
                content += chunk
                if len(content) > PAGE_SIZE:
                    raise PackageIndexError(
                        f"a page of the index is larger than {PAGE_SIZE >> 20} MiB",
                        where=shown_url(url),
                        hint="This is no list of a package's archives; check the index's address.",
                    )
            kind = response.headers.get("Content-Type", "")
            if not kind.lower().startswith(PAGE_TYPES):
                raise PackageIndexError(
                    f"the index answers with {kind or 'something'}, which is no list of a package's archives",
                    where=shown_url(url),
                    hint="Check the index's address; it often ends in /simple.",
                )
            return httpx2.Response(
                200, headers={"Content-Type": kind}, content=bytes(content), request=response.request
            )

    @contextmanager
    def open(self, url: str, headers: Mapping[str, str] | None = None) -> Iterator[httpx2.Response]:
        """Open one response for streaming; 404 is an answer like 200.

        Raises:
            PackageIndexError: the server refuses, or would have it read over an unprotected connection.
            httpx2.HTTPError: the connection fails, or the server says to come again later.
        """
        with self._client.stream("GET", url, headers=headers) as response:
            if response.status_code in TRANSIENT:
                raise httpx2.HTTPStatusError(
                    f"{response.status_code} {response.reason_phrase}",
                    request=response.request,
                    response=response,
                )
            if response.status_code not in (200, 404):
                raise PackageIndexError(
                    f"the server answers {response.status_code} {response.reason_phrase}".rstrip(),
                    where=shown_url(str(response.url)),
                    hint="Give user name and password in the index's URL or in ~/.netrc."
                    if response.status_code in (401, 403, 407)
                    else REACH_HINT,
                )
            yield response

    def retried(self, url: str, work: Callable[[], T]) -> T:
        """Do the work, again after a pause where the connection fails.

        Raises:
            PackageIndexError: it still fails.
        """
        pause = FIRST_PAUSE
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return work()
            except httpx2.InvalidURL as error:
                raise PackageIndexError(f"no usable URL: {error}", where=shown_url(url)) from error
            except httpx2.HTTPError as error:
                if attempt == ATTEMPTS or not _is_transient(error):
                    raise PackageIndexError(
                        f"the server does not answer as it should: {_reason(error)}",
                        where=shown_url(url),
                        hint=REACH_HINT,
                    ) from error
            time.sleep(pause)
            pause *= 2
        raise AssertionError("the last attempt returns or raises")  # pragma: no cover

    def _refuse_unprotected(self, url: str) -> None:
        parts = urlsplit(url)
        host = parts.hostname or ""
        local = host in ("localhost", "::1") or host.startswith("127.")
        if parts.scheme not in ("https", "file") and not local and host not in self._trusted:
            raise PackageIndexError(
                "an index is only read over https",
                where=shown_url(url),
                hint="Use its https address; if there is none, name the host in PIP_TRUSTED_HOST.",
            )


def shown_url(url: str) -> str:
    """The URL as messages show it: without credentials, query and fragment."""
    plain, _ = split_credentials(url)
    return plain.partition("#")[0].partition("?")[0]


def _is_transient(error: httpx2.HTTPError) -> bool:
    if isinstance(error, httpx2.HTTPStatusError):
        return True
    permanent = (httpx2.UnsupportedProtocol, httpx2.LocalProtocolError)
    # A certificate that is not trusted will not be so a moment later.
    return isinstance(error, httpx2.TransportError) and not (
        isinstance(error, permanent) or "CERTIFICATE_VERIFY_FAILED" in str(error)
    )


def _reason(error: httpx2.HTTPError) -> str:
    text = str(error).strip()
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return "its certificate is not trusted (name your own with SSL_CERT_FILE)"
    if isinstance(error, httpx2.TimeoutException):
        return "it took too long"
    return text or type(error).__name__


def _verification(certificates: str | None) -> ssl.SSLContext | bool:
    if certificates is None:
        return True
    path = Path(certificates).expanduser()
    try:
        if path.is_dir():
            return ssl.create_default_context(capath=str(path))
        return ssl.create_default_context(cafile=str(path))
    except (OSError, ssl.SSLError) as error:
        raise PackageIndexError(
            f"the certificates cannot be read: {getattr(error, 'strerror', None) or error}",
            where=str(path),
            hint="Correct SSL_CERT_FILE, PIP_CERT or pip's `cert` setting.",
        ) from error


def _authorization(
    credentials: Mapping[str, tuple[str, str]],
) -> Callable[[httpx2.Request], httpx2.Request]:
    def authorize(request: httpx2.Request) -> httpx2.Request:
        parts = urlsplit(str(request.url))
        host = parts.netloc.rpartition("@")[2]
        login = credentials.get(host) or _netrc_login(parts.hostname or "")
        if login is not None:
            token = b64encode(f"{login[0]}:{login[1]}".encode()).decode()
            request.headers["Authorization"] = f"Basic {token}"
        return request

    return authorize


def _netrc_login(host: str) -> tuple[str, str] | None:
    try:
        found = netrc.netrc().authenticators(host)
    except (OSError, netrc.NetrcParseError):
        return None
    return (found[0], found[2] or "") if found else None
