"""The record of a call over the API, and its files: for keys that may see the call, and put on record."""

import io
import json
import zipfile

import pytest

from tests.api.people import ask_by_key, make_owned
from voicebot.providers.recordings.folder import FolderRecordings

pytestmark = pytest.mark.sql
SOUND = b"RIFF and so on"


@pytest.fixture
def one(runtime, module_owner, monkeypatch, tmp_path):
    """Somebody whose call was recorded."""
    made = make_owned(runtime, module_owner)
    shelf, file = FolderRecordings(tmp_path / "recordings"), tmp_path / "sound.wav"
    file.write_bytes(SOUND)
    shelf.save(f"{made.call_id}.wav", file)
    monkeypatch.setattr(runtime, "recordings", shelf)
    module_owner.execute(
        "update public.call_history set recording_copied_at = now() where public_id = %s", [made.call_id]
    )
    return made


def test_a_key_fetches_what_its_organizations_call_left_and_no_other_key_does(
    app, one, runtime, module_owner, make_api_key
):
    other = make_owned(runtime, module_owner)
    own = ask_by_key(app, make_api_key(organization_id=one.organization_id))
    foreign = ask_by_key(app, make_api_key(organization_id=other.organization_id))
    path = f"/api/v1/calls/{one.call_id}"

    whole, part = own.get(f"{path}/recording"), own.get(f"{path}/recording", headers={"Range": "bytes=5-7"})
    behind = own.get(f"{path}/recording", headers={"Range": "bytes=999-"})
    bundle = own.get(f"{path}/bundle")

    assert (whole.status_code, whole.data, whole.headers["Cache-Control"]) == (200, SOUND, "no-store")
    assert (part.status_code, part.data, part.headers["Content-Range"]) == (
        206,
        SOUND[5:8],
        f"bytes 5-7/{len(SOUND)}",
    )
    assert (behind.status_code, behind.headers["Content-Range"]) == (416, f"bytes */{len(SOUND)}")
    with zipfile.ZipFile(io.BytesIO(bundle.data)) as archive:
        assert json.loads(archive.read("call.json"))["call_sid"] == one.call_sid
    for end in ("record", "recording", "bundle"):
        assert foreign.get(f"{path}/{end}").status_code == 404
        assert own.get(f"/api/v1/calls/nonsense/{end}").status_code == 404
    noted = module_owner.execute(
        "select action from public.audit_log where object_id = %s order by action", [str(one.call_id)]
    ).fetchall()
    assert noted == [("bundle.made",), ("recording.heard",)]


def test_the_record_says_what_happened_and_what_it_cost(app, one, module_owner, make_api_key):
    (call,) = module_owner.execute(
        "select id from public.call_history where public_id = %s", [one.call_id]
    ).fetchone()
    module_owner.execute(
        "insert into public.call_states (call_id, plan, spent_usd, paid_minutes) values (%s, '{}', 0.03, 1)",
        [call],
    )
    module_owner.execute(
        "select public.keep_tool_use(%s, 1, 'a', 'end_call', '{}', true, 'It ends.', 2)", [call]
    )
    module_owner.execute("select public.note_refused_webhook(%s, '/twilio/voice', 'wrong')", [one.call_sid])
    module_owner.execute("select private.note_event(null, 'status:ringing', %s, 0, '[]')", [one.call_sid])

    record = (
        ask_by_key(app, make_api_key(organization_id=one.organization_id))
        .get(f"/api/v1/calls/{one.call_id}/record")
        .json
    )

    assert [(tool["name"], tool["ok"]) for tool in record["tools"]] == [("end_call", True)]
    assert sorted((one["type"], one["refused"]) for one in record["webhooks"]) == [
        ("status:ringing", False),
        ("wrong /twilio/voice", True),
    ]
    assert sum(one["usd"] for one in record["costs"]) == pytest.approx(0.03)
