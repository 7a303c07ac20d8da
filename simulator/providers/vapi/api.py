"""`/vapi/…`: Vapi's REST API as far as calls go (providers' handbook 5.1); `/providers/vapi`: how the stand-in is told what to do."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, request

from simulator.config import SimulatorConfig
from simulator.providers.faults import streamed
from simulator.providers.knobs import Knob, Mode
from simulator.providers.vapi.account import (
    CONCURRENCY,
    CreateFault,
    Ending,
    ServerUrl,
    VapiAccount,
)
from simulator.providers.vapi.reports import Reporter

LONGEST_NAME, LONGEST_NUMBER = 40, 40
CONCURRENCY_REACHED = Ending("call.start.error-subscription-concurrency-limit-reached", words=(), cost=0.0)


def vapi_blueprint(config: SimulatorConfig) -> Blueprint:
    """Make the stand-in; its state is `app.extensions["vapi"]`."""
    blueprint = Blueprint("vapi", __name__)
    account = VapiAccount()
    reporter = Reporter(account)
    blueprint.record(lambda state: state.app.extensions.update(vapi=(account, reporter)))
    _add_calls(blueprint, account, reporter, config)
    _add_configuration(blueprint, account)
    _add_control(blueprint, account, reporter)
    return blueprint


def vapi_of(app: Any) -> tuple[VapiAccount, Reporter]:
    """Return the account of an app, and what reports for it."""
    found: tuple[VapiAccount, Reporter] = app.extensions["vapi"]
    return found


def _add_calls(
    blueprint: Blueprint, account: VapiAccount, reporter: Reporter, config: SimulatorConfig
) -> None:
    @blueprint.before_request
    def authorise() -> tuple[Response, int] | None:
        open_paths = ("/providers/", "/vapi/control/")
        if request.path.startswith(open_paths) or request.headers.get("Authorization", "")[7:].strip():
            return None
        return _error(401, "Invalid Key.", "Unauthorized")

    @blueprint.post("/vapi/call")
    def create() -> tuple[Response, int] | Response:
        body = request.get_json(silent=True)
        fault = account.faults.popleft() if account.faults else None
        if fault is CreateFault.RATE_LIMIT:
            return _error(429, "Too many requests", "Too Many Requests")
        if fault is CreateFault.ERROR_BEFORE:
            return _error(500, "Internal server error")
        wrong = (
            _wrong_with(body)
            if fault is not CreateFault.REFUSE
            else "customer.number must be a valid phone number"
        )
        if wrong or not isinstance(body, Mapping):
            return _error(400, [wrong], "Bad Request")
        call = account.create(body, config.base_url)
        blocked = fault is CreateFault.BLOCKED
        reporter.lead(call["id"], CONCURRENCY_REACHED if blocked else account.ending_of(call))
        if fault is CreateFault.ERROR_AFTER:
            return _error(500, "Internal server error")
        if fault is CreateFault.LOSE_ANSWER:
            return streamed(iter(()), Knob("model", Mode.CUT), "application/json")
        limits = {
            "concurrencyBlocked": blocked,
            "concurrencyLimit": CONCURRENCY,
            "remainingConcurrentCalls": 0 if blocked else CONCURRENCY - 1,
        }
        return jsonify(call | {"subscriptionLimits": limits}), 201

    @blueprint.get("/vapi/call")
    def listing() -> Response:
        return jsonify(account.calls(request.args))

    @blueprint.get("/vapi/call/<call_id>")
    def show(call_id: str) -> tuple[Response, int] | Response:
        call = account.call(call_id)
        return jsonify(call) if call else _error(404, "Couldn't find call.", "Not Found")

    @blueprint.post("/vapi/control/<call_id>")
    def control(call_id: str) -> tuple[Response, int] | Response:
        body = request.get_json(silent=True)
        if isinstance(body, Mapping) and body.get("type") == "end-call":
            call = account.call(call_id)
            ending = account.ending_of(call) if call else Ending()
            reporter.finish(
                call_id, Ending("assistant-ended-call", ending.words, ending.seconds, ending.cost)
            )
        return jsonify({})


def _add_configuration(blueprint: Blueprint, account: VapiAccount) -> None:
    @blueprint.get("/vapi/phone-number/<number_id>")
    def number(number_id: str) -> Response:
        return jsonify({"id": number_id, "provider": "twilio"})

    @blueprint.get("/vapi/assistant/<assistant_id>")
    def assistant(assistant_id: str) -> Response:
        server = {"server": {"url": account.server.url}} if account.server.url else {}
        return jsonify({"id": assistant_id} | server)


def _add_control(blueprint: Blueprint, account: VapiAccount, reporter: Reporter) -> None:
    @blueprint.get("/providers/vapi")
    def shown() -> Response:
        return jsonify(
            calls=account.calls({}),
            posts=reporter.posts,
            idle=reporter.idle(float(request.args.get("wait", 0))),
        )

    @blueprint.post("/providers/vapi")
    def told() -> Response | tuple[Response, int]:
        try:
            _apply(account, request.get_json(silent=True))
        except (TypeError, ValueError, KeyError) as error:
            return jsonify(error=f"a field has an unusable value: {error}"), 400
        return jsonify({})

    @blueprint.post("/providers/vapi/calls/<call_id>/end")
    def end(call_id: str) -> Response:
        call = account.call(call_id)
        given = request.get_json(silent=True)
        ending = ending_from(given) if given else account.ending_of(call or {})
        return jsonify(ended=reporter.finish(call_id, ending))


def _apply(account: VapiAccount, given: Any) -> None:
    """Take `server`, `endings` (by number; `*` is everybody else) and `faults`, each where it is given."""
    if "server" in given:
        server = dict(given["server"])
        account.server = ServerUrl(**server | {"lose": frozenset(server.get("lose", ()))})
    for number, ending in given.get("endings", {}).items():
        if number == "*":
            account.otherwise = ending_from(ending)
        else:
            account.endings[number] = ending_from(ending)
    account.faults.extend(CreateFault(each) for each in given.get("faults", ()))


def ending_from(given: Mapping[str, Any]) -> Ending:
    """Read what becomes of a call."""
    words = tuple((str(role), str(said)) for role, said in given.get("words", ()))
    return Ending(**{**given, "words": words})


def _wrong_with(body: Any) -> str:
    """What Vapi refuses, as far as it matters here (providers' handbook 5.1)."""
    if not isinstance(body, Mapping):
        return "body must be an object"
    if (
        len(
            [
                name
                for name in ("assistantId", "assistant", "squadId", "squad", "workflowId")
                if body.get(name)
            ]
        )
        != 1
    ):
        return "exactly one of assistantId, assistant, squadId, squad, workflowId"
    if len([name for name in ("phoneNumberId", "phoneNumber") if body.get(name)]) != 1:
        return "exactly one of phoneNumberId, phoneNumber"
    if len(str(body.get("name") or "")) > LONGEST_NAME:
        return "name must be shorter than or equal to 40 characters"
    number = str((body.get("customer") or {}).get("number") or "")
    if not number.startswith("+") or not number[1:].isdecimal() or not 8 <= len(number) <= LONGEST_NUMBER:
        return "customer.number must be a valid phone number in the E.164 format."
    return ""


def _error(status: int, message: str | list[str], error: str | None = None) -> tuple[Response, int]:
    body: dict[str, Any] = {"message": message, "statusCode": status}
    return jsonify(body | ({"error": error} if error else {})), status
