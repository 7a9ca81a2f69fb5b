"""The configuration as a whole: its layers put together, checked, and turned into settings."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xaiwire import AsyncClient, ConfigurationError
from xaiwire_server.gateway.access.store import MEMORY, StoreError, open_store, shown
from xaiwire_server.gateway.configuration.keys import key_settings
from xaiwire_server.gateway.configuration.layers import (
    FILE_VARIABLE,
    ConfigurationMistake,
    GivenKey,
    Layer,
    environment_layer,
    file_layer,
    flag_layer,
)
from xaiwire_server.gateway.configuration.shape import fields
from xaiwire_server.gateway.http.cors import ANY_ORIGIN
from xaiwire_server.gateway.settings import Settings
from xaiwire_server.wire.hosts import is_loopback
from xaiwire_server.wire.tls import TlsError, given_certificate

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable, Mapping

    from xaiwire_server.gateway.settings import KeySettings

__all__ = ["Configuration", "read_configuration"]

_XAI = "api.x.ai"
_NAMES = {
    "strict": "strict",
    "pass_through": "pass_through",
    "upstream.api": "api_host",
    "upstream.management": "management_host",
    "upstream.plaintext": "plaintext",
    "upstream.timeout": "timeout",
    "upstream.stream_silence": "stream_silence",
    "upstream.retries": "retries",
    "limits.max_body_bytes": "max_body_bytes",
    "limits.max_file_bytes": "max_file_bytes",
    "limits.read_timeout": "read_timeout",
    "limits.write_timeout": "write_timeout",
    "limits.keep_alive": "keep_alive",
    "limits.grace": "grace",
    "limits.store": "store",
    "limits.refuse_without_store": "refuse_without_store",
    "cors.origins": "cors_origins",
    "observe.log": "access_log",
    "observe.metrics": "metrics",
    "observe.traces": "traces",
}
"""What `Settings` calls the fields of the file. The others are of the process, not of the application."""

_PROCESS = {"host": "127.0.0.1", "port": 8080, "workers": 1, "tls.cert": None, "tls.key": None}
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s?#@]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """All that a gateway is told.

    Attributes:
        settings: those of the application.
        host: where it listens.
        port: its number; 0 for a free one.
        workers: how many processes serve.
        tls_cert: its certificate, with its chain; None for none.
        tls_key: the certificate's private key.
        where: where each setting comes from, by the paths of those that were set.
        key_places: the same for the gateway keys, by their names.
        warnings: what its user should know.
    """

    settings: Settings
    host: str
    port: int
    workers: int
    tls_cert: Path | None
    tls_key: Path | None
    where: Mapping[str, str]
    key_places: Mapping[str, str]
    warnings: tuple[str, ...]

    def tls(self) -> ssl.SSLContext | None:
        """The server's context; None for plain text.

        Raises:
            TlsError: the files cannot be used.
        """
        if self.tls_cert is None or self.tls_key is None:
            return None
        return given_certificate(self.tls_cert, self.tls_key)

    def lines(self) -> tuple[str, ...]:
        """All settings with where they come from, for people; without secrets."""
        lines = []
        for path in fields():
            value = shown(self.settings.store) if path == "limits.store" else self._value(path)
            text = json.dumps(str(value) if isinstance(value, Path) else value)
            lines.append(f"{path} = {text}  # {self.where.get(path, 'default')}")
        lines += (
            f"keys.{key.name}: {_of_key(key)}  # {self.key_places[key.name]}" for key in self.settings.keys.values()
        )
        return tuple(lines)

    def _value(self, path: str) -> Any:  # noqa: ANN401 - of any setting
        if path in _NAMES:
            return getattr(self.settings, _NAMES[path])
        return getattr(self, path.replace(".", "_"))


def read_configuration(
    file: Path | None,
    environment: Mapping[str, str],
    flags: Mapping[str, tuple[str, Any]],
    routes: Iterable[str],
) -> Configuration:
    """Read a configuration, and check it: flags go before the environment, and that before the file.

    Args:
        file: the file; None for the one that the environment names, if it does.
        environment: the process's.
        flags: by the paths of their fields: the flag, and its value as a text, a list of texts, or true.
        routes: the names of all routes, for which keys may be.

    Raises:
        ConfigurationMistake: something is wrong; the text says what, where, and what to do next.
    """
    if file is None and environment.get(FILE_VARIABLE):
        file = Path(environment[FILE_VARIABLE])
    from_environment = environment_layer(environment)
    layers = [from_environment, flag_layer(flags)]
    if file is not None:
        layers.insert(0, file_layer(file))
    merged = _merged(layers)
    values, where = merged.values, merged.where
    settings = Settings(**{name: values[path] for path, name in _NAMES.items() if path in values})
    keys = key_settings(merged.keys, environment, tuple(routes))
    settings = replace(
        settings,
        # Who makes keys of the gateway's own wants callers to have one, unless he says otherwise.
        pass_through=values.get("pass_through", not keys),
        management_host=_management_host(settings, values),
        cors_origins=tuple(settings.cors_origins),
        keys=keys,
    )
    process = {path.replace(".", "_"): values.get(path, default) for path, default in _PROCESS.items()}
    for name in ("tls_cert", "tls_key"):
        process[name] = Path(process[name]) if process[name] is not None else None
    configuration = Configuration(
        settings=settings,
        **process,
        where=where,
        key_places={name: given.where for name, given in merged.keys.items()},
        warnings=(),
    )
    _check_hosts(configuration)
    _check_store(configuration)
    _check_origins(configuration)
    _check_tls(configuration)
    if not settings.pass_through and not settings.keys:
        raise ConfigurationMistake(
            f"{where['pass_through']}: callers' own keys are refused, and there are no gateway keys, so nobody "
            "may call; add one: `xaiwire-server gateway-key` makes it"
        )
    return replace(configuration, warnings=(*_unknown(from_environment), *_plain_text(configuration)))


def _merged(layers: Iterable[Layer]) -> Layer:
    values: dict[str, Any] = {}
    where: dict[str, str] = {}
    keys: dict[str, GivenKey] = {}
    for layer in layers:
        if "upstream.api" in layer.values:
            # A management host that was meant for another API is not called with this one's keys.
            values.pop("upstream.management", None)
            where.pop("upstream.management", None)
        values |= layer.values
        where |= layer.where
        keys |= layer.keys
    return Layer(values, where, keys)


def _management_host(settings: Settings, values: Mapping[str, Any]) -> str:
    if "upstream.management" in values:
        return settings.management_host
    name = settings.api_host.rpartition("://")[2].partition(":")[0].rstrip("./").lower()
    return settings.management_host if name == _XAI else settings.api_host


def _check_hosts(configuration: Configuration) -> None:
    settings, where = configuration.settings, configuration.where
    try:
        configuration.host.encode("idna")
    except UnicodeError:
        raise ConfigurationMistake(
            f"{where['host']}: {configuration.host!r} is no name of a host; give an address of this machine, "
            "as 127.0.0.1, or 0.0.0.0 for all"
        ) from None
    for path, host in (("upstream.api", settings.api_host), ("upstream.management", settings.management_host)):
        try:
            AsyncClient(api_key="none", api_host=host, use_insecure_channel=settings.plaintext)
        except ConfigurationError as error:
            place = where.get(path) or where.get("upstream.api", path)
            raise ConfigurationMistake(f"{place}: {error}") from error


def _check_store(configuration: Configuration) -> None:
    settings, where = configuration.settings, configuration.where
    try:
        open_store(settings.store)
    except StoreError as error:
        raise ConfigurationMistake(f"{where['limits.store']}: {error}") from error
    budgeted = [key.name for key in settings.keys.values() if key.requests_per_minute or key.tokens_per_minute]
    if configuration.workers > 1 and settings.store == MEMORY and budgeted:
        raise ConfigurationMistake(
            f"{where['workers']}: {configuration.workers} workers would each count the budgets of {budgeted[0]} for "
            "themselves; set limits.store to a Valkey or Redis that they share, as valkey://localhost:6379/0, or use "
            "one worker"
        )


def _check_origins(configuration: Configuration) -> None:
    for origin in configuration.settings.cors_origins:
        if origin != ANY_ORIGIN and not _ORIGIN.fullmatch(origin):
            raise ConfigurationMistake(
                f"{configuration.where['cors.origins']}: {origin!r} is no origin: give scheme and host in small "
                "letters, a port where it is not the usual one, and no path, as https://app.example; or * for all"
            )


def _check_tls(configuration: Configuration) -> None:
    where = configuration.where
    given = [path for path in ("tls.cert", "tls.key") if path in where]
    if len(given) == 1:
        raise ConfigurationMistake(f"{where[given[0]]}: a certificate and its private key go together; give the other")
    try:
        configuration.tls()
    except TlsError as error:
        raise ConfigurationMistake(f"{where['tls.cert']}: {error}") from error


def _unknown(layer: Layer) -> Iterable[str]:
    for name in layer.unknown:
        yield f"{name}: the environment has this variable, and there is no such setting"


def _plain_text(configuration: Configuration) -> Iterable[str]:
    settings = configuration.settings
    if configuration.tls_cert is None and not is_loopback(configuration.host):
        whose = "callers' own keys" if settings.pass_through else "gateway keys"
        yield (
            f"{configuration.host} is not loopback: {whose} come over plain HTTP, and can be read on the way; set "
            "--tls-cert and --tls-key, or have a proxy with TLS in front"
        )


def _of_key(key: KeySettings) -> str:
    parts = [f"models {', '.join(key.models) or 'all'}", f"routes {', '.join(key.routes) or 'all'}"]
    for what, budget in (("requests", key.requests_per_minute), ("tokens", key.tokens_per_minute)):
        parts.append(f"{what} a minute {budget if budget is not None else 'any'}")
    parts.append(f"management API {'yes' if key.management_key else 'no'}")
    return "; ".join(parts)
