"""What is behind a route is told who asks, and what a key read of somebody is on record."""

import pytest

from tests.api.actors.asked import ASKED, BLIND, ask
from tests.api.people import make_owned

pytestmark = pytest.mark.sql
# Functions behind routes that are not told who asks, and why they need not be.
NOT_TOLD = {
    "find_api_keys": "it finds out who asks",
    "touch_api_key": "the key is the asker's own",
    "list_voices": "a catalogue, the same for everybody",
    "voices_to_choose": "the same catalogue, cut to the few that are offered",
    "running_verification": "read to compare a code, and shown to nobody",
    "is_suppressed": "asked when open_thread has let the actor in",
    "push_texts": "it takes the token that open_thread gave the actor",
}


class Recorder:
    """A database that notes which functions are called, and with which parameters."""

    def __init__(self, database):
        self.database, self.called = database, []

    def call(self, function, **params):
        self.called.append((function, params))
        return self.database.call(function, **params)


@pytest.mark.parametrize("operation", sorted(ASKED))
def test_every_function_behind_a_route_is_told_who_asks(
    client_of, runtime, module_owner, monkeypatch, operation
):
    one, recorder = make_owned(runtime, module_owner), Recorder(runtime.database)
    client = client_of("user", one)
    monkeypatch.setattr(runtime, "database", recorder)

    ask(client, operation, one)

    called = {function: params for function, params in recorder.called if function not in NOT_TOLD}
    assert called or operation in BLIND
    assert {
        function: params["actor"]["user_id"] if "actor" in params else "is not told"
        for function, params in called.items()
    } == dict.fromkeys(called, str(one.user_id))


# What tells somebody's words, or many whole numbers.
NOTED = {
    "showCall": "transcript.read", "showInboxItem": "thread.read", "listMessages": "thread.read", "showPerson": "person.read",
    "showTimeline": "person.read", "listPersons": "people.listed", "searchCalls": "words.searched", "searchTexts": "words.searched",
}  # fmt: skip


def test_what_a_key_read_of_somebody_is_on_record_with_the_key(client_of, runtime, module_owner):
    one = make_owned(runtime, module_owner)
    client = client_of("organization", one)

    for operation in NOTED:
        assert ask(client, operation, one).status_code == 200, operation

    rows = module_owner.execute(
        "select action, after ? 'key' from public.audit_log where organization_id = %s", [one.organization_id]
    ).fetchall()
    assert set(rows) == {(deed, True) for deed in NOTED.values()}
