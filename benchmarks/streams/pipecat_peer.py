"""The peer: Pipecat behind a Twilio websocket, wired as its own Twilio example, with the same stand-ins as we have.

Its defaults: silero and smart-turn, its Twilio serialiser, metrics on, 8 kHz; no greeting. It runs in an environment of its own
(`.pipecat`) and imports nothing of ours.
"""

import argparse
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from typing import Any

os.environ["TWILIO_ACCOUNT_SID"] = ""

import aiohttp
import uvicorn
from fastapi import FastAPI, WebSocket
from loguru import logger
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.frames.frames import TranscriptionFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.runner.utils import parse_telephony_websocket
from pipecat.serializers.twilio import TwilioFrameSerializer
from pipecat.services.elevenlabs.tts import ElevenLabsHttpTTSService
from pipecat.services.openai.llm import OpenAILLMService
from pipecat.services.settings import STTSettings
from pipecat.services.stt_service import SegmentedSTTService
from pipecat.transports.websocket.fastapi import FastAPIWebsocketParams, FastAPIWebsocketTransport
from pipecat.utils.time import time_now_iso8601
from pipecat.workers.runner import WorkerRunner

PROMPT = "You answer the phone of a restaurant, in short sentences."


class StubTranscriber(SegmentedSTTService):
    """One request for each stretch of speech."""

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        super().__init__(settings=STTSettings(model=None, language=None), ttfs_p99_latency=1.0)
        self._url, self._http = url, http

    async def run_stt(self, audio: bytes) -> AsyncIterator[Any]:
        """Have it transcribed."""
        async with self._http.post(self._url, data=audio) as answer:
            text = (await answer.json())["text"]
        yield TranscriptionFrame(text, self._user_id, time_now_iso8601())


def make_app(stub: str) -> FastAPI:
    """Return the app that carries calls."""
    http: dict[str, aiohttp.ClientSession] = {}

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        http["all"] = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=60))
        yield
        await http["all"].close()

    app = FastAPI(lifespan=lifespan)

    @app.websocket("/ws")
    async def carry(socket: WebSocket) -> None:
        await socket.accept()
        _, data = await parse_telephony_websocket(socket)
        serializer = TwilioFrameSerializer(
            stream_sid=data["stream_id"],
            call_sid=data["call_id"],
            params=TwilioFrameSerializer.InputParams(auto_hang_up=False),
        )
        transport = FastAPIWebsocketTransport(
            socket,
            FastAPIWebsocketParams(
                audio_in_enabled=True, audio_out_enabled=True, add_wav_header=False, serializer=serializer
            ),
        )
        await run(transport, stub, http["all"])

    return app


async def run(transport: FastAPIWebsocketTransport, stub: str, http: aiohttp.ClientSession) -> None:
    """Carry one call."""
    model = OpenAILLMService(
        api_key="x",
        base_url=f"{stub}/v1",
        settings=OpenAILLMService.Settings(model="stub", system_instruction=PROMPT),
    )
    voice = ElevenLabsHttpTTSService(
        api_key="x",
        base_url=stub,
        aiohttp_session=http,
        settings=ElevenLabsHttpTTSService.Settings(voice="v"),
    )
    user, assistant = LLMContextAggregatorPair(
        LLMContext(), user_params=LLMUserAggregatorParams(vad_analyzer=SileroVADAnalyzer())
    )
    ear = StubTranscriber(f"{stub}/v1/stt", http)
    worker = PipelineWorker(
        Pipeline([transport.input(), ear, user, model, voice, transport.output(), assistant]),
        params=PipelineParams(
            audio_in_sample_rate=8000,
            audio_out_sample_rate=8000,
            enable_metrics=True,
            enable_usage_metrics=True,
        ),
    )

    @transport.event_handler("on_client_disconnected")
    async def disconnected(_transport: Any, _client: Any) -> None:
        await worker.cancel()

    runner = WorkerRunner(handle_sigint=False, force_gc=True)
    await runner.add_workers(worker)
    await runner.run()


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--stub", required=True)
    given = parser.parse_args()
    logger.remove()
    logger.add(sys.stderr, level="WARNING")
    uvicorn.run(make_app(given.stub), host="127.0.0.1", port=given.port, log_level="warning", loop="uvloop")


if __name__ == "__main__":
    main()
