"""Why a call is not dialled, in words for people: one sentence for each reason of the judgement (`reasons.sql`)."""

from collections.abc import Iterable, Mapping

REASONS: Mapping[str, str] = {
    "unchecked": "the worker has not looked at it yet",
    "not_yet": "its time has not come",
    "outside_hours": "it is not a calling hour where the person is",
    "held": "the person is not to be called before a date",
    "person_day": "the person was called today",
    "person_week": "the person was called often enough this week",
    "number_busy": "another call to this number is under way",
    "team_suspended": "its organization is suspended",
    "numbers_red": "every number that it could come from is red: `numbers health` shows why, `numbers clear` lets one call again",
    "no_number": "no number of ours belongs to its organization: `numbers assign` gives it one",
    "campaign_draft": "its campaign was not started",
    "campaign_paused": "its campaign is paused",
    "campaign_rate": "its campaign dials slower than that",
    "campaign_full": "its campaign has as many calls under way as it may",
    "user_full": "its user has as many calls under way as they may",
    "no_plan": "its user has no plan, and REQUIRE_PLAN asks for one",
    "plan_inactive": "the plan of its user has ended, is not paid or has not begun",
    "plan_calls": "the plan of its user allows no more calls in this period",
    "plan_minutes": "the plan of its user has no more minutes in this period, but for what calls under way hold",
    "caller_number": "its caller number is no longer its user's verified one or its organization's, or the carrier refuses it",
    "account_rate": "CALLS_PER_SECOND lets it wait for its turn",
    "account_full": "no line is free at any provider that may carry it",
    "account_broken": "its provider fails, and is left alone for a while; `providers list` says why",
    "account_off": "its provider is switched off",
    "no_provider": "no provider may carry it",
    "money": "the day's money for calls that we make is spent",
    "outage": "what was received in an outage is not read yet",
    "window_over": "the time in which it may be dialled is over",
    "campaign_over": "its campaign is over",
    "own_number": "the number is one of ours",
    "suppressed": "the person asked not to be called",
    "no_consent": "nobody noted that the person agreed to such calls",
}
"""The codes for entries that wait, and for entries that are never dialled."""

ENDS: Mapping[str, str] = {
    "not_callable": "this is no number that a person answers at the usual price",
    "country_not_allowed": "its country is not in ALLOWED_COUNTRIES",
    "unknown_zone": "nobody knows the time zone of the number",
    "invalid_variables": "its variables do not fit its template",
    "not_dialable": "its country is not allowed any more",
    "invalid_number": "there is no such number",
    "busy": "the line was busy",
    "no-answer": "nobody answered",
    "failed": "the carrier could not put the call through",
    "canceled": "the call was canceled while it rang",
    "voicemail": "a mailbox answered",
    "screener": "a screener answered, and nobody came",
    "fax": "a fax answered",
    "refused": "the carrier refused the call",
    "nobody_told": "nobody told what became of the call",
}
"""What else an entry can have ended with."""


def words_of(code: str) -> str:
    """Return the words for a code; an unknown code, such as a carrier's own, stands for itself."""
    return REASONS.get(code) or ENDS.get(code) or code


def sentences(codes: Iterable[str]) -> list[str]:
    """Return a whole sentence for each code."""
    return [f"{words[0].upper()}{words[1:]}." for words in map(words_of, codes) if words]
