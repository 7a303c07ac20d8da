"""The people of the access tests: who they are, where they belong, and how to ask as one of them.

Alice and Bob own the rows. Alice belongs to Acme with Dave, an agent, and Lena, who leads it; Bob
belongs to Globex, which Carol leads.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

Connection = psycopg.Connection[tuple[Any, ...]]

PEOPLE = {
    name: f"00000000-0000-4000-8000-0000000000{number:02d}"
    for number, name in enumerate(("alice", "bob", "carol", "dave", "lena", "admin"), start=1)
}
ORGANIZATIONS = {
    "acme": "00000000-0000-4000-8000-0000000000a1",
    "globex": "00000000-0000-4000-8000-0000000000a2",
}
MEMBERSHIPS = {
    "alice": ("acme", "agent"),
    "dave": ("acme", "agent"),
    "lena": ("acme", "admin"),
    "bob": ("globex", "agent"),
    "carol": ("globex", "owner"),
}


@dataclass(frozen=True)
class Actor:
    """Somebody who asks: a database role, and for people the claims of their token."""

    name: str
    role: str
    person: str | None = None
    app_role: str | None = None

    @property
    def claims(self) -> str:
        """What PostgREST would put into request.jwt.claims."""
        if self.person is None:
            return json.dumps({"role": self.role})
        metadata = {"role": self.app_role} if self.app_role else {}
        return json.dumps(
            {
                "sub": PEOPLE[self.person],
                "role": self.role,
                "app_metadata": metadata,
                # The user's own to write: it must open nothing.
                "user_metadata": {"role": "admin"},
            }
        )


ACTORS = (
    Actor("anon", "anon"),
    Actor("owner", "authenticated", "alice"),
    Actor("other user", "authenticated", "bob"),
    Actor("colleague", "authenticated", "dave"),
    Actor("leader", "authenticated", "lena"),
    Actor("foreign leader", "authenticated", "carol"),
    Actor("admin", "authenticated", "admin", app_role="admin"),
    Actor("service", "service_role"),
)
BY_NAME = {actor.name: actor for actor in ACTORS}


@contextmanager
def acting(connection: Connection, actor: Actor) -> Iterator[None]:
    """Ask as `actor` inside the running transaction; afterwards as before."""
    become(connection, actor)
    yield
    connection.execute("reset role")
    connection.execute("select set_config('request.jwt.claims', '', true)")


def become(connection: Connection, actor: Actor) -> None:
    """Ask as `actor` until the running transaction, or its savepoint, is rolled back."""
    connection.execute(
        "select set_config('request.jwt.claims', %s, true), set_config('role', %s, true)",
        [actor.claims, actor.role],
    )
