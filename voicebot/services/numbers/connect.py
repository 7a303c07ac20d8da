"""Make the calls and texts of one number come here, and give the number back; other settings of the number stay.

Both have two steps: `preview_…` changes nothing and shows the changes to a person; then the changes are carried out.
The database stores the earlier addresses before the carrier is asked, so an interruption loses nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from voicebot.providers.ports import NUMBER_FIELDS, NUMBER_METHODS, NUMBER_SIDS, NUMBER_URLS, ProviderNumber
from voicebot.runtime import Runtime
from voicebot.services.numbers.sync import PROVIDER, own_number
from voicebot.settings import Settings
from voicebot.storage.catalogue import numbers
from voicebot.storage.catalogue.numbers import AmbiguousTemplate, Connection, UnknownTemplate
from voicebot.transports.twilio.urls import is_ours, number_urls

HERE, NOWHERE = "here", "nowhere"
SHOWN_NAMES = 20


class NumberRefused(Exception):
    """It cannot be done; the text is the one line that says why."""


@dataclass(frozen=True)
class Change:
    """One field of the number at the carrier."""

    field: str
    before: str
    after: str


@dataclass(frozen=True)
class ConnectPreview:
    """What connecting would change. `is_first`: the number does not count as connected yet."""

    number: ProviderNumber
    changes: Sequence[Change]
    is_first: bool
    template: str | None = None


@dataclass(frozen=True)
class ReleasePreview:
    """What releasing would change. `repointed`: fields that somebody else has changed since; None when it is gone."""

    connection: Connection
    number: ProviderNumber | None
    changes: Sequence[Change]
    repointed: Sequence[Change]


def wanted_fields(settings: Settings) -> dict[str, str]:
    """Return all that a number's fields are while it leads here: our URLs, posted to, and nothing that goes before them."""
    urls = number_urls(settings)
    return urls | dict.fromkeys(NUMBER_METHODS.values(), "POST") | dict.fromkeys(NUMBER_SIDS, "")


def preview_connect(runtime: Runtime, number: str, template: str | None = None) -> ConnectPreview:
    """Look what connecting the account's number (E.164) would change. Raises NumberRefused and ProviderError."""
    found = _listed(runtime, number)
    if found is None:
        raise NumberRefused(f"{number} is not a number of the account; `numbers list` shows those that are")
    connection = numbers.show_connection(runtime.database, PROVIDER, number)
    preview = ConnectPreview(
        found, _differences(found, wanted_fields(runtime.settings)), connection is None, template
    )
    _keep(runtime, preview, only_look=True)
    return preview


def connect(runtime: Runtime, preview: ConnectPreview) -> None:
    """Carry it out. Raises NumberRefused and ProviderError; after that, doing it again completes it."""
    _keep(runtime, preview)
    if preview.changes:
        runtime.carriers.main.telephony.change_number(
            preview.number.sid, {each.field: each.after for each in preview.changes}
        )


def connect_own_number(runtime: Runtime) -> None:
    """Connect TWILIO_PHONE_NUMBER, without a question: for a service whose account is a simulator's."""
    connect(runtime, preview_connect(runtime, runtime.carriers.main.number))


def preview_release(runtime: Runtime, number: str) -> ReleasePreview:
    """Look what giving the number (E.164) back would change. Raises NumberRefused and ProviderError."""
    connection = numbers.show_connection(runtime.database, PROVIDER, number)
    if connection is None:
        raise NumberRefused(f"{number} was never connected, or is released already; nothing was changed")
    found = next(
        (each for each in runtime.carriers.main.telephony.list_numbers() if each.sid == connection.phone_id),
        None,
    )
    if found is None:
        return ReleasePreview(connection, None, (), ())
    changes = _differences(found, connection.before)
    # An interrupted release has put everything back already.
    repointed = _differences(found, connection.registered) if changes else ()
    return ReleasePreview(connection, found, changes, repointed)


def release(runtime: Runtime, preview: ReleasePreview) -> None:
    """Carry it out, over what somebody else has changed too. Raises ProviderError; doing it again completes it."""
    if preview.number is not None and preview.changes:
        runtime.carriers.main.telephony.change_number(
            preview.number.sid, {each.field: each.after for each in preview.changes}
        )
    numbers.release_number(runtime.database, PROVIDER, preview.connection.phone_id)


def leads_to(number: ProviderNumber, settings: Settings) -> str:
    """Return where calls and texts go: `here`, `nowhere`, `elsewhere: host`, or both apart where they differ."""
    calls, texts = _calls_to(number, settings), _texts_to(number, settings)
    return calls if calls == texts else f"calls {calls}, texts {texts}"


def _calls_to(number: ProviderNumber, settings: Settings) -> str:
    if number.trunk_sid:
        return "elsewhere: a SIP trunk"
    if number.voice_application_sid:
        return "elsewhere: an application"
    return _place(number.voice_url, settings)


def _texts_to(number: ProviderNumber, settings: Settings) -> str:
    return "elsewhere: an application" if number.sms_application_sid else _place(number.sms_url, settings)


def _place(url: str, settings: Settings) -> str:
    if not url:
        return NOWHERE
    if is_ours(settings, url):
        return HERE
    try:
        host = urlsplit(url).hostname
    except ValueError:
        host = None
    return f"elsewhere: {host or 'an address that cannot be read'}"


def _listed(runtime: Runtime, number: str) -> ProviderNumber | None:
    return next(
        (each for each in runtime.carriers.main.telephony.list_numbers() if each.number == number), None
    )


def _differences(number: ProviderNumber, wanted: Mapping[str, str]) -> tuple[Change, ...]:
    changes = (Change(name, getattr(number, name), wanted[name]) for name in NUMBER_FIELDS if name in wanted)
    return tuple(each for each in changes if each.before != each.after)


def _keep(runtime: Runtime, preview: ConnectPreview, *, only_look: bool = False) -> None:
    try:
        numbers.connect_number(
            runtime.database,
            PROVIDER,
            own_number(preview.number),
            before=_before(preview.number, runtime.settings),
            registered=wanted_fields(runtime.settings),
            template=preview.template,
            only_look=only_look,
        )
    except UnknownTemplate as error:
        there = ", ".join(error.names[:SHOWN_NAMES]) or "none yet"
        raise NumberRefused(f"there is no template {preview.template}; templates: {there}") from None
    except AmbiguousTemplate as error:
        ids = ", ".join(error.ids)
        raise NumberRefused(
            f"several templates are called {preview.template}; name one by its id: {ids}"
        ) from None


def _before(number: ProviderNumber, settings: Settings) -> dict[str, str]:
    """What `release` puts back. A URL that was ours before anybody connected the number would keep it here for good."""
    fields = {name: str(getattr(number, name)) for name in NUMBER_FIELDS}
    return fields | {name: "" for name in NUMBER_URLS if is_ours(settings, fields[name])}
