"""The simulator's own token issuer: a key pair and a client's secret in its folder."""

import contextlib
import hmac
import secrets
import time
import uuid
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID = "spd-demo-producer"
ISSUER = "http://127.0.0.1/simulator/"
KEY_ID = "simulator"
LIFETIME_SECONDS = 3600
# Kinds of tokens that tests ask for beside good ones; see `issue`.
KINDS = frozenset({"good", "other_key", "unknown_kid", "other_audience", "other_issuer"})


class Issuer:
    """Signs tokens and knows the demo client."""

    def __init__(self, folder: Path, vo: str) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.vo = vo
        self.key = RSAKey.import_key(_keep(folder / "issuer_key.pem", _new_key))
        self._secret = _keep(folder / "panda_client_secret", lambda: secrets.token_urlsafe(32))

    def knows_client(self, client_id: str, secret: str) -> bool:
        is_same = hmac.compare_digest(secret.encode(), self._secret.strip().encode())
        return client_id == CLIENT_ID and is_same

    def for_client(self) -> str:
        """Sign a token for the demo client, with the production role."""
        return self.issue("SPD Demo Producer", "producer", [self.vo, f"{self.vo}/production"])

    def issue(
        self,
        name: str,
        username: str,
        groups: list[str],
        lifetime_seconds: float = LIFETIME_SECONDS,
        kind: str = "good",
    ) -> str:
        """Sign a token; the other kinds are each wrong in one thing. A negative lifetime has expired."""
        now = time.time()
        claims: dict[str, Any] = {
            "iss": "http://127.0.0.1/elsewhere/" if kind == "other_issuer" else ISSUER,
            "aud": "another-client" if kind == "other_audience" else CLIENT_ID,
            "client_id": CLIENT_ID,
            "sub": str(uuid.uuid5(uuid.NAMESPACE_OID, username)),
            "jti": str(uuid.uuid4()),
            "iat": int(now),
            "exp": int(now + lifetime_seconds),
            "name": name,
            "preferred_username": username,
            "groups": groups,
        }
        key = RSAKey.generate_key(2048) if kind == "other_key" else self.key
        key_id = "nokid" if kind == "unknown_kid" else KEY_ID
        return jwt.encode({"alg": "RS256", "kid": key_id}, claims, key)


def _new_key() -> str:
    return RSAKey.generate_key(2048).as_pem(private=True).decode()


def _keep(path: Path, make: Any) -> str:
    """Read the file, made for the owner alone when it is not there."""
    if not path.exists():
        # Written aside and linked: of two starting processes one wins, and no half file is ever read.
        aside = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
        aside.touch(mode=0o600)
        aside.write_text(make())
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(aside)
        aside.unlink()
    return path.read_text()
