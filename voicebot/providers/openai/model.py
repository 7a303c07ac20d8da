"""The language model behind OpenAI's chat completions, or any server that speaks them.

Blocking code that cooperates with gevent. Requests are posted as they are, and deltas read raw (`event_stream`): through the
SDK's resources a request costs four times the CPU, and the SDK alone 50 MB a process (docs/decisions/055). Retries are ours
(`attempts`).
"""

import logging
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

import orjson

from voicebot.domain.loopback import is_loopback
from voicebot.providers.http.closable import ClosableStream, Exchange
from voicebot.providers.http.deadlines import Deadline, bound_reads
from voicebot.providers.http.direct_body import body_of
from voicebot.providers.http.errors import status_error, transport_error, unreadable
from voicebot.providers.http.event_stream import END, one_event, read_events
from voicebot.providers.http.poster import Poster
from voicebot.providers.http.warm import WarmConnections
from voicebot.providers.openai.attempts import Attempt, next_attempt
from voicebot.providers.openai.chat_pieces import ChatPieces
from voicebot.providers.openai.chat_request import ChatDialect
from voicebot.providers.openai.json_answer import read_answer, strict_schema
from voicebot.providers.ports import ModelPiece, ModelRequest, Outcome, ProviderError
from voicebot.providers.ports.model import Wanted
from voicebot.providers.slots.admission import Admission
from voicebot.providers.slots.rooms import Rates
from voicebot.providers.slots.share import Share
from voicebot.sockets.tls import trusted

PROVIDER = "openai"
PUBLIC_URL = "https://api.openai.com/v1"
AFTER_FINISH_S = 0.3
KEEP_ALIVE_S = 45.0
FIRST_SHARE = 0.6
MAX_ANSWER = 4 << 20
NEVER_HEALS = ("insufficient_quota", "billing_hard_limit_reached")
"""Answered with 429 as "too fast" is, and no wait helps (handbook 3.3)."""
SLOW_DOWN = "slow_down"
"""Answered with 429 where half of what we ask would do."""
CHARS_A_TOKEN = 4

log = logging.getLogger(__name__)


class _Refusal(Exception):
    """A 400; it may name a parameter that we can do without."""

    def __init__(self, parameter: str | None, message: str, error: ProviderError) -> None:
        super().__init__(error.code)
        self.parameter, self.message, self.error = parameter, message, error


class OpenAIModel:
    """`LanguageModel` over chat completions. One instance a process; safe to share between threads and greenlets."""

    def __init__(
        self,
        api_key: str,
        base_url: str | None,
        model: str,
        fallback_model: str | None = None,
        *,
        connect_timeout_s: float = 2.0,
        sleep: Callable[[float], None] = time.sleep,
        share: Share | None = None,
    ) -> None:
        """`base_url` includes `/v1`; None means OpenAI itself. `share`: what of the account's rates is this process's."""
        # Imported here: only a process that thinks should pay for it.
        import httpx2

        url = (base_url or PUBLIC_URL).rstrip("/")
        limits = httpx2.Limits(
            max_connections=None, max_keepalive_connections=100, keepalive_expiry=KEEP_ALIVE_S
        )
        # A redirect would carry what was said, and on the same host the key, to where nobody has sent us.
        client = httpx2.Client(
            limits=limits, trust_env=not is_loopback(base_url), verify=trusted(), follow_redirects=False
        )
        bound_reads(client)
        self._client, self._warm = client, WarmConnections(client, url)
        self.prewarm = self._warm.prewarm
        """Have connections ready for a call that begins; returns at once."""
        headers = {
            "Authorization": f"Bearer {api_key}",
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": "voicebot",
        }
        self._poster = Poster(client, f"{url}/chat/completions", headers, self._warm.pool)
        self._broken = self._poster.broken
        self._models = [model, *([fallback_model] if fallback_model and fallback_model != model else [])]
        self._dialects = {name: ChatDialect(name) for name in self._models}
        self._rates = {name: Rates(share or Share()) for name in self._models}
        self.admissions = [Admission(f"{PROVIDER}_{name}", rates) for name, rates in self._rates.items()]
        """The gates before the models, whose rates are their own."""
        self._admission = dict(zip(self._models, self.admissions, strict=True))
        self._connect_timeout_s, self._sleep = connect_timeout_s, sleep

    def stream(self, request: ModelRequest) -> ClosableStream[ModelPiece]:
        """Yield pieces as they arrive, with ModelDone at the end. Raises ProviderError, also in the middle.

        An answer without a word or a tool call is an error too (`empty`). Before the first piece another attempt is
        made within the remaining time; after it, never.
        """
        exchange = Exchange()
        return ClosableStream(self._attempts(request, exchange), exchange)

    def _attempts(self, request: ModelRequest, exchange: Exchange) -> Generator[ModelPiece]:
        total, tried = Deadline(request.total_timeout_s, exchange=exchange), []
        attempt = Attempt(self._models[0])
        while True:
            self._pause(attempt)
            tried.append(attempt.model)
            yielded = False
            try:
                with closing(self._stream_once(attempt.model, request, total)) as pieces:
                    for piece in pieces:
                        yielded = True
                        yield piece
                return
            except (ProviderError, GeneratorExit) as failure:
                if exchange.ended:
                    # A cancelled answer costs its connection; the next one does not wait for another.
                    self._warm.prewarm()
                if isinstance(failure, GeneratorExit):
                    raise
                following = None if yielded or exchange.ended else self._after(failure, tried, total)
                if following is None:
                    raise
                attempt = following

    def complete_json(self, request: ModelRequest, *, name: str, wanted: type[Wanted]) -> Wanted:
        """Return one object as `wanted` describes it. Raises ProviderError; `declined` when the model refuses.

        Only `total_timeout_s` counts, because a whole answer shows nothing before its end.
        """
        total, tried = Deadline(request.total_timeout_s), []
        attempt = Attempt(self._models[0])
        while True:
            self._pause(attempt)
            tried.append(attempt.model)
            last = len(tried) > 1 or len(self._models) == 1
            deadline = Deadline(total.left() * (1.0 if last else FIRST_SHARE))
            try:
                return self._json_once(attempt.model, request, name, wanted, deadline)
            except ProviderError as failure:
                following = self._after(failure, tried, total)
                if following is None:
                    raise
                attempt = following

    def close(self) -> None:
        """Close idle connections."""
        self._warm.close()
        self._poster.close()
        self._client.close()

    def _pause(self, attempt: Attempt) -> None:
        if attempt.pause_s > 0:
            self._sleep(attempt.pause_s)

    def _after(self, failure: ProviderError, tried: list[str], total: Deadline) -> Attempt | None:
        following = next_attempt(failure, tried=tried, models=self._models, left_s=total.left())
        log.warning(
            "a model attempt failed",
            extra={"provider": PROVIDER, "code": failure.code, "outcome": failure.outcome.value},
        )
        return following

    def _stream_once(self, model: str, request: ModelRequest, total: Deadline) -> Generator[ModelPiece]:
        deadline = Deadline(total.left(), exchange=total.exchange)
        deadline.until(request.first_token_timeout_s)
        dialect = self._dialects[model]
        with (
            self._admission[model].place(request.priority, tokens_of(request), exchange=deadline.exchange),
            self._answered(dialect, lambda: dialect.stream_body(model, request), deadline) as response,
        ):
            answer = ChatPieces(PROVIDER, model, dialect.thought, may_think=dialect.may_think)
            try:
                yield from self._pieces(response, answer, deadline, request.first_token_timeout_s)
            except self._broken:
                # Token counts that do not come are no reason to lose an answer that is complete.
                if not answer.finished:
                    raise
                yield answer.done()
            finally:
                if answer.finished:
                    dialect.thought, dialect.may_think = answer.thought, False

    def _pieces(
        self, response: Any, answer: ChatPieces, deadline: Deadline, gap_s: float
    ) -> Iterator[ModelPiece]:
        events = _events_of(response, deadline)
        for event in events:
            if event is END:
                yield from answer.ended()
                yield answer.done()
                # Reading on to the end of the body keeps the connection for the next turn.
                deadline.until(AFTER_FINISH_S)
                with suppress(ProviderError, *self._broken):
                    list(events)
                return
            pieces = answer.take(event)
            if answer.finished:
                deadline.until(AFTER_FINISH_S)
            elif answer.started:
                deadline.relax(gap_s)
            yield from pieces
        yield answer.done()

    def _json_once(
        self, model: str, request: ModelRequest, name: str, wanted: type[Wanted], deadline: Deadline
    ) -> Wanted:
        dialect, schema = self._dialects[model], strict_schema(wanted)
        with (
            self._admission[model].place(request.priority, tokens_of(request)),
            self._answered(
                dialect, lambda: dialect.json_body(model, request, name, schema), deadline
            ) as response,
        ):
            return read_answer(_whole(response), PROVIDER, wanted)

    @contextmanager
    def _answered(
        self, dialect: ChatDialect, body_now: Callable[[], dict[str, Any]], deadline: Deadline
    ) -> Iterator[Any]:
        """Post until the server takes our parameters; give its answer, headers read and body not."""
        while True:
            body = body_now()
            try:
                with self._exchange(body, deadline) as response:
                    yield response
                return
            except _Refusal as refusal:
                if not dialect.learn(body, refusal.parameter, refusal.message):
                    raise refusal.error from refusal

    @contextmanager
    def _exchange(self, body: dict[str, Any], deadline: Deadline) -> Iterator[Any]:
        connect = min(self._connect_timeout_s, deadline.left())
        try:
            with closing(self._poster.post(orjson.dumps(body), deadline, max(connect, 0.001))) as response:
                self._rates[body["model"]].learn(response.headers, time.monotonic())
                if not response.is_success:
                    refusal = _refusal_of(response)
                    if isinstance(refusal, ProviderError) and refusal.code == SLOW_DOWN:
                        self._rates[body["model"]].slow_down(time.monotonic())
                    raise refusal
                yield response
        except self._broken as error:
            raise transport_error(PROVIDER, error) from error


def _refusal_of(response: Any) -> Exception:
    """Read an error answer: the server's text, or, if it is JSON, the error's name and the parameter."""
    text = _whole(response)
    try:
        said = orjson.loads(text)
    except orjson.JSONDecodeError:
        said = None
    error = said.get("error", said) if isinstance(said, dict) else None
    fields = error if isinstance(error, dict) else {}
    code = fields.get("code") or fields.get("type")
    failure = status_error(PROVIDER, response.status_code, code=code, headers=response.headers)
    if code in NEVER_HEALS:
        return ProviderError(PROVIDER, str(code), Outcome.REFUSED, unwell=True)
    if response.status_code not in (400, 422):
        return failure
    parameter = fields.get("param")
    # Some servers put their words into a string, some into a list of findings.
    words = f"{fields.get('message', '')} {text.decode('utf-8', 'replace') if error is None else error}"
    return _Refusal(parameter if isinstance(parameter, str) else None, words, failure)


def tokens_of(request: ModelRequest) -> float:
    """Return about how many tokens a request counts for: what it says, and the longest answer."""
    said = sum(len(message.get("content") or "") for message in request.messages)
    return said / CHARS_A_TOKEN + request.max_tokens


def _events_of(response: Any, deadline: Deadline) -> Iterator[dict[str, Any]]:
    """The chunks of the answer; a server that does not stream sends one whole completion, which reads the same."""
    if "json" in response.headers.get("content-type", ""):
        return iter([one_event(_whole(response), PROVIDER)])
    return read_events(body_of(response, deadline), PROVIDER)


def _whole(response: Any) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > MAX_ANSWER:
            raise unreadable(PROVIDER)
    return bytes(body)
