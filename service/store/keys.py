"""API keys: who may call the service, for what."""

from __future__ import annotations

import hashlib
import hmac
import math
import re
import secrets
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from service.store.database import Database, StoreUnavailable
from service.store.tables import KeyRow, SecretRow, now

SCOPES = ("score", "feedback", "admin")
CACHED_S = 5.0
_RETRY_S = 1.0
_PRESENTED = re.compile(r"ql_([0-9a-f]{12})_([A-Za-z0-9_-]{43})", re.ASCII)


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """What is known of a key, but its secret."""

    id: str
    name: str
    scopes: frozenset[str]
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def works_at(self, moment: datetime) -> bool:
        """True unless it is revoked or over."""
        return self.revoked_at is None and (self.expires_at is None or moment < self.expires_at)


@dataclass(frozen=True, slots=True)
class _Secret:
    """A secret's hash, and until when it works."""

    hash: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """All keys as they were at a time of the monotonic clock."""

    taken: float
    keys: Mapping[str, KeyInfo]
    secrets: Mapping[str, tuple[_Secret, ...]]


class KeyStore:
    """Keys in the database, and a copy of them in memory that is at most CACHED_S old.

    All are copied, not those that were asked for: a made-up id then costs no query. While the database is away the
    last copy is good for `grace` seconds more, since articles can be judged without it; then `verify` raises
    StoreUnavailable.
    """

    def __init__(self, database: Database, *, grace: float = 300.0) -> None:
        self._database = database
        self._grace = grace
        self._snapshot: _Snapshot | None = None
        self._retry_at = -math.inf
        self._lock = threading.Lock()

    def create(self, name: str, scopes: Iterable[str], *, expires_at: datetime | None = None) -> tuple[KeyInfo, str]:
        """A new key and its secret, which is kept nowhere. Raises ValueError for a scope there is not, or none."""
        asked = frozenset(scopes)
        if not asked or not asked <= set(SCOPES):
            raise ValueError(f"give scopes out of {', '.join(SCOPES)}, not {', '.join(sorted(asked)) or 'none'}")
        if not name.strip() or not name.isprintable() or len(name) > 200:
            raise ValueError("a key's name is 1 to 200 printable characters")
        key = KeyInfo(secrets.token_hex(6), name, asked, now(), expires_at)
        secret = secrets.token_urlsafe(32)
        row = KeyRow(
            id=key.id,
            name=name,
            scopes=sorted(asked),
            created_at=key.created_at,
            expires_at=expires_at,
            revoked_at=None,
        )
        with self._database.session() as session:
            session.add(row)
            session.flush()
            session.add(SecretRow(secret_hash=_hash(secret), key_id=key.id, created_at=key.created_at, until=None))
        self._forget()
        return key, _presented(key.id, secret)

    def verify(self, presented: str) -> KeyInfo | None:
        """The key whose secret this is, if it works now. Raises StoreUnavailable.

        It asks the database only when the copy in memory is old (`fresh`), so an event loop may call it else.
        """
        match = _PRESENTED.fullmatch(presented)
        if match is None:
            return None
        identifier, secret = match.groups()
        snapshot = self._current()
        key = snapshot.keys.get(identifier)
        moment, hashed = now(), _hash(secret)
        if key is None or not key.works_at(moment):
            return None
        for known in snapshot.secrets.get(identifier, ()):
            if hmac.compare_digest(known.hash, hashed) and (known.until is None or moment < known.until):
                return key
        return None

    def fresh(self) -> bool:
        """Whether `verify` would answer without a query."""
        snapshot = self._snapshot
        return snapshot is not None and time.monotonic() - snapshot.taken < CACHED_S * 0.9

    def list(self) -> list[KeyInfo]:
        """All keys, also the revoked ones, oldest first."""
        with self._database.reading() as session:
            return [_info(row) for row in session.scalars(select(KeyRow).order_by(KeyRow.created_at, KeyRow.id))]

    def revoke(self, identifier: str) -> None:
        """End a key; other processes notice within CACHED_S. Raises KeyError."""
        with self._database.session() as session:
            key = session.get(KeyRow, identifier, with_for_update=True)
            if key is None:
                raise KeyError(identifier)
            key.revoked_at = key.revoked_at or now()
        self._forget()

    def rotate(self, identifier: str, overlap: timedelta) -> str:
        """A new secret for a key; the old ones work for `overlap` more. Raises KeyError, and ValueError for a key that
        is revoked or a negative overlap.
        """
        if overlap < timedelta(0):
            raise ValueError("the overlap cannot be negative")
        secret, moment = secrets.token_urlsafe(32), now()
        with self._database.session() as session:
            key = session.get(KeyRow, identifier, with_for_update=True)
            if key is None:
                raise KeyError(identifier)
            if not _info(key).works_at(moment):
                raise ValueError(f"key {identifier} is revoked or expired; create another one")
            session.execute(
                update(SecretRow)
                .where(SecretRow.key_id == identifier, SecretRow.until.is_(None))
                .values(until=moment + overlap)
            )
            session.add(SecretRow(secret_hash=_hash(secret), key_id=identifier, created_at=moment, until=None))
        self._forget()
        return _presented(identifier, secret)

    def _forget(self) -> None:
        with self._lock:
            self._snapshot = None

    def _current(self) -> _Snapshot:
        """The copy, taken anew when it is old; meanwhile the others use the old one as long as `grace` lets them."""
        snapshot = self._snapshot
        if snapshot is not None and not _older(snapshot, CACHED_S):
            return snapshot
        usable = snapshot is not None and not _older(snapshot, CACHED_S + self._grace)
        if not self._lock.acquire(blocking=not usable):
            assert snapshot is not None
            return snapshot
        try:
            return self._renewed()
        finally:
            self._lock.release()

    def _renewed(self) -> _Snapshot:
        snapshot, moment = self._snapshot, time.monotonic()
        if snapshot is not None and not _older(snapshot, CACHED_S):
            return snapshot
        # Each try may take seconds: who comes just after one that failed must not wait as long again.
        if moment >= self._retry_at:
            try:
                self._snapshot = snapshot = self._read(moment)
                return snapshot
            except StoreUnavailable:
                self._retry_at = time.monotonic() + _RETRY_S
        if snapshot is None or _older(snapshot, CACHED_S + self._grace):
            raise StoreUnavailable("the keys cannot be read")
        return snapshot

    def _read(self, moment: float) -> _Snapshot:
        found: defaultdict[str, tuple[_Secret, ...]] = defaultdict(tuple)
        with self._database.reading() as session:
            keys = {row.id: _info(row) for row in session.scalars(select(KeyRow).where(KeyRow.revoked_at.is_(None)))}
            for row in session.scalars(select(SecretRow)):
                found[row.key_id] += (_Secret(row.secret_hash, row.until),)
        return _Snapshot(moment, keys, found)


def _older(snapshot: _Snapshot, seconds: float) -> bool:
    return time.monotonic() - snapshot.taken >= seconds


def _hash(secret: str) -> str:
    """Plain SHA-256: the secret is 256 random bits, which no dictionary holds."""
    return hashlib.sha256(secret.encode("ascii")).hexdigest()


def _presented(identifier: str, secret: str) -> str:
    return f"ql_{identifier}_{secret}"


def _info(row: KeyRow) -> KeyInfo:
    return KeyInfo(row.id, row.name, frozenset(row.scopes), row.created_at, row.expires_at, row.revoked_at)
