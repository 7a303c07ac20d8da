"""Take one event of a thread through the pure flow, and gather what must be committed with it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import dropwhile, takewhile

from voicebot.domain.languages.chosen import chosen_language
from voicebot.domain.languages.tongues import tongue_of
from voicebot.domain.onboarding.answers import about_voice
from voicebot.domain.onboarding.phrases import code_not_again_yet, code_refused
from voicebot.domain.onboarding.state import Voice
from voicebot.domain.opt_out.languages import language_written
from voicebot.domain.person.effects import Effect, StartVerification
from voicebot.domain.person.phone import person_number
from voicebot.domain.prices import text_usd
from voicebot.domain.texts.our_name import signed
from voicebot.domain.thread import flow
from voicebot.domain.thread.actions import AskModel, ReadAnswer, SendTexts, ThreadAction
from voicebot.domain.thread.decision import Author
from voicebot.domain.thread.events import Person, ThreadEvent
from voicebot.domain.thread.state import ThreadState
from voicebot.domain.verification.codes import CodePurpose
from voicebot.runtime import Runtime
from voicebot.services.meter import Meter
from voicebot.services.texts.request import is_verified
from voicebot.services.verification import verify_phone
from voicebot.storage import suppressions
from voicebot.storage.catalogue import voices
from voicebot.storage.texts.threads import ClaimedThread, ReplyText, ThreadMessage

AGAIN_SOON_S = 60.0
"""A person who asks again within a minute has a code that still counts."""
LOOKED_AT = 12
"""So many texts of somebody tell the language that they write in."""


@dataclass
class Reply:
    """What is to be committed."""

    state: ThreadState
    our_name: str
    texts: list[ReplyText] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    unread: tuple[str, ...] = ()
    """Words that the model is to look for an answer in, before the turn goes on."""
    meter: Meter = field(default_factory=Meter)
    author: Author = "rules"
    """Who wrote it."""
    own_tools: list[dict[str, object]] = field(default_factory=list)
    """The tools of the template's own that were asked for it, each with its `name`, and whether it was `done`."""

    @property
    def texts_usd(self) -> float:
        """What its texts cost."""
        return sum(text_usd(text.content) for text in self.texts)

    def take(self, event: ThreadEvent) -> bool:
        """Let the flow decide about the event; tell whether the model is asked now."""
        self.unread = ()
        self.state, actions = flow.step(self.state, event)
        return self._note(actions)

    def _note(self, actions: Sequence[ThreadAction]) -> bool:
        asks = False
        for action in actions:
            match action:
                case AskModel():
                    asks = True
                case ReadAnswer(unread):
                    self.unread = unread
                case SendTexts(words, kind):
                    self.texts += [ReplyText(signed(text, self.our_name), kind) for text in words]
                case _:
                    self.effects.append(action)
        return asks


def reply_of(runtime: Runtime, claimed: ClaimedThread) -> Reply:
    """Return an empty reply on the thread's state. A state of another version counts as none: the messages tell the rest."""
    try:
        state = ThreadState.from_json(
            claimed.state or {}, stopped=claimed.stopped, onboarding_by_call=claimed.onboarding_by_call
        )
    except (KeyError, TypeError, ValueError):
        state = ThreadState()
    if not claimed.waits_for_person:
        # The case was closed, so a new wish for a person is told anew.
        state = replace(state, person_asked_at=None)
    # Told anew with each turn: a person may have chosen another language meanwhile, and a template too.
    state = replace(state, onboarding=replace(state.onboarding, language=language_of(runtime, claimed)))
    return Reply(state, runtime.settings.service_name)


def language_of(runtime: Runtime, claimed: ClaimedThread) -> str:
    """Return the language in which somebody is texted: that which they chose, else write in, where the number's template has it."""
    offered = [str(tag) for tag in claimed.template.get("languages") or ()]
    wanted = str(claimed.profile.get("language") or "") or _written_by(claimed)
    return chosen_language(wanted, offered, runtime.settings.home_language)


def _written_by(claimed: ClaimedThread) -> str:
    """Return the language of somebody's texts; commands of the carrier show none.

    While our questions run, only texts before our first one count: a consent is recorded with its question's words, so
    the language stays.
    """
    messages: Iterable[ThreadMessage] = claimed.messages
    if claimed.onboarding.get("status") != "completed":
        theirs_first = dropwhile(lambda one: one.direction != "inbound", messages)
        messages = takewhile(lambda one: one.direction == "inbound", theirs_first)
    said = [one.content for one in messages if one.direction == "inbound" and one.keyword is None]
    return language_written(said[-LOOKED_AT:])


def person_of(runtime: Runtime, claimed: ClaimedThread) -> Person:
    """Return who texts, as far as the database knows. Raises DatabaseAway."""
    profile = claimed.profile
    return Person(
        first_name=profile.get("first_name") or "",
        last_name=profile.get("last_name") or "",
        location=profile.get("location") or "",
        voice_id=profile.get("voice_id"),
        onboarding_status=claimed.onboarding.get("status") or "pending",
        verified=is_verified(claimed),
        suppressed=suppressions.is_suppressed(runtime.database, claimed.customer_identifier),
    )


def onboards(runtime: Runtime, claimed: ClaimedThread) -> bool:
    """Whether a new person who texts this number gets our questions: the template's wish, or the setting."""
    return (claimed.template.get("onboarding") or runtime.settings.onboarding) != "none"


def start_verifications(runtime: Runtime, claimed: ClaimedThread, reply: Reply) -> None:
    """Send the codes that the onboarding asked for; the limits of codes decide whether one leaves.

    Runs before the commit: a repetition sends the same code, and a crash in between must not lose it. Raises
    DatabaseAway.
    """
    for effect in reply.effects:
        if isinstance(effect, StartVerification):
            number = person_number(claimed.customer_identifier)
            language = reply.state.onboarding.language
            asked = verify_phone.start(
                runtime, number, effect.channel, purpose=CodePurpose.ONBOARDING, language=language
            )
            if asked.limited and reply.texts:
                # The flow has promised a code in the last text, and none will come.
                last = reply.texts[-1]
                soon = asked.retry_after_s <= AGAIN_SOON_S
                words = (
                    code_not_again_yet(last.content, language)
                    if soon
                    else code_refused(asked.retry_after_s, language)
                )
                reply.texts[-1] = replace(last, content=words)


def voices_to_choose(runtime: Runtime, claimed: ClaimedThread) -> tuple[Voice, ...]:
    """Return the few voices that somebody may choose from; none for whom it was asked already."""
    if claimed.onboarding.get("status") == "completed":
        return ()
    rows = voices.voices_to_choose(runtime.database, tongue_of(language_of(runtime, claimed)))
    return tuple(Voice(row["voice_id"], row["name"], row["gender"]) for row in rows)


def voices_to_name(runtime: Runtime, claimed: ClaimedThread) -> tuple[Voice, ...]:
    """Return all voices that somebody may have by naming them; none where no voice is being chosen."""
    waiting = set(claimed.unanswered)
    speaks_of_voice = any(
        about_voice(message.content) for message in claimed.messages if message.id in waiting
    )
    if claimed.onboarding.get("status") == "completed" and not speaks_of_voice:
        return ()
    rows = voices.list_voices(runtime.database)
    return tuple(
        Voice(row["voice_id"], row["name"], row.get("gender")) for row in rows if not row.get("is_premium")
    )
