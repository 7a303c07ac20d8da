"""What a campaign looks like in the terminal: its preview and its report."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from voicebot.commands.screen import plain, say, show_table, when
from voicebot.domain.dialling.calling_week import words_of as week_words
from voicebot.domain.dialling.reasons import words_of

Row = Mapping[str, Any]
MOST_TIMES = 5
"""Up to this many times of later dials are named in one sentence; the table has all of them."""


def say_campaign(row: Row) -> None:
    """Say under which rules it runs."""
    rules = [
        f"state {row['state']}",
        f"revision {row['revision']}",
        f"template {plain(row['template'])}" if row["template"] else "no template",
        f"{row['concurrent']} lines" if row["concurrent"] else "",
        f"{row['calls_per_second']:g} calls a second" if row["calls_per_second"] else "",
        f"{row['max_attempts']} {'attempt' if row['max_attempts'] == 1 else 'attempts'}",
        f"hours {week_words(row['time_window'])}" if row.get("time_window") else "",
    ]
    say(", ".join(one for one in rules if one))


def say_preview(told: Row, zone: ZoneInfo) -> None:
    """Say whom it would dial now, whom later, whom never."""
    say_campaign(told["campaign"])
    rows = [(told["now"], "now", "")]
    rows += [
        (
            one["people"],
            f"from {when(one['at'], zone)}" if one["at"] else "later",
            words_of(one["reason"]),
        )
        for one in told["later"]
    ]
    rows += [(one["people"], "never", words_of(one["reason"])) for one in told["never"]]
    show_table(("People", f"Dialled ({zone.key})", "Because"), rows, empty="")
    wait = "1 person waits" if told["waiting"] == 1 else f"{told['waiting']} people wait"
    say(f"{wait}; {_now_and_later(told, zone)}; {_takes(told)}; {_costs(told)}.")
    for reason in told["held_by"]:
        say(f"Nobody is dialled at this moment: {words_of(reason)}.")


def _now_and_later(told: Row, zone: ZoneInfo) -> str:
    later = [
        f"{one['people']} from {when(one['at'], zone)}" if one["at"] else f"{one['people']} later"
        for one in told["later"][:MOST_TIMES]
    ]
    return ", ".join([f"{told['now']} now", *later])


def _takes(told: Row) -> str:
    if told["takes_s"] is None:
        return "nobody knows how long dialling takes"
    looked_at = told["calls_looked_at"]["talk_s"]
    rests_on = {
        "template": f"by {looked_at} calls of its template",
        "calls": f"by {looked_at} calls that we made",
        "assumed": f"with calls of {spoken_time(told['talk_s'])}",
    }[told["talk_from"]]
    return f"dialling takes about {spoken_time(told['takes_s'])} ({rests_on}), were it alone"


def _costs(told: Row) -> str:
    looked_at = told["calls_looked_at"]["cost"]
    rests_on = {
        "template": f"by the prices of {looked_at} calls of its template",
        "calls": f"by the prices of {looked_at} calls that we made",
        "list_price": "by the carrier's list, while no call has a price",
    }[told["cost_from"]]
    return f"one call to each costs about {told['cost']:.2f} {told['currency']} ({rests_on})"


def spoken_time(seconds: float) -> str:
    """Return a length of time as people say it, as `40 minutes`."""
    for unit, size in (("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} seconds"


def say_report(told: Row, zone: ZoneInfo) -> None:
    """Say what came of it."""
    say_campaign(told["campaign"])
    rows: list[tuple[str, str, object]] = [("people", "", told["people"])]
    for what, name in (
        ("status", "by_status"),
        ("failed because", "failed_by"),
        ("carrier", "by_transport"),
        ("answered by", "by_answered_by"),
        ("goal", "by_goal"),
    ):
        rows += [(what, each, count) for each, count in sorted(told[name].items())]
    if told["invalid_numbers"]:
        rows.append(("invalid numbers", "in no rate", told["invalid_numbers"]))
    rows += [("attempts", "", told["attempts"]), ("calls under way", "", told["under_way"])]
    redials = told["redials_to_come"]
    rows.append(
        (
            "redials to come",
            f"from {when(redials['next_at'], zone)}" if redials["next_at"] else "",
            redials["people"],
        )
    )
    show_table(("What", f"Which ({zone.key})", "Count"), rows, empty="")
    if told["dialled"]:
        say(
            f"Talked with {told['talked_with']} of {told['dialled']} people who were dialled; "
            f"reached the goal with {told['reached']}."
        )
