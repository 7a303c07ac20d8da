"""Whose a number is, decided in the database: one form for identity, permission, limits and threads."""

import shutil
import uuid

import phonenumbers
import psycopg
import pytest

from tests.sql.texts.texting import LINE, sid
from tests.support.numbers.spellings import SPELLINGS, WITHHELD
from voicebot.domain.person.phone import person_number
from voicebot.storage.migrate.apply import SQL_FOLDER, migrate

pytestmark = pytest.mark.sql


def whose(owner, spellings):
    rows = owner.execute(
        "select private.person_number(s) from unnest(%s::text[]) with ordinality t (s, n) order by n",
        [spellings],
    ).fetchall()
    return [number for (number,) in rows]


def test_the_database_knows_every_spelling_that_python_knows(owner):
    spelt = [spelling for spelling, _ in SPELLINGS]

    assert whose(owner, spelt) == [number for _, number in SPELLINGS]
    assert whose(owner, list(WITHHELD)) == ["anonymous"] * len(WITHHELD)


def test_the_database_and_python_agree_on_numbers_of_every_country(owner):
    spelt = []
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE):
            example = phonenumbers.example_number_for_type(region, kind)
            if example is None:
                continue
            number = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
            code = str(example.country_code)
            trunk = phonenumbers.PhoneMetadata.metadata_for_region(region).national_prefix
            # One of the trunk's forms that Python reads is enough; the database knows the zero alone.
            behind = [f"+{code}0{number[len(code) + 1 :]}"] if trunk == "0" else []
            spelt += [number, f"whatsapp:{number}", *behind]

    assert whose(owner, spelt) == [person_number(each) for each in spelt]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("whatsapp:+5215512340001", "+525512340001"),
        ("whatsapp:+556191230002", "+5561991230002"),
        ("rcs:+12025550171", "+12025550171"),
        ("+4407911120003", "whatsapp:+447911120003"),
        ("+541112340004", "whatsapp:+5491112340004"),
        ("whatsapp:+22990120005", "+2290190120005"),
    ],
)
def test_a_stop_in_one_spelling_holds_in_the_other_and_so_does_the_start(texting, one, other):
    texting.receive("STOP", sender=one, keyword="stop", channel=one.split(":")[0] if ":" in one else "sms")
    stopped = texting.database.call("is_suppressed", number=other)
    texting.receive(
        "START", sender=other, keyword="start", channel="whatsapp" if "whatsapp" in other else "sms"
    )

    assert stopped == {"suppressed": True, "reasons": ["STOP"]}
    assert texting.database.call("is_suppressed", number=one)["suppressed"] is False


def test_two_spellings_are_one_account_and_one_thread_answered_in_the_spelling_that_came_last(texting):
    first = texting.receive("Hola", sender="whatsapp:+5215512340011", channel="whatsapp")
    second = texting.receive("Otra vez", sender="whatsapp:+525512340011", channel="whatsapp")
    claimed = texting.claim()
    texting.answer(claimed, "Hola!")

    assert first["user_id"] == second["user_id"]
    assert first["conversation_id"] == second["conversation_id"]
    assert claimed["customer_identifier"] == "whatsapp:+525512340011"
    assert texting.outgoing()[0]["to_number"] == "whatsapp:+525512340011"


def test_a_text_of_ours_goes_to_the_spelling_that_the_carrier_uses(texting):
    texting.receive("Oi", sender="+556191230012")
    texting.queue("+5561991230012", "Your bike is ready.")

    assert [row["to_number"] for row in texting.outgoing()] == ["+556191230012"]


def test_one_telephone_gets_one_text_at_a_time_whatever_the_spelling(texting):
    texting.queue("whatsapp:+5215512340013", "first", channel="whatsapp")
    texting.queue("+525512340013", "second")

    assert [row["content"] for row in texting.outgoing()] == ["first"]


def test_replies_are_counted_by_the_telephone(texting):
    for place in range(4):
        sender = "whatsapp:+5215512340014" if place % 2 else "whatsapp:+525512340014"
        texting.receive("again", sender=sender, channel="whatsapp")
        claimed = texting.claim()
        texting.answer(claimed, f"answer {place}")
        for row in texting.outgoing(number_5min=3):
            texting.finish(row)

    errors = texting.rows(
        "select error_code from public.sms_history where direction = 'outbound' order by id"
    )
    assert errors == [(None,), (None,), (None,), ("capped",)]


def test_a_number_that_names_no_country_is_whose_the_reader_says(texting):
    received = texting.database.call(
        "message_received",
        message_sid=sid(),
        channel="sms",
        from_number="07911120016",
        to_number=LINE,
        content="Hello",
        sender="+447911120016",
    )
    claimed = texting.claim()

    assert received["user_id"] == texting.database.call("ensure_user", phone="+447911120016")["user_id"]
    assert claimed["customer_identifier"] == "+447911120016"


@pytest.mark.parametrize(
    "sent", ["+266696687", "+7378742833", "+2562533", "+86282452253", "anonymous", "Restricted", ""]
)
def test_those_who_withhold_their_number_share_no_account_and_speak_for_nobody_else(texting, sent):
    received = texting.receive("STOP", sender=sent, keyword="stop")

    assert received["user_id"] is None
    assert texting.database.call("ensure_user", phone=sent)["user_id"] is None
    assert texting.database.call("is_suppressed", number=sent)["suppressed"] is False
    assert texting.database.call("suppress", number=sent, scope="all", reason="STOP") == {
        "result": "refused", "code": "withheld"
    }  # fmt: skip


def test_a_block_holds_for_the_telephone(texting):
    texting.database.call("block_caller", number="+5215512340017")
    received = texting.receive("Hola", sender="whatsapp:+525512340017", channel="whatsapp")
    texting.database.call("unblock_caller", number="+525512340017")

    assert received["answer"] is False
    assert texting.database.call("list_blocks", number="+5215512340017")["rows"] == []


def test_a_dial_that_may_be_ringing_keeps_the_other_spelling_from_being_dialled(owner):
    with owner.transaction(force_rollback=True):
        (person,) = owner.execute(
            "insert into auth.users (id) values (gen_random_uuid()) returning id"
        ).fetchone()
        made = [
            owner.execute(
                """with entry as (insert into public.call_queue (user_id, recipient_number)
                                  values (%(person)s, %(number)s) returning id)
                   select private.add_dial(entry.id, 'talk', %(number)s, '+12025550100') from entry""",
                {"person": person, "number": number},
            ).fetchone()[0]
            for number in ("+541112340018", "+5491112340018")
        ]

    assert (made[0] is None, made[1] is None) == (False, True)


# --- rows of the version before ---------------------------------------------------------------------------------


@pytest.fixture
def before(server, tmp_path):
    """A database of the version before, and what brings it up to date."""
    name = f"before_{uuid.uuid4().hex}"
    dsn = server.create(name)
    folder = tmp_path / "sql"
    shutil.copytree(SQL_FOLDER, folder)
    for file in (folder / "migrations").iterdir():
        if file.name >= "0029":
            file.unlink()
    shutil.rmtree(folder / "functions")
    (folder / "functions").mkdir()
    migrate(dsn, echo=lambda _line: None, sql_folder=folder)
    yield dsn
    server.drop(name)


OLD_ROWS = """
insert into auth.users (id, phone, encrypted_password, email) values
    ('00000000-0000-0000-0000-00000000000a', '5215512345678', '', null),
    ('00000000-0000-0000-0000-00000000000b', '525512345678', '', null),
    ('00000000-0000-0000-0000-00000000000c', '266696687', '', null),
    ('00000000-0000-0000-0000-00000000000d', '556191234567', '', null),
    ('00000000-0000-0000-0000-00000000000e', '12025550181', 'hash', 'squatter@example.com');
insert into public.phone_links (user_id, phone_number, verified) values
    ('00000000-0000-0000-0000-00000000000a', '+5215512345678', true),
    ('00000000-0000-0000-0000-00000000000b', '+525512345678', false),
    ('00000000-0000-0000-0000-00000000000c', '+266696687', false),
    ('00000000-0000-0000-0000-00000000000d', '+556191234567', false),
    ('00000000-0000-0000-0000-00000000000e', '+12025550181', false);
insert into public.user_profiles (user_id, first_name) select id, case right(id::text, 1) when 'b' then 'Ana' else '' end
  from auth.users;
insert into public.conversations (channel, customer_identifier, our_number, user_id, last_message_at) values
    ('whatsapp', 'whatsapp:+5215512345678', '+12025550100', '00000000-0000-0000-0000-00000000000a', now()),
    ('whatsapp', 'whatsapp:+525512345678', '+12025550100', '00000000-0000-0000-0000-00000000000b', now() - interval '1 day'),
    ('sms', '+266696687', '+12025550100', '00000000-0000-0000-0000-00000000000c', now()),
    ('sms', 'anonymous', '+12025550100', null, now()),
    ('sms', '+12025550181', '+12025550100', '00000000-0000-0000-0000-00000000000e', now());
insert into public.sms_history (user_id, phone_number, direction, content, from_number, to_number, channel, conversation_id)
select c.user_id, replace(c.customer_identifier, 'whatsapp:', ''), 'inbound', 'Hello', c.customer_identifier, c.our_number,
       c.channel, c.id from public.conversations c;
insert into public.call_history (user_id, call_sid, phone_number, from_number, direction) values
    ('00000000-0000-0000-0000-00000000000c', 'CA1', '+266696687', '+266696687', 'inbound'),
    ('00000000-0000-0000-0000-00000000000d', 'CA2', '+556191234567', '+556191234567', 'inbound');
insert into public.suppressions (phone_number, scope, reason, since, until) values
    ('+5215512345678', 'all', 'STOP', now() - interval '3 days', null),
    ('+525512345678', 'all', 'STOP', now() - interval '2 days', null),
    ('+556191234567', 'all', 'STOP', now() - interval '3 days', null),
    ('+266696687', 'all', 'STOP', now(), null);
insert into public.suppression_lifts (phone_number, observed_at) values ('+5561991234567', now() - interval '1 day');
insert into public.blocked_callers (number, until) values ('+5215512345678', null), ('+525512345678', now() + interval '1 day');
"""


def test_rows_of_the_version_before_become_one_person_and_withheld_callers_nobodys(before):
    with psycopg.connect(before, autocommit=True) as owner:
        owner.execute(OLD_ROWS)

    migrate(before, echo=lambda _line: None)

    with psycopg.connect(before, autocommit=True) as owner:

        def rows(query):
            return owner.execute(query).fetchall()

        assert rows("select phone_number, right(user_id::text, 1), verified from public.phone_links order by 1") == [
            ("+12025550181", None, False), ("+525512345678", "a", True), ("+5561991234567", "d", False),
        ]  # fmt: skip
        assert rows("select first_name from public.user_profiles where user_id::text like '%a'") == [("Ana",)]
        assert rows("select from auth.users where phone = '266696687'") == []
        assert rows(
            "select person_number, customer_identifier, right(user_id::text, 1) from public.conversations order by 1, 2"
        )[0:1] == [("+12025550181", "+12025550181", None)]
        assert rows("select count(*), count(distinct person_number) from public.conversations") == [(3, 3)]
        assert rows(
            """select m.phone_number, m.from_number, right(m.user_id::text, 1) from public.sms_history m
                join public.conversations c on c.id = m.conversation_id order by m.from_number"""
        ) == [
            ("+12025550181", "+12025550181", None),
            ("anonymous", "+266696687", None),
            ("anonymous", "anonymous", None),
            ("+525512345678", "whatsapp:+5215512345678", "a"),
            ("+525512345678", "whatsapp:+525512345678", "a"),
        ]
        assert rows("select phone_number, user_id is null from public.call_history order by call_sid") == [
            ("anonymous", True), ("+5561991234567", False),
        ]  # fmt: skip
        assert rows("select phone_number, until is null from public.suppressions order by 1, 2") == [
            ("+525512345678", True),
            ("+5561991234567", False),
        ]
        assert rows("select number, until from public.blocked_callers") == [("+525512345678", None)]
