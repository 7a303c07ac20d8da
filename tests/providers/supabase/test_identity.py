"""Passwords go to Supabase's auth, and the token that comes back is believed only when the project signed it for people.

A stand-in answers on this machine: tokens of ES256 with its JWKS, as a hosted project has them, or of HS256.
"""

import json
import threading
import time
from base64 import urlsafe_b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from voicebot.providers.ports import Identity, Outcome, ProviderError
from voicebot.providers.supabase.identity import SupabaseIdentity

SECRET = "a shared secret of a project, which is long enough"
WHO = uuid4()


class StandIn:
    """A project's auth: one account, its keys, and knobs for what it answers."""

    def __init__(self):
        self.keys = {"first": ec.generate_private_key(ec.SECP256R1())}
        self.claims, self.asked, self.answer = {}, [], None
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                right = body == {"email": "ann@example.com", "password": "right"}
                found = {"access_token": stand_in.token()} if right else {"error_code": "invalid_credentials"}
                self.reply(*(stand_in.answer or (200 if right else 400, found)))

            def do_GET(self):
                self.reply(200, {"keys": [stand_in.public(kid) for kid in stand_in.keys]})

            def reply(self, status, found):
                stand_in.asked.append((self.command, self.path, self.headers.get("apikey")))
                text = json.dumps(found).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def public(self, kid):
        key = jwt.algorithms.ECAlgorithm(jwt.algorithms.ECAlgorithm.SHA256).to_jwk(
            self.keys[kid].public_key(), as_dict=True
        )
        return key | {"kid": kid, "alg": "ES256", "use": "sig"}

    def token(self, *, key=None, kid="first", algorithm="ES256", **claims):
        whole = {
            "sub": str(WHO), "email": "Ann@Example.com", "aud": "authenticated", "iss": f"{self.url}/auth/v1",
            "exp": time.time() + 60, "role": "authenticated", "user_metadata": {"role": "admin"},
        } | self.claims | claims  # fmt: skip
        whole = {name: value for name, value in whole.items() if value is not None}
        return jwt.encode(whole, key or self.keys[kid], algorithm=algorithm, headers={"kid": kid})

    def jwks_asked(self):
        return sum(path.endswith("jwks.json") for _, path, _ in self.asked)


@pytest.fixture
def project():
    made = StandIn()
    yield made
    made.server.shutdown()
    made.server.server_close()


def as_rs256(token):
    """The same token with a header that names another algorithm for the same key."""
    header = urlsafe_b64encode(b'{"alg": "RS256", "kid": "first"}').decode().rstrip("=")
    return ".".join([header, *token.split(".")[1:]])


def forged(project, header, claims):
    """A token of these two parts, with the signature of another."""
    parts = [urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in (header, claims)]
    return ".".join([*parts, project.token().rpartition(".")[2]])


def refused(identity, token):
    with pytest.raises(ProviderError) as failure:
        identity.identity_of(token)
    return failure.value.outcome is Outcome.REFUSED


def test_a_right_password_says_who_somebody_is_and_a_wrong_one_nobody(project):
    identity = SupabaseIdentity(project.url, "service key")

    found = [identity.sign_in("ann@example.com", password) for password in ("right", "wrong", "right")]

    # What a user may write of themselves makes nobody an administrator.
    assert found == [Identity(WHO, "ann@example.com"), None, Identity(WHO, "ann@example.com")]
    assert project.asked[0] == ("POST", "/auth/v1/token?grant_type=password", "service key")
    assert project.jwks_asked() == 1


def test_an_administrator_is_whom_the_service_alone_can_name(project):
    project.claims = {"app_metadata": {"role": "admin"}}

    assert SupabaseIdentity(project.url).sign_in("ann@example.com", "right").administrator


def test_tokens_that_the_project_did_not_sign_for_people_now_are_refused(project):
    identity = SupabaseIdentity(project.url, jwt_secret=SECRET)
    stranger = ec.generate_private_key(ec.SECP256R1())
    public = project.public("first")["x"]
    tokens = {
        "another key": project.token(key=stranger),
        "no key of the project": project.token(key=stranger, kid="second"),
        "too old": project.token(exp=time.time() - 60),
        "another audience": project.token(aud="anon"),
        "another project": project.token(iss="https://other.supabase.co/auth/v1"),
        "nobody": project.token(sub=None),
        "no person": project.token(sub="service"),
        "no end": project.token(exp=None),
        "another secret": project.token(key="x" * 40, algorithm="HS256"),
        "the public key as a secret": project.token(key=public, algorithm="HS256"),
        "no signature": jwt.encode({"sub": str(WHO), "aud": "authenticated"}, None, algorithm="none"),
        "another way of signing": as_rs256(project.token()),
        "no token": "x.y.z",
        "not yet": project.token(nbf=time.time() + 600),
        "a person that is a number": forged(project, '{"alg":"ES256","kid":"first"}', '{"sub": 7}'),
        "a header without end": forged(project, "[" * 5000, "{}"),
        "a header that is a list": forged(project, "[]", "{}"),
        "a way of signing that is a list": forged(project, '{"alg":["ES256"],"kid":"first"}', "{}"),
        "a key that is a list": forged(project, '{"alg":"ES256","kid":["first"]}', "{}"),
        "a key from elsewhere": forged(
            project, '{"alg":"ES256","jku":"http://127.0.0.1:9/keys","jwk":{}}', "{}"
        ),
        "something critical": forged(project, '{"alg":"ES256","kid":"first","crit":["x"],"x":1}', "{}"),
        "too long": project.token(padding="x" * 20_000),
        "nothing": "",
    }

    assert [name for name, token in tokens.items() if not refused(identity, token)] == []
    assert identity.identity_of(project.token(key=SECRET, algorithm="HS256")).user_id == WHO
    assert refused(SupabaseIdentity(project.url), project.token(key=SECRET, algorithm="HS256"))


def test_a_key_that_cannot_be_read_spoils_no_other(project):
    public = project.public
    broken = (
        {"kty": "EC", "kid": "a", "crv": "P-999", "x": "?"},
        {"kty": "RSA", "kid": "b"},
        {"kty": "oct", "kid": "first", "k": "x"},
        7,
    )
    project.keys = dict.fromkeys((0, 1, 2, 3)) | project.keys
    project.public = lambda kid: broken[kid] if isinstance(kid, int) else public(kid)

    assert SupabaseIdentity(project.url).sign_in("ann@example.com", "right").user_id == WHO


def test_a_new_key_is_found_and_unknown_ones_do_not_make_us_ask_again_and_again(project):
    clock = [0.0]
    identity = SupabaseIdentity(project.url, clock=lambda: clock[0])
    identity.identity_of(project.token())
    project.keys["second"] = ec.generate_private_key(ec.SECP256R1())

    assert all(refused(identity, project.token(key=project.keys["second"], kid=f"{n}")) for n in range(20))
    assert project.jwks_asked() == 1
    clock[0] = 31.0
    assert identity.identity_of(project.token(kid="second")).user_id == WHO
    assert project.jwks_asked() == 2


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [((500, {}), Outcome.UNKNOWN), ((429, {}), Outcome.NOT_SENT), ((200, []), Outcome.UNKNOWN),
     ((200, {"access_token": 1}), Outcome.UNKNOWN), ((200, {"x": "y" * 300_000}), Outcome.UNKNOWN)],
)  # fmt: skip
def test_an_auth_that_fails_signs_nobody_in(project, answer, outcome):
    project.answer = answer

    with pytest.raises(ProviderError) as failure:
        SupabaseIdentity(project.url).sign_in("ann@example.com", "right")

    assert failure.value.outcome is outcome


def test_an_auth_that_is_not_there_is_said(project):
    project.server.shutdown()
    project.server.server_close()

    with pytest.raises(ProviderError) as failure:
        SupabaseIdentity(project.url).sign_in("ann@example.com", "right")

    assert failure.value.outcome is Outcome.NOT_SENT
