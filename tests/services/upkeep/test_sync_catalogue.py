"""Voices and numbers in the database follow what the providers list."""

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.services.calls.aftermath import Connection, add_call
from tests.support.carriers import CallCarrier
from tests.support.providers import InstantVoice
from voicebot.domain.voices import ProviderVoice
from voicebot.providers.ports import ProviderNumber
from voicebot.runtime import Runtime
from voicebot.services.calls.run_tool import ToolResult, ToolUse, run_tool
from voicebot.services.numbers.sync import own_number, sync_numbers
from voicebot.services.upkeep.sync_voices import sync_voices
from voicebot.storage.catalogue import numbers, voices
from voicebot.transports.twilio.urls import number_urls, text_status_url

pytestmark = pytest.mark.sql


@dataclass
class Catalogue(InstantVoice):
    """A voice provider with a list."""

    listed: list[ProviderVoice] = field(default_factory=list)

    def list_voices(self) -> list[ProviderVoice]:
        return self.listed


@pytest.fixture
def carrier() -> CallCarrier:
    return CallCarrier(
        numbers=[ProviderNumber("PN1", "+12025550100"), ProviderNumber("PN2", "+442079460123")]
    )


def test_voices_that_are_gone_are_switched_off(make_runtime: Callable[..., Runtime]) -> None:
    catalogue = Catalogue(
        listed=[ProviderVoice("v1", "Ada", "en", "female"), ProviderVoice("v2", "Bo", "en", "male")]
    )
    runtime = make_runtime(voice=catalogue)
    sync_voices(runtime)
    catalogue.listed = catalogue.listed[:1]

    synced = sync_voices(runtime)

    assert (synced.active, synced.switched_off) == (1, 1)
    assert [voice["name"] for voice in voices.list_voices(runtime.database)] == ["Ada"]
    everything = voices.list_voices(runtime.database, include_inactive=True)
    assert {voice["name"]: voice["is_active"] for voice in everything} == {"Ada": True, "Bo": False}


def test_an_empty_list_switches_nothing_off(make_runtime: Callable[..., Runtime]) -> None:
    catalogue = Catalogue(listed=[ProviderVoice("v1", "Ada", "en")])
    runtime = make_runtime(voice=catalogue)
    sync_voices(runtime)
    catalogue.listed = []

    assert sync_voices(runtime).refused == "no_voices"
    assert [voice["name"] for voice in voices.list_voices(runtime.database)] == ["Ada"]


def test_another_voice_suits_the_wish_and_is_another(
    make_runtime: Callable[..., Runtime], owner: Connection
) -> None:
    listed = [ProviderVoice("v1", "Ada", "en", "female"), ProviderVoice("v2", "Bo", "en", "male")]
    runtime = make_runtime(voice=Catalogue(listed=listed))
    sync_voices(runtime)
    call_id, _ = add_call(owner)

    first = voices.next_voice(runtime.database, call_id, wish="a man, please").voice
    second = voices.next_voice(runtime.database, call_id).voice

    assert first is not None and (first.name, first.voice_id) == ("Bo", "v2")
    assert second is not None and second.name == "Ada"


def test_a_call_that_does_not_exist_has_no_other_voice(runtime: Runtime) -> None:
    assert voices.next_voice(runtime.database, 9_999_999).kept == "unknown_call"


def test_a_wish_that_nothing_suits_is_said_and_changes_nothing(
    make_runtime: Callable[..., Runtime], owner: Connection
) -> None:
    listed = [ProviderVoice("v1", "Ada", "en", "female"), ProviderVoice("v2", "Bo", "en", "male")]
    runtime = make_runtime(voice=Catalogue(listed=listed))
    sync_voices(runtime)
    call_id, _ = add_call(owner)

    def wished(words: str, voice_id: str = "v1") -> ToolResult:
        return run_tool(runtime, "change_voice", ToolUse(call_id, "t", {"wish": words}, voice_id=voice_id))

    unknown, heard, named = wished("a Darth Vader voice"), wished("Ada please"), wished("Bo")

    assert (unknown.ok, unknown.voice_id) == (False, None)
    assert "no voice like that" in unknown.text and "There are Bo." in unknown.text
    assert (heard.ok, heard.voice_id) == (False, None)
    assert "already: Ada" in heard.text
    assert (named.ok, named.voice_id) == (True, "v2")


def test_where_numbers_lead_is_left_alone(make_runtime: Callable[..., Runtime], carrier: CallCarrier) -> None:
    runtime = make_runtime(telephony=carrier)

    synced = sync_numbers(runtime)

    assert (synced.active, carrier.asked) == (2, [])


def test_every_url_of_ours_has_the_carrier_come_again_when_we_fail(runtime: Runtime) -> None:
    urls = number_urls(runtime.settings) | {"text status": text_status_url(runtime.settings, 7)}

    # Without these in the fragment (handbook 1.2) one failure of ours is the end of a message.
    asked = {name: dict(parse_qsl(urlsplit(url).fragment)) for name, url in urls.items()}

    assert {
        name: set(each["rp"].split(",")) >= {"ct", "rt", "5xx"} for name, each in asked.items()
    } == dict.fromkeys(urls, True)
    assert min(int(each["rc"]) for each in asked.values()) >= 2
    assert urlsplit(urls["sms_fallback_url"]).path == urlsplit(urls["sms_url"]).path == "/twilio/sms"


def test_a_number_that_is_gone_is_switched_off_and_comes_back(
    make_runtime: Callable[..., Runtime], carrier: CallCarrier
) -> None:
    runtime = make_runtime(telephony=carrier)
    sync_numbers(runtime)
    everything, carrier.numbers = carrier.numbers, carrier.numbers[:1]

    gone = sync_numbers(runtime)
    carrier.numbers = everything
    back = sync_numbers(runtime)

    assert (gone.switched_off, back.active) == (1, 2)
    assert all(row["is_active"] for row in numbers.list_numbers(runtime.database))


@pytest.mark.parametrize(
    ("number", "parts"),
    [
        ("+12025550100", ("1", "202", "5550100")),
        ("+442079460123", ("44", "20", "79460123")),
        # Mobile numbers of most countries have no area.
        ("+4915123456789", ("49", "", "15123456789")),
        ("72345", ("", "", "72345")),
    ],
)
def test_a_number_is_split_into_its_parts(number: str, parts: tuple[str, str, str]) -> None:
    split = own_number(ProviderNumber("PN1", number))

    assert (split.country_code, split.area_code, split.phone_number) == parts
    assert split.full_number == number
