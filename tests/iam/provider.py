"""An identity provider on loopback: Authlib's server side, claims like INDIGO IAM's, faults on demand.

PKCE with S256 is required. The one page has a button for each test person.
"""

import hashlib
import ssl
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc6749.models import AuthorizationCodeMixin, ClientMixin
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core.grants import OpenIDCode
from flask import Flask, Response, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from werkzeug.serving import WSGIRequestHandler, make_server

from tests import canaries
from tests.iam.people import PEOPLE

CLIENT_ID = "spd-production"
CLIENT_SECRET = canaries.watch("the secret of our client", "the-client-secret-of-tests", always=True)
SCOPES = "openid profile email"
Twist = Callable[[dict], object]


def unchanged(_fields: dict) -> None:
    """Leave it as an honest provider makes it."""


@dataclass
class Faults:
    """What the provider does wrong: a twist changes a document in place, an answer replaces a whole one."""

    metadata: Twist = unchanged
    claims: Twist = unchanged
    token: Twist = unchanged
    userinfo: Twist = unchanged
    callback: Twist = unchanged
    # (header, claims) → ID token
    sign: Callable[[dict, dict], str] | None = None
    # path → view that answers instead
    answers: dict[str, Callable[[], Any]] = field(default_factory=dict)


@lru_cache(maxsize=4)
def key_number(number: int) -> RSAKey:
    """Return a key with an id; making one takes a while."""
    return RSAKey.generate_key(2048, {"kid": f"rsa{number}", "use": "sig", "alg": "RS256"}, private=True)


class Client(ClientMixin):
    """The one client: our service."""

    def __init__(self, redirect_uris: list[str]) -> None:
        self.client_id, self.redirect_uris = CLIENT_ID, redirect_uris

    def get_client_id(self) -> str:
        return CLIENT_ID

    def get_default_redirect_uri(self) -> str:
        return self.redirect_uris[0]

    def get_allowed_scope(self, scope: str) -> str:
        return " ".join(word for word in scope.split() if word in SCOPES.split())

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == CLIENT_SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass
class Code(AuthorizationCodeMixin):
    """A code and what it stands for."""

    value: str
    redirect_uri: str
    scope: str
    person: str
    nonce: str | None
    code_challenge: str | None
    code_challenge_method: str | None
    # Whoever presses a button there has signed in just then.
    pressed_at: int = field(default_factory=lambda: int(time.time()))

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str | None:
        return self.nonce

    def get_auth_time(self) -> int:
        return self.pressed_at

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


class Provider:
    """The provider: `url` is its issuer, with a slash at the end as IAM's."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.faults = Faults()
        self.redirect_uris: list[str] = []
        self.codes: dict[str, Code] = {}
        self.tokens: dict[str, str] = {}
        # Everything that must not be seen anywhere.
        self.secrets: set[str] = {CLIENT_SECRET}
        self.authorization_requests: list[dict] = []
        self.token_requests: list[dict] = []
        self.reads_of_keys = 0
        self.key = key_number(1)
        self.people = {name: dict(claims) for name, claims in PEOPLE.items()}
        app = _application(self)
        self._server = make_server(
            "127.0.0.1", 0, app, threaded=True, request_handler=_Silent, ssl_context=tls
        )
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._server.server_port}/"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def rotate(self, number: int = 2) -> None:
        """Sign with a new key from now on; the old one is published no more."""
        self.key = key_number(number)

    def published(self) -> dict:
        return KeySet([self.key]).as_dict(private=False)

    def signed(self, header: dict, claims: dict) -> str:
        """Return a token as an honest provider signs it."""
        return jwt.encode({"alg": "RS256", "kid": self.key.kid, **header}, claims, self.key)


class _Silent(WSGIRequestHandler):
    def log(self, *_args: object, **_kwargs: object) -> None:
        """Say nothing: what is looked at are the logs of the service."""


class _Grant(AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic"]
    provider: Provider

    def save_authorization_code(self, code: str, oauth_request: Any) -> None:
        data = oauth_request.payload.data
        self.provider.secrets.add(code)
        self.provider.codes[code] = Code(
            code,
            oauth_request.payload.redirect_uri,
            oauth_request.payload.scope,
            oauth_request.user,
            data.get("nonce"),
            data.get("code_challenge"),
            data.get("code_challenge_method"),
        )

    def query_authorization_code(self, code: str, _client: Client) -> Code | None:
        return self.provider.codes.get(code)

    def delete_authorization_code(self, authorization_code: Code) -> None:
        del self.provider.codes[authorization_code.value]

    def authenticate_user(self, authorization_code: Code) -> str:
        return authorization_code.person


class _RequiredChallenge(CodeChallenge):
    """PKCE, S256 alone, from confidential clients too: RFC 9700, section 2.1.1."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        if not grant.request.payload.data.get("code_challenge"):
            raise InvalidRequestError("PKCE is required", redirect_uri=redirect_uri)
        super().validate_code_challenge(grant, redirect_uri)


class _IdToken(OpenIDCode):
    def __init__(self, provider: Provider) -> None:
        super().__init__(require_nonce=False)
        self.provider = provider

    def exists_nonce(self, _nonce: str, _request: Any) -> bool:
        return False

    def get_client_claims(self, client: Client) -> dict:
        return {"iss": self.provider.url, "aud": client.get_client_id(), "jti": "one"}

    def generate_user_info(self, user: str, scope: str) -> dict:
        person = self.provider.people[user]
        told = ("sub", "preferred_username", "groups", "wlcg.groups")
        return {name: person[name] for name in told if name in person}

    def encode_id_token(self, token: dict, oauth_request: Any) -> str:
        """Make the claims as the library does, sign them as the faults say."""
        claims = self.get_compatible_claims(oauth_request)
        claims |= self.get_authorization_code_claims(oauth_request.authorization_code)
        claims["at_hash"] = half_hash(token["access_token"])
        claims |= self.generate_user_info(oauth_request.user, token["scope"])
        self.provider.faults.claims(claims)
        made = (self.provider.faults.sign or self.provider.signed)({}, claims)
        self.provider.secrets.add(made)
        return made


def half_hash(token: str) -> str:
    """Return at_hash for SHA-256 (Core, section 3.1.3.6)."""
    return urlsafe_b64encode(hashlib.sha256(token.encode()).digest()[:16]).rstrip(b"=").decode()


def _application(provider: Provider) -> Flask:
    app = Flask("provider of tests")
    server = _server(app, provider)

    @app.before_request
    def answer_wrongly() -> Any:
        instead = provider.faults.answers.get(request.path)
        return instead() if instead else None

    _add_documents(app, provider)
    _add_pages(app, server, provider)
    _add_answers(app, server, provider)
    return app


def _server(app: Flask, provider: Provider) -> AuthorizationServer:
    def make_access_token(client: Client, grant_type: str, user: str, scope: str) -> str:
        claims = {"iss": provider.url, "sub": provider.people[user]["sub"], "scope": scope}
        claims |= {"client_id": client.client_id, "jti": f"{grant_type} {len(provider.tokens)}"}
        token = provider.signed({}, claims)
        provider.secrets.add(token)
        provider.tokens[token] = user
        return token

    app.config["OAUTH2_ACCESS_TOKEN_GENERATOR"] = make_access_token
    server = AuthorizationServer(
        app,
        query_client=lambda client_id: Client(provider.redirect_uris) if client_id == CLIENT_ID else None,
        save_token=lambda _token, _request: None,
    )
    grant = type("Grant", (_Grant,), {"provider": provider})
    server.register_grant(grant, [_RequiredChallenge(required=True), _IdToken(provider)])
    return server


def _add_documents(app: Flask, provider: Provider) -> None:
    @app.get("/.well-known/openid-configuration")
    def metadata() -> Response:
        document = _metadata(provider.url)
        provider.faults.metadata(document)
        return jsonify(document)

    @app.get("/jwk")
    def keys() -> Response:
        provider.reads_of_keys += 1
        return jsonify(provider.published())


def _add_pages(app: Flask, server: AuthorizationServer, provider: Provider) -> None:
    @app.get("/authorize")
    def ask() -> str:
        buttons = [f'<button name="person" value="{name}">{name}</button>' for name in provider.people]
        buttons.append('<button name="person" value="">deny</button>')
        return f'<!doctype html><title>Sign in</title><form method="post">{" ".join(buttons)}</form>'

    @app.post("/authorize")
    def authorize() -> Any:
        provider.authorization_requests.append(request.args.to_dict())
        person = request.form["person"] or None
        try:
            granted = server.get_consent_grant(end_user=person)
        except OAuth2Error as error:
            return server.handle_error_response(server.create_oauth2_request(request), error)
        return _twisted(server.create_authorization_response(grant_user=person, grant=granted), provider)

    @app.get("/endsession")
    def end_session() -> Any:
        return redirect(request.args["post_logout_redirect_uri"], 302)


def _add_answers(app: Flask, server: AuthorizationServer, provider: Provider) -> None:
    @app.post("/token")
    def token() -> Response:
        provider.token_requests.append(request.form.to_dict())
        provider.secrets |= {request.form.get("code_verifier", CLIENT_SECRET)}
        answer = server.create_token_response()
        if answer.status_code != 200:
            return answer
        fields = answer.get_json()
        provider.faults.token(fields)
        return jsonify(fields)

    @app.get("/userinfo")
    def userinfo() -> Any:
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if bearer not in provider.tokens:
            return {"error": "invalid_token"}, 401
        about = dict(provider.people[provider.tokens[bearer]])
        provider.faults.userinfo(about)
        return jsonify(about)


def _metadata(url: str) -> dict:
    return {
        "issuer": url,
        "authorization_endpoint": f"{url}authorize",
        "token_endpoint": f"{url}token",
        "userinfo_endpoint": f"{url}userinfo",
        "jwks_uri": f"{url}jwk",
        "end_session_endpoint": f"{url}endsession",
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "response_types_supported": ["code", "token"],
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "code_challenge_methods_supported": ["plain", "S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        # INDIGO IAM lists these too (IamWellKnownInfoProvider.java): nobody must go by it.
        "id_token_signing_alg_values_supported": ["none", "HS256", "RS256", "ES256"],
        "subject_types_supported": ["public"],
    }


def _twisted(answer: Response, provider: Provider) -> Response:
    """Apply the faults to the address that the browser is sent back to."""
    parts = urlsplit(answer.location)
    parameters = dict(parse_qsl(parts.query))
    provider.secrets |= {parameters[name] for name in ("code", "state") if name in parameters}
    provider.faults.callback(parameters)
    answer.location = urlunsplit(parts._replace(query=urlencode(parameters)))
    return answer
