"""What a call template says: the one form in which people write it, for file, command, API and page.

A template says what the bot is on a number: how it greets, what it knows, which tools it has, when it is open, where people are
reached. Unknown keys are refused, because a misspelt one would be a wish that nobody fulfils.
"""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    model_validator,
)

from voicebot.domain.call.setup import BUILT_IN_TOOLS
from voicebot.domain.person.daytime import known_zone
from voicebot.domain.person.phone import parse_e164
from voicebot.domain.templates.opening_hours import (
    DAYS,
    OpeningHours,
    read_days,
    read_holiday,
    read_spans,
    write_spans,
)
from voicebot.domain.templates.own_tool import MOST_TOOLS, OwnTool
from voicebot.domain.templates.part import Language, Part
from voicebot.domain.templates.relay import RelayRule

MOST_TARGETS = 10
"""Numbers that one <Dial> may ring at once (handbook 2.5)."""
PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")
"""Where a variable stands in words of a template; its name is the group."""


def _number(text: str) -> str:
    found = parse_e164(text)
    if found is None:
        raise ValueError("expected a phone number in E.164, like +12025550123")
    return found


def _tool(name: str) -> str:
    if name not in BUILT_IN_TOOLS:
        raise ValueError(f"expected one of {', '.join(BUILT_IN_TOOLS)}")
    return name


def _zone(name: str) -> str:
    if known_zone(name) is None:
        raise ValueError("expected a time zone like Europe/Berlin")
    return name


def _one_line(name: str) -> str:
    if len(name.splitlines()) > 1:
        raise ValueError("expected one line")
    return name


def _one_or_more(value: Any) -> Any:
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


Words = Annotated[str, Field(max_length=1000)]
Fact = Annotated[str, Field(min_length=1, max_length=500)]
Number = Annotated[str, AfterValidator(_number)]
Languages = Annotated[tuple[Language, ...], Field(max_length=20)]
Numbers = Annotated[tuple[Number, ...], Field(min_length=1, max_length=MOST_TARGETS)]
VariableName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class Hours(Part):
    """When something is open."""

    timezone: Annotated[str, AfterValidator(_zone)] = Field(
        description="The zone of the hours, as Europe/Berlin."
    )
    week: dict[str, str] = Field(
        description="Hours by days: `mon-fri: 09:00-18:00`, `sat: 10:00-13:00, 14:00-16:00`. Other days are closed.",
        max_length=14,
    )
    holidays: tuple[Annotated[str, AfterValidator(read_holiday)], ...] = Field(
        (), max_length=200, description="Days off: `2026-12-25`, or `12-25` for every year."
    )

    @model_validator(mode="after")
    def _readable(self) -> "Hours":
        self.opening_hours()
        return self

    def opening_hours(self) -> OpeningHours:
        """Return the hours as the domain reckons with them. Raises ValueError."""
        week: dict[str, Any] = {}
        for days, spans in self.week.items():
            for day in read_days(days):
                if day in week:
                    raise ValueError(f"{day} stands twice in week")
                week[day] = read_spans(spans)
        return OpeningHours(self.timezone, week, self.holidays)

    @classmethod
    def of(cls, hours: OpeningHours) -> "Hours":
        """Return the hours as people write them: days in a row with the same hours are one line."""
        week: dict[str, str] = {}
        rows = [(day, write_spans(hours.week[day])) for day in DAYS if hours.week.get(day)]
        while rows:
            first, spans = rows[0]
            run = 1
            while (
                run < len(rows)
                and rows[run][1] == spans
                and DAYS.index(rows[run][0]) == DAYS.index(first) + run
            ):
                run += 1
            week[first if run == 1 else f"{first}-{rows[run - 1][0]}"] = spans
            rows = rows[run:]
        return cls(timezone=hours.timezone, week=week, holidays=hours.holidays)


class TransferRule(Part):
    """Where and how callers are put through to a person."""

    to: Annotated[
        Numbers,
        BeforeValidator(_one_or_more, json_schema_input_type=Numbers | Number),
    ] = Field(description="Numbers of people, in E.164.")
    order: Literal["in_turn", "at_once"] = Field(
        "in_turn", description="Ring one after the other, or all together."
    )
    ring_s: int = Field(20, ge=5, le=120, description="Seconds that each of them rings.")
    hours: Hours | None = Field(None, description="When people can be reached, if not in the number's hours.")


class ClosedRule(Part):
    """The differences outside the hours."""

    greeting: Words = Field("", description="Said in place of the greeting.")
    instead_of_transfer: Literal["message", "text"] = Field(
        "message", description="What a caller gets who wants a person: asked for a message, or a text."
    )
    text: Annotated[str, Field(max_length=480)] = Field("", description="The text that is sent for `text`.")

    @model_validator(mode="after")
    def _complete(self) -> "ClosedRule":
        if self.instead_of_transfer == "text" and not self.text:
            raise ValueError("instead_of_transfer: text needs the words in `text`")
        return self


class PauseRule(Part):
    """Whole seconds of silence that end the caller's words, by the kind of question."""

    yes_or_no: int | None = Field(None, ge=1, le=10, description="After a question for a yes or a no; 1.")
    open: int | None = Field(None, ge=1, le=10, description="After anything else; 2.")
    dictated: int | None = Field(
        None, ge=1, le=10, description="After a question for a number, a name, an address or a message; 3."
    )


class TurnRule(Part):
    """How the bot takes turns with its callers, on lines that hear them all the time."""

    patience: float | None = Field(
        None, ge=0.5, le=3.0, description="How much longer than usual a pause must be to end a turn; 1."
    )
    interrupt_ms: int | None = Field(
        None,
        ge=200,
        le=3000,
        description="How long speech lasts before it interrupts the bot, while its words are not known; 500.",
    )


class Limits(Part):
    """The limits of a call."""

    max_duration_s: int | None = Field(None, ge=60, le=14_400, description="The longest call.")
    silence_timeout_s: int | None = Field(
        None, ge=2, le=30, description="How long a silent caller is waited for."
    )
    pauses: PauseRule | None = Field(None, description="Which silence ends what a caller says.")
    turns: TurnRule | None = Field(None, description="How turns are taken on lines that stream.")
    speculation: bool = Field(
        True, description="Whether answers are begun before a caller is known to be done."
    )
    hints: tuple[Annotated[str, Field(min_length=1, max_length=100)], ...] = Field(
        (), max_length=500, description="Words that callers are likely to say."
    )


class Pronunciation(Part):
    """How the voice says a word; transcripts keep the word as it is written."""

    word: str = Field(min_length=1, max_length=60, description="The word or name, as it is written.")
    say: str = Field(min_length=1, max_length=100, description="How it is read, spelt as it sounds.")


class CallTemplate(Part):
    """A template. Words that are said may hold `{{line}}` and the template's own variables."""

    name: Annotated[str, AfterValidator(_one_line)] = Field(
        min_length=1,
        max_length=80,
        description="The name of the shop or office that answers; `{{line}}` says it.",
    )
    description: Words = Field("", description="For those who look after the template.")
    category: str = Field("", max_length=80, description="A word to find it by.")
    tags: tuple[Annotated[str, Field(min_length=1, max_length=40)], ...] = Field((), max_length=20)
    languages: Annotated[
        Languages,
        BeforeValidator(_one_or_more, json_schema_input_type=Languages | Language),
    ] = Field(
        (),
        description="Language tags; the first is the template's own, a caller's own choice wins.",
    )
    voice: str = Field("", max_length=100, description="A voice of `voicebot voices list`, by name or id.")
    greeting: Words = Field("", description="The first words of a call.")
    facts: tuple[Fact, ...] = Field((), max_length=300, description="What the bot knows, a sentence each.")
    pronunciations: tuple[Pronunciation, ...] = Field(
        (), max_length=200, description="Words that the voice reads in another spelling."
    )
    prompt: str = Field("", max_length=20_000, description="How the bot is to behave.")
    variables: dict[VariableName, Annotated[str, Field(max_length=500)]] = Field(
        {},
        max_length=50,
        description="Names that `{{name}}` stands for, with what they are when nobody says.",
    )
    tools: tuple[Annotated[str, AfterValidator(_tool)], ...] | None = Field(
        None, description="What the bot may do; all of it when left out."
    )
    own_tools: tuple[OwnTool, ...] = Field(
        (), max_length=MOST_TOOLS, description="What the bot may ask systems of yours for."
    )
    transfer: TransferRule | None = Field(None, description="Where callers are put through to.")
    hours: Hours | None = Field(None, description="When the number is open; always when left out.")
    closed: ClosedRule | None = Field(None, description="What is different outside the hours.")
    onboarding: Literal["none", "texts", "all"] | None = Field(
        None, description="Who is asked who they are: nobody, who texts, or callers too."
    )
    record: bool = Field(False, description="Whether calls are recorded.")
    recording_announcement: Words = Field("", description="Said before a recording begins.")
    bot_is_back: Words = Field(
        "",
        description="Said when a person of the team gives a call back to the bot, while the call is in the template's own language;"
        " our words in the call's language when left out.",
    )
    on_voicemail: Literal["hang_up", "leave_message", "text"] | None = Field(
        None, description="What an outbound call does at a mailbox; hangs up when left out."
    )
    voicemail_message: Words = Field("", description="Left at a mailbox, or texted, as `on_voicemail` says.")
    voicemail_again: Literal["never", "daily", "always"] | None = Field(
        None,
        description="Whether a person who has had the message gets it at another attempt; never when left out.",
    )
    detect_machines: bool = Field(
        True,
        description="Whether the carrier is asked who answered, for a price; words of mailboxes are known without.",
    )
    identity: Words = Field(
        "", description="Said to whoever screens the call: who calls. `This is {{line}}.` when left out."
    )
    call_purpose: Words = Field("", description="Said to whoever screens the call: what it is for.")
    goal: Words = Field(
        "", description="What an outbound call is to reach, as `The person names a day for the repair.`"
    )
    transport: Literal["gather", "relay", "media"] | None = Field(
        None, description="What carries the call; as `VOICE_TRANSPORT` says when left out."
    )
    engine: Literal["realtime"] | None = Field(
        None,
        description="`realtime`: one model hears and speaks by itself, on `transport: media`; a chat model, a transcriber and"
        " a voice when left out.",
    )
    engine_voice: (
        Literal["alloy", "ash", "ballad", "cedar", "coral", "echo", "marin", "sage", "shimmer", "verse"]
        | None
    ) = Field(None, description="The voice of `engine: realtime`; `marin` when left out.")
    relay: RelayRule | None = Field(None, description="How `transport: relay` hears and speaks.")
    limits: Limits = Field(
        default_factory=lambda: Limits.model_validate({}), description="What a call may take."
    )

    @model_validator(mode="after")
    def _fits(self) -> "CallTemplate":
        if self.closed and not self.hours:
            raise ValueError("closed: this line has no hours, so it never closes")
        if self.on_voicemail == "text" and not self.voicemail_message:
            raise ValueError("voicemail_message: needed, as on_voicemail is text")
        if self.engine and self.transport != "media":
            raise ValueError("transport: must be media, as engine is realtime")
        if self.engine and self.onboarding == "all":
            raise ValueError(
                "onboarding: callers cannot be asked while engine is realtime; `texts` or `none`"
            )
        if self.engine_voice and not self.engine:
            raise ValueError("engine_voice: is for `engine: realtime`")
        names = [tool.name for tool in self.own_tools]
        if len(set(names)) < len(names):
            raise ValueError("own_tools: two have the same name")
        if "line" in self.variables:
            raise ValueError("variables: `line` is the template's name")
        return self

    def written(self) -> dict[str, Any]:
        """Return the template in the form that people write: JSON's own types, without the missing values."""
        data = self.model_dump(mode="json", exclude_defaults=True)
        return {name: value for name, value in data.items() if value not in (None, "", [], {})}


def problems_of(errors: list[Any]) -> list[str]:
    """Return pydantic's errors as lines for people: the place and what was expected, without the written value."""
    lines = []
    for error in errors:
        place = ".".join(str(step) for step in error["loc"])
        message = str(error["msg"]).removeprefix("Value error, ")
        if error["type"] == "extra_forbidden":
            message = _unknown(error["loc"])
        lines.append(
            f"{place}: {message[:1].lower()}{message[1:]}" if place else f"{message[:1].lower()}{message[1:]}"
        )
    return lines


def _unknown(place: tuple[Any, ...]) -> str:
    known = _known_keys(place)
    near = get_close_matches(str(place[-1]), known, n=1)
    return f"unknown key; did you mean {near[0]}?" if near else f"unknown key; known are {', '.join(known)}"


def _known_keys(place: tuple[Any, ...]) -> list[str]:
    model: type[BaseModel] = CallTemplate
    for step in place[:-1]:
        annotation = model.model_fields[step].annotation if step in model.model_fields else None
        inner = next((kind for kind in _kinds(annotation) if issubclass(kind, BaseModel)), None)
        if inner is None:
            break
        model = inner
    return list(model.model_fields)


def _kinds(annotation: Any) -> list[type]:
    parts = getattr(annotation, "__args__", None) or (annotation,)
    return [part for part in parts if isinstance(part, type)]


def values_of(template: Mapping[str, Any], given: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the values of the placeholders: the template's name for `line`, and the given variables; others stay as
    written.
    """
    params = template.get("params")
    # Templates from before the checks may hold anything.
    known = {name: str(value) for name, value in params.items()} if isinstance(params, dict) else {}
    return {**known, **(given or {}), "line": str(template.get("name") or "")}
