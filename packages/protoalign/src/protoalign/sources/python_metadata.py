"""A Python package's own account of itself: name, version and requirements from METADATA or PKG-INFO."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["PackageMetadata", "is_metadata", "parse_metadata", "parse_requires_txt"]

# In a wheel NAME-VERSION.dist-info/METADATA, in an sdist NAME-VERSION/PKG-INFO. In old sdists that lacks the
# requirements: they stand in NAME-VERSION/NAME.egg-info/requires.txt. What lies deeper is of vendored packages.
METADATA_MEMBER = re.compile(
    r"[^/]+\.dist-info/METADATA|[^/]+/PKG-INFO|PKG-INFO|[^/]+/(?:src/)?[^/]+\.egg-info/requires\.txt"
)
REQUIREMENT = re.compile(
    r"""\s*(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*
        (?:\[[^\]]*\])?\s*
        (?P<rest>\(?[^;@]*\)?)\s*
        (?:;\s*(?P<marker>.*))?""",
    re.VERBOSE,
)
EXTRA_ONLY = re.compile(r"""\s*\(?\s*extra\s*==\s*(?:"[^"]*"|'[^']*')\s*\)?\s*""")


@dataclass(frozen=True, slots=True)
class PackageMetadata:
    """What a package says of itself.

    Attributes:
        name: its name.
        version: its version.
        requirements: what it needs in this environment, without extras; each as `NAME` and version specifiers.
    """

    name: str | None = None
    version: str | None = None
    requirements: tuple[str, ...] = ()


def is_metadata(member: str) -> bool:
    """Whether that member of a wheel or sdist is its metadata."""
    return member.endswith(("METADATA", "PKG-INFO", "requires.txt")) and METADATA_MEMBER.fullmatch(member) is not None


def parse_metadata(content: bytes) -> PackageMetadata:
    """Read the header lines; what cannot be read is left out, for a package is not refused for its metadata."""
    name = version = None
    requirements: list[str] = []
    for line in content.decode("utf-8", "replace").splitlines():
        if not line:
            break  # the description follows
        key, colon, value = line.partition(":")
        if not colon or key[:1].isspace():
            continue
        if key == "Name":
            name = name or value.strip()
        elif key == "Version":
            version = version or value.strip()
        elif key == "Requires-Dist":
            requirement = _requirement(value)
            if requirement is not None:
                requirements.append(requirement)
    return PackageMetadata(name, version, tuple(requirements))


def parse_requires_txt(content: bytes) -> tuple[str, ...]:
    """The requirements of an old sdist's `requires.txt`, in which sections hold those of extras and markers."""
    requirements: list[str] = []
    marker: str | None = ""
    for line in content.decode("utf-8", "replace").splitlines():
        text = line.strip()
        if text.startswith("["):
            extra, _, condition = text.strip("[]").partition(":")
            marker = None if extra else condition
        elif text and not text.startswith("#") and marker is not None:
            requirement = _requirement(f"{text} ; {marker}")
            if requirement is not None:
                requirements.append(requirement)
    return tuple(requirements)


def _requirement(text: str) -> str | None:
    match = REQUIREMENT.fullmatch(text)
    if match is None or not _applies(match["marker"]):
        return None
    return match["name"] + re.sub(r"[\s()]", "", match["rest"])


def _applies(marker: str | None) -> bool:
    if marker is None or not marker.strip():
        return True
    if EXTRA_ONLY.fullmatch(marker):
        return False
    # Markers other than an extra are rare, and reading them costs an import that is not cheap.
    from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName

    try:
        return Marker(marker).evaluate({"extra": ""})
    except (InvalidMarker, UndefinedComparison, UndefinedEnvironmentName):
        return True
