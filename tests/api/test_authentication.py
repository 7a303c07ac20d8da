import hashlib
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from tests.api.conftest import make_app
from voicebot.api.authentication import Authentication
from voicebot.api.errors import ApiError
from voicebot.domain.access import api_key
from voicebot.services.tries import Tries
from voicebot.storage import api_keys

pytestmark = pytest.mark.sql
PATH = "/api/v1/verifications"
BODY = {"to": "nobody"}


@pytest.fixture
def described_app():
    """Anew for each test, since an app counts who failed."""
    return make_app()


def post(app, header=None, address="203.0.113.1"):
    headers = {"Authorization": header} if header is not None else {}
    return app.test_client().post(PATH, json=BODY, headers=headers, environ_base={"REMOTE_ADDR": address})


def test_an_integrators_key_verifies_phones_and_a_refusal_names_the_role_that_more_takes(app, make_api_key):
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {make_api_key(role='integrator')}"

    asked = client.post(PATH, json={"to": "+12025550123", "channel": "sms"})
    tried = client.post(f"{PATH}/check", json={"to": "+12025550123", "code": "000000"})
    refused = client.get("/api/v1/conversations")

    assert (asked.status_code, tried.status_code, refused.status_code) == (201, 200, 403)
    assert "operator" in refused.json["error"]["message"]


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Basic dXNlcjpwYXNz",
        "vb_abc",
        "Bearer nope",
        "Bearer " + "x" * 5000,
        "Bearer \xff\x80",
    ],
)
def test_without_a_key_nothing_opens(app, header):
    answer = post(app, header)

    assert answer.status_code == 401
    assert answer.json["error"]["code"] == "unauthorized"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_key_opens(app, key):
    assert post(app, f"Bearer {key}").status_code == 400
    assert post(app, f"bearer   {key} ").status_code == 400


def test_a_key_that_differs_in_one_place_does_not(app, key):
    changed = key[:-1] + ("A" if key[-1] != "A" else "B")

    assert post(app, f"Bearer {changed}").status_code == 401


def test_a_revoked_key_does_not(app, runtime, make_api_key):
    key = make_api_key(name="to be revoked")
    assert post(app, f"Bearer {key}").status_code == 400

    assert api_keys.revoke_api_key(runtime.database, "to be revoked") == 1

    assert post(app, f"Bearer {key}").status_code == 401
    assert api_keys.revoke_api_key(runtime.database, "to be revoked") == 0


def test_a_key_that_ran_out_does_not(app, make_api_key):
    key = make_api_key(expires_at=datetime.now(UTC) - timedelta(seconds=1))

    assert post(app, f"Bearer {key}").status_code == 401


def test_the_database_holds_a_key_by_its_hash_alone(owner, key):
    rows = owner.execute("select to_jsonb(k)::text from public.api_keys k").fetchall()

    assert not [row for (row,) in rows if key in row or key[12:] in row]
    assert [row for (row,) in rows if hashlib.sha256(key.encode()).hexdigest() in row]


def test_its_use_is_noted(app, owner, key):
    post(app, f"Bearer {key}")

    assert owner.execute(
        "select last_used_at > now() - interval '10 s' from public.api_keys where key_prefix = %s", [key[:11]]
    ).fetchone() == (True,)


def test_hashes_are_compared_in_constant_time_also_when_nobody_has_the_beginning(app, key, monkeypatch):
    compared = []
    real = api_key.hmac.compare_digest
    monkeypatch.setattr(api_key.hmac, "compare_digest", lambda a, b: compared.append((a, b)) or real(a, b))

    post(app, f"Bearer {key}")
    post(app, "Bearer vb_nobodyhasit")

    assert len(compared) == 2


def test_keys_are_hard_to_guess_and_told_apart_by_their_beginning():
    first, second = api_key.make_key(bytes(32)), api_key.make_key(bytes(31) + b"\1")

    assert first != second
    assert len(first) == 46
    assert api_key.prefix_of(first) == first[:11]


@pytest.mark.parametrize(
    "guess",
    [
        lambda key, n: key[:11] + f"{n:035d}",
        lambda key, n: key[:20] + f"{n:026d}",
        lambda key, n: key[:-1] + ("A" if key[-1] != "A" else "B"),
        lambda key, n: key[:11],
        lambda key, n: f"vb_{n:043d}",
        lambda key, n: "x" * 5000,
    ],
    ids=[
        "its public beginning",
        "half of it",
        "all but a letter",
        "its beginning alone",
        "random keys",
        "no keys",
    ],
)
def test_wrong_keys_never_lock_out_the_right_one(app, key, guess):
    answers = [post(app, f"Bearer {guess(key, n)}").status_code for n in range(105)]

    assert answers == [401] * 100 + [429] * 5
    assert [post(app, f"Bearer {key}").status_code for _ in range(6)] == [400] * 6


def test_a_right_key_forgives_no_wrong_ones(app, key):
    for n in range(100):
        post(app, f"Bearer vb_{n:043d}")
        post(app, f"Bearer {key}")

    refused = post(app, "Bearer vb_one_more")

    assert (refused.status_code, refused.json["error"]["code"]) == (429, "limited")
    assert 1 <= int(refused.headers["Retry-After"]) <= 300


def test_wrong_keys_slow_down_their_own_address_alone(app, key):
    for n in range(103):
        post(app, f"Bearer {key[:11]}{n}")

    assert post(app, f"Bearer {key}", "203.0.113.2").status_code == 400
    assert post(app, f"Bearer {key[:11]}wrong", "203.0.113.2").status_code == 401


def test_a_household_of_version_six_counts_as_one_address():
    door, answers = Authentication(), []
    for n in range(101):
        with pytest.raises(ApiError) as refused:
            door.holder(None, "Bearer " + "x" * 200, f"2001:db8:0:1::{n:x}")
        answers.append(refused.value.status)

    assert answers == [401] * 100 + [429]


def test_failures_are_forgotten_after_their_time_and_are_not_remembered_without_end():
    now = [0.0]
    failures = Tries(2, 60.0, lambda: now[0], remembered=3)
    failures.add("a")
    failures.add("a")

    assert failures.wait_s("a") == 60.0
    now[0] = 61.0
    assert failures.wait_s("a") == 0.0
    for who in "bcdefg":
        failures.add(who)
    assert len(failures._times) == 3


def test_a_key_must_fit_its_shape_before_anybody_looks_it_up():
    with pytest.raises(ApiError) as refused:
        Authentication().holder(None, "Bearer " + "x" * 200, "203.0.113.1")

    assert refused.value.status == 401


def test_behind_a_proxy_the_wrong_keys_of_one_client_slow_down_nobody_else(app, runtime, key):
    settings = runtime.settings.model_copy(update={"client_address_header": "X-Forwarded-For"})
    app.extensions["voicebot"] = SimpleNamespace(**(vars(runtime) | {"settings": settings}))
    client = app.test_client()

    def ask(key: str, forwarded: str) -> int:
        headers = {"Authorization": f"Bearer {key}", "X-Forwarded-For": forwarded}
        return client.post(
            PATH, json=BODY, headers=headers, environ_base={"REMOTE_ADDR": "127.0.0.1"}
        ).status_code

    # What stands before the proxy's own word is the client's, and another one each time.
    guesses = [ask(f"vb_{n:08d}{n:032d}", f"203.0.113.{n}, 198.51.100.7") for n in range(110)]

    assert (guesses[0], guesses[-1]) == (401, 429)
    assert ask("vb_wrong", "198.51.100.7") == 429
    assert ask("vb_wrong", "198.51.100.8") == 401
    assert ask(key, "198.51.100.8") == 400


def test_a_header_that_nobody_configured_is_no_address(app):
    client = app.test_client()

    def ask(n: int) -> int:
        headers = {
            "Authorization": f"Bearer vb_{n:08d}{n:032d}",
            "X-Forwarded-For": f"198.51.{n // 200}.{n % 200}",
        }
        return client.post(
            PATH, json=BODY, headers=headers, environ_base={"REMOTE_ADDR": "127.0.0.1"}
        ).status_code

    assert [ask(n) for n in range(110)][-1] == 429
