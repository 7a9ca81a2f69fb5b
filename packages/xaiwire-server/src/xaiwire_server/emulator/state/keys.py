"""Keys: whom calls are from, and what they may do."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xaiwire_server.emulator.clock import Clock
    from xaiwire_server.emulator.state.database import Database

__all__ = ["ALL_ACLS", "TEAM_ID", "Key", "Keys", "redacted"]

TEAM_ID = "6e7d2a9c-0f55-4c1c-9d3e-5b5f0c1d7a10"
USER_ID = "b2c0f0de-8b8a-4c0f-9a51-3f4b1a6f2d77"
ALL_ACLS = ("api-key:model:*", "api-key:endpoint:*")

_COLUMNS = (
    "id, kind, name, redacted, user_id, team_id, acls, created, modified, modified_by, blocked, team_blocked, disabled"
)


@dataclass(frozen=True, slots=True)
class Key:
    """A key, without its secret.

    Attributes:
        id: known to all.
        kind: whether it is for the API or for its management.
        name: given by whoever made it.
        redacted: the secret's last characters.
        user_id: whose it is.
        team_id: what it sees.
        acls: what it may do: `api-key:model:NAME` and `api-key:endpoint:SERVICE`, `*` for all.
        created: when it was made.
        modified: when it was changed.
        modified_by: the user who did.
        blocked: it may do nothing.
        team_blocked: nor may the others of its team.
        disabled: its owner has switched it off.
    """

    id: str
    kind: Literal["api", "management"]
    name: str
    redacted: str
    user_id: str
    team_id: str
    acls: tuple[str, ...]
    created: int
    modified: int
    modified_by: str
    blocked: bool = False
    team_blocked: bool = False
    disabled: bool = False

    def may(self, part: str, name: str) -> bool:
        """Whether its ACLs allow a model or an endpoint.

        Args:
            part: `model` or `endpoint`.
            name: which.
        """
        return f"api-key:{part}:*" in self.acls or f"api-key:{part}:{name}" in self.acls


def redacted(secret: str) -> str:
    """A key as it may be shown."""
    return f"{secret[:4]}...{secret[-4:]}" if len(secret) > 12 else "...."


class Keys:
    """The keys that the emulator accepts. Of a secret, no more than its hash is kept."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._known: dict[bytes, Key | None] = {}
        self._version = -1

    def find(self, secret: str) -> Key | None:
        """The key with a secret; None if there is none."""
        if self._version != self._database.version:
            self._known.clear()
            self._version = self._database.version
        # Who measures how long this takes, learns of hashes, which he cannot choose.
        digest = hashlib.sha256(secret.encode()).digest()
        if digest not in self._known:
            row = self._database.row(f"SELECT {_COLUMNS} FROM keys WHERE digest = ?", (digest,))  # noqa: S608 - ours
            if row is None:
                return None
            self._known[digest] = _key(row)
        return self._known[digest]

    def add(
        self,
        secret: str,
        kind: Literal["api", "management"],
        *,
        name: str,
        acls: Sequence[str] = ALL_ACLS,
        team_id: str = TEAM_ID,
    ) -> Key:
        """Accept a key; where it is known already, nothing changes."""
        known = self.find(secret)
        if known is not None:
            return known
        now = self._clock.now()
        key = Key(str(uuid.uuid4()), kind, name, redacted(secret), USER_ID, team_id, tuple(acls), now, now, USER_ID)
        digest = hashlib.sha256(secret.encode()).digest()
        self._database.write(
            f"INSERT INTO keys (digest, {_COLUMNS}) VALUES (?{', ?' * 13})",  # noqa: S608 - names of our own
            (
                digest,
                key.id,
                key.kind,
                key.name,
                key.redacted,
                key.user_id,
                key.team_id,
                msgspec.json.encode(key.acls).decode(),
                key.created,
                key.modified,
                key.modified_by,
                0,
                0,
                0,
            ),
        )
        return key

    def all(self) -> list[Key]:
        """All keys, oldest first."""
        return [_key(row) for row in self._database.rows(f"SELECT {_COLUMNS} FROM keys ORDER BY created, id")]  # noqa: S608

    def change(
        self,
        key_id: str,
        *,
        acls: Sequence[str] | None = None,
        blocked: bool | None = None,
        team_blocked: bool | None = None,
        disabled: bool | None = None,
    ) -> Key | None:
        """Change a key; what is None stays.

        Returns:
            The key as it is now; None if there is no such key.
        """
        row = self._database.row(f"SELECT {_COLUMNS} FROM keys WHERE id = ?", (key_id,))  # noqa: S608 - names of our own
        if row is None:
            return None
        old = _key(row)
        new = replace(
            old,
            acls=old.acls if acls is None else tuple(acls),
            blocked=old.blocked if blocked is None else blocked,
            team_blocked=old.team_blocked if team_blocked is None else team_blocked,
            disabled=old.disabled if disabled is None else disabled,
            modified=self._clock.now(),
        )
        with self._database.transaction():
            self._database.write(
                "UPDATE keys SET acls = ?, blocked = ?, disabled = ?, modified = ? WHERE id = ?",
                (msgspec.json.encode(new.acls).decode(), new.blocked, new.disabled, new.modified, key_id),
            )
            self._database.write("UPDATE keys SET team_blocked = ? WHERE team_id = ?", (new.team_blocked, new.team_id))
        return new


def _key(row: tuple[object, ...]) -> Key:
    identity, kind, name, shown, user, team, acls, created, modified, modified_by, *flags = row
    values = (identity, kind, name, shown, user, team, tuple(msgspec.json.decode(str(acls))), created, modified)
    return Key(*values, modified_by, *(bool(flag) for flag in flags))  # type: ignore[arg-type]
