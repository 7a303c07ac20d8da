"""Labelled scenes: what a caller's line carries, and the truth about it. The same seed makes the same talk."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks.turns import sounds
from benchmarks.turns.said import BOT, INTERRUPTIONS, LATER, LISTENING, Script, half_of, later_half_of
from benchmarks.turns.sounds import Random, Sound
from voicebot.domain.call.turn_taking.pauses import Asked

LEAD_MS, TAIL_MS = 600, 4200
_TO_SAY = ("interruption", "listening")
BESIDE = ("listening", "hum", "cough", "knock", "music", "echo")
"""What is to leave our speech alone."""
FIRST = tuple(language for language in BOT if language not in LATER)


@dataclass
class Scene:
    """One line for some seconds. Times are milliseconds from its beginning."""

    kind: str
    """`turn`: the caller has the word and says something; others happen while we speak."""
    language: str
    asked: Asked
    ulaw: bytes = b""
    begins_ms: int = 0
    ends_ms: int = 0
    words: list[tuple[str, int]] = field(default_factory=list)
    """What there is to transcribe, with the time at which each word ends."""
    pauses_ms: list[int] = field(default_factory=list)
    text: str = ""
    playing_db: list[float] = field(default_factory=list)
    """How loud we are in each frame; empty: we are silent."""
    noise_db: float = -70.0


def scenes(seed: int, half: int, *, repeats: int = 2, beside: int = 60) -> Iterator[Scene]:
    """Make one half of the set: 0 to tune by, 1 to report. `repeats` voices a line, `beside` scenes while we speak."""
    number = itertools.count()
    for script in half_of(half):
        for _ in range(repeats):
            yield _turn(script, np.random.default_rng([seed, half, next(number)]))
    for place in range(beside + beside // 2):
        kind = BESIDE[place % len(BESIDE)] if place < beside else "interruption"
        yield _while_we_speak(kind, np.random.default_rng([seed, half, next(number)]), FIRST)
    for script in later_half_of(half):
        for _ in range(repeats):
            yield _turn(script, np.random.default_rng([seed, half, next(number)]))
    for kind in (*BESIDE, "interruption", "interruption"):
        for _ in range(repeats):
            yield _while_we_speak(kind, np.random.default_rng([seed, half, next(number)]), LATER)


def _turn(script: Script, random: Random) -> Scene:
    scene = Scene("turn", script.language, script.asked, text=" | ".join(script.pieces))
    # espeak does not speak twice with the same bytes: nothing is drawn by how long a sound is.
    level, scene.noise_db = _level(random), _noise_db(random)
    parts = [sounds.silence(LEAD_MS)]
    name, pace, pitch = _speaker(script.language, random)
    for number, piece in enumerate(script.pieces):
        if number and random.random() < 0.85:
            pause = _pause_ms(script, script.pieces[number - 1], random)
            scene.pauses_ms.append(pause)
            parts.append(sounds.silence(pause))
        last = number == len(script.pieces) - 1
        _say(piece if last else f"{piece},", piece, (name, pace, pitch), parts, scene)
    scene.begins_ms = LEAD_MS
    scene.ends_ms = _ms(parts)
    parts.append(sounds.silence(TAIL_MS))
    return _carried(scene, np.concatenate(parts) * level, random)


def _say(spoken: str, piece: str, how: tuple[str, int, int], parts: list[Sound], scene: Scene) -> None:
    begins = _ms(parts)
    sound = sounds.voice(spoken, *how)
    parts.append(sound)
    length, place = len(sound) / 8, 0
    for word in piece.split():
        place += len(word) + 1
        scene.words.append((word, int(begins + length * min(1.0, place / (len(piece) + 1)))))


def _pause_ms(script: Script, before: str, random: Random) -> int:
    median = 650.0 if script.asked is Asked.DICTATED else 480.0
    if len(before) < 7:
        median = 700.0  # Somebody who looks for words.
    return int(np.clip(random.lognormal(np.log(median), 0.5), 180, 2200))


def _speaker(language: str, random: Random) -> tuple[str, int, int]:
    name = str(random.choice(sounds.VOICES[language]))
    return name, int(random.choice([130, 150, 170, 190, 215])), int(random.choice([30, 45, 60]))


def _ms(parts: list[Sound]) -> int:
    return sum(len(part) for part in parts) // 8


def _while_we_speak(kind: str, random: Random, languages: Sequence[str]) -> Scene:
    language = str(random.choice(list(languages)))
    scene = Scene(kind, language, Asked.OPEN, text=kind)
    level, scene.noise_db, echoes = _level(random), _noise_db(random), kind == "echo" or random.random() < 0.4
    place = random.random()
    name, pace, pitch = _speaker(language, random)
    ours = np.concatenate([sounds.silence(300), sounds.voice(BOT[language], name, 165, 50)])
    begins = int(1200 + place * (len(ours) / 8 - 4700))
    parts = [sounds.silence(begins)]
    if kind in _TO_SAY:
        said = str(random.choice((INTERRUPTIONS if kind == "interruption" else LISTENING)[language]))
        scene.text = said
        _say(said, said, (name, pace, pitch), parts, scene)
    else:
        parts.append(_beside(kind, random))
    scene.begins_ms, scene.ends_ms = begins, _ms(parts)
    whole = np.concatenate(parts) * level
    whole = np.concatenate([whole, np.zeros(max(0, len(ours) + 8 * 1500 - len(whole)))])
    if kind == "hum":
        scene.words.append(("mhm", scene.ends_ms))
    if echoes:
        back = sounds.echo(ours, random)[: len(whole)]
        whole[: len(back)] += back
        if kind == "echo":
            _add_own_words(scene, BOT[language], len(ours) / 8)
    scene.playing_db = _loudness(ours)
    return _carried(scene, whole, random)


def _beside(kind: str, random: Random) -> Sound:
    match kind:
        case "hum":
            return np.concatenate([sounds.hum(random), sounds.silence(10)])
        case "cough":
            return sounds.cough(random)
        case "knock":
            return sounds.knock(random)
        case "music":
            return sounds.music(20_000, random)
        case _:
            return sounds.silence(100)


def _add_own_words(scene: Scene, said: str, ends_ms: float) -> None:
    place = 0
    for word in said.split():
        place += len(word) + 1
        scene.words.append((word, int(500 + (ends_ms - 300) * place / len(said))))


def _loudness(sound: Sound) -> list[float]:
    frames = sound[: len(sound) // 160 * 160].reshape(-1, 160)
    return [float(db) for db in 10 * np.log10(np.mean(frames**2, axis=1) + 1e-9)]


def _level(random: Random) -> float:
    """How loud a caller is: nearer to the telephone or farther from it."""
    return float(10 ** (random.uniform(-8, 6) / 20))


def _noise_db(random: Random) -> float:
    return float(random.choice([-70, -60, -52, -45, -40]))


def _carried(scene: Scene, sound: Sound, random: Random) -> Scene:
    """Put a line's noise under a scene."""
    whole = sound + sounds.noise(len(sound), scene.noise_db, random)
    scene.ulaw = sounds.ulaw(whole[: len(whole) // 160 * 160])
    return scene
