"""Play a scenario of texts against the pure flow: no database, no network, a model that answers fixed words.

A scenario is a text file. Lines of the person and of the world: `them:` (several in a row are one batch), `media:`,
`code:` (right, wrong, limited: a text that held a code), `model:` (fails, or what it answers from now on), `opinion:`
(stop, go: the second opinion), `days:` (time passes, reminders come due), `operator:` (starts, off, on), `person:` and
`help:` (settings), `checked:` (a code elsewhere), `call:` (begins, says …, code …, drops, ends). Lines of ours: `us:`
and `bot:` with a shell pattern for each text and each thing said, `state:` with what the tables and the state hold.
What is not expected must not be sent.
"""

import json
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from voicebot.domain.onboarding import flow
from voicebot.domain.onboarding.moves import MAX_REMINDERS, REMIND_AFTER
from voicebot.domain.onboarding.reading import Reading
from voicebot.domain.onboarding.state import Medium, OnboardingPhase, Voice
from voicebot.domain.opt_out.judge import Keyword, Verdict, keyword_of, wants_no_more
from voicebot.domain.person.effects import (
    Effect,
    Escalate,
    GiveConsent,
    SetAiMode,
    SetOnboarding,
    SetProfile,
    SetVoice,
    StartVerification,
    Suppress,
)
from voicebot.domain.texts.our_name import signed
from voicebot.domain.thread.actions import AskModel, ReadAnswer, SendTexts, ThreadAction
from voicebot.domain.thread.events import (
    AnswerFailed,
    AnswerRead,
    CodeCheckedElsewhere,
    ModelAnswered,
    OnboardingWanted,
    Person,
    ReminderDue,
    StopWish,
    Text,
    TextsReceived,
    ThreadEvent,
)
from voicebot.domain.thread.flow import step
from voicebot.domain.thread.state import ThreadState
from voicebot.domain.verification.codes import CodeOutcome

VOICES = (
    Voice("v-anna", "Anna", "female"),
    Voice("v-ben", "Ben", "male"),
    Voice("v-clara", "Clara", "female"),
)
OUTCOMES = {"right": CodeOutcome.APPROVED, "wrong": CodeOutcome.WRONG, "limited": CodeOutcome.LIMITED}
STUB_ANSWER = "We open at eight."
OUR_NAME = "Harbour Street"


@dataclass
class World:
    """What the tables would hold, and the state between two events."""

    state: ThreadState = field(default_factory=ThreadState)
    person: Person = field(default_factory=Person)
    rows: dict[str, Any] = field(default_factory=lambda: {"codes": 0, "escalations": 0, "ai_mode": "ON"})
    model: str = STUB_ANSWER
    opinion: bool = False
    help_answered_by: str = "twilio"
    asked: int = 0
    days: int = 0
    next_id: int = 1
    batch: list[Text] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def text(self, body: str, **more: Any) -> Text:
        """One inbound message as the database would hand it over."""
        self.next_id += 1
        judgement = wants_no_more(body)
        judged = judgement.verdict is Verdict.UNSURE and self.opinion
        wish = (
            StopWish.RECORDED
            if judgement.verdict is Verdict.YES
            else StopWish.JUDGED
            if judged
            else StopWish.NONE
        )
        keyword = keyword_of(body)
        known = {"keyword": keyword, "stop_wish": StopWish.NONE if keyword else wish}
        return Text(self.next_id, body, **{**known, **more})

    def flush(self) -> None:
        """Hand over what they texted since the last time."""
        if not self.batch:
            return
        texts, self.batch, self.days = tuple(self.batch), [], 0
        # The database takes STOP, START and a code as it stores the text, before anybody answers it.
        self.arrive(texts)
        self.happen(
            TextsReceived(texts, self.person, self.rows["ai_mode"], self.help_answered_by, voices=VOICES)
        )

    def arrive(self, texts: tuple[Text, ...]) -> None:
        """Keep what is kept of texts as they come."""
        if any(text.code_outcome is CodeOutcome.APPROVED for text in texts):
            self.person = replace(self.person, verified=True)
        if any(text.keyword is Keyword.STOP or text.stop_wish is StopWish.RECORDED for text in texts):
            self.state = replace(self.state, stopped=True)
            if self.state.onboarding.unfinished and self.person.onboarding_status != "completed":
                self.take(SetOnboarding("failed"))

    def happen(self, event: ThreadEvent) -> None:
        """Take one event through stored states, and the model's answer if it is asked."""
        stored = ThreadState.from_json(json.loads(json.dumps(self.state.to_json())))
        assert stored == self.state
        self.state, actions = step(stored, event)
        assert sum(len(each.texts) for each in actions if isinstance(each, SendTexts)) <= 3
        self.do(actions)
        for unread in actions:
            if isinstance(unread, ReadAnswer):
                # The model finds neither a name nor a place.
                self.happen(AnswerRead(unread.words, Reading()))
        if AskModel() in actions:
            self.asked += 1
            self.happen(AnswerFailed("stub") if self.model == "fails" else ModelAnswered(self.model))

    def do(self, actions: list[ThreadAction]) -> None:
        """Carry out actions as the database would."""
        for action in actions:
            match action:
                case SendTexts(texts):
                    self.sent += [signed(text, OUR_NAME) for text in texts]
                case AskModel() | ReadAnswer():
                    pass
                case _:
                    self.take(action)

    def take(self, effect: Effect) -> None:
        """Write one effect into the rows."""
        match effect:
            case SetProfile(first_name, last_name, location):
                told = {"first_name": first_name, "last_name": last_name, "location": location}
                kept = {name: value for name, value in told.items() if value is not None}
                self.rows |= kept
                self.person = replace(self.person, **kept)
            case SetVoice(voice_id):
                self.rows["voice"] = voice_id
                self.person = replace(self.person, voice_id=voice_id)
            case SetOnboarding(status):
                self.rows["onboarding"] = status
                self.person = replace(self.person, onboarding_status=status)
            case GiveConsent(_, state, wording):
                self.rows |= {"consent": state, "wording": wording}
            case StartVerification(channel):
                self.rows |= {"codes": self.rows["codes"] + 1, "code_channel": channel}
            case Suppress(scope):
                self.rows["suppressed"] = scope
            case Escalate(reason):
                self.rows |= {"escalations": self.rows["escalations"] + 1, "escalated": reason}
            case SetAiMode(mode):
                self.rows["ai_mode"] = mode

    def pass_days(self, days: int) -> None:
        """Let time pass, with the reminders that come due in it."""
        for _ in range(days):
            self.days += 1
            sent = self.state.onboarding.reminders
            if sent < MAX_REMINDERS and self.days == REMIND_AFTER[sent].days:
                self.happen(ReminderDue(sent + 1))

    def call(self, words: str) -> None:
        """The same person on the telephone."""
        verb, _, rest = words.partition(" ")
        standing = self.state.onboarding
        match verb:
            case "begins" if standing.phase is OnboardingPhase.IDLE:
                turn = flow.begin(standing, VOICES, Medium.CALL)
            case "begins":
                turn = flow.resume(standing, Medium.CALL)
            case "says":
                turn = flow.answer(standing, rest, Medium.CALL)
            case "code":
                turn = flow.code_checked(standing, OUTCOMES[rest], Medium.CALL)
            case "drops":
                self.happen(OnboardingWanted(self.person, VOICES, call_dropped=True))
                return
            case _:
                raise AssertionError(f"call: {words}")
        self.state = replace(self.state, onboarding=turn.state)
        self.said.append(f"{self.model} {turn.reply}" if turn.ask_model else turn.reply)
        for effect in turn.effects:
            self.take(effect)

    def holds(self) -> dict[str, Any]:
        """Everything that a `state:` line may ask for."""
        standing = self.state.onboarding
        mine = {"phase": standing.phase.value, "question": standing.question.value, "model": self.asked}
        return {**mine, "stopped": self.state.stopped, "reminders": standing.reminders, **self.rows}


def play(path: Path) -> World:
    """Play one scenario. Raises AssertionError that names the line."""
    world = World()
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        verb, _, rest = (part.strip() for part in line.partition(":"))
        try:
            _play_line(world, verb, rest)
        except AssertionError as error:
            raise AssertionError(f"{path.name}:{number}: {line}\n{error}") from error
    world.flush()
    assert (world.sent, world.said) == ([], []), f"{path.name}: unexpected {world.sent or world.said}"
    return world


def _play_line(world: World, verb: str, rest: str) -> None:
    if verb in ("them", "media", "code"):
        # What was sent before must have been expected before.
        assert (world.sent, world.said) == ([], []), f"unexpected {world.sent or world.said}"
        world.batch.append(_inbound(world, verb, rest))
        return
    world.flush()
    match verb:
        case "us":
            _expect(world.sent, rest)
        case "bot":
            _expect(world.said, rest)
        case "state":
            held = world.holds()
            for name, _, value in (pair.partition("=") for pair in rest.split()):
                # A space in a value is written as ~.
                assert str(held.get(name, "")) == value.replace("~", " "), f"{name} is {held.get(name, '')}"
        case _:
            assert (world.sent, world.said) == ([], []), f"unexpected {world.sent or world.said}"
            _change(world, verb, rest)


def _inbound(world: World, verb: str, rest: str) -> Text:
    match verb:
        case "media":
            return world.text("", media=tuple(rest.split()))
        case "code":
            return world.text("[code]", code_outcome=OUTCOMES[rest])
    return world.text(rest)


def _expect(done: list[str], pattern: str) -> None:
    assert done, "nothing came"
    words = done.pop(0)
    assert fnmatchcase(words, pattern), f"came: {words}"


def _change(world: World, verb: str, rest: str) -> None:
    match verb:
        case "model":
            world.model = rest
        case "opinion":
            world.opinion = rest == "stop"
        case "days":
            world.pass_days(int(rest))
        case "call":
            world.call(rest)
        case "checked":
            world.happen(CodeCheckedElsewhere(OUTCOMES[rest]))
        case "operator" if rest == "starts":
            world.happen(OnboardingWanted(world.person, VOICES))
        case "operator":
            world.rows["ai_mode"] = rest.upper()
        case "help":
            world.help_answered_by = rest
        case "person":
            told = dict(pair.split("=") for pair in rest.split())
            flags = {name: told.pop(name) == "yes" for name in ("verified", "suppressed") if name in told}
            world.person = replace(world.person, **told, **flags)
        case _:
            raise AssertionError(f"no such line: {verb}")
