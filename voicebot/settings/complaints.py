"""All faults of a configuration, one line each, so that they can be corrected at once.

No line repeats a value: some are secrets.
"""

import ipaddress
from collections.abc import Callable, Collection, Iterator, Mapping

from pydantic import ValidationError

from voicebot.domain.person.phone import country as country_of
from voicebot.settings.misspelt import OTHER_PROGRAMS, RENAMED, closest, meant_setting
from voicebot.settings.model import Settings

OWN_PREFIX = "VOICEBOT_"
SHORTEST_IN_FILE = 8
"""A name in a file of ours may be further from a setting than a slip of the hand, unless it is short."""
# The simulator plays all of them at once, so they are set together or not at all.
ACCOUNTS = (
    "twilio_account_sid",
    "twilio_auth_token",
    "twilio_phone_number",
    "openai_api_key",
    "elevenlabs_api_key",
)

NEEDED_BY_TRANSCRIBER = {"deepgram": "deepgram_api_key", "own": "stt_base_url"}
"""What a transcriber needs beside the accounts; the simulator plays it, too."""


def misspelt_names(
    given: Collection[str], in_file: Collection[str], known: Collection[str]
) -> dict[str, str | None]:
    """Return the names that are no settings and cannot be another program's, with the settings that were meant."""
    names = set(known)
    found: dict[str, str | None] = {}
    for name in sorted(given):
        if name in RENAMED:
            found[name] = RENAMED[name]
            continue
        own = name.startswith(OWN_PREFIX) and name not in names
        meant = _like_one_of_ours(name, names) if own else meant_setting(name, names, set(given))
        if not own and not meant and name not in names and name not in OTHER_PROGRAMS:
            meant = _other_case(name, names) or (_far_slip(name, names) if name in in_file else None)
        if own or meant:
            found[name] = meant
    return found


def no_such_setting(name: str, meant: str | None) -> str:
    """Return the line about a name that is none, or is none any more."""
    if name in RENAMED:
        return f"{name}: this setting is called {RENAMED[name]} now"
    return f"{name}: there is no such setting{f'; did you mean {meant}?' if meant else ''}"


def wrong_values(error: ValidationError, variable_of: Callable[[str], str]) -> dict[str, str]:
    """Return for each field with a wrong value the line that says what is expected."""
    lines: dict[str, str] = {}
    for problem in error.errors(include_input=False, include_url=False):
        field = str(problem["loc"][0])
        message = problem["msg"].removeprefix("Value error, ").replace("Input should be", "expected")
        lines.setdefault(field, f"{variable_of(field)}: {message[0].lower()}{message[1:]}")
    return lines


def halves(
    right: Collection[str], named: Collection[str], variable_of: Callable[[str], str]
) -> Iterator[str]:
    """Yield what is not set although something that is set, and right, needs it.

    `named` are the fields that were meant to be set, wrong ones too: these have lines of their own already.
    """
    missing = [variable_of(name) for name in ACCOUNTS if name not in named]
    if missing and {*ACCOUNTS, "deepgram_api_key"} & set(right):
        yield (
            f"{', '.join(missing)}: not set, while other accounts are. Set all of "
            f"{', '.join(map(variable_of, ACCOUNTS))}, or none of them to run with the simulator"
        )
    if "supabase_service_role_key" in right and "supabase_url" not in named:
        yield "SUPABASE_URL: not set, while SUPABASE_SERVICE_ROLE_KEY is. Set both"
    if "supabase_url" in right and not {"supabase_service_role_key", "supabase_db_url"} & set(named):
        yield "SUPABASE_SERVICE_ROLE_KEY: not set, while SUPABASE_URL is. Set it, or SUPABASE_DB_URL, or neither"
    yield from _half_mail(right, named, variable_of)


def contradictions(settings: Settings, named: Collection[str]) -> Iterator[str]:
    """Yield what does not go together, each right in itself."""
    if not set(ACCOUNTS) & set(named) and not ipaddress.ip_address(settings.bind_host).is_loopback:
        yield "VOICEBOT_BIND_HOST: expected 127.0.0.1 as long as no account is set"
    needed = NEEDED_BY_TRANSCRIBER.get(settings.transcriber)
    if needed and set(ACCOUNTS) & set(named) and needed not in named:
        yield f"{needed.upper()}: not set, while TRANSCRIBER is {settings.transcriber}. Set it, or another TRANSCRIBER"
    number = settings.twilio_phone_number
    if number and "allowed_countries" not in named and country_of(number) is None:
        yield "ALLOWED_COUNTRIES: expected country codes like US,CA: TWILIO_PHONE_NUMBER belongs to none"


def _half_mail(
    right: Collection[str], named: Collection[str], variable_of: Callable[[str], str]
) -> Iterator[str]:
    # Without accounts the simulator is the mail server, the sender and the reader.
    simulated = not set(ACCOUNTS) & set(named) and "smtp_url" not in named
    if "smtp_url" in right and "mail_from" not in named:
        yield "MAIL_FROM: not set, while SMTP_URL is. Set both"
    alone = [variable_of(name) for name in ("mail_from", "operator_email") if name in right]
    if alone and not simulated and "smtp_url" not in named:
        verb = "is" if len(alone) == 1 else "are"
        yield f"SMTP_URL: not set, while {' and '.join(alone)} {verb}. Set it, or neither"
    if "digest_at" in right and not simulated and "operator_email" not in named:
        yield "OPERATOR_EMAIL: not set, while VOICEBOT_DIGEST_AT is: nobody would get the digest"


def _like_one_of_ours(name: str, known: Collection[str]) -> str | None:
    # Compared without the prefix: alike in nothing else, two names are not alike.
    by_rest: Mapping[str, str] = {one.removeprefix(OWN_PREFIX): one for one in sorted(known)}
    rest = closest(name.removeprefix(OWN_PREFIX), by_rest)
    return by_rest[rest] if rest else None


def _other_case(name: str, known: Collection[str]) -> str | None:
    upper = name.upper()
    return upper if "_" in upper and upper in known else None


def _far_slip(name: str, known: Collection[str]) -> str | None:
    if len(name) < SHORTEST_IN_FILE or any(letter.isdigit() for letter in name):
        return None
    return closest(name, [one for one in sorted(known) if one[0] == name[0]])
