"""What an attacker, or a provider gone wrong, may try: each case is a name, a deed and why it is refused."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from flask import Response, redirect
from joserfc import jwt
from joserfc.jwk import OctKey
from joserfc.jws import JWSRegistry
from werkzeug.test import TestResponse

from app.iam.errors import Reason
from tests.iam.conftest import Way, parameters
from tests.iam.provider import CLIENT_SECRET, Provider, key_number

ELSEWHERE = "http://127.0.0.1:9/elsewhere"
DAY = 86400


@dataclass
class Lab:
    """What an attack works with. canary: address of a server that must not be asked anything."""

    provider: Provider
    way: Way
    new_way: Callable[[], Way]
    canary: str

    def come_back(self, changes: dict | None = None, drop: str = "") -> TestResponse:
        """Walk there and back, with other parameters on the way back."""
        found = parameters(self.way.callback()) | (changes or {})
        found.pop(drop, None)
        return self.way.browser.get(f"/iam/callback?{urlencode(found)}")


Deed = Callable[[Lab], TestResponse]


@dataclass(frozen=True)
class Attack:
    """One case."""

    name: str
    deed: Deed
    reason: Reason


def b64(document: dict) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()


def with_claims(**claims: object) -> Deed:
    """Change claims of the ID token; None takes one out."""

    def twist(found: dict) -> None:
        found.update(claims)
        for name in [name for name, value in claims.items() if value is None]:
            del found[name]

    return _with(lambda lab: setattr(lab.provider.faults, "claims", twist))


def with_moments(**seconds: int) -> Deed:
    """Set claims to moments so many seconds from now."""
    return _with(
        lambda lab: setattr(
            lab.provider.faults,
            "claims",
            lambda found: found.update({name: int(time.time()) + off for name, off in seconds.items()}),
        )
    )


def signed_by(sign: Callable[[Lab, dict, dict], str]) -> Deed:
    return _with(
        lambda lab: setattr(
            lab.provider.faults, "sign", lambda header, claims: sign(lab, {"kid": "rsa1", **header}, claims)
        )
    )


def with_fault(part: str, **changes: object) -> Deed:
    """Change fields of another document of the provider."""
    return _with(
        lambda lab: setattr(
            lab.provider.faults,
            part,
            lambda found: found.update(
                {
                    name: value.replace("CANARY", lab.canary) if isinstance(value, str) else value
                    for name, value in changes.items()
                }
            ),
        )
    )


def with_answer(path: str, answer: Callable[[Lab], object]) -> Deed:
    return _with(lambda lab: lab.provider.faults.answers.update({path: lambda: answer(lab)}))


def _with(arrange: Callable[[Lab], object]) -> Deed:
    """Arrange a fault, then walk the whole way; a fault of the metadata shows at its beginning."""

    def deed(lab: Lab) -> TestResponse:
        arrange(lab)
        begun = lab.way.browser.get("/iam/sign-in")
        if begun.status_code != 303:
            return begun
        return lab.way.browser.get(lab.way.at_provider(begun.location))

    return deed


def unsigned(_lab: Lab, _header: dict, claims: dict) -> str:
    return f"{b64({'alg': 'none'})}.{b64(claims)}."


def by_client_secret(_lab: Lab, header: dict, claims: dict) -> str:
    key = OctKey.import_key(CLIENT_SECRET)
    return jwt.encode({**header, "alg": "HS256"}, claims, key, algorithms=["HS256"])


def by_public_key(lab: Lab, header: dict, claims: dict) -> str:
    """HS256 with the text of the public key as the secret, made by hand: the library would refuse to."""
    secret = lab.provider.key.as_pem(private=False)
    signed = f"{b64({**header, 'alg': 'HS256'})}.{b64(claims)}"
    mac = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def by_other_key(_lab: Lab, header: dict, claims: dict) -> str:
    return jwt.encode({**header, "alg": "RS256"}, claims, key_number(3))


def stripped(lab: Lab, header: dict, claims: dict) -> str:
    return lab.provider.signed(header, claims).rpartition(".")[0] + "."


def altered(lab: Lab, header: dict, claims: dict) -> str:
    head, _body, signature = lab.provider.signed(header, claims).split(".")
    return f"{head}.{b64({**claims, 'groups': ['spd/production/admins']})}.{signature}"


def with_header(**more: object) -> Callable[[Lab, dict, dict], str]:
    """Sign with the attacker's key and name it in the header: KEY stands for it, URL for where it lies.

    Signed by hand: the library knows better than to make such a header.
    """

    def sign(lab: Lab, header: dict, claims: dict) -> str:
        key = key_number(3)
        meant = {"KEY": key.as_dict(private=False), "URL": lab.canary}
        named = {name: meant[str(value)] for name, value in more.items()}
        text = f"{b64({**header, 'alg': 'RS256', **named})}.{b64(claims)}"
        signature = JWSRegistry(algorithms=["RS256"]).get_alg("RS256").sign(text.encode(), key)
        return f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"

    return sign


def state_of_another_browser(lab: Lab) -> TestResponse:
    return lab.way.browser.get(lab.new_way().callback())


def same_answer_twice(lab: Lab) -> TestResponse:
    answer = lab.way.callback("")  # said no: nobody is signed in, the state is spent all the same
    lab.way.browser.get(answer)
    return lab.way.browser.get(answer)


def answer_with_the_cookie_of_before(lab: Lab) -> TestResponse:
    answer = lab.way.callback("")
    cookie = lab.way.browser.get_cookie("spd").value
    lab.way.browser.get(answer)
    lab.way.browser.set_cookie("spd", cookie)
    return lab.way.browser.get(answer)


def wrong_verifier(lab: Lab) -> TestResponse:
    answer = lab.way.callback()
    with lab.way.browser.session_transaction() as cookie:
        cookie["iam"] = [{**cookie["iam"][0], "verifier": "w" * 64}]
    return lab.way.browser.get(answer)


def code_of_another_person(lab: Lab) -> TestResponse:
    """Put the attacker's code into the victim's answer: PKCE and the nonce tell."""
    stolen = parameters(lab.new_way().callback("admin"))["code"]
    return lab.come_back({"code": stolen})


def challenge_taken_out(lab: Lab) -> TestResponse:
    """Take PKCE out of the request on its way: the provider that requires it says no."""
    address = urlsplit(lab.way.begin())
    left = {k: v for k, v in parameters(address.geturl()).items() if not k.startswith("code_challenge")}
    return lab.way.browser.get(lab.way.at_provider(address._replace(query=urlencode(left)).geturl()))


def begun_long_ago(lab: Lab) -> TestResponse:
    answer = lab.way.callback()
    with lab.way.browser.session_transaction() as cookie:
        cookie["iam"] = [{**cookie["iam"][0], "begun_at": int(time.time()) - 11 * 60}]
    return lab.way.browser.get(answer)


def parameter_twice(lab: Lab) -> TestResponse:
    return lab.way.browser.get(f"{lab.way.callback()}&code=another")


def access_token_as_id_token(lab: Lab) -> TestResponse:
    lab.provider.faults.token = lambda found: found.update(id_token=found["access_token"])
    return lab.way.sign_in()


def typed_as_access_token(lab: Lab, header: dict, claims: dict) -> str:
    return lab.provider.signed({**header, "typ": "at+jwt"}, claims)


def huge(_lab: Lab) -> Response:
    return Response((b" " * 65536 for _ in range(64)), content_type="application/json")


def redirected(lab: Lab) -> Response:
    return redirect(lab.canary, 302)


ATTACKS = [
    Attack("alg none", signed_by(unsigned), Reason.ALGORITHM),
    Attack("HS256 with the client secret", signed_by(by_client_secret), Reason.ALGORITHM),
    Attack("HS256 with the public key", signed_by(by_public_key), Reason.ALGORITHM),
    Attack("other key, same kid", signed_by(by_other_key), Reason.SIGNATURE),
    Attack("stripped signature", signed_by(stripped), Reason.SIGNATURE),
    Attack("altered claims", signed_by(altered), Reason.SIGNATURE),
    Attack("jwk header with the attacker's key", signed_by(with_header(jwk="KEY")), Reason.WRONG_SHAPE),
    Attack("jku header to the attacker", signed_by(with_header(jku="URL")), Reason.SIGNATURE),
    Attack("x5u header to the attacker", signed_by(with_header(x5u="URL")), Reason.SIGNATURE),
    Attack("wrong iss in the ID token", with_claims(iss="https://other.example.org/"), Reason.ISSUER),
    Attack("wrong aud", with_claims(aud="another-client"), Reason.AUDIENCE),
    Attack("several aud without azp", with_claims(aud=["spd-production", "other"]), Reason.AUDIENCE),
    Attack(
        "several aud with our azp",
        with_claims(aud=["spd-production", "other"], azp="spd-production"),
        Reason.AUDIENCE,
    ),
    Attack("wrong azp", with_claims(azp="other"), Reason.AUDIENCE),
    Attack("wrong nonce", with_claims(nonce="of another sign-in"), Reason.NONCE),
    Attack("nonce of another shape", with_claims(nonce=["x"]), Reason.NONCE),
    Attack("missing nonce", with_claims(nonce=None), Reason.NONCE),
    Attack("old iat", with_moments(iat=-30 * DAY), Reason.AGE),
    Attack("iat in the future", with_moments(iat=600), Reason.AGE),
    Attack("expired", with_moments(exp=-600), Reason.AGE),
    Attack("endless exp", with_claims(exp=True), Reason.AGE),
    Attack("nbf in the future", with_moments(nbf=600), Reason.AGE),
    Attack("missing sub", with_claims(sub=None), Reason.SUBJECT),
    Attack("sub of another shape", with_claims(sub={"id": 1}), Reason.SUBJECT),
    Attack("wrong at_hash", with_claims(at_hash="AAAAAAAAAAAAAAAAAAAAAA"), Reason.TOKEN_HASH),
    Attack("access token offered as ID token", access_token_as_id_token, Reason.AUDIENCE),
    Attack("token typed as access token", signed_by(typed_as_access_token), Reason.OTHER_TOKEN),
    Attack("no ID token", with_fault("token", id_token=None), Reason.NO_ID_TOKEN),
    Attack("token_type not Bearer", with_fault("token", token_type="mac"), Reason.TOKEN_TYPE),
    Attack("access token with a line break", with_fault("token", access_token="a\r\nb"), Reason.WRONG_SHAPE),
    Attack("wrong state", lambda lab: lab.come_back({"state": "made-up"}), Reason.NOT_BEGUN_HERE),
    Attack("missing state", lambda lab: lab.come_back(drop="state"), Reason.NOT_BEGUN_HERE),
    Attack("state of another browser", state_of_another_browser, Reason.NOT_BEGUN_HERE),
    Attack("replayed answer", same_answer_twice, Reason.NOT_BEGUN_HERE),
    Attack("replay with the old cookie", answer_with_the_cookie_of_before, Reason.USED_BEFORE),
    Attack("begun long ago", begun_long_ago, Reason.TOO_LATE),
    Attack("missing code", lambda lab: lab.come_back(drop="code"), Reason.DOUBTFUL_ANSWER),
    Attack("code twice", parameter_twice, Reason.DOUBTFUL_ANSWER),
    Attack("PKCE: wrong verifier", wrong_verifier, Reason.CODE_REFUSED),
    Attack("PKCE: missing challenge", challenge_taken_out, Reason.PROVIDER_ERROR),
    Attack("code of another person", code_of_another_person, Reason.CODE_REFUSED),
    Attack("made-up code", lambda lab: lab.come_back({"code": "made-up"}), Reason.CODE_REFUSED),
    Attack(
        "mix-up: foreign iss parameter",
        lambda lab: lab.come_back({"iss": "https://other.example.org/"}),
        Reason.OTHER_ISSUER,
    ),
    Attack(
        "mix-up: promised iss parameter missing",
        with_fault("metadata", authorization_response_iss_parameter_supported=True),
        Reason.OTHER_ISSUER,
    ),
    Attack(
        "metadata of another issuer",
        with_fault("metadata", issuer="https://other.example.org/"),
        Reason.METADATA_ISSUER,
    ),
    Attack(
        "metadata with an http address elsewhere",
        with_fault("metadata", token_endpoint="http://elsewhere.example.org/token"),
        Reason.METADATA_ADDRESS,
    ),
    Attack("token endpoint answers 302", with_answer("/token", redirected), Reason.REDIRECTED),
    Attack("userinfo answers 302", with_answer("/userinfo", redirected), Reason.REDIRECTED),
    Attack("keys answer 302", with_answer("/jwk", redirected), Reason.REDIRECTED),
    Attack("userinfo with another sub", with_fault("userinfo", sub="somebody-else"), Reason.OTHER_PERSON),
    Attack("no userinfo", with_answer("/userinfo", lambda _lab: ("", 404)), Reason.NO_USERINFO),
    Attack("userinfo is no JSON", with_answer("/userinfo", lambda _lab: "<p>"), Reason.NO_USERINFO),
    Attack("token answer is no object", with_answer("/token", lambda _lab: "[1]"), Reason.WRONG_SHAPE),
    Attack("deeply nested token answer", with_answer("/token", lambda _lab: "[" * 99999), Reason.WRONG_SHAPE),
    Attack("huge token answer", with_answer("/token", huge), Reason.TOO_LARGE),
    Attack("huge userinfo", with_answer("/userinfo", huge), Reason.TOO_LARGE),
]
