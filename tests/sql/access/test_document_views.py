"""Calls, templates and texts under the names of the documents: everybody sees there what they see of the tables."""

from typing import Any

import psycopg
import pytest

from tests.sql.access.access_actors import ACTORS, BY_NAME, PEOPLE, acting
from tests.sql.access.access_cells import ACCESS
from tests.sql.access.access_rows import Known
from tests.sql.access.seeded import owner, seeded

pytestmark = pytest.mark.sql
__all__ = ["owner", "seeded"]

# A view, its table, and the table's column that the view's id is made of.
VIEWS = {
    "sessions": ("call_history", "public_id"),
    "templates": ("call_templates", "id"),
    "conversation_messages": ("sms_history", "private.text_uuid(id)"),
}
# A view of one table misses the grant, a view of two cannot be written at all.
NOT_WRITABLE = (psycopg.errors.InsufficientPrivilege, psycopg.errors.ObjectNotInPrerequisiteState)


@pytest.fixture
def known(owner, seeded):
    """Everybody's rows, every text in its owner's thread."""
    owner.execute(
        "update public.sms_history m set conversation_id = c.id from public.conversations c where c.user_id = m.user_id"
    )
    return seeded[1]


def seen(owner, view: str, actor) -> set[Any] | None:
    try:
        with owner.transaction(force_rollback=True), acting(owner, actor):
            return {key for (key,) in owner.execute(f"select id from public.{view}").fetchall()}
    except psycopg.errors.InsufficientPrivilege:
        return None


@pytest.mark.parametrize("view", VIEWS)
def test_everybody_sees_in_a_view_what_they_see_of_its_table(owner, known: Known, view: str):
    table, key = VIEWS[view]
    names = {
        shown: known.labels(table)[(own,)]
        for own, shown in owner.execute(f"select id, {key} from public.{table}").fetchall()
    }

    for actor in ACTORS:
        wanted = (
            set(names.values())
            if actor.name == "service"
            else set(ACCESS[table].select.get(actor.name, frozenset()))
        )
        rows = seen(owner, view, actor)
        assert (rows is None) == (actor.name == "anon"), actor.name
        assert {names[row] for row in rows or ()} == wanted, actor.name


@pytest.mark.parametrize("view", VIEWS)
def test_every_column_of_a_view_can_be_read_by_whoever_owns_the_row(owner, known: Known, view: str):
    with owner.transaction(force_rollback=True), acting(owner, BY_NAME["owner"]):
        assert owner.execute(f"select * from public.{view} order by 1").fetchone() is not None


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("words", ["delete from public.{}", "update public.{} set id = id", "insert into public.{} (id) values (null)"])  # fmt: skip
def test_nobody_writes_through_a_view(owner, known: Known, view: str, words: str):
    for name in ("owner", "admin", "service"):
        with (
            pytest.raises(NOT_WRITABLE),
            owner.transaction(),
            acting(owner, BY_NAME[name]),
        ):
            owner.execute(words.format(view))


def session(owner, call: int) -> dict[str, Any]:
    (row,) = owner.execute(
        "select to_jsonb(s) from public.sessions s where call_history_id = %s", [call]
    ).fetchone()
    return dict(row)


def test_a_session_tells_of_its_call(owner, known: Known):
    call = known.id("call_history", "alice")
    owner.execute(
        """update public.call_history
              set direction = 'inbound', answered_at = '2026-01-01T10:00:00Z', ended_at = '2026-01-01T10:02:00Z',
                  recording_sid = 'RE1', recording_duration = 60, recording_url = 'https://x.example/RE1'
            where id = %s""",
        [call],
    )
    owner.execute("delete from public.transcripts where session_id = %s", [call])
    owner.execute(
        """insert into public.transcripts (session_id, content, heard, speaker, sequence_number)
           values (%(call)s, 'Do you open on Sundays?', null, 'caller', 1),
                  (%(call)s, 'We open at ten. And there is cake.', 'We open at ten.', 'bot', 2),
                  (%(call)s, 'Thanks.', '', 'bot', 3)""",
        {"call": call},
    )
    owner.execute(
        "update public.summaries set title = 'Sundays', generation_status = 'success' where session_id = %s",
        [call],
    )

    row = session(owner, call)

    assert (row["title"], row["status"], row["conversation_type"]) == ("Sundays", "complete", "inbound")
    assert row["total_words_spoken"] == 5 + 4
    assert (row["audio_file_url"], row["recording_duration_seconds"]) == ("https://x.example/RE1", 60)
    assert row["recording_started_at"].startswith("2026-01-01T10:00:00")
    assert row["recording_ended_at"].startswith("2026-01-01T10:01:00")
    assert row["finalized_at"].startswith("2026-01-01T10:02:00")


@pytest.mark.parametrize(
    ("answered", "ended", "summary", "status"),
    [
        (False, False, None, "draft"),
        (True, False, None, "processing"),
        (True, True, "pending", "processing"),
        (True, True, "success", "complete"),
        (True, True, "error", "complete"),
        (True, True, None, "complete"),
        (False, True, None, "complete"),
    ],
)
def test_a_session_is_a_draft_until_somebody_answers_and_complete_with_its_summary(
    owner, known: Known, answered, ended, summary, status
):
    call = known.id("call_history", "alice")
    owner.execute(
        """update public.call_history set answered_at = case when %s then now() end, ended_at = case when %s then now() end
            where id = %s""",
        [answered, ended, call],
    )
    owner.execute("delete from public.summaries where session_id = %s and %s::text is null", [call, summary])
    owner.execute(
        "update public.summaries set generation_status = coalesce(%s, 'pending') where session_id = %s",
        [summary, call],
    )

    assert session(owner, call)["status"] == status


def message(owner, **changes: Any) -> dict[str, Any]:
    """Alice's text with these columns changed, as the view shows it."""
    for name, value in changes.items():
        owner.execute(
            f"update public.sms_history set {name} = %s where user_id = %s", [value, PEOPLE["alice"]]
        )
    (row,) = owner.execute(
        "select to_jsonb(m) from public.conversation_messages m where user_id = %s", [PEOPLE["alice"]]
    ).fetchone()
    return dict(row)


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        (None, None), ("accepted", "sent"), ("scheduled", "sent"), ("queued", "sent"), ("sending", "sent"),
        ("sent", "sent"), ("unknown", "sent"), ("receiving", "sent"), ("received", "delivered"),
        ("delivered", "delivered"), ("partially_delivered", "delivered"), ("read", "read"), ("failed", "failed"),
        ("undelivered", "failed"), ("canceled", "failed"), ("suppressed", "failed"),
    ],
)  # fmt: skip
def test_a_message_has_one_of_four_states(owner, known: Known, status, shown):
    assert message(owner, status=status)["status"] == shown


@pytest.mark.parametrize(
    ("media", "kind"),
    [
        (None, "text"), ("[]", "text"), ('[{"url": "u", "content_type": "image/png"}]', "image"),
        ('[{"url": "u", "content_type": "video/mp4"}]', "video"), ('[{"url": "u", "content_type": "audio/ogg"}]', "audio"),
        ('[{"url": "u", "content_type": "application/pdf"}]', "text"), ('[{"url": "u"}]', "text"),
    ],
)  # fmt: skip
def test_a_message_says_what_it_holds(owner, known: Known, media, kind):
    assert message(owner, media=media)["message_type"] == kind


def test_a_message_names_who_wrote_it_and_what_it_answers(owner, known: Known):
    owner.execute(
        "update public.conversations set customer_name = 'Ann', customer_avatar_url = 'https://a.example'"
    )
    theirs = message(owner, from_number="+12025550123", message_sid="SM1")
    ours = message(owner, direction="outbound", sent_by="bot")
    (answered,) = owner.execute(
        """insert into public.sms_history (user_id, phone_number, direction, conversation_id, in_reply_to, part)
           select user_id, phone_number, 'outbound', conversation_id, id, 0 from public.sms_history where user_id = %s
           returning private.text_uuid(id)""",
        [PEOPLE["alice"]],
    ).fetchone()

    assert (theirs["sender_id"], theirs["sender_name"], theirs["is_from_agent"]) == (
        "+12025550123",
        "Ann",
        False,
    )
    assert (theirs["external_message_id"], theirs["sender_avatar_url"]) == ("SM1", "https://a.example")
    assert (ours["sender_name"], ours["sender_avatar_url"], ours["is_from_agent"]) == (None, None, True)
    assert ours["metadata"] == {"channel": "sms", "sent_by": "bot"}
    reply = owner.execute(
        "select reply_to_message_id::text from public.conversation_messages where id = %s", [answered]
    ).fetchone()
    assert reply == (theirs["id"],)


def test_texts_of_no_thread_are_no_messages_of_one(owner, known: Known):
    owner.execute("update public.sms_history set conversation_id = null")

    assert owner.execute("select count(*) from public.conversation_messages").fetchone() == (0,)


def test_a_template_shows_no_more_than_what_it_says(owner, known: Known):
    columns = owner.execute(
        "select attname from pg_attribute where attrelid = 'public.templates'::regclass and attnum > 0"
    ).fetchall()

    assert not {"transfer_to", "transfer", "limits"} & {name for (name,) in columns}
