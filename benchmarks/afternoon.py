"""The peer of the webhook benchmark: the same webhooks as one would write them in an afternoon.

Flask, the SDK's RequestValidator, and table calls of the `supabase` client. It writes the same rows (call, utterances,
webhook), and has none of the guarantees: no claim, no stored document, no lease, no order of statuses.
"""

import os

from flask import Flask, Response, abort, request
from supabase import create_client
from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import Gather, VoiceResponse

PUBLIC_URL = os.environ["PUBLIC_URL"]
GREETING = "Hello. How can I help you?"

app = Flask(__name__)
validator = RequestValidator(os.environ["TWILIO_AUTH_TOKEN"])
supabase = create_client(os.environ["SUPABASE_URL"], os.environ["SUPABASE_SERVICE_ROLE_KEY"])


@app.before_request
def check_signature() -> None:
    """Refuse what Twilio did not sign."""
    url = PUBLIC_URL + request.full_path.rstrip("?")
    if not validator.validate(url, request.form, request.headers.get("X-Twilio-Signature", "")):
        abort(403)


def note(kind: str) -> None:
    """Store the webhook."""
    row = {"source": "twilio", "event_id": f"{request.form['CallSid']}:{kind}", "event_type": kind}
    supabase.table("webhook_events").insert(row).execute()


def say(text: str, number: int, *, over: bool = False) -> Response:
    """Say something and listen, or hang up."""
    document = VoiceResponse()
    if over:
        document.say(text)
        document.hangup()
    else:
        gather = Gather(
            input="dtmf speech",
            action=f"{PUBLIC_URL}/twilio/voice/turn?n={number}&k=0",
            num_digits=1,
            action_on_empty_result=True,
        )
        gather.say(text)
        document.append(gather)
    return Response(str(document), mimetype="text/xml")


def keep(call_id: int, number: int, speaker: str, text: str) -> None:
    """Store an utterance."""
    row = {
        "session_id": call_id,
        "sequence_number": number,
        "speaker": speaker,
        "content": text,
        "is_final": True,
    }
    supabase.table("transcripts").insert(row).execute()


@app.post("/twilio/voice")
def voice() -> Response:
    """A call begins."""
    form = request.form
    row = {
        "call_sid": form["CallSid"], "phone_number": form["From"], "from_number": form["From"], "to_number": form["To"],
        "direction": "inbound", "call_status": "in-progress", "transport": "gather",
    }  # fmt: skip
    call = supabase.table("call_history").insert(row).execute().data[0]
    note("voice")
    keep(call["id"], 0, "bot", GREETING)
    return say(GREETING, 1)


@app.post("/twilio/voice/turn")
def turn() -> Response:
    """The caller pressed a key, or was silent."""
    number = int(request.args["n"])
    call = (
        supabase.table("call_history").select("id").eq("call_sid", request.form["CallSid"]).execute().data[0]
    )
    key = request.form.get("Digits")
    if key:
        keep(call["id"], number * 10, "caller", f"(pressed {key})")
    answer = {
        "#": "Thank you for calling. Goodbye.",
        "*": GREETING,
        "0": "Nobody can take your call right now.",
    }.get(key or "", "Are you still there?")
    keep(call["id"], number * 10 + 1, "bot", answer)
    return say(answer, number + 1, over=key == "#")


@app.post("/twilio/voice/status")
def status() -> Response:
    """The call is over."""
    form = request.form
    change = {"call_status": form["CallStatus"], "duration": int(form.get("CallDuration", 0))}
    supabase.table("call_history").update(change).eq("call_sid", form["CallSid"]).execute()
    note(form["CallStatus"])
    return Response(status=204)
