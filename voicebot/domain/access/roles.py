"""What the members of an organization may do in the console, by their role. Pure."""

from voicebot.domain.access.actor import Actor

MEMBER_ROLES = ("owner", "admin", "operator", "viewer", "agent")
"""From the most to the least; an agent sees what is the agent's own or assigned to the agent."""
LEADERS = ("owner", "admin")
READERS = ("owner", "admin", "operator", "viewer")
"""The roles that see everything of the organization: all but agents."""
EDITORS = ("owner", "admin", "operator")
"""The roles that may change what the whole organization shares. Only a leader publishes what the bot says."""
ACTING = ("owner", "admin", "operator", "agent")
"""The roles that may change something; an agent only the agent's own rows."""
READ_NUMBERS = EDITORS
"""The roles that may see whole numbers and find numbers by their beginning; others see the last digits."""
WORDS = {
    "owner": "everything, owners too",
    "admin": "everything but owners",
    "operator": "calls, texts and people",
    "viewer": "looks, and changes nothing",
    "agent": "own calls and threads alone",
}


def sees(actor: Actor, role: str) -> Actor:
    """Return the actor that reads for a member: a whole organization, but agents only what is theirs."""
    if actor.user_id is None or role == "agent" or role not in MEMBER_ROLES:
        return actor
    return Actor(None, actor.organization_id, actor.role, address=actor.address)


def keeps(actor: Actor, role: str) -> Actor:
    """Return the actor that changes what an organization has: all of it for its operators, for others what is theirs."""
    if actor.user_id is None or actor.organization_id is None or role not in EDITORS:
        return actor
    return Actor(None, actor.organization_id, actor.role, address=actor.address, by=actor.user_id)
