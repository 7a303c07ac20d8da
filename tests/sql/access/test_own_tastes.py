"""What people prefer is theirs to write, as long as it is there to be had."""

import psycopg
import pytest

from tests.sql.access.access_actors import BY_NAME, PEOPLE, acting
from tests.sql.access.access_rows import Known
from tests.sql.access.seeded import known, owner, seeded

pytestmark = pytest.mark.sql
__all__ = ["known", "owner", "seeded"]

COLUMNS = ("voice_preference", "language", "timezone", "call_transport")
GOOD = [
    ("language", "en"), ("language", "pt-BR"), ("language", "zh-Hans-CN"), ("language", "fil"), ("language", None),
    ("timezone", "Europe/Berlin"), ("timezone", "UTC"), ("timezone", "America/Argentina/Buenos_Aires"),
    ("timezone", "Etc/GMT+5"), ("timezone", None), ("call_transport", "relay"), ("call_transport", None),
    ("voice_preference", None),
]  # fmt: skip
BAD = [
    ("language", ""), ("language", "English please"), ("language", "e"), ("language", "en-" + "a" * 500),
    ("language", "en; drop"), ("language", "é"), ("timezone", ""), ("timezone", "Berlin"), ("timezone", "Mars/Phobos"),
    ("timezone", "Europe/" + "a" * 900), ("timezone", "posix//etc/passwd"), ("timezone", "<b>"),
    ("call_transport", "fax"), ("call_transport", ""), ("voice_preference", ""), ("voice_preference", "nobody's"),
    ("voice_preference", "v" * 5000),
]  # fmt: skip


def voice(owner, known: Known, label: str) -> str:
    key = known.id("voice_options", label)
    return str(owner.execute("select voice_id from public.voice_options where id = %s", [key]).fetchone()[0])


def write(owner, column: str, value: str | None) -> int:
    with owner.transaction(), acting(owner, BY_NAME["owner"]):
        return int(owner.execute(f"update public.preferences set {column} = %s", [value]).rowcount)


@pytest.mark.parametrize(("column", "value"), GOOD)
def test_people_write_their_own_tastes(owner, known: Known, column: str, value: str | None):
    assert write(owner, column, value) == 1

    rows = owner.execute(f"select {column} from public.preferences where user_id = %s", [PEOPLE["alice"]])
    assert rows.fetchone() == (value,)


@pytest.mark.parametrize(("column", "value"), BAD)
def test_what_cannot_be_had_is_refused(owner, known: Known, column: str, value: str):
    with pytest.raises(psycopg.errors.CheckViolation):
        write(owner, column, value)


def test_a_voice_is_one_of_those_that_are_offered(owner, known: Known):
    assert write(owner, "voice_preference", voice(owner, known, "shown")) == 1

    with pytest.raises(psycopg.errors.CheckViolation):
        write(owner, "voice_preference", voice(owner, known, "hidden"))


def test_a_voice_that_went_away_keeps_nobody_from_another_language(owner, known: Known):
    write(owner, "voice_preference", voice(owner, known, "shown"))
    owner.execute("update public.voice_options set is_active = false")

    assert write(owner, "language", "es") == 1


def test_a_profile_shows_the_tastes_that_its_owner_wrote(owner, known: Known):
    write(owner, "language", "fr")

    (shown,) = owner.execute(
        "select preferences from public.user_profiles where user_id = %s", [PEOPLE["alice"]]
    ).fetchone()
    assert shown["language"] == "fr"


def test_the_first_tastes_need_no_user_named_and_take_nobody_elses_place(owner, known: Known):
    owner.execute("delete from public.preferences")
    with acting(owner, BY_NAME["owner"]):
        owner.execute("insert into public.preferences (language) values ('de')")

    assert owner.execute("select user_id::text, language from public.preferences").fetchall() == [
        (PEOPLE["alice"], "de")
    ]


@pytest.mark.parametrize(
    "words",
    [
        "update public.preferences set user_id = user_id",
        "update public.preferences set id = id",
        "update public.preferences set created_at = now()",
        "delete from public.preferences",
        f"insert into public.preferences (user_id, language) values ('{PEOPLE['carol']}', 'de')",
    ],
)
def test_people_write_nothing_else_of_them(owner, known: Known, words: str):
    with pytest.raises(psycopg.errors.InsufficientPrivilege), acting_as_owner(owner):
        owner.execute(words)


def acting_as_owner(owner):
    return acting(owner, BY_NAME["owner"])
