"""Both places of recordings keep the same promises: the data folder, and Supabase Storage by a stand-in on this machine."""

import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit
from uuid import uuid4

import orjson
import pytest

from voicebot.providers.ports import Outcome, ProviderError
from voicebot.providers.recordings.folder import FolderRecordings
from voicebot.providers.supabase.recordings import SupabaseRecordings

KEY = "service key"


class Storage:
    """Supabase Storage, as far as recordings go: a bucket that is made first, and addresses that are signed."""

    def __init__(self):
        self.objects, self.signed, self.buckets, self.keys_seen_by_reads, self.broken = {}, {}, {}, [], False
        self.limit = 10**9
        storage = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self, status, body=b"", **headers):
                self.send_response(status)
                for name, value in {"Content-Length": len(body), **headers}.items():
                    self.send_header(name.replace("_", "-"), str(value))
                self.end_headers()
                self.wfile.write(body)

            def handle_any(self):
                length = int(self.headers.get("Content-Length") or 0)
                body, path = self.rfile.read(length), urlsplit(self.path)
                if storage.broken:
                    return self.answer(503)
                if self.command == "GET":
                    return self.read(path)
                if self.headers.get("Authorization") != f"Bearer {KEY}":
                    return self.answer(403)
                if path.path == "/storage/v1/bucket":
                    asked = orjson.loads(body)
                    storage.buckets[asked["id"]] = asked["public"]
                    return self.answer(200, b"{}")
                found = re.fullmatch(r"/storage/v1/object/(sign/)?recordings/([^/]+)", path.path)
                name = found[2]
                if "recordings" not in storage.buckets:
                    return self.answer(400, b'{"statusCode":"404","error":"Bucket not found"}')
                if self.command == "DELETE":
                    return self.answer(200 if storage.objects.pop(name, None) else 400, b"{}")
                if not found[1] and length > storage.limit:
                    return self.answer(400, b'{"statusCode":"413","error":"Payload too large"}')
                if not found[1]:
                    storage.objects[name] = body
                    return self.answer(200, b"{}")
                if name not in storage.objects:
                    return self.answer(400, b'{"error":"not_found"}')
                token = uuid4().hex
                storage.signed[token] = (name, orjson.loads(body)["expiresIn"])
                return self.answer(
                    200, orjson.dumps({"signedURL": f"/object/sign/recordings/{name}?token={token}"})
                )

            def read(self, path):
                storage.keys_seen_by_reads += [self.headers.get("Authorization"), self.headers.get("apikey")]
                name, _ = storage.signed[path.query.removeprefix("token=")]
                whole = storage.objects[name]
                first, last = map(int, re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers["Range"]).groups())
                piece = whole[first : last + 1]
                self.answer(206, piece, Content_Range=f"bytes {first}-{first + len(piece) - 1}/{len(whole)}")

            do_GET = do_POST = do_DELETE = handle_any

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def storage():
    running = Storage()
    yield running
    running.server.shutdown()
    running.server.server_close()


@pytest.fixture(params=["folder", "supabase"])
def shelf(request, tmp_path, storage):
    return (
        FolderRecordings(tmp_path / "kept")
        if request.param == "folder"
        else SupabaseRecordings(storage.url, KEY)
    )


def test_a_recording_is_kept_read_in_parts_replaced_and_removed(shelf, tmp_path):
    file, sound = tmp_path / "one.wav", bytes(range(256)) * 1024
    file.write_bytes(sound)
    assert shelf.size("a.wav") is None

    shelf.save("a.wav", file)

    assert shelf.size("a.wav") == len(sound)
    assert b"".join(shelf.read("a.wav", 0, len(sound) - 1)) == sound
    assert b"".join(shelf.read("a.wav", 1000, 200_000)) == sound[1000:200_001]
    file.write_bytes(b"shorter")
    shelf.save("a.wav", file)
    assert b"".join(shelf.read("a.wav", 0, 6)) == b"shorter"
    shelf.remove("a.wav")
    shelf.remove("a.wav")
    assert shelf.size("a.wav") is None


def test_the_bucket_is_closed_and_reads_are_signed_for_a_minute_and_carry_no_key(storage, tmp_path):
    file = tmp_path / "one.wav"
    file.write_bytes(b"sound")
    shelf = SupabaseRecordings(storage.url, KEY)
    shelf.save("a.wav", file)

    assert b"".join(shelf.read("a.wav", 0, 4)) == b"sound"
    assert storage.buckets == {"recordings": False}
    assert {seconds for _, seconds in storage.signed.values()} == {60}
    assert set(storage.keys_seen_by_reads) == {None}


def test_what_fails_says_whether_to_try_again(storage, tmp_path):
    file = tmp_path / "one.wav"
    file.write_bytes(b"sound")
    storage.broken = True
    for ask in (
        lambda shelf: shelf.save("a.wav", file),
        lambda shelf: shelf.size("a.wav"),
        lambda shelf: shelf.remove("a.wav"),
    ):
        with pytest.raises(ProviderError) as failure:
            ask(SupabaseRecordings(storage.url, KEY))
        assert failure.value.outcome is Outcome.UNKNOWN
    storage.broken, storage.limit = False, 2
    storage.buckets["recordings"] = False
    with pytest.raises(ProviderError) as failure:
        SupabaseRecordings(storage.url, KEY).save("a.wav", file)
    assert (failure.value.code, failure.value.outcome) == ("too_large", Outcome.REFUSED)
    with pytest.raises(ProviderError) as failure:
        SupabaseRecordings(storage.url, "another key").save("a.wav", file)
    assert failure.value.outcome is Outcome.REFUSED


def test_a_folder_is_left_by_no_name_and_read_by_nobody_else(tmp_path):
    file = tmp_path / "one.wav"
    file.write_bytes(b"sound")
    shelf = FolderRecordings(tmp_path / "kept")
    shelf.save("a.wav", file)

    assert (
        (tmp_path / "kept").stat().st_mode & 0o077
        == (tmp_path / "kept" / "a.wav").stat().st_mode & 0o077
        == 0
    )
    for name in ("../Calls", "/etc/passwd", ".hidden"):
        with pytest.raises(ProviderError):
            shelf.size(name)
