"""One real house, and all that a stranger tries on it: nobody gets in, nothing breaks, and no log repeats what was sent."""

import time
from collections import Counter
from urllib.parse import urlencode

import orjson
import pytest

from tests.attacks.bombs import ENTITIES, LINE, bomb, field, multipart, workbook
from tests.attacks.pages import MARK, REVEALED, Looker, cells_that_run, spoil
from tests.attacks.shapes import CHUNKED, CHUNKS, HIDDEN, HOST, METHODS, POST, SMUGGLED, TRAVERSALS, head
from tests.console.asking import FORMS
from voicebot.api.table import ROUTES as API_ROUTES
from voicebot.console.blueprint import kinds
from voicebot.console.table import ROUTES

pytestmark = [pytest.mark.sql, pytest.mark.timeout(600)]
SOON_S = 20.0
"""On a machine that does other work, too. What has no bound takes minutes."""
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
CANARIES = (
    "canary-password-7",
    "canary-code-7",
    "+14155550177",
    "4155550177",
    "Canary Lovelace",
    "canary@example.com",
)


def path_of(besieged, route, *, kind=""):
    return f"/console{besieged.own.fill(route.path) or ('/now' if kind else '')}{kind}"


def pages(*, without=("live", "liveParts", "bulkFile", "recording", "voiceSample", "webhook")):
    return [route for route in ROUTES if route.method == "GET" and route.name not in without]


def test_a_request_that_can_be_read_in_two_ways_is_answered_once_and_refused(besieged):
    for name, sent in SMUGGLED.items():
        answers = besieged.stranger.sends(sent + HIDDEN, ends=True)
        # Whoever sends without end may find the door closed before the answer is read.
        assert [one.status for one in answers] in ([400], [431], [414], [501], [505], []), (name, answers)
    for name, body in CHUNKS.items():
        answers = besieged.stranger.sends(head(POST, HOST, CHUNKED) + body + HIDDEN, ends=True)
        assert [one.status for one in answers][:1] in ([400], [403], []), (name, answers)
        assert b"@layer" not in b"".join(one.body for one in answers) or name == "trailers", name


def test_a_method_of_another_route_does_nothing_and_no_header_makes_it_another(besieged):
    cookie, key = besieged.cookie(), besieged.key()
    wrong = []
    paths = {path_of(besieged, route) for route in ROUTES}
    for nth, path in enumerate(sorted(paths)):
        for method in (METHODS[nth % len(METHODS)], METHODS[(nth + 4) % len(METHODS)]):
            if method == "HEAD":
                continue
            answer = besieged.stranger.asks(method, path, cookie)
            if answer.status not in (400, 404, 405, 501):
                wrong.append((method, path, answer.status))
    for nth, route in enumerate(API_ROUTES):
        path = "/api/v1" + route.path.replace("<", "").replace(">", "")
        method = METHODS[nth % 2]
        answer = besieged.stranger.asks(method, path, key)
        if answer.status >= 500 or (method == "OPTIONS" and answer.status not in (404, 405)):
            wrong.append((method, path, answer.status))
        assert method != "HEAD" or answer.body == b""
    for header in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        path = f"/console{besieged.own.fill('/people/<uuid:person>/erase')}"
        assert (
            besieged.stranger.asks("GET", f"{path}?_method=DELETE", {**cookie, header: "POST"}).status == 200
        )
        answer = besieged.stranger.asks("GET", "/api/v1/queue", {**key, header: "DELETE"})
        assert answer.status == 200
    assert wrong == []


def test_no_path_leads_out_of_what_is_served(besieged):
    cookie = besieged.cookie()
    for path in TRAVERSALS:
        answer = besieged.stranger.asks("GET", path, cookie)
        assert answer.status in (400, 401, 403, 404, 405, 414, 308), (path, answer.status)
        assert b"root:" not in answer.body and b"import " not in answer.body


def test_a_form_is_bounded_whatever_it_is_made_of(besieged):
    cookie, plain = besieged.cookie(), FORM
    parts = {"Content-Type": f"multipart/form-data; boundary={LINE[2:]}"}
    token = besieged.token(cookie)
    own = field("form_token", token)
    tail = f"--{LINE}--\r\n".encode()
    bodies = {
        "ten thousand fields": (plain, urlencode({"form_token": token}).encode() + b"&a=" * 10_000),
        "one field without end": (plain, b"form_token=" + b"a" * 200_000),
        "escapes alone": (plain, b"form_token=" + b"%ff" * 20_000),
        "a million parts": (parts, own + field("a", "") * 20_000 + tail),
        "a thousand small parts": (parts, own + field("a", "") * 900 + tail),
        "a part without end": (parts, field("a", "x" * 200_000)),
        "a header of a part without end": (parts, f"--{LINE}\r\nX-A: {'a' * 60_000}\r\n\r\n".encode() + tail),
        "no boundary": ({"Content-Type": "multipart/form-data"}, own + tail),
        "a boundary of nothing": ({"Content-Type": "multipart/form-data; boundary="}, own + tail),
        "the boundary alone": (parts, f"--{LINE}\r\n".encode() * 5000),
        "a token as a file": (parts, multipart(token.encode(), name="form_token")),
        "json": ({"Content-Type": "application/json"}, b'{"form_token": "%s"}' % token.encode()),
        "text": ({"Content-Type": "text/plain"}, f"form_token={token}".encode()),
        "an unknown charset": ({"Content-Type": "application/x-www-form-urlencoded; charset=utf-7"}, b"form_token=+AGE-"),
        "said to be packed": ({**plain, "Content-Encoding": "gzip"}, b"\x1f\x8b" + b"\0" * 100),
        "nothing": (plain, b""),
    }  # fmt: skip
    for name, (headers, body) in bodies.items():
        began = time.monotonic()
        answer = besieged.stranger.asks("POST", "/console/views", {**cookie, **headers}, body)
        assert answer.status in (400, 403, 413), (name, answer.status)
        assert time.monotonic() - began < SOON_S, name


def test_a_list_that_is_a_bomb_is_refused_and_the_next_page_comes(besieged):
    cookie = besieged.cookie()
    path = path_of(besieged, next(one for one in ROUTES if one.name == "lookAtPeople"))
    parts = {**cookie, "Content-Type": f"multipart/form-data; boundary={LINE[2:]}"}
    token = field("form_token", besieged.token(cookie))
    bombs = {
        "a.xlsx": bomb("xl/worksheets/sheet1.xml", 150),
        "b.xlsx": workbook(ENTITIES),
        "c.xlsx": workbook(b"<!DOCTYPE s SYSTEM 'file:///etc/passwd'><s/>"),
        "d.xlsx": b"PK\x03\x04" + b"\0" * 1000,
        "e.csv": b'"' * 100_000,
        "f.csv": b"phone" + b",a" * 60_000 + b"\n",
        "g.csv": b"\xff\xfe" + b"\0" * 5000,
        "/".join([*[".."] * 3, "etc", "h.csv"]): b"phone\n\n\n",
    }
    for name, file in bombs.items():
        began = time.monotonic()
        answer = besieged.stranger.asks("POST", path, parts, token + multipart(file, filename=name))
        assert answer.status < 500 and answer.status != 303, (name, answer.status)
        assert time.monotonic() - began < SOON_S, name
        assert b"root:" not in answer.body
        assert besieged.stranger.asks("GET", "/console/account", cookie).status == 200


def test_the_api_reads_json_within_bounds(besieged):
    key = {**besieged.key(), **JSON}
    deep = 30_000
    bodies = {
        "deep": b"[" * deep + b"]" * deep,
        "deep in a field": b'{"to": ' + b'{"a":' * 8000 + b"1" + b"}" * 8000 + b"}",
        "deep in variables": b'{"to": "+13035550142", "variables": {"a": ' + b"[" * 500 + b"]" * 500 + b"}}",
        "a number without end": b'{"to": ' + b"9" * 60_000 + b"}",
        "a float without end": b'{"to": "+13035550142", "priority": 1e99999}',
        "a name a thousand times": b"{" + b'"to": "+13035550142",' * 2000 + b'"to": 1}',
        "half a letter": b'{"to": "\\ud800"}',
        "not utf-8": b'{"to": "\xff\xfe"}',
        "nan": b'{"to": NaN}',
        "too large": b'{"to": "' + b"a" * 200_000 + b'"}',
        "a list": b"[]",
        "nothing": b"",
        "a mark first": b'\xef\xbb\xbf{"to": "+13035550142"}',
        "proto": b'{"__proto__": {"role": "operator"}, "constructor": 1}',
    }
    for name, body in bodies.items():
        answer = besieged.stranger.asks("POST", "/api/v1/queue", key, body)
        assert answer.status in (400, 413), (name, answer.status)
        assert answer.header("Content-Type") == "application/json"
    secret = key["Authorization"].removeprefix("Bearer ")
    for name in ("key", "access_token", "api_key", "authorization"):
        assert besieged.stranger.asks("GET", f"/api/v1/calls?{name}={secret}").status == 401


def test_no_form_is_taken_without_the_token_of_its_page(besieged):
    cookie, other = besieged.cookie(), besieged.cookie("admin")
    own, theirs = besieged.token(cookie), besieged.token(other)
    before = besieged.rows()
    for nth, route in enumerate(one for one in ROUTES if one.method == "POST" and not one.is_open):
        path = path_of(besieged, route)
        form = {
            name: value
            for name, value in FORMS.get(route.name, lambda house: {})(besieged.own).items()
            if isinstance(value, str)
        }
        tries = {
            "none": (cookie, form),
            "another person's": (cookie, form | {"form_token": theirs}),
            "in the address": (cookie, form),
            "of another site": ({**cookie, "Sec-Fetch-Site": "cross-site"}, form | {"form_token": own}),
            "of a site beside": ({**cookie, "Sec-Fetch-Site": "same-site"}, form | {"form_token": own}),
        }
        # None of them for every route, and each of the others for some.
        for name in ("none", [*tries][1 + nth % (len(tries) - 1)]):
            headers, sent = tries[name]
            asked = f"{path}?form_token={own}" if name == "in the address" else path
            answer = besieged.stranger.posts(asked, sent, headers)
            assert answer.status == 403, (route.name, name, answer.status)
        told = orjson.dumps(form | {"form_token": own})
        assert nth % 3 or besieged.stranger.asks("POST", path, {**cookie, **JSON}, told).status == 403
    assert besieged.rows() == before
    assert besieged.stranger.asks("GET", "/console/account", cookie).status == 200


def test_no_page_is_kept_framed_or_built_from_what_the_stranger_says_of_us(besieged):
    cookie, evil = besieged.cookie(), "evil.example"
    lies = {
        "Host": evil, "X-Forwarded-Host": evil, "X-Forwarded-Proto": "gopher", "X-Forwarded-Prefix": f"//{evil}",
        "Forwarded": f"host={evil};proto=gopher", "X-Original-URL": "/console/settings/keys", "X-Rewrite-URL": "/api/v1/calls",
        "Referer": f"https://{evil}/", "Origin": f"https://{evil}", "Accept-Language": "<script>",
    }  # fmt: skip
    asked = [(path_of(besieged, route), cookie, (200,)) for route in pages()]
    asked += [
        ("/console/calls", {}, (303,)),
        ("/console/nothing", cookie, (404,)),
        ("/console/login", {}, (200,)),
    ]
    asked += [
        (f"/console/login?next=//{evil}", {}, (200,)),
        ("/console/queue.csv", cookie, (200,)),
        ("/", {}, (200, 302, 303)),
    ]
    asked += [("/api/v1/calls", besieged.key(), (200,)), ("/api/v1/calls", {}, (401,))]
    for path, headers, statuses in asked:
        answer = besieged.stranger.asks("GET", path, {**lies, **headers})
        assert answer.status in statuses, (path, answer.status)
        assert evil not in answer.text.replace(f"next=//{evil}", "") and evil not in answer.header(
            "Location"
        ), path
        if path != "/":
            assert answer.header("Cache-Control") == "no-store", path
        assert answer.header("X-Content-Type-Options") == "nosniff", path
        if path.startswith("/console"):
            assert answer.header("X-Frame-Options") == "DENY", path
            policy = answer.header("Content-Security-Policy")
            assert (
                "unsafe" not in policy
                and "default-src 'self'" in policy
                and "frame-ancestors 'none'" in policy
            ), path
        assert not answer.header("Access-Control-Allow-Origin") and "evil" not in answer.header(
            "Set-Cookie"
        ), path
        assert "Werkzeug" not in answer.header("Server") and not answer.header("X-Powered-By"), path


def test_a_cookie_that_somebody_planted_opens_nothing_and_none_goes_to_scripts(besieged):
    stranger, real = besieged.stranger, besieged.cookie()["Cookie"]
    secret = real.partition("=")[2]
    planted = (
        "voicebot=", "voicebot=planted", f"voicebot={secret[:-1]}", f"voicebot={secret}x", f"voicebot={secret.upper()}",
        f"voicebot=planted; voicebot={secret}", "voicebot=' or 1=1--", "voicebot=" + "a" * 8000, f"VOICEBOT={secret}",
        f'voicebot="{secret}', f"__Host-voicebot={secret}", "voicebot=%00", "voicebot=\xff\xfe",
    )  # fmt: skip
    for cookie in planted:
        answer = stranger.asks("GET", "/console/account", {"Cookie": cookie})
        assert answer.status in (303, 400), (cookie[:40], answer.status)
    page = stranger.asks("GET", "/console/login")
    for line in [value for name, value in page.headers if name.lower() == "set-cookie"]:
        assert "HttpOnly" in line and "SameSite=Lax" in line and "Path=/console" in line
    assert stranger.asks("GET", "/console/account", {"Cookie": real}).status == 200


def test_a_socket_that_hears_a_call_opens_for_pages_of_ours_alone(besieged):
    own = f"127.0.0.1:{besieged.stranger.port}"
    told = (
        f"GET /console/calls/{besieged.own.one.call_id}/audio HTTP/1.1", f"Host: {own}", "Upgrade: websocket", "Connection: Upgrade",
        "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: " + "x" * 22 + "==", f"Cookie: {besieged.cookie()['Cookie']}",
    )  # fmt: skip
    origins = (
        "null",
        "https://evil.example",
        f"https://evil.example/{own}",
        f"http://{own}.evil.example",
        f"ftp://{own}",
        "http://",
        "",
    )
    for origin in (*origins, f"http://{own}"):
        request = head(*(line.encode() for line in (*told, f"Origin: {origin}")))
        # A frame that holds no token comes after it.
        answers = besieged.stranger.sends(request, b"\x81\x82\0\0\0\0[]", ends=True)
        assert answers[0].status == (101 if origin == f"http://{own}" else 401), origin


def test_the_text_of_another_team_is_not_reached_through_an_own_thread(besieged):
    cookie, own, foreign = besieged.cookie(), besieged.own, besieged.foreign
    token, before = besieged.token(cookie), besieged.rows()
    for item, text in (
        (own.one.conversation_id, foreign.one.later_id),
        (foreign.one.conversation_id, own.one.later_id),
    ):
        for deed in ("change", "cancel"):
            form = {"content": "mine", "not_before": "2035-01-01T00:00", "form_token": token}
            answer = besieged.stranger.posts(f"/console/threads/{item}/texts/{text}/{deed}", form, cookie)
            assert answer.status in (403, 404, 409), answer.status
    assert besieged.rows() == before


def test_who_guesses_keys_is_slowed_down_whatever_addresses_are_claimed(besieged):
    guesses = [
        head(
            b"GET /api/v1/calls HTTP/1.1", HOST, b"Authorization: Bearer vb_%040d" % nth,
            b"X-Forwarded-For: 198.51.100.%d" % nth, b"X-Real-Ip: 10.0.0.%d" % nth,
        )
        for nth in range(130)
    ]  # fmt: skip
    statuses = Counter(one.status for one in besieged.stranger.sends(*guesses, ends=True))

    assert statuses == {401: 100, 429: 30}
    assert (
        besieged.stranger.asks(
            "GET", "/api/v1/calls", {**besieged.key(), "X-Forwarded-For": "198.51.100.1"}
        ).status
        == 200
    )


def test_whatever_stands_in_the_rows_is_text_on_every_page(besieged):
    spoil(besieged.owner)
    cookie, shown, ran = besieged.cookie(), 0, {}
    for route in pages():
        for kind in kinds(route):
            answer = besieged.stranger.asks("GET", path_of(besieged, route, kind=kind), cookie)
            assert answer.status == 200, (route.name, kind)
            if answer.header("Content-Type").startswith("text/csv"):
                found = cells_that_run(answer.text)
            elif kind == ".json":
                found = [] if isinstance(orjson.loads(answer.body), dict) else ["no object"]
            else:
                page = Looker(answer.text)
                shown += page.shown
                found = page.found + ["a template in a row"] * (REVEALED in answer.text)
            ran |= {(route.name, kind): found} if found else {}

        if route.live:
            parts = besieged.stranger.asks(
                "GET", f"/console/live/parts?page={path_of(besieged, route)}", cookie
            )
            found = [one for html in orjson.loads(parts.body).values() for one in Looker(html).found]
            ran |= {(route.name, "live"): found} if found else {}

    assert ran == {}
    # They are there to be seen.
    assert shown > 100 and MARK in besieged.stranger.asks("GET", "/console/people", cookie).text


def test_of_all_that_was_sent_no_log_repeats_a_word(besieged):
    cookie, key = besieged.cookie(), besieged.key()
    number, name = CANARIES[2], CANARIES[4]
    password, code, email = CANARIES[0], CANARIES[1], CANARIES[5]
    token = besieged.token(cookie)
    sent = {
        "/console/login": {"email": email, "password": password},
        "/console/link": {"code": code},
        "/console/confirm": {"code": code, "email": email, "password": password},
        "/console/queue": {
            "number": number,
            "variables": f"name: {name}",
            "purpose": "service",
            "timezone": password,
        },
        "/console/views": {"name": name, "query": f"q={number}", "page": name},
        "/twilio/sms": {"From": number, "Body": code},
        "/twilio/voice": {"From": number, "SpeechResult": code},
    }
    for path, form in sent.items():
        for more in ({}, {"form_token": token}):
            besieged.stranger.posts(path, form | more, cookie)
        besieged.stranger.asks("GET", f"{path}?{urlencode(form)}", cookie)
    for path in (
        f"/console/people?q={number}&before={code}",
        f"/console/{code}",
        f"/speech/{code}",
        f"/{name.replace(' ', '%20')}",
    ):
        besieged.stranger.asks("GET", path, cookie)
    for body in ({"to": number, "channel": password}, {"to": number, "code": code}, {"to": email}):
        for path in (
            "/api/v1/verifications",
            "/api/v1/verifications/check",
            "/api/v1/queue",
            "/api/v1/messages",
        ):
            besieged.stranger.asks("POST", path, {**key, **JSON}, orjson.dumps(body))
    besieged.stranger.asks("GET", "/api/v1/calls", {"Authorization": f"Bearer {code}"})

    log = besieged.log()
    secrets = (
        *CANARIES,
        token,
        cookie["Cookie"].partition("=")[2],
        key["Authorization"].partition(" ")[2],
        MARK,
    )
    assert [one for one in secrets if one in log] == []
    assert '"level": "ERROR"' not in log and "Traceback" not in log, log[-3000:]
    assert besieged.stranger.asks("GET", "/readyz").status == 200
