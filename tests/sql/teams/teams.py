"""Two teams with a number each, and one caller who deals with both."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from tests.sql.texts.texting import Texting, someone
from voicebot.domain.access.actor import Actor
from voicebot.domain.access.roles import sees

Row = dict[str, Any]
ROLES = ("owner", "admin", "operator", "viewer", "agent")


@dataclass
class TeamOf:
    """An organization, its people by role, its number, and the word that is said and written over it."""

    name: str
    organization: UUID
    people: dict[str, UUID]
    number: str
    call: str = ""
    thread: str = ""
    left: str = ""
    entry: str = ""
    campaign: str = ""

    def reader(self, role: str) -> Row:
        """As whom a member reads."""
        return sees(Actor(self.people[role], self.organization), role).to_json()

    def actor(self, role: str) -> Row:
        """As whom a member acts."""
        return Actor(self.people[role], self.organization).to_json()


@dataclass
class World:
    """Both, and whom they deal with."""

    texting: Texting
    database: Any
    owner: Any
    caller: str
    person: UUID
    teams: tuple[TeamOf, TeamOf]

    def __call__(self, function: str, **params: Any) -> Row:
        """Call a function of the database."""
        return dict(self.database.call(function, **params))

    def organization_of(self, table: str, key: Any, column: str = "id") -> Any:
        """Whose a row is."""
        query = f"select organization_id from public.{table} where {column} = %s"
        return self.owner.execute(query, [key]).fetchone()[0]


def call_over(database: Any, owner: Any, number: str, caller: str, words: str) -> str:
    """Somebody calls a number of ours, says words, and hangs up; return the call's public id."""
    sid = f"CA{uuid4().hex}"
    begun = database.call(
        "begin_call", call_sid=sid, direction="inbound", from_number=caller, to_number=number, transport="media",
        stir_verstat=None, forwarded_from=None, caller_name=None, event_id=sid, token_index=0,
    )  # fmt: skip
    owner.execute(
        "insert into public.transcripts (session_id, sequence_number, speaker, content) values (%s, 1, 'caller', %s)",
        [begun["call_id"], words],
    )
    database.call(
        "record_call_status", call_sid=sid, status="completed", direction="inbound", from_number=caller,
        to_number=number, duration_s=60,
    )  # fmt: skip
    database.call("escalate_call", call_id=begun["call_id"], cause_key="m1", reason="message", message=words)
    return str(
        owner.execute("select public_id from public.call_history where call_sid = %s", [sid]).fetchone()[0]
    )


def number_of_ours(owner: Any) -> str:
    """A number that nobody has, at the account of the settings; return it."""
    number = someone()
    owner.execute(
        """insert into public.provider_phone_numbers (provider_id, phone_id, country_code, area_code, phone_number, full_number)
           select id, %(n)s, '1', '202', %(n)s, %(n)s from public.call_service_providers limit 1""",
        {"n": number},
    )
    return number


def make_team(database: Any, owner: Any, name: str) -> TeamOf:
    """An organization with a person of each role, and a number that is not assigned yet."""
    slug = f"{name}-{uuid4().hex[:8]}"
    (organization,) = owner.execute(
        "insert into public.organizations (name, slug) values (%s, %s) returning id", [slug, slug]
    ).fetchone()
    people = {}
    for role in ROLES:
        people[role] = UUID(database.call("ensure_user", phone=someone())["user_id"])
        owner.execute(
            "insert into public.organization_members (organization_id, user_id, role) values (%s, %s, %s)",
            [organization, people[role], role],
        )
    return TeamOf(name, organization, people, number_of_ours(owner))


def make_world(texting: Texting) -> World:
    """Each team had a call and a thread with the caller, and has an entry and a campaign."""
    database, owner, caller = texting.database, texting.owner, someone()
    teams = (make_team(database, owner, "north"), make_team(database, owner, "south"))
    for team in teams:
        slug = owner.execute(
            "select slug from public.organizations where id = %s", [team.organization]
        ).fetchone()[0]
        database.call("assign_number", number=team.number, organization=slug)
    for team in teams:
        team.call = call_over(database, owner, team.number, caller, f"about {team.name}")
        team.left = team.call
        team.thread = texting.receive(f"writing {team.name}", sender=caller, to_number=team.number)[
            "conversation_id"
        ]
        team.entry = database.call(
            "queue_call", to_number=someone(), request={}, purpose="asked_for", actor=team.actor("operator")
        )["entry"]["id"]
        team.campaign = database.call("make_campaign", name=team.name, actor=team.actor("operator"))[
            "campaign"
        ]["id"]
    person = UUID(database.call("ensure_user", phone=caller)["user_id"])
    return World(texting, database, owner, caller, person, teams)


def ids(answer: Row, key: str = "id") -> set[str]:
    """Names of the rows of a page."""
    return {str(row[key]) for row in answer["rows"]}
