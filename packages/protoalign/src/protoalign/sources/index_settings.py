"""Which package indexes to ask, as pip and uv are set up: environment variables first, then their settings files."""

from __future__ import annotations

import configparser
import os
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from protoalign.errors import PackageIndexError

__all__ = ["IndexSettings", "read_index_settings", "split_credentials"]

TRUE = {"1", "true", "yes", "on", "y", "t"}


@dataclass(frozen=True, slots=True)
class IndexSettings:
    """Where packages are looked for.

    Attributes:
        indexes: index URLs without credentials, the ones to ask first coming first; None stands for the public one.
        find_links: further pages, files and folders that list archives.
        offline: never use the network.
        trusted_hosts: hosts whose certificates are not checked.
        certificates: a file or folder of certificates to trust instead of the system's.
        proxy: the proxy to go through, where the environment's usual variables do not say so.
        credentials: host (with a port, if any) to user name and password.
    """

    indexes: tuple[str | None, ...] = (None,)
    find_links: tuple[str, ...] = ()
    offline: bool = False
    trusted_hosts: tuple[str, ...] = ()
    certificates: str | None = None
    proxy: str | None = field(default=None, repr=False)
    credentials: Mapping[str, tuple[str, str]] = field(default_factory=dict, repr=False)


def read_index_settings(environ: Mapping[str, str], folder: Path) -> IndexSettings:
    """Read the settings that hold in a folder.

    Within each level uv's settings go before pip's, and the environment goes before files.

    Raises:
        PackageIndexError: a settings file is damaged.
    """
    pip = _pip_settings(environ)
    uv = _uv_settings(environ, folder)
    default = _first(
        _named_url(environ.get("UV_DEFAULT_INDEX")),
        environ.get("UV_INDEX_URL"),
        environ.get("PIP_INDEX_URL"),
        uv.default,
        *pip.get("index-url", [])[-1:],
    )
    extra = [
        *(_named_url(entry) or entry for entry in environ.get("UV_INDEX", "").split()),
        *environ.get("UV_EXTRA_INDEX_URL", "").split(),
        *environ.get("PIP_EXTRA_INDEX_URL", "").split(),
        *uv.extra,
        *pip.get("extra-index-url", []),
    ]
    find_links = [
        *(entry.strip() for entry in environ.get("UV_FIND_LINKS", "").split(",")),
        *environ.get("PIP_FIND_LINKS", "").split(),
        *uv.find_links,
        *pip.get("find-links", []),
    ]
    no_index = (
        _is_true(environ.get("UV_NO_INDEX"))
        or _is_true(environ.get("PIP_NO_INDEX"))
        or uv.no_index
        or _is_true(*pip.get("no-index", [])[-1:])
    )
    urls: list[str | None] = [] if no_index else [*extra, default]
    credentials: dict[str, tuple[str, str]] = dict(uv.credentials)
    return IndexSettings(
        indexes=tuple(dict.fromkeys(None if url is None else _without_credentials(url, credentials) for url in urls)),
        find_links=tuple(
            dict.fromkeys(
                _without_credentials(place, credentials) if "://" in place else place
                for place in find_links
                if "://" in place or (place and Path(place).expanduser().exists())
            )
        ),
        offline=_is_true(environ.get("UV_OFFLINE")) or uv.offline,
        trusted_hosts=tuple(
            dict.fromkeys(
                [
                    *environ.get("UV_INSECURE_HOST", "").split(),
                    *environ.get("PIP_TRUSTED_HOST", "").split(),
                    *uv.insecure_hosts,
                    *pip.get("trusted-host", []),
                ]
            )
        ),
        certificates=_first(
            environ.get("PIP_CERT"),
            *pip.get("cert", [])[-1:],
            *(environ.get(name) for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")),
        ),
        proxy=_first(environ.get("PIP_PROXY"), *pip.get("proxy", [])[-1:]),
        credentials=credentials,
    )


def split_credentials(url: str) -> tuple[str, tuple[str, str] | None]:
    """The URL without user name and password, and those two where it has them.

    Raises:
        PackageIndexError: it is no URL.
    """
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise PackageIndexError(
            f"the address of a package index is no URL: {error}", hint="Check pip's and uv's settings."
        ) from error
    login, at, host = parts.netloc.rpartition("@")
    if not at:
        return url, None
    user, _, password = login.partition(":")
    return urlunsplit(parts._replace(netloc=host)), (unquote(user), unquote(password))


@dataclass(slots=True)
class _UvSettings:
    default: str | None = None
    extra: list[str] = field(default_factory=list)
    find_links: list[str] = field(default_factory=list)
    no_index: bool = False
    offline: bool = False
    insecure_hosts: list[str] = field(default_factory=list)
    credentials: dict[str, tuple[str, str]] = field(default_factory=dict)


def _uv_settings(environ: Mapping[str, str], folder: Path) -> _UvSettings:
    settings = _UvSettings()
    for table, base in _uv_tables(environ, folder):
        for index in _tables(table.get("index")):
            _add_uv_index(settings, index, environ)
        url = table.get("index-url")
        if isinstance(url, str):
            settings.default = settings.default or url
        settings.extra += _strings(table.get("extra-index-url"))
        settings.find_links += [
            place if "://" in place else str(base / place) for place in _strings(table.get("find-links"))
        ]
        settings.insecure_hosts += _strings(table.get("allow-insecure-host"))
        settings.no_index = settings.no_index or table.get("no-index") is True
        settings.offline = settings.offline or table.get("offline") is True
    return settings


def _add_uv_index(settings: _UvSettings, index: Mapping[str, object], environ: Mapping[str, str]) -> None:
    url, name = index.get("url"), index.get("name")
    if not isinstance(url, str) or index.get("explicit") is True:
        return
    if isinstance(name, str):
        key = "".join(letter if letter.isalnum() else "_" for letter in name).upper()
        user = environ.get(f"UV_INDEX_{key}_USERNAME", "")
        password = environ.get(f"UV_INDEX_{key}_PASSWORD", "")
        if user or password:
            settings.credentials.setdefault(urlsplit(split_credentials(url)[0]).netloc, (user, password))
    if index.get("format") == "flat":
        settings.find_links.append(url)
    elif index.get("default") is True:
        settings.default = settings.default or url
    else:
        settings.extra.append(url)


def _uv_tables(environ: Mapping[str, str], folder: Path) -> Iterator[tuple[Mapping[str, object], Path]]:
    """The tables of settings of uv, the ones that win first, each with the folder that its paths are relative to."""
    if chosen := environ.get("UV_CONFIG_FILE"):
        yield _read_toml(Path(chosen)) or {}, Path(chosen).parent
        return
    if _is_true(environ.get("UV_NO_CONFIG")):
        return
    for parent in (folder, *folder.parents):
        table = _read_toml(parent / "uv.toml")
        if table is None:
            project = _read_toml(parent / "pyproject.toml")
            tool = (project or {}).get("tool")
            uv = tool.get("uv") if isinstance(tool, dict) else None
            table = uv if isinstance(uv, dict) else None
        if table is not None:
            yield table, parent
            break
    for config in _config_folders(environ, "uv"):
        table = _read_toml(config / "uv.toml")
        if table is not None:
            yield table, config


def _config_folders(environ: Mapping[str, str], name: str) -> list[Path]:
    """The folders of a tool's settings: the user's, then the system's."""
    home = Path(environ.get("HOME") or environ.get("USERPROFILE") or Path.home())
    if sys.platform == "win32":
        user = environ.get("APPDATA", str(home / "AppData" / "Roaming"))
        return [Path(user, name), Path(environ.get("PROGRAMDATA", "C:\\ProgramData"), name)]
    folders = [Path(environ.get("XDG_CONFIG_HOME") or home / ".config", name)]
    if sys.platform == "darwin":
        folders.insert(0, home / "Library" / "Application Support" / name)
    system = (environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep)
    return [*folders, *(Path(each, name) for each in system if each), Path("/etc", name)]


def _pip_settings(environ: Mapping[str, str]) -> dict[str, list[str]]:
    """Option names of pip to their values: of a list all, of one value the last, which wins, comes last."""
    chosen = environ.get("PIP_CONFIG_FILE")
    if chosen == os.devnull:
        return {}
    name = "pip.ini" if sys.platform == "win32" else "pip.conf"
    home = Path(environ.get("HOME") or environ.get("USERPROFILE") or Path.home())
    user, *system = _config_folders(environ, "pip")
    files = [
        *(each / name for each in reversed(system)),
        Path("/etc", name),
        home / ".pip" / name,
        user / name,
        Path(sys.prefix, name),
        *([Path(chosen)] if chosen else []),
    ]
    settings: dict[str, list[str]] = {}
    for file in dict.fromkeys(files):
        parser = configparser.RawConfigParser()
        try:
            parser.read(file, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError) as error:
            raise _damaged(file, error) from error
        for section in ("global", "download", "install"):
            if parser.has_section(section):
                for key, value in parser.items(section):
                    # A file's list replaces that of a file that it overrides, as pip does it.
                    settings[key.replace("_", "-").lower()] = value.split()
    return settings


def _read_toml(file: Path) -> Mapping[str, object] | None:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, PermissionError, IsADirectoryError):
        return None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _damaged(file, error) from error


def _damaged(file: Path, error: Exception) -> PackageIndexError:
    reason = str(error).splitlines()[0]
    return PackageIndexError(
        f"the settings of the package index cannot be read: {reason}",
        where=str(file),
        hint="Mend the file, or set PIP_CONFIG_FILE and UV_CONFIG_FILE to others.",
    )


def _without_credentials(url: str, credentials: dict[str, tuple[str, str]]) -> str:
    plain, login = split_credentials(url)
    if login is not None:
        credentials.setdefault(urlsplit(plain).netloc, login)
    return plain


def _named_url(entry: str | None) -> str | None:
    """The URL of `NAME=URL` or `URL`."""
    if not entry:
        return None
    name, equals, url = entry.partition("=")
    return url if equals and "/" not in name and ":" not in name else entry


def _first(*values: str | None) -> str | None:
    return next((value for value in values if value), None)


def _is_true(value: str | None = None) -> bool:
    return value is not None and value.strip().lower() in TRUE


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _tables(value: object) -> list[Mapping[str, object]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
