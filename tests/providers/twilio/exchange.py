"""What Twilio's REST API holds in these tests: an account, a call of it and what it tells of one."""

from urllib.parse import parse_qsl

from voicebot.providers.ports import NewCall, Outcome

NOT_SENT, REFUSED, UNKNOWN = Outcome.NOT_SENT, Outcome.REFUSED, Outcome.UNKNOWN
ACCOUNT, TOKEN = "AC" + "0" * 32, "1" * 32
CALL, RECORDING, NUMBER = "CA" + "a" * 32, "RE" + "b" * 32, "PN" + "c" * 32
TWILIO = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}"
NEW = NewCall(
    to="+12025550123",
    from_number="+12025550100",
    url="https://bot.example/twilio/voice/outbound",
    fallback_url="https://bot.example/twilio/voice/fallback",
    status_url="https://bot.example/twilio/voice/status",
    ring_s=20,
    time_limit_s=600,
)
QUEUED = {
    "sid": CALL,
    "status": "queued",
    "direction": "outbound-api",
    "from": "+12025550100",
    "to": "+12025550123",
    "duration": None,
    "price": None,
    "price_unit": "USD",
    "date_created": "Tue, 31 Aug 2010 20:36:28 +0000",
    "start_time": None,
    "end_time": None,
}
DONE = QUEUED | {
    "status": "completed",
    "duration": "42",
    "price": "-0.01500",
    "start_time": "Tue, 31 Aug 2010 20:36:29 +0000",
    "end_time": "Tue, 31 Aug 2010 20:37:11 +0000",
}


def form(call) -> list[tuple[str, str]]:
    return parse_qsl(call.request.body)
