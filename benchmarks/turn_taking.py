"""Turn taking against silence alone: how often callers are cut off, how long they wait, what interrupts us by mistake.

`python -m benchmarks.turn_taking` makes the labelled set, plays it and prints. The rules were tuned on the other half of
the lines and seeds (`--half 0`). Speech is espeak-ng's, the transcriber a stand-in that hears it nearly without mistakes:
the figures compare two ways of listening, they are no promise about a telephone.
"""

import argparse
from collections.abc import Sequence
from statistics import median

from benchmarks.turns.costs import print_costs
from benchmarks.turns.players import Ears, Outcome, heard_by, play, play_by_silence
from benchmarks.turns.scenes import BESIDE, scenes
from voicebot.domain.call.turn_taking.rules import TurnRules
from voicebot.providers.local.silero import Silero
from voicebot.providers.local.vad import SpeechDetector

SILENCES_MS = range(200, 2601, 20)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seed", type=int, default=2026)
    asked.add_argument("--half", type=int, default=1, choices=(0, 1))
    asked.add_argument("--repeats", type=int, default=3)
    asked.add_argument("--beside", type=int, default=120)
    asked.add_argument("--show", action="store_true", help="print what went wrong")
    options = asked.parse_args()
    model = Silero()
    detector = SpeechDetector(lambda: model)
    detector.load()
    made = heard_by(
        detector, scenes(options.seed, options.half, repeats=options.repeats, beside=options.beside)
    )
    turns = [each for each in made if each[0].kind == "turn"]
    others = [each for each in made if each[0].kind != "turn"]
    print(
        f"{len(turns)} turns, {sum(bool(scene.pauses_ms) for scene, _ in turns)} with pauses; {len(others)} scenes while we speak"
    )
    by_silence = {
        silence: [play_by_silence(scene, frames, silence) for scene, frames in turns]
        for silence in SILENCES_MS
    }
    for ears in Ears:
        ours = [
            play(scene, frames, ears, TurnRules(language=scene.language), options.seed)
            for scene, frames in turns
        ]
        _compare(ears, ours, by_silence)
        if options.show:
            _show([each for each in ours if each.cut_off or each.done_ms is None or each.wait_ms > 1500])
    _false_barge_ins("silence only", [play_by_silence(scene, frames, 800) for scene, frames in others])
    for ears in Ears:
        ours = [
            play(scene, frames, ears, TurnRules(language=scene.language), options.seed)
            for scene, frames in others
        ]
        _false_barge_ins(ears, ours)
        if options.show:
            _show([each for each in ours if (each.barged_ms is None) == (each.scene.kind == "interruption")])

    print_costs(model, turns)


def waits(outcomes: Sequence[Outcome]) -> list[int]:
    return sorted(each.wait_ms for each in outcomes if each.wait_ms is not None)


def cut_off_share(outcomes: Sequence[Outcome]) -> float:
    return sum(each.cut_off for each in outcomes) / len(outcomes)


def _compare(ears: str, ours: Sequence[Outcome], by_silence: dict[int, list[Outcome]]) -> None:
    own = waits(ours)
    silence, theirs = min(
        by_silence.items(), key=lambda item: abs(median(waits(item[1]) or [0]) - median(own))
    )
    share = cut_off_share(ours)
    print(
        f"\n{ears:10} ours:         cut off {share:6.1%}  wait {_spread(own)}  lost {sum(each.done_ms is None for each in ours)}"
    )
    print(
        f"{'':10} {silence:4} ms alone: cut off {cut_off_share(theirs):6.1%}  wait {_spread(waits(theirs))}"
    )
    as_good = next((key for key, value in by_silence.items() if cut_off_share(value) <= share), None)
    print(f"{'':10} silence alone cuts off as seldom from {as_good} ms on")


def _spread(values: list[int]) -> str:
    return f"median {median(values):5.0f}, p95 {values[int(len(values) * 0.95)]:5} ms"


def _false_barge_ins(name: str, outcomes: Sequence[Outcome]) -> None:
    shares = []
    for kind in BESIDE:
        those = [each for each in outcomes if each.scene.kind == kind]
        shares.append(f"{kind} {sum(each.barged_ms is not None for each in those)}/{len(those)}")
    wanted = [each for each in outcomes if each.scene.kind == "interruption"]
    found = sorted(each.barged_ms - each.scene.begins_ms for each in wanted if each.barged_ms is not None)
    early = sum(delay < 0 for delay in found)
    after = [delay for delay in found if delay >= 0]
    print(
        f"\n{name:12} false barge-ins: {', '.join(shares)}\n{'':12} interruptions noticed: {len(after)} of {len(wanted)}"
        f" ({early} too early), {_spread(after)} after they began"
    )


def _show(outcomes: Sequence[Outcome]) -> None:
    for each in outcomes:
        scene = each.scene
        signals = " ".join(f"{type(signal).__name__}@{signal.at_ms}" for signal in each.signals)
        print(
            f"    {scene.kind} {scene.language} {scene.asked} [{scene.text}] pauses {scene.pauses_ms} "
            f"{scene.begins_ms}-{scene.ends_ms} noise {scene.noise_db}: {signals}"
        )


if __name__ == "__main__":
    main()
