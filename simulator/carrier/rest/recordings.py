"""Recordings over REST: start one on a call, list, fetch, and the audio itself (handbook 1.5)."""

from typing import Any

from flask import Blueprint, Response, request

from simulator.carrier.books.recordings import Recording
from simulator.carrier.exchange import Exchange
from simulator.carrier.rest.paging import page_of
from simulator.carrier.rest.recording_audio import recorded_wav
from simulator.carrier.verbs.recording import begin_recording, end_recording
from simulator.carrier.wire.rest_errors import RestError, not_found


def add_recording_routes(blueprint: Blueprint, exchange: Exchange) -> None:
    """Put the Recordings resources on the API's blueprint."""

    @blueprint.post("/<account>/Calls/<call_sid>/Recordings.json")
    def start_recording(call_sid: str) -> tuple[dict[str, Any], int]:
        return _start(exchange, call_sid).shown(), 201

    @blueprint.get("/<account>/Calls/<call_sid>/Recordings.json")
    def list_of_call(call_sid: str) -> dict[str, Any]:
        return _list(exchange, call_sid)

    @blueprint.post("/<account>/Calls/<call_sid>/Recordings/<sid>.json")
    def change_recording(call_sid: str, sid: str) -> dict[str, Any]:
        recording, call = _known(exchange, sid), exchange.live.get(call_sid)
        if request.form.get("Status") != "stopped" or call is None:
            raise RestError(400, 20001, "only Status=stopped of a call in progress is offered")
        end_recording(call, recording)
        return recording.shown()

    @blueprint.get("/<account>/Recordings.json")
    def list_recordings() -> dict[str, Any]:
        return _list(exchange, request.args.get("CallSid"))

    @blueprint.get("/<account>/Recordings/<sid>.json")
    def fetch_recording(sid: str) -> dict[str, Any]:
        return _known(exchange, sid).shown()

    @blueprint.delete("/<account>/Recordings/<sid>.json")
    def delete_recording(sid: str) -> tuple[str, int]:
        # Kept until it is deleted (handbook 9).
        exchange.recordings.remove(_known(exchange, sid))
        return "", 204

    @blueprint.get("/<account>/Recordings/<name>")
    def fetch_audio(name: str) -> Response:
        if "." in name and not name.endswith(".wav"):
            raise RestError(404, 20404, "this simulator keeps recordings as WAV")
        recording = _known(exchange, name.removesuffix(".wav"))
        if recording.status != "completed":
            # The address may be known before the audio can be fetched (handbook 1.4).
            raise not_found(request.path)
        return Response(recorded_wav(exchange, recording), mimetype="audio/x-wav")


def _known(exchange: Exchange, sid: str) -> Recording:
    recording = exchange.recordings.find(sid)
    if recording is None:
        raise not_found(request.path)
    return recording


def _list(exchange: Exchange, call_sid: str | None) -> dict[str, Any]:
    wanted = [each for each in exchange.recordings.newest_first() if call_sid in (None, each.call_sid)]
    return page_of(
        wanted,
        "recordings",
        sid=lambda recording: recording.sid,
        show=lambda recording: recording.shown(),
        path=f"/2010-04-01/Accounts/{exchange.config.account_sid}/Recordings.json",
        params=request.args.to_dict(),
    )


def _start(exchange: Exchange, call_sid: str) -> Recording:
    record, call = exchange.book.find(call_sid), exchange.live.get(call_sid)
    if record is None:
        raise not_found(request.path)
    if record.status != "in-progress" or call is None:
        raise RestError(400, 21220, "Requested resource is not eligible for recording")
    for running in exchange.recordings.of_call(call_sid):
        # A second parallel start is a silent no-op (handbook 1.5).
        if running.source == "StartCallRecordingAPI" and running.status == "in-progress":
            return running
    form = request.form
    events = frozenset(
        event for value in form.getlist("RecordingStatusCallbackEvent") for event in value.split()
    )
    return begin_recording(
        call,
        "StartCallRecordingAPI",
        2 if form.get("RecordingChannels") == "dual" else 1,
        callback_url=form.get("RecordingStatusCallback", ""),
        callback_method=form.get("RecordingStatusCallbackMethod", "POST"),
        callback_events=events or frozenset({"completed"}),
        track=form.get("RecordingTrack", "both"),
    )
