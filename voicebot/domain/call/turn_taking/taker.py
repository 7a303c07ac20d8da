"""Who has the word: when the caller takes it from us, and when they are done.

Pure: no clock but the frames', no network, no randomness; the same input gives the same signals. One object a call.

How a line uses it. Every frame goes to `frame`, every word of the transcriber to `words`, its own ends of turn to `hint`;
our sound is told by `bot` (and by `playing`, frame by frame, where the line knows it), what the bot waits for by `expect`.
SpeechStarted begins a transcription, BargeIn stops our audio (CallerStarted). MaybeDone has the words finalised; when they
are there they go to `words` first, and unless that gives Backchannel they are CallerMaybeDone. Resumed is CallerResumed,
TurnDone is CallerSaid with the final words, which may be blank after a sound that has interrupted us. After Backchannel the
words are dropped: nobody has said anything.

SpeechStarted is followed by TurnDone or Backchannel; between them MaybeDone and Resumed take turns.
"""

from voicebot.domain.call.turn_taking.finished import Finished, assents, how_finished, only_listens
from voicebot.domain.call.turn_taking.hearing import QUIET_DB, TAIL_MS, USUAL_PLAYING_DB, Hearing
from voicebot.domain.call.turn_taking.own_words import OwnWords
from voicebot.domain.call.turn_taking.pauses import Asked, Pauses
from voicebot.domain.call.turn_taking.rules import TurnRules
from voicebot.domain.call.turn_taking.signals import (
    FRAME_MS,
    Backchannel,
    BargeIn,
    EndHint,
    Frame,
    HoldMusic,
    MaybeDone,
    Noise,
    Resumed,
    Signal,
    SpeechStarted,
    TurnDone,
)
from voicebot.domain.call.turn_taking.vocabulary import vocabulary_of

_MOST_TEXT = 4000
_SHORT_SOUND_MS = 140
_GOES_ON_MS = 60
_CHECK_ECHO_MS = 100
_MUSIC_GAP_MS = 700
_ONE_BREATH_MS = 350
_VOICED_SHARE = 0.65
_ONSET_MS = 160
_SLOWEST_CALLER = 1.6
_USUAL_PAUSES = Pauses()
_LEAST_PATIENCE, _MOST_PATIENCE = 0.5, 4.0
_BEGINNING_MS = 1500


class TurnTaker:
    """Takes turns in one call."""

    def __init__(self, rules: TurnRules) -> None:
        self._rules = rules
        self._known = vocabulary_of(rules.language)
        self._hearing = Hearing()
        self._now = -1
        # Ours.
        self._bot_speaks = False
        self._bot_began_ms = self._bot_ended_ms = -10_000
        self._interruptible = True
        self._playing_db = QUIET_DB
        self._own_words = OwnWords()
        self._answer_due = False
        # What is waited for.
        self._asked = Asked.OPEN
        self._patience = rules.patience
        self._digits: int | None = None
        self._slowness = 1.0
        # The caller's.
        self._speaking = False
        self._tentative = False
        self._hinted = rules.ends_turns
        self._music = False
        self._forget()

    def _forget(self) -> None:
        """Begin anew: nothing has been said."""
        self._speaking = self._tentative = self._barged = self._listens_only = False
        self._voiced_ms = self._burst_ms = self._silent_ms = 0
        self._since_ms = self._last_ms = self._checked_ms = 0
        self._wordless_ms = self._asked_for = self._burst_since_ms = 0
        self._text = ""
        self._final = self._settled = self._echoes = False
        self._ended = False
        self._wait_ms: int | None = None

    # --- ours -------------------------------------------------------------------------------------

    def bot(
        self,
        speaking: bool,
        at_ms: int,
        *,
        interruptible: bool = True,
        words: str = "",
        loudness_db: float = USUAL_PLAYING_DB,
    ) -> None:
        """Our audio begins or ends at the caller's ear. `words`: what it says; `loudness_db`: how loud it is."""
        self._own_words.add(words)
        if self._bot_speaks and not speaking:
            self._bot_ended_ms = max(at_ms, self._now)
        if speaking and not self._bot_speaks and at_ms > self._bot_ended_ms + TAIL_MS:
            self._bot_began_ms = max(at_ms, self._now)
        self._bot_speaks, self._interruptible = speaking, interruptible
        self._playing_db = loudness_db if speaking else QUIET_DB
        self._answer_due = False
        self._wait_ms = None

    def playing(self, loudness_db: float) -> None:
        """Tell how loud the frame is that the caller hears now; optional, and echo is told apart the better by it."""
        self._playing_db = loudness_db

    def expect(self, pause_s: float, asked: Asked | None = None, *, digits: int | None = None) -> None:
        """Expect an answer. `pause_s` is Listen's, `asked` the kind that it was made for, `digits` the number asked for."""
        if asked is None:
            asked = min(Asked, key=lambda kind: abs(self._rules.pauses.after(kind) - pause_s))
        self._asked, self._digits = asked, digits
        # A template that waits longer on Gather waits longer here.
        patience = self._rules.patience * pause_s / _USUAL_PAUSES.after(asked)
        self._patience = max(_LEAST_PATIENCE, min(patience, _MOST_PATIENCE))
        self._answer_due = False
        self._wait_ms = None

    # --- the caller's sound -----------------------------------------------------------------------

    def frame(self, frame: Frame) -> list[Signal]:
        """Take in 20 ms of the caller's sound. A frame that is not later than the last one is ignored."""
        if frame.at_ms <= self._now:
            return []
        passed = min(frame.at_ms - self._now, 1000) if self._now >= 0 else FRAME_MS
        self._now = frame.at_ms
        voiced = self._hearing.hear(
            frame, self._playing_db, speaking=self._speaking, lenient=not self._ours_is_it()
        )
        signals: list[Signal] = [Noise(self._now)] if self._hearing.noise_began() else []
        if self._music:
            self._wait_for_gap(voiced, passed)
        elif voiced:
            self._sound(passed, signals)
        elif self._speaking or self._burst_ms:
            self._silence(passed, signals)
        return signals

    def _wait_for_gap(self, voiced: bool, passed: int) -> None:
        self._silent_ms = 0 if voiced else self._silent_ms + passed
        if self._silent_ms >= _MUSIC_GAP_MS:
            self._music = False
            self._forget()

    def _sound(self, passed: int, signals: list[Signal]) -> None:
        self._burst_ms += passed
        if not self._speaking:
            if self._burst_ms >= self._rules.start_ms and not self._is_echo():
                self._hearing.begin()
                self._since_ms = max(0, self._now - self._burst_ms - self._silent_ms)
                self._burst_since_ms = self._since_ms
                self._speaking, self._voiced_ms = True, self._burst_ms
                self._last_ms, self._silent_ms = self._now, 0
                signals.append(SpeechStarted(self._now, self._since_ms))
            return
        self._voiced_ms += passed
        if self._tentative and self._burst_ms < _GOES_ON_MS:
            return
        gap = self._silent_ms
        self._last_ms, self._silent_ms = self._now, 0
        if self._tentative:
            self._resume(signals, gap)
        if self._is_music():
            self._end(signals, Backchannel(self._now))
            self._music = True
            signals.append(HoldMusic(self._now))
        elif not self._barged and self._interrupts():
            self._barge_in(signals)

    def _silence(self, passed: int, signals: list[Signal]) -> None:
        self._silent_ms += passed
        if not self._speaking:
            if self._silent_ms > self._burst_ms:
                self._burst_ms = self._silent_ms = 0
            return
        if self._silent_ms > FRAME_MS:
            self._burst_ms = 0
        if self._tentative:
            over = self._silent_ms - self._wait()
            # A sound right now may be the caller going on.
            if over >= 0 and (over >= _ONSET_MS or not self._hearing.rises):
                self._conclude(signals)
        elif self._silent_ms >= self._rules.tentative_ms:
            if self._ours_is_it() and self._is_short():
                self._end(signals, Backchannel(self._now))
            else:
                self._pause(signals)

    # --- the caller's words -----------------------------------------------------------------------

    def words(self, text: str, *, final: bool, at_ms: int) -> list[Signal]:
        """Take all words of this turn so far. `final`: they answer a MaybeDone, and each MaybeDone gets one answer."""
        self._now = max(self._now, at_ms)
        text = text.strip()[-_MOST_TEXT:]
        if not any(char.isalnum() for char in text):
            text = ""
        signals: list[Signal] = []
        if self._music and text:
            self._music = False
            self._forget()
        if not self._speaking:
            return signals
        stale = False
        if final and self._asked_for:
            # An answer to an earlier tentative end does not know what was said since.
            self._asked_for -= 1
            stale = self._asked_for > 0
            final = not stale
        if not text and not final:
            return signals
        self._text, self._final = text, final
        self._settled = not stale and (final or at_ms - self._last_ms >= self._rules.settled_ms)
        self._wait_ms = None
        if text:
            self._wordless_ms = self._now
        if self._ours_is_it() and not self._barged:
            said = (
                self._own_words.left_of(text, self._known, self._hearing.is_echo)
                if self._bot_speaks
                else text
            )
            if text and not said:
                self._end(signals, Backchannel(self._now))
                return signals
            text = self._text = said
            if text and self._interruptible and not only_listens(text, self._known):
                self._barge_in(signals)
        if (
            self._tentative
            and final
            and not self._barged
            and only_listens(text, self._known)
            and not self._holds()
        ):
            if self._ours_is_it() or not text:
                self._end(signals, Backchannel(self._now))
        elif self._tentative and self._silent_ms >= self._wait():
            self._conclude(signals)
        elif not self._tentative and self._is_complete(text):
            self._pause(signals, complete=True)
        return signals

    def hint(self, hint: EndHint, at_ms: int) -> list[Signal]:
        """Take in what the transcriber says about the turn's end; it overrides silence."""
        self._now = max(self._now, at_ms)
        self._hinted = True
        self._wait_ms = None
        signals: list[Signal] = []
        if not self._speaking:
            return signals
        match hint:
            case EndHint.EAGER if not self._tentative:
                self._pause(signals)
            case EndHint.RESUMED if self._tentative:
                self._resume(signals, 0)
            case EndHint.ENDED:
                self._ended = True
                self._conclude(signals)
        return signals

    def meant(self, text: str, *, over_bot: bool) -> str:
        """Return what counts of words that were taken for no turn, if a turn follows them. `over_bot`: we were heard meanwhile."""
        if over_bot:
            text = self.not_ours(text)
        return "" if over_bot and only_listens(text, self._known) else text

    def not_ours(self, text: str) -> str:
        """Return what of some words is not an echo of ours."""
        return self._own_words.left_of(text, self._known, lambda: True)

    # --- judgements -------------------------------------------------------------------------------

    def _ours_is_it(self) -> bool:
        """Whether the word is ours: we speak, or are about to."""
        return self._bot_speaks or self._answer_due

    def _interrupts(self) -> bool:
        if not self._ours_is_it() or not self._interruptible:
            return False
        listens = bool(self._text) and only_listens(self._text, self._known)
        # We have just begun, so this may be our first echo, and its sound is not known yet.
        began = self._bot_speaks and self._now - self._bot_began_ms < _BEGINNING_MS
        needed = self._rules.goes_on_ms if listens or (began and not self._text) else self._rules.barge_in_ms
        if self._now - self._burst_since_ms < needed or self._voiced_ms < _VOICED_SHARE * needed:
            return False
        if self._text and not listens:
            return True
        return self._hearing.is_like_talk and not self._is_echo()

    def _is_echo(self) -> bool:
        """Whether the sound of now is our own; looked at ten times a second at most, and no in between is a yes."""
        if self._now > self._bot_ended_ms + TAIL_MS and not self._bot_speaks:
            return False
        if self._now - self._checked_ms >= _CHECK_ECHO_MS:
            self._checked_ms = self._now
            self._echoes = self._hearing.is_echo()
        return self._echoes

    def _holds(self) -> bool:
        """Whether a yes that was said into our question waits until the question is over."""
        return self._bot_speaks and self._asked is Asked.YES_OR_NO and assents(self._text, self._known)

    def _is_complete(self, text: str) -> bool:
        """Whether words that came in a short silence are clearly all; those that came before it lack the last ones."""
        if self._silent_ms < self._rules.complete_ms or self._ours_is_it() or self._hinted:
            return False
        return how_finished(text, self._asked, self._known, self._digits) is Finished.OVER

    def _is_short(self) -> bool:
        """Whether a sound was so short that only words make it one of a talk."""
        return self._voiced_ms < _SHORT_SOUND_MS and not self._text and not self._barged

    def _is_long(self) -> bool:
        """Whether sound without known words was too long for a cough."""
        return not self._text and not self._final and self._voiced_ms >= self._rules.barge_in_ms

    def _is_music(self) -> bool:
        since = max(self._since_ms, self._wordless_ms)
        return self._now - since >= self._rules.music_ms

    def _wait(self) -> int:
        if self._wait_ms is None:
            self._wait_ms = self._judged_wait()
        return self._wait_ms

    def _judged_wait(self) -> int:
        rules = self._rules
        if self._holds():
            return rules.held_ms
        if self._hinted:
            return rules.hinted_ms
        usual = rules.waits.after(self._asked) * self._patience * self._slowness
        if not self._text:
            return int(usual if self._final else max(usual, rules.tentative_ms + rules.words_ms))
        finished = how_finished(self._text, self._asked, self._known, self._digits)
        if not self._settled and finished is not Finished.GOES_ON:
            return int(max(usual, rules.tentative_ms + rules.words_ms))
        match finished:
            case Finished.OVER:
                return rules.clear_end_ms
            case Finished.LIKELY:
                return int(min(usual, (rules.clear_end_ms + usual) / 2))
            case Finished.UNSURE:
                return int(usual)
            case Finished.MAY_GO_ON:
                return int(usual * rules.may_go_on)
            case Finished.GOES_ON:
                dictated = self._asked is Asked.DICTATED
                longest = rules.unfinished_dictated_ms if dictated else rules.unfinished_ms
                return int(max(usual, longest * self._patience))

    # --- moves ------------------------------------------------------------------------------------

    def _pause(self, signals: list[Signal], *, complete: bool = False) -> None:
        self._tentative, self._final, self._settled = True, False, False
        self._asked_for += 1
        signals.append(MaybeDone(self._now, self._last_ms, complete))

    def _resume(self, signals: list[Signal], gap_ms: int) -> None:
        self._tentative = self._final = self._settled = False
        if gap_ms > _ONE_BREATH_MS:
            # Sound after a pause interrupts by its own length only: many short sounds are no speech.
            self._voiced_ms, self._burst_since_ms = self._burst_ms, self._now - self._burst_ms
        self._wait_ms = None
        # A caller who pauses long within a turn will do it again.
        usual = self._rules.waits.after(self._asked)
        self._slowness = max(self._slowness, min(_SLOWEST_CALLER, gap_ms * 1.25 / usual))
        signals.append(Resumed(self._now, self._now - self._burst_ms))

    def _barge_in(self, signals: list[Signal]) -> None:
        self._barged = True
        signals.append(BargeIn(self._now))

    def _conclude(self, signals: list[Signal]) -> None:
        """The silence is long enough, or the transcriber knows: it was a turn, or it was nothing."""
        if not self._barged and self._ours_is_it():
            protected = self._bot_speaks and not self._interruptible
            if only_listens(self._text, self._known) and not (protected and self._is_long()):
                self._end(signals, Backchannel(self._now))
                return
            if protected:
                return  # The greeting is heard to its end; what was said into it is answered then.
            self._barge_in(signals)
        if (self._final and not self._text and not self._barged) or self._is_short():
            self._end(signals, Backchannel(self._now))
            return
        self._end(signals, TurnDone(self._now, self._last_ms))
        self._answer_due = True
        self._slowness = 1.0 + (self._slowness - 1.0) * 0.7

    def _end(self, signals: list[Signal], end: TurnDone | Backchannel) -> None:
        signals.append(end)
        self._forget()
