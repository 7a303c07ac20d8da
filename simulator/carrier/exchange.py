"""The parts of one carrier, made once and handed to whatever needs them."""

import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simulator.carrier.books.calls import CallBook, CallRecord
from simulator.carrier.books.messages import MessageBook
from simulator.carrier.books.numbers import OwnNumber, OwnNumbers, other_numbers
from simulator.carrier.books.opt_outs import OptOuts
from simulator.carrier.books.recordings import RecordingShelf
from simulator.carrier.books.text_view import text_view
from simulator.carrier.far_end.people import People
from simulator.carrier.far_end.said import SaidBook
from simulator.carrier.wire.callbacks import CallbackSender
from simulator.carrier.wire.feed import Feed
from simulator.carrier.wire.formats import lasting_sid
from simulator.carrier.wire.knobs import KnobBoard
from simulator.carrier.wire.ledger import Ledger
from simulator.carrier.wire.media import MediaCache
from simulator.carrier.wire.under_way import UnderWay
from simulator.carrier.wire.webhooks import WebhookClient
from simulator.config import SimulatorConfig

Synthesize = Callable[[str, str, str], bytes]
"""(text, voice, audio_format) -> audio, in the formats that the speech stand-in knows."""
Recognise = Callable[[bytes], str | None]
Understand = Callable[[bytes], Sequence[tuple[str, float]]]
"""Sound of the bot -> the texts in it, and the share of each that is there."""


@dataclass
class Exchange:
    """Everything one carrier consists of."""

    config: SimulatorConfig
    synthesize: Synthesize | None
    recognise: Recognise
    understand: Understand
    knobs: KnobBoard
    feed: Feed
    ledger: Ledger
    book: CallBook
    numbers: OwnNumbers
    people: People
    webhooks: WebhookClient
    callbacks: CallbackSender
    recordings: RecordingShelf
    media: MediaCache
    messages: MessageBook
    opt_outs: OptOuts = field(default_factory=OptOuts)
    said: SaidBook = field(default_factory=SaidBook)
    """What callers say on streams, for the stand-in transcribers."""
    texting: UnderWay = field(default_factory=UnderWay)
    """Texts that are being handed over, in either direction."""
    live: dict[str, Any] = field(default_factory=dict)
    """The calls that go on, by CallSid: each a `live_call.LiveCall`, which knows the exchange and not the other way round."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    next_slot: float = 0.0
    """Wall-clock moment from which the next REST call may leave the queue."""
    next_text_slot: dict[str, float] = field(default_factory=dict)
    """The same for texts, for each sender."""

    @property
    def service_sid(self) -> str:
        """The Messaging Service that the account's numbers belong to, when they do."""
        return self.config.messaging_service_sid or lasting_sid("MG", self.config.account_sid)

    def chance(self, record: CallRecord, what: str) -> random.Random:
        """Randomness that depends only on the seed, the call's number and its purpose."""
        return random.Random(f"{self.config.seed}:{record.index}:{what}")


def build_exchange(
    config: SimulatorConfig,
    *,
    synthesize: Synthesize | None = None,
    recognise: Recognise = lambda _: None,
    understand: Understand = lambda _: (),
) -> Exchange:
    """Make a carrier whose account has the configured number, and others beside it."""
    feed, knobs = Feed(), KnobBoard(config.seed)
    ledger = Ledger(feed)
    client = WebhookClient(config.auth_token, ledger)
    number = OwnNumber(
        config.account_sid,
        config.number,
        voice_url=config.voice_url,
        voice_fallback_url=config.fallback_url,
        status_callback=config.status_url,
        sms_url=config.sms_url,
        sms_fallback_url=config.sms_fallback_url,
    )
    return Exchange(
        config=config,
        synthesize=synthesize,
        recognise=recognise,
        understand=understand,
        knobs=knobs,
        feed=feed,
        ledger=ledger,
        book=CallBook(lambda record: feed.publish("status", record.sid, {"status": record.status})),
        numbers=OwnNumbers(
            number,
            *(OwnNumber(config.account_sid, each) for each in config.lines if each != config.number),
            *other_numbers(config.account_sid),
            file=_numbers_file(config),
            # URLs given at the start win over those that an earlier simulator left.
            told=frozenset({number.sid} if number.voice_url or number.sms_url else ()),
        ),
        people=People(),
        webhooks=client,
        callbacks=CallbackSender(client, knobs, ledger, feed, config.seed),
        recordings=RecordingShelf(),
        media=MediaCache(knobs),
        messages=MessageBook(lambda record: feed.publish("text", record.sid, text_view(record))),
    )


def _numbers_file(config: SimulatorConfig) -> Path | None:
    if config.data_dir is None:
        return None
    config.data_dir.mkdir(parents=True, exist_ok=True)
    return config.data_dir / "numbers.json"
