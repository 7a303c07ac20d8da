"""What a process pays for SDKs it does not use, and whether they wait politely under gevent."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def run(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_the_adapters_imports_no_sdk():
    program = """
import sys
import voicebot.providers.openai.model, voicebot.providers.elevenlabs.voice
import voicebot.providers.twilio.telephony, voicebot.providers.slots.admission
from voicebot.providers.twilio.telephony import TwilioTelephony
TwilioTelephony("AC", "token")
print(sorted({"openai", "elevenlabs", "twilio", "httpx", "httpx2", "requests"} & set(sys.modules)))
"""
    assert run(program) == "[]"


def test_twenty_answers_and_utterances_wait_at_the_same_time_under_gevent():
    program = """
from gevent import monkey; monkey.patch_all()
import socket, threading, time
from voicebot.providers.elevenlabs.account import ElevenLabsAccount
from voicebot.providers.elevenlabs.voice import ElevenLabsVoice
from voicebot.providers.openai.model import OpenAIModel
from voicebot.providers.ports import ModelRequest

TOKEN = b'data: {"choices":[{"delta":{"content":"hi"},"finish_reason":"stop"}]}\\n\\ndata: [DONE]\\n\\n'

def serve(connection):
    asked = connection.recv(65536)
    while not asked.endswith(b"}"):
        asked += connection.recv(65536)
    time.sleep(0.5)  # slow on purpose: twenty in turn would take ten seconds
    body = TOKEN if b"chat/completions" in asked else b"sound"
    kind = b"text/event-stream" if body is TOKEN else b"audio/mpeg"
    connection.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Type: %s\\r\\nContent-Length: %d\\r\\n\\r\\n%s" % (kind, len(body), body))
    connection.close()

def accept():
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection,), daemon=True).start()

listener = socket.create_server(("127.0.0.1", 0), backlog=64)
threading.Thread(target=accept, daemon=True).start()
url = "http://127.0.0.1:%d" % listener.getsockname()[1]
model, voice = OpenAIModel("k", url + "/v1", "m"), ElevenLabsVoice(ElevenLabsAccount("k", url), "v")
request = ModelRequest(messages=[{"role": "user", "content": "hi"}])
answers = []

def think():
    answers.append(len(list(model.stream(request))))

def speak():
    answers.append(b"".join(voice.stream("hi", voice_id="v", audio_format="mp3_22050_32")))

threads = [threading.Thread(target=work) for work in [think, speak] * 10]
began = time.monotonic()
for thread in threads: thread.start()
for thread in threads: thread.join()
print(answers.count(2), answers.count(b"sound"), time.monotonic() - began < 3)
"""
    assert run(program) == "10 10 True"
