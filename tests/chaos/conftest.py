"""A house to break things in, and a caller who listens closely."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.mmap_dict import MmapedDict

from simulator.phone.client import PhoneClient
from tests.house import CALLER, House, open_house
from tests.support.servers import MIGRATED, Server, migrated_server
from tests.support.waiting import wait_for
from voicebot.domain.call.phrases import FILLERS, phrase

MOST_SILENCE_S = 4.0
"""Promise 7 of `docs/promises.md`: the longest silence that the bot may owe."""
PATIENCE_S = 40.0
"""A test waits this long for what should take seconds: beyond it the call hangs."""


@dataclass
class Call:
    """One call, and what was heard in it so far."""

    phone: PhoneClient
    sid: str
    view: dict[str, Any] = field(default_factory=dict)

    @property
    def over(self) -> bool:
        return bool(self.view["over"])

    @property
    def silence_s(self) -> float:
        """The longest silence that the bot owed."""
        return float(self.view["ear"]["longest_silence_s"])

    def listen(self, wanted: str = "turn") -> list[str]:
        """Wait for our turn, or the end; return what the bot said meanwhile."""
        heard = len(self.view.get("heard", ()))
        after = heard if wanted == "turn" else 0
        self.view = self.phone.wait(self.sid, wanted, after=after, timeout_s=PATIENCE_S)
        return spoken(self.view["heard"][heard:])

    def say(self, text: str) -> list[str]:
        """Say something and return the answer."""
        self.phone.say(self.sid, text)
        return self.listen()

    def hang_up(self) -> None:
        if not self.over:
            self.phone.hangup(self.sid)
        self.listen("over")


def spoken(items: list[dict[str, Any]]) -> list[str]:
    """The bot's words among what was heard."""
    return [item["text"] or "" for item in items if item["kind"] in ("say", "play")]


def without_fillers(texts: list[str]) -> str:
    """What was said as one text, without what only bridges a wait."""
    fillers = {phrase(name) for name in FILLERS}
    return " ".join(text for text in texts if text not in fillers)


def is_whole(house: House) -> bool:
    """Whether two web processes take requests: the last thing that each does before is to watch its own lag."""
    pids = house.web_pids()
    return len(pids) == 2 and all(gauge(house, f"gauge_livemax_{pid}", "hub_lag_worst") for pid in pids)


def gauge(house: House, file: str, name: str) -> float:
    """What one web process last measured under a name; 0 before it has."""
    path = metrics_of(house) / f"{file}.db"
    if not path.exists():
        return 0.0
    values = MmapedDict.read_all_values_from_file(str(path))
    return float(sum(value for key, value, *_ in values if name in key))


def metrics_of(house: House) -> Path:
    """Where the web processes keep what they measured."""
    return Path(house.settings.data_dir) / "metrics" / house.settings.role


def live_turns(house: House) -> dict[int, float]:
    """How many answers each web process is making now, by its pid: what `/metrics` adds up."""
    return {pid: gauge(house, f"gauge_livesum_{pid}", "voicebot_live_turns") for pid in house.web_pids()}


def model_requests(house: House) -> int:
    """How often the model's stand-in was asked since its switches were last put back."""
    return int(house.phone.provider_knobs(target="voice", mode="ok")["counts"]["model"])


@pytest.fixture(scope="session")
def frail_server() -> Iterator[Server]:
    """A durable server that goes away now and then."""
    with migrated_server(durable=True) as running:
        yield running


@pytest.fixture(scope="session")
def frail_house(frail_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house on it, for all tests that take its database away or kill what is in it."""
    with open_house(tmp_path_factory.mktemp("frail"), frail_server.dsn(MIGRATED)) as house:
        yield house


@pytest.fixture
def house(running_house: House) -> Iterator[House]:
    """The shared house, whole, with every switch where it belongs."""
    wait_for(lambda: is_whole(running_house), timeout_s=60.0)
    running_house.tidy()
    yield running_house
    running_house.tidy()


@pytest.fixture
def phone(house: House) -> PhoneClient:
    return house.phone


@pytest.fixture
def begin(house: House) -> Iterator[Callable[..., Call]]:
    """Phone the bot and listen to its greeting; whatever is still up in the end is put down."""
    begun: list[Call] = []

    def call(from_number: str = CALLER, *, listening: bool = True, speed: float | None = None) -> Call:
        begun.append(Call(house.phone, house.phone.call(from_number, speed=speed)))
        if listening:
            begun[-1].listen()
        return begun[-1]

    yield call
    for each in begun:
        if not house.phone.get(each.sid)["over"]:
            house.phone.hangup(each.sid)
