"""Templates in SQL: drafts change, published versions never do, and calls name the version that led them."""

import threading
from uuid import UUID, uuid4

import psycopg
import pytest

from voicebot.domain.access.actor import Actor
from voicebot.storage.catalogue.templates import list_templates, show_template
from voicebot.storage.database import PostgresDatabase
from voicebot.storage.pages import Part

pytestmark = pytest.mark.sql
OURS = "+12025550100"


@pytest.fixture
def made(database):
    """A new draft with a greeting; returns what `save_template` shows of it."""

    def make(**more):
        content = {"name": f"line {uuid4().hex[:8]}", "greeting": "Hello.", **more}
        return database.call("save_template", content=content)["template"]

    return make


def publish(database, template):
    return database.call("publish_template", template=template["id"], revision=template["revision"])


def test_a_draft_becomes_a_version_and_the_same_draft_no_second_one(database, made):
    draft = made()

    first = publish(database, draft)
    again = publish(database, draft)

    assert (first["result"], first["template"]["version"], first["template"]["changed"]) == (
        "published",
        1,
        False,
    )
    assert (again["result"], again["template"]["version"]) == ("unchanged", 1)


def test_a_changed_draft_leaves_the_published_version_as_it_was(database, made):
    template = publish(database, made())["template"]

    changed = database.call(
        "save_template", content=template["draft"] | {"greeting": "Hi."}, template=template["id"]
    )["template"]
    version = database.call("show_template_version", template=template["id"], version=1)

    assert (changed["changed"], changed["revision"] > template["revision"]) == (True, True)
    assert version["content"]["greeting"] == "Hello."
    assert publish(database, changed)["template"]["version"] == 2


def test_who_writes_over_a_newer_draft_is_refused(database, made):
    draft = made()
    database.call("save_template", content=draft["draft"] | {"greeting": "Hi."}, template=draft["id"])

    late = database.call(
        "save_template",
        content=draft["draft"] | {"greeting": "Good day."},
        template=draft["id"],
        revision=draft["revision"],
    )

    assert late["code"] == "changed_meanwhile"
    assert publish(database, draft)["code"] == "changed_meanwhile"


@pytest.mark.parametrize(
    "statement",
    [
        "update public.call_template_versions set content = '{}' where template_id = %s",
        "update public.call_template_versions set version = 7 where template_id = %s",
        "update public.call_template_versions set published_at = now() - interval '1 day' where template_id = %s",
        "delete from public.call_template_versions where template_id = %s",
    ],
)
def test_a_published_version_never_changes(database, owner, made, statement):
    template = publish(database, made())["template"]

    with pytest.raises(psycopg.errors.RestrictViolation):
        owner.execute(statement, [template["id"]])


def test_a_version_outlives_its_template(database, owner, made):
    template = publish(database, made())["template"]

    owner.execute("delete from public.call_templates where id = %s", [template["id"]])

    assert owner.execute(
        "select template_id, content ->> 'greeting' from public.call_template_versions where id = %s",
        [template["version_id"]],
    ).fetchone() == (None, "Hello.")


def test_a_name_is_one_templates_alone_however_it_is_written(database, made):
    taken = made()["draft"]["name"]

    assert database.call("save_template", content={"name": taken.upper()})["code"] == "name_taken"


def test_who_calls_a_template_by_anothers_id_does_not_hide_that_one(database, owner, made):
    template = made()
    owner.execute("insert into public.call_templates (name) values (%s)", [template["id"]])

    found = database.call("show_template", template=template["id"])

    assert found["template"]["id"] == template["id"]


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        ("params", "[1]", "variables"),
        ("params", '{"line": "x"}', "variables"),
        ("params", '{"a": {"b": 1}}', "variables.a"),
        ("params_order", '[{"a": 1}, ["b"]]', None),
        ("tags", '{"a": 1}', "tags"),
        ("hours", '{"timezone": ["UTC"], "week": [[]]}', "hours"),
        ("closed", '{"greeting": 1}', "closed"),
        ("facts", '[[["deep"]]]', "facts.0"),
        ("facts", "[" * 1500 + "]" * 1500, "facts"),
    ],
)
def test_whatever_an_end_user_wrote_past_us_is_listed_with_what_is_wrong(
    database, owner, made, column, value, problem
):
    template = made(greeting="Hello.")
    owner.execute(f"update public.call_templates set {column} = %s where id = %s", [value, template["id"]])

    row = next(row for row in list_templates(database, Part(200)).rows if str(row.id) == template["id"])

    assert (row.draft.name, row.draft.greeting) == (template["draft"]["name"], "Hello.")
    assert bool(row.unreadable) is (problem is not None)
    assert all(problem is None or each.startswith(problem) for each in row.unreadable)


def test_variables_are_in_their_order_and_none_is_lost(database, owner, made):
    template = made(params={"a": "1", "b": "2", "c": "3"}, params_order=["c", "gone"])

    row, _ = show_template(database, template["id"])

    assert list(row.draft.variables) == ["c", "a", "b"]


def test_two_who_make_one_name_at_once_make_one_template(dsn):
    name, answers = f"line {uuid4().hex}", []
    databases = [PostgresDatabase(dsn, max_size=1) for _ in range(4)]
    barrier = threading.Barrier(4)

    def make(database):
        barrier.wait()
        answers.append(database.call("save_template", content={"name": name})["result"])

    threads = [threading.Thread(target=make, args=[database]) for database in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for database in databases:
        database.close()

    assert sorted(answers) == ["made", "refused", "refused", "refused"]


def test_pages_go_through_all_templates_by_name_and_miss_none(database, owner, made):
    owner.execute("update public.provider_phone_numbers set template_id = null")
    owner.execute("delete from public.call_templates")
    for name in ("delta", "Alpha", "charlie", "bravo", "echo"):
        made(name=name)

    names, after = [], None
    while True:
        page = database.call("list_templates", page_size=2, after=after)
        names += [row["draft"]["name"] for row in page["rows"]]
        after = page["next"]
        if after is None:
            break

    assert names == ["Alpha", "bravo", "charlie", "delta", "echo"]


@pytest.fixture
def person(database):
    return UUID(database.call("ensure_user", phone=f"+1202555{uuid4().int % 10_000:04}")["user_id"])


def test_a_users_key_edits_its_own_drafts_sets_no_money_or_targets_and_publishes_nothing(
    database, made, person
):
    house = made()
    own = database.call(
        "save_template", content={"name": f"mine {uuid4().hex}"}, actor=Actor(person).to_json()
    )["template"]

    def save(template, **changes):
        content = template["draft"] | changes
        answer = database.call(
            "save_template", content=content, template=template["id"], actor=Actor(person).to_json()
        )
        return answer.get("code") or answer["result"]

    assert save(own, greeting="Hi.") == "saved"
    assert save(own, hours={"timezone": "UTC", "week": {}}) == "saved"
    for privileged in (
        {"transfer_to": "+12025550199"}, {"record": True}, {"limits": {"max_duration_s": 9000}},
        {"transfer": {"ring_s": 9}}, {"transport": "gather"}, {"onboarding": "all"},
        {"engine": "realtime"}, {"own_tools": [{"name": "send_words", "url": "https://strangers.example"}]},
    ):  # fmt: skip
        assert save(own, **privileged) == "operators_only"
    assert save(house, greeting="Hi.") == "unknown_template"
    revision = database.call("show_template", template=own["id"])["template"]["revision"]
    refused = database.call(
        "publish_template", template=own["id"], revision=revision, actor=Actor(person).to_json()
    )
    assert refused["code"] == "not_allowed"


def test_a_public_template_of_the_house_is_seen_and_not_edited(database, owner, made, person):
    house = made()
    owner.execute("update public.call_templates set is_public = true where id = %s", [house["id"]])

    seen = database.call("show_template", template=house["id"], actor=Actor(person).to_json())
    kept = database.call(
        "save_template", content=house["draft"], template=house["id"], actor=Actor(person).to_json()
    )

    assert (seen["result"], kept["code"]) == ("found", "not_allowed")


@pytest.fixture
def line(database, owner, made):
    """Our number leads to a published template."""
    template = publish(database, made())["template"]
    owner.execute("delete from public.provider_phone_numbers where full_number = %s", [OURS])
    owner.execute(
        """insert into public.provider_phone_numbers (
               full_number, country_code, area_code, phone_number, is_active, template_id, provider_id)
           select %s, '1', '202', '5550100', true, %s, id from public.call_service_providers limit 1""",
        [OURS, template["id"]],
    )
    yield template
    owner.execute("update public.call_history set phone_number_id = null")
    owner.execute("delete from public.provider_phone_numbers where full_number = %s", [OURS])


def begin(database):
    sid = f"CA{uuid4().hex}"
    begun = database.call(
        "begin_gather_call", call_sid=sid, direction="inbound", from_number="+12025550123", to_number=OURS,
        transport="gather", stir_verstat=None, forwarded_from=None, caller_name=None, event_id=sid, token_index=0,
        token=uuid4(), lease_s=5.0, input=[],
    )  # fmt: skip
    return sid, begun


def test_a_call_runs_and_names_the_published_version_and_never_the_draft(database, owner, line):
    database.call("save_template", content=line["draft"] | {"greeting": "Draft."}, template=line["id"])

    sid, begun = begin(database)

    assert begun["plan"]["template"]["greeting"] == "Hello."
    assert owner.execute(
        "select template_id::text, template_version_id::text from public.call_history where call_sid = %s",
        [sid],
    ).fetchone() == (line["id"], line["version_id"])


def test_a_running_call_keeps_its_version_and_the_next_one_has_the_new(database, line):
    sid, begun = begin(database)
    changed = database.call(
        "save_template", content=line["draft"] | {"greeting": "New."}, template=line["id"]
    )
    publish(database, changed["template"])

    again = database.call(
        "claim_turn", call_sid=sid, turn=0, document=0, input=[], token=uuid4(), lease_s=5.0, force=True
    )
    _, following = begin(database)

    assert begun["plan"]["template"]["greeting"] == "Hello."
    assert again["plan"]["template"]["greeting"] == "Hello."
    assert following["plan"]["template"]["greeting"] == "New."


def test_a_number_whose_template_was_never_published_is_answered_by_the_default(database, owner, line, made):
    owner.execute(
        "update public.provider_phone_numbers set template_id = %s where full_number = %s",
        [made()["id"], OURS],
    )

    _, begun = begin(database)

    assert begun["plan"]["template"] is None
