"""One call as its page shows it: put together from its rows, also while it runs."""

from collections.abc import Mapping, Sequence
from typing import Any

from voicebot.console.calls.lanes import lanes
from voicebot.console.calls.reports import words_of
from voicebot.console.calls.speed import BUDGET_MS, STAGES, bars, by_utterance
from voicebot.console.calls.timeline import timeline
from voicebot.console.calls.tools import tools_by_utterance
from voicebot.console.calls.word_times import word_times
from voicebot.console.words import shown_call
from voicebot.domain.call.shown.cost import Used, by_product
from voicebot.domain.call.shown.evidence import quoted_in, shown_by
from voicebot.services.recordings.peaks import Peaks

Row = Mapping[str, Any]
UNSURE = 0.6
CLAIMS = {"key_decisions": "Decided", "action_items": "To do", "follow_up_questions": "Left open"}
GOALS = {"reached": "Goal reached", "not_reached": "Goal not reached", "unknown": "Goal unknown"}
DONE = {
    "call.watched": "watched",
    "transcript.read": "read it",
    "recording.heard": "heard the recording",
    "bundle.made": "took a support bundle",
    "call.whisper": "whispered to the bot",
    "call.say": "had the bot say something",
    "call.mute": "muted the bot",
    "call.unmute": "let the bot speak again",
    "call.take_over": "took the call over",
    "call.give_back": "gave the call back",
    "call.transfer": "transferred the call",
    "call.end": "ended the call",
}


def page_of_call(found: Row, page: Row, peaks: Peaks | None, recording: Row) -> dict[str, Any]:
    """Return the page's data out of show_call's and call_page's answers."""
    row, transcripts = found["call"], found["transcripts"]
    began = row["started_at"] or row["created_at"]
    speeds = bars(found["speeds"])
    at_utterance = by_utterance(speeds, transcripts, began)
    tools = tools_by_utterance(page, [one["sequence_number"] for one in transcripts])
    said = _timed([_utterance(one, at_utterance, tools) for one in transcripts], page.get("speech"))
    return {
        "call": shown_call(row) | {"outcome": row["outcome"], "transport": row["transport"]},
        "line": timeline(row, page, transcripts),
        "dials": page["dials"],
        "lanes": lanes(page.get("speech"), said, row["duration"], peaks, recording.get("offset_s", 0.0)),
        "recording": recording,
        "said": said,
        "speeds": speeds,
        "stages": list(STAGES.values()),
        "budget_ms": BUDGET_MS,
        "summary": _summary(found["summary"], transcripts),
        "cost": _cost(row, page, transcripts),
        "webhooks": [_webhook(one) for one in page["events"]],
        "people": [
            one | {"did": DONE.get(one["action"], one["action"].replace(".", " "))} for one in page["people"]
        ],
        "notes": page["notes"],
        "template": page["template"],
    }


def _utterance(row: Row, at_utterance: Mapping[int, Any], tools: Mapping[int, Any]) -> dict[str, Any]:
    """What was heard, and what of it was cut off."""
    content, heard = row["content"], row["heard"]
    is_cut = heard is not None and len(heard) < len(content)
    confidence, number = row["confidence_score"], row["sequence_number"]
    return {
        "id": row["id"],
        "number": number,
        "speaker": row["speaker"],
        "heard": heard if is_cut else content,
        "cut": content[len(heard) :] if is_cut else "",
        "heard_source": row["heard_source"],
        "confidence": confidence,
        "is_unsure": confidence is not None and confidence < UNSURE,
        "start_s": row["start_time_seconds"],
        "words_s": [],
        "latency_ms": row["latency_ms"],
        "bar": at_utterance.get(number),
        "tools": tools.get(number, []),
    }


def _timed(said: list[dict[str, Any]], speech: Row | None) -> list[dict[str, Any]]:
    """Put each utterance where it was begun, and tell when each of its words was said."""
    times = word_times(said, speech)
    return [
        one | {"start_s": words[0], "words_s": words} if (words := times.get(one["number"])) else one
        for one in said
    ]


def _summary(summary: Row | None, transcripts: Sequence[Row]) -> dict[str, Any] | None:
    if summary is None or summary["generation_status"] == "pending":
        return None
    if summary["generation_status"] != "success":
        return {"failed": summary["generation_error"] or "unknown"}
    said = [(one["sequence_number"], one["content"]) for one in transcripts]
    quote = next(iter(summary["conversation_highlights"] or ()), "")
    return {
        "title": summary["title"],
        "tldr": summary["tldr"],
        "claims": [
            {
                "name": words,
                "items": [
                    {"text": str(item), "by": shown_by(str(item), said)} for item in summary[name] or ()
                ],
            }
            for name, words in CLAIMS.items()
            if summary[name]
        ],
        "quote": {"text": quote, "by": quoted_in(quote, said)} if quote else None,
        "goal": {
            "words": GOALS.get(summary["goal"], summary["goal"]),
            "text": summary["goal_evidence"],
            "by": quoted_in(summary["goal_evidence"] or "", said),
        }
        if summary["goal"]
        else None,
    }


def _cost(row: Row, page: Row, transcripts: Sequence[Row]) -> dict[str, Any]:
    spent = float(page.get("spent_usd") or 0)
    used = Used(
        transport=row["transport"],
        minutes=page.get("paid_minutes") or 0,
        talk_s=float(row["duration"] or 0),
        caller_turns=sum(one["speaker"] == "caller" for one in transcripts),
        bot_words=[one["content"] for one in transcripts if one["speaker"] == "bot"],
        spent_usd=spent,
    )
    return {
        "products": [{"name": name, "usd": usd} for name, usd in by_product(used)] if spent else [],
        "sum_usd": round(spent, 4),
        "charged": row["cost"],
        "unit": row["price_unit"],
    }


def _webhook(event: Row) -> dict[str, Any]:
    is_refused = event["source"] == "refused"
    if is_refused:
        reason, _, route = event["type"].partition(" ")
        return {
            "type": route,
            "words": words_of(event["type"], event["source"]),
            "received_at": event["received_at"],
            "signature": f"refused: {reason}",
            "is_refused": True,
        }
    token = event["token_index"]
    signature = "signed" if token is None else f"signed with token {token + 1}"
    return {
        "type": event["type"],
        "words": words_of(event["type"]),
        "received_at": event["received_at"],
        "signature": signature,
        "is_refused": False,
    }
