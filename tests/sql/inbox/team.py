"""A team and the people who write and call: what tests of the inbox arrange."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from tests.sql.texts.texting import Texting, someone
from voicebot.domain.access.actor import Actor
from voicebot.domain.access.roles import sees

Row = dict[str, Any]


@dataclass
class Team:
    """An organization with members of some roles, and the inbox as each of them."""

    texting: Texting
    organization: UUID
    people: dict[str, UUID]

    def actor(self, who: str) -> Row | None:
        """As whom a member acts; `house`: the operator of the machine."""
        return None if who == "house" else Actor(self.people[who], self.organization).to_json()

    def reader(self, who: str) -> Row | None:
        """As whom a member reads."""
        if who == "house":
            return None
        return sees(Actor(self.people[who], self.organization), who.partition(" ")[0]).to_json()

    def call(self, function: str, who: str = "house", **params: Any) -> Row:
        """Do something as a member."""
        return dict(self.texting.database.call(function, **params, actor=self.actor(who)))

    def reply(self, item: str, content: str = "Here I am.", who: str = "house", **more: Any) -> Row:
        return self.call("reply_in_inbox", who, item=UUID(item), content=content, **more)

    def list(self, who: str = "house", show: str = "open") -> list[str]:
        """The ids of a part of the list as a member reads it."""
        answer = self.texting.database.call(
            "inbox_page", actor=self.reader(who), show=show, person=self.people.get(who), page_size=200
        )
        return [row["id"] for row in answer["rows"]]

    def show(self, item: str, who: str = "house") -> Row:
        return dict(self.texting.database.call("show_inbox_item", item=UUID(item), actor=self.reader(who)))

    def item(self, item: str) -> Row:
        """The row itself."""
        ((row,),) = self.texting.rows("select to_jsonb(i) from public.inbox_items i where id = %s", item)
        return dict(row)

    def thread(self, item: str) -> Row:
        """The thread of an item."""
        ((row,),) = self.texting.rows("select to_jsonb(c) from public.conversations c where id = %s", item)
        return dict(row)

    def writes(self, words: str = "hello", *, sender: str | None = None, **more: Any) -> str:
        """Somebody writes; return the thread."""
        return str(self.texting.receive(words, sender=sender or someone(), **more)["conversation_id"])

    def of_ours(self, sender: str | None = None) -> str:
        """Somebody writes who belongs to the organization; return the thread."""
        thread = self.writes(sender=sender)
        self.texting.owner.execute(
            """insert into public.organization_members (organization_id, user_id, role)
               select %s, user_id, 'viewer' from public.conversations where id = %s""",
            [self.organization, thread],
        )
        return thread

    def escalates(self, words: str = "a person, please", *, sender: str | None = None) -> str:
        """Somebody writes and asks for a person, so that the bot keeps silent; return the thread."""
        thread = self.writes(words, sender=sender)
        self.texting.rows(
            "select private.escalate(c, %s, 'human_requested') from public.conversations c where c.id = %s",
            words, thread,
        )  # fmt: skip
        return thread

    def calls(self, number: str | None = None, *, ours: bool = False) -> tuple[int, str]:
        """Somebody called; return the call's id and its public one."""
        ((made, public),) = self.texting.rows(
            """insert into public.call_history (phone_number, call_sid, direction, call_status, from_number, to_number,
                                                organization_id, ended_at)
               values (%(number)s, %(sid)s, 'inbound', 'completed', %(number)s, '+12025550100', %(whose)s, now())
               returning id, public_id""".replace("%(number)s", f"'{number or someone()}'"
            ).replace("%(sid)s", f"'CA{uuid4().hex}'").replace("%(whose)s", f"'{self.organization}'" if ours else "null")
        )  # fmt: skip
        return made, str(public)

    def leaves_message(
        self, number: str | None = None, reason: str = "message", *, ours: bool = False
    ) -> str:
        """Somebody called and left words; return the item."""
        made, public = self.calls(number, ours=ours)
        self.texting.database.call(
            "escalate_call", call_id=made, cause_key="m1", reason=reason, message="call me"
        )
        return public


def make_team(texting: Texting, *roles: str) -> Team:
    """Make an organization; of two with one role the second is called `operator two`. There is another organization, so that
    what nobody assigned is the house's alone.
    """
    texting.owner.execute(
        "insert into public.organizations (name, slug) values ('Another', 'another') on conflict do nothing"
    )
    ((organization,),) = texting.rows(
        "insert into public.organizations (name, slug) values (gen_random_uuid()::text, gen_random_uuid()::text) returning id"
    )
    people = {}
    for role in roles:
        person = UUID(texting.database.call("ensure_user", phone=someone())["user_id"])
        texting.owner.execute(
            "insert into public.organization_members (organization_id, user_id, role) values (%s, %s, %s)",
            [organization, person, role.partition(" ")[0]],
        )
        texting.owner.execute(
            "update public.user_profiles set first_name = %s where user_id = %s", [role, person]
        )
        people[role] = person
    return Team(texting, organization, people)
