"""A transcriber of the operator's own, by HTTP: each utterance is posted to `…/stt` as a WAV file of mu-law, `{"text"}` comes back.

It takes the place of a connection, so that a call's ear treats it like every other transcriber.
"""

import queue
import struct
import threading
from collections.abc import Sequence

import requests

from voicebot.domain.loopback import is_loopback
from voicebot.providers.hearing.dialect import (
    BYTES_PER_S,
    Heard,
    Message,
    PlainDialect,
    fields_of,
    garbage,
)
from voicebot.providers.hearing.doors import Door
from voicebot.providers.http.errors import status_error, transport_error, unreadable
from voicebot.providers.ports import FinalWords, Listening, ProviderError
from voicebot.sockets.ending import SocketClosed

PROVIDER = "own-request"
LONGEST_UTTERANCE_S = 60.0
CONNECT_S, ANSWER_S = 2.0, 5.0
MOST_ANSWER = 64 * 1024
ASK = "ask"
"""In place of a message: the utterance so far is over."""


def wav(mulaw: bytes) -> bytes:
    """Return mu-law at 8 kHz as a WAV file (format 7, one channel, 8 bits)."""
    form = struct.pack("<HHIIHHH", 7, 1, BYTES_PER_S, BYTES_PER_S, 1, 8, 0)
    fact = struct.pack("<I", len(mulaw))
    chunks = b"".join(
        name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
        for name, body in ((b"fmt ", form), (b"fact", fact), (b"data", mulaw))
    )
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


class RequestWire:
    """Gathers sound, posts it when it is asked for, and gives the answers in their order."""

    def __init__(self, session: requests.Session, url: str) -> None:
        self._session, self._url = session, url
        self._sound = bytearray()
        self._utterances: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[bytes | ProviderError | None] = queue.SimpleQueue()
        self._closed = False
        threading.Thread(target=self._post_all, name="ear-post", daemon=True).start()

    def send(self, message: Message) -> None:
        """Take sound, or the end of an utterance."""
        if isinstance(message, bytes):
            self._sound += message
            del self._sound[: -int(LONGEST_UTTERANCE_S * BYTES_PER_S)]
        else:
            self._utterances.put(bytes(self._sound))
            self._sound.clear()

    def receive(self, timeout_s: float | None = None) -> Message | None:
        """Return the next answer. Raises ProviderError, and SocketClosed after `close`."""
        if self._closed:
            raise SocketClosed(1000, "")
        try:
            answer = self._answers.get(timeout=timeout_s)
        except queue.Empty:
            return None
        if isinstance(answer, ProviderError):
            raise answer
        if answer is None:
            raise SocketClosed(1000, "")
        return answer

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Ask nothing any more."""
        del code, reason
        self._closed = True
        self._utterances.put(None)
        self._answers.put(None)

    def _post_all(self) -> None:
        while (sound := self._utterances.get()) is not None and not self._closed:
            try:
                self._answers.put(self._post(sound))
            except ProviderError as error:
                self._answers.put(error)

    def _post(self, sound: bytes) -> bytes:
        try:
            with self._session.post(
                self._url,
                data=wav(sound),
                headers={"Content-Type": "audio/wav"},
                timeout=(CONNECT_S, ANSWER_S),
                stream=True,
                allow_redirects=False,
            ) as answer:
                if answer.status_code != 200:
                    raise status_error(PROVIDER, answer.status_code, headers=answer.headers)
                return _whole(answer)
        except (requests.RequestException, OSError) as error:
            raise transport_error(PROVIDER, error) from error


def _whole(answer: requests.Response) -> bytes:
    body = bytearray()
    for chunk in answer.iter_content(8192):
        body += chunk
        if len(body) > MOST_ANSWER:
            raise unreadable(PROVIDER)
    return bytes(body)


class RequestDialect(PlainDialect):
    """What is posted, and what the answer means."""

    provider = PROVIDER
    batch_bytes = 4000

    def sound(self, mulaw: bytes) -> Message:
        """Return the bytes themselves."""
        return mulaw

    def finish(self) -> Sequence[Message]:
        """Post what was gathered."""
        return (ASK,)

    def heard(self, message: Message) -> Sequence[Heard]:
        """Return the words of an answer."""
        fields = fields_of(message)
        if fields is None or not isinstance(fields.get("text"), str):
            return (garbage(PROVIDER),)
        language = fields.get("language")
        return (
            FinalWords(
                self.take_settled(fields["text"]),
                language=language[:2] if isinstance(language, str) and language else None,
            ),
        )


def own_request_door(base_url: str) -> Door:
    """Return the way to `…/stt`; `base_url` has `/v1`. Connections are kept for the next utterance."""
    session = requests.Session()
    session.trust_env = not is_loopback(base_url)
    session.mount("http", requests.adapters.HTTPAdapter(pool_maxsize=100))

    def enter(listening: Listening) -> tuple[RequestWire, RequestDialect]:
        del listening
        return RequestWire(session, f"{base_url}/stt"), RequestDialect()

    return Door(PROVIDER, ends_turns=False, enter=enter)
