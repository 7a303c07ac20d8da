"""Who may do what to which row: the allowed cells of every table. What is not written here is refused.

The service may do everything to every row, and needs no mention; rows of the append-only tables it cannot change.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

VERBS = ("select", "insert", "update", "delete")
SIGNED_IN = ("owner", "other user", "colleague", "leader", "foreign leader", "admin")
Cells = Mapping[str, frozenset[str]]


def cells(**labels: str) -> Cells:
    """Read `owner="alice bob"`: actor (with _ for a space) -> labels of the rows."""
    return {actor.replace("_", " "): frozenset(words.split()) for actor, words in labels.items()}


@dataclass(frozen=True)
class Allowed:
    """One table's cells. For `insert` a label says whose row the new one became."""

    select: Cells = field(default_factory=dict)
    insert: Cells = field(default_factory=dict)
    update: Cells = field(default_factory=dict)
    delete: Cells = field(default_factory=dict)


def everybody(labels: str, **more: str) -> Cells:
    """All who are signed in see the same, but for those named."""
    return {**dict.fromkeys(SIGNED_IN, frozenset(labels.split())), **cells(**more)}


def by_admin(see: Cells, labels: str) -> Allowed:
    """A catalogue: seen as `see` says, kept by administrators."""
    kept = cells(admin=labels)
    return Allowed(select=see, insert=kept, update=kept, delete=kept)


OWN = cells(owner="alice", other_user="bob", admin="alice bob")
OWN_READ = Allowed(select=OWN)
SERVICE_ONLY = Allowed()
# A call of an organisation is seen by whoever leads it, too; one that belongs to none is its owner's alone.
WITH_THE_CALL = Allowed(
    select=cells(
        owner="alice alice-alone",
        other_user="bob",
        leader="alice",
        foreign_leader="bob",
        admin="alice bob alice-alone",
    )
)
BY_ADMIN = cells(admin="alice bob")
MEMBERS_OF_ACME = "alice dave lena"
MEMBERS_OF_GLOBEX = "bob carol"

ACCESS: Mapping[str, Allowed] = {
    "organizations": Allowed(
        select=cells(
            owner="acme", colleague="acme", leader="acme", other_user="globex", foreign_leader="globex",
            admin="acme globex",
        )
    ),
    "organization_members": Allowed(
        select=cells(
            owner=MEMBERS_OF_ACME, colleague=MEMBERS_OF_ACME, leader=MEMBERS_OF_ACME,
            other_user=MEMBERS_OF_GLOBEX, foreign_leader=MEMBERS_OF_GLOBEX,
            admin=f"{MEMBERS_OF_ACME} {MEMBERS_OF_GLOBEX}",
        )
    ),
    "organization_invitations": Allowed(
        select=cells(leader="acme", foreign_leader="globex", admin="acme globex")
    ),
    "console_links": SERVICE_ONLY,
    "console_sessions": SERVICE_ONLY,
    "console_tries": SERVICE_ONLY,
    "audit_log": SERVICE_ONLY,
    "examinations": SERVICE_ONLY,
    "call_tags": SERVICE_ONLY,
    "person_tags": SERVICE_ONLY,
    "bulk_actions": SERVICE_ONLY,
    "bulk_items": SERVICE_ONLY,
    "call_search": SERVICE_ONLY,
    "saved_views": SERVICE_ONLY,
    "erasures": SERVICE_ONLY,
    "phone_links": OWN_READ,
    "preferences": Allowed(select=OWN, insert=OWN, update=OWN),
    "user_profiles": Allowed(select=OWN, insert=OWN, update=OWN, delete=cells(admin="alice bob")),
    "onboarding_messages": OWN_READ,
    "call_service_providers": by_admin(everybody("spare"), "spare"),
    "voice_options": by_admin(everybody("shown", admin="shown hidden"), "shown hidden"),
    "provider_phone_numbers": by_admin(everybody("shown", admin="shown hidden"), "shown hidden"),
    "number_connections": SERVICE_ONLY,
    "user_phone_numbers": Allowed(select=OWN, insert=OWN, update=OWN, delete=OWN),
    "call_templates": Allowed(
        select=everybody(
            "bob-public", owner="alice bob-public", other_user="bob bob-public", admin="alice bob bob-public"
        ),
        insert=OWN,
        update=cells(owner="alice", other_user="bob bob-public", admin="alice bob bob-public"),
        delete=cells(owner="alice", other_user="bob bob-public", admin="alice bob bob-public"),
    ),
    # Versions are seen with their template, and made by the service alone.
    "call_template_versions": Allowed(
        select=everybody(
            "bob-public", owner="alice bob-public", other_user="bob bob-public", admin="alice bob bob-public"
        )
    ),
    "call_queue": Allowed(
        select=cells(owner="alice alice-started", other_user="bob", admin="alice bob alice-started"),
        insert=OWN,
        update=cells(owner="alice", other_user="bob", admin="alice bob alice-started"),
        delete=cells(owner="alice", other_user="bob", admin="alice bob alice-started"),
    ),
    "call_attempts": SERVICE_ONLY,
    "dialling_accounts": SERVICE_ONLY,
    "provider_breakers": SERVICE_ONLY,
    "provider_seconds": SERVICE_ONLY,
    "call_accounts": SERVICE_ONLY,
    "campaigns": SERVICE_ONLY,
    "calling_hours": SERVICE_ONLY,
    "dialling_rules": SERVICE_ONLY,
    "dialling_load": SERVICE_ONLY,
    "dialling_lanes": SERVICE_ONLY,
    "held_people": SERVICE_ONLY,
    "caller_bindings": SERVICE_ONLY,
    "number_days": SERVICE_ONLY,
    "number_health": SERVICE_ONLY,
    "incidents": SERVICE_ONLY,
    "figure_spans": SERVICE_ONLY,
    "figure_rolls": SERVICE_ONLY,
    "usage_days": SERVICE_ONLY,
    "campaign_figures": SERVICE_ONLY,
    "alert_rules": SERVICE_ONLY,
    "alert_firings": SERVICE_ONLY,
    "call_series": SERVICE_ONLY,
    "call_history": Allowed(
        select=WITH_THE_CALL.select,
        insert=BY_ADMIN,
        update=cells(admin="alice bob alice-alone"),
        delete=cells(admin="alice bob alice-alone"),
    ),
    "transcripts": WITH_THE_CALL,
    "summaries": WITH_THE_CALL,
    "smart_notes": WITH_THE_CALL,
    "call_states": SERVICE_ONLY,
    "call_turns": SERVICE_ONLY,
    "call_turn_parts": SERVICE_ONLY,
    "call_tool_uses": SERVICE_ONLY,
    "call_turn_documents": SERVICE_ONLY,
    "call_streams": SERVICE_ONLY,
    "call_speech_spans": SERVICE_ONLY,
    "call_speculations": SERVICE_ONLY,
    "call_commands": SERVICE_ONLY,
    "call_audio_tokens": SERVICE_ONLY,
    "machines": SERVICE_ONLY,
    "conversations": OWN_READ,
    "support_escalations": OWN_READ,
    "inbox_items": SERVICE_ONLY,
    "inbox_notes": SERVICE_ONLY,
    "inbox_drafts": SERVICE_ONLY,
    "ai_decisions": OWN_READ,
    "email_notifications": SERVICE_ONLY,
    "events": SERVICE_ONLY,
    "webhook_endpoints": SERVICE_ONLY,
    "webhook_deliveries": SERVICE_ONLY,
    "parked_statuses": SERVICE_ONLY,
    "suppression_lifts": SERVICE_ONLY,
    "sms_history": OWN_READ,
    "webhook_events": SERVICE_ONLY,
    "suppressions": SERVICE_ONLY,
    "blocked_callers": SERVICE_ONLY,
    "caller_counters": SERVICE_ONLY,
    "daily_spending": SERVICE_ONLY,
    "consents": OWN_READ,
    "verifications": SERVICE_ONLY,
    "verification_sends": SERVICE_ONLY,
    "verification_counters": SERVICE_ONLY,
    "api_keys": SERVICE_ONLY,
    "subscription_plans": by_admin(everybody("basic"), "basic"),
    "user_subscriptions": Allowed(select=OWN, insert=BY_ADMIN, update=BY_ADMIN, delete=BY_ADMIN),
    "user_call_usage": Allowed(select=OWN, insert=BY_ADMIN, update=BY_ADMIN, delete=BY_ADMIN),
}  # fmt: skip


APPEND_ONLY = {"audit_log"}


def allowed_cells(
    table: str, labels: Iterable[str], inserted: Iterable[str]
) -> dict[tuple[str, str], frozenset[str]]:
    """Spell out a table's cells: (actor, verb) -> labels; only those that allow something."""
    spelled = {
        (actor, verb): rows for verb in VERBS for actor, rows in getattr(ACCESS[table], verb).items() if rows
    }
    kept = ("update", "delete") if table in APPEND_ONLY else ()
    spelled |= {("service", verb): frozenset(labels) for verb in VERBS if verb not in kept}
    return spelled | {("service", "insert"): frozenset(inserted)}
