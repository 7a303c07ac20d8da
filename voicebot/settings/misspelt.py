"""Find the setting that a misspelt variable of the environment means, and leave other programs' variables alone.

An environment belongs to many programs. A name stops the start only when one slip of the hand lies between it and a
setting, and no other program is known to read it.
"""

from collections.abc import Iterable, Set

OTHER_PROGRAMS = frozenset(
    [
        "OPENAI_ORG_ID",
        "OPENAI_ORGANIZATION",
        "OPENAI_ORGANIZATION_ID",
        "OPENAI_PROJECT",
        "OPENAI_PROJECT_ID",
        "OPENAI_API_BASE",
        "OPENAI_API_TYPE",
        "OPENAI_API_VERSION",
        "OPENAI_API_HOST",
        "OPENAI_API_BASE_URL",
        "OPENAI_API_URL",
        "OPENAI_ADMIN_KEY",
        "OPENAI_PROXY",
        "OPENAI_LOG",
        "OPENAI_LOG_LEVEL",
        "OPENAI_MODELS",
        "OPENAI_API_KEYS",
        "OPENAI_WEBHOOK_SECRET",
        "OPENAI_URL",
        "TWILIO_API_KEY",
        "TWILIO_API_KEY_SID",
        "TWILIO_API_SECRET",
        "TWILIO_API_KEY_SECRET",
        "TWILIO_REGION",
        "TWILIO_EDGE",
        "TWILIO_PROFILE",
        "TWILIO_LOG_LEVEL",
        "TWILIO_TWIML_APP_SID",
        "TWILIO_SYNC_SERVICE_SID",
        "TWILIO_CHAT_SERVICE_SID",
        "TWILIO_WHATSAPP_NUMBER",
        "SUPABASE_KEY",
        "SUPABASE_ANON_KEY",
        "SUPABASE_JWT_SECRET",
        "SUPABASE_SERVICE_KEY",
        "SUPABASE_SECRET_KEY",
        "SUPABASE_PUBLISHABLE_KEY",
        "SUPABASE_ACCESS_TOKEN",
        "SUPABASE_DB_PASSWORD",
        "SUPABASE_PROJECT_ID",
        "SUPABASE_PROJECT_REF",
        "SUPABASE_PUBLIC_URL",
        "ELEVEN_API_KEY",
        "XI_API_KEY",
        "ELEVENLABS_MODEL_ID",
        "ELEVENLABS_AGENT_ID",
        "PUBLIC_URI",
        "PUBLIC_URLS",
        "SECRET_KEYS",
        "SECRETKEY",
        "SECRET_KEY_BASE",
    ]
)
RENAMED = {"MAX_DAILY_CALLS_USD": "MAX_DAILY_CODE_CALLS_USD"}
"""Settings by the name that they had in an earlier version, and the one that they have now."""
PROVIDERS = ("TWILIO_", "OPENAI_", "ELEVENLABS_", "SUPABASE_")
SHORT, MIDDLING, LONG = 8, 12, 16
"""From so many letters on a name is distinctive: below the first only two letters that changed places count."""
FEWEST_WORDS_WITHOUT_PROVIDER = 3


def meant_setting(name: str, known: Set[str], given: Set[str]) -> str | None:
    """Return the setting that `name` is a misspelling of; None for a setting, and for a possible variable of another
    program.

    A missing word is a slip only when the whole name is not given as well.
    """
    if name in known or name in OTHER_PROGRAMS:
        return None
    # Every command starts with this: most settings are nothing like most variables.
    near = [
        one
        for one in {*known, *RENAMED}
        if abs(len(name) - len(one)) <= 2 and (name[0] == one[0] or name[-3:] == one[-3:])
    ]
    slips = [one for one in sorted(near) if _one_slip_apart(name, one)]
    if slips:
        return RENAMED.get(slips[0], slips[0])
    of_providers = [one for one in known - given if one.startswith(PROVIDERS)]
    shortened = [one for one in sorted(of_providers) if _leaves_a_word_out(name, one)]
    # A name that could be two settings is likelier a third thing.
    return shortened[0] if len(shortened) == 1 else None


def closest(name: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate that a slip of the hand, or two in a longer one, turns into `name`."""
    apart = {one: distance(name, one) for one in candidates}
    near = [one for one, steps in apart.items() if steps <= max(1, min(len(one), len(name)) // 4)]
    return min(near, key=lambda one: (apart[one], one), default=None)


def distance(one: str, other: str) -> int:
    """Return how many letters were left out, added, changed, or changed places with the next."""
    before_last: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        this = [row]
        for column, theirs in enumerate(other, 1):
            steps = min(last[column] + 1, this[-1] + 1, last[column - 1] + (letter != theirs))
            swapped = row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == theirs
            this.append(min(steps, before_last[column - 2] + 1) if swapped else steps)
        before_last, last = last, this
    return last[-1]


def _one_slip_apart(name: str, setting: str) -> bool:
    """Only for names of nearly the same length that begin or end alike."""
    if setting.endswith("IES") and name == setting.removesuffix("IES") + "Y":
        return True
    if any(letter.isdigit() for letter in name):
        # Numbered on purpose.
        return False
    if len(set(name) ^ set(setting)) > 4:
        # A slip removes one letter and adds one, at most: these differ by more.
        return False
    steps = distance(name, setting)
    if len(setting) < SHORT:
        return steps == 1 and sorted(name) == sorted(setting)
    if len(setting) < MIDDLING:
        return steps == 1 and (len(name) != len(setting) or sorted(name) == sorted(setting))
    return steps == 1 or (steps == 2 and len(setting) >= LONG and name.split("_")[0] == setting.split("_")[0])


def _leaves_a_word_out(name: str, setting: str) -> bool:
    words, whole = name.split("_"), setting.split("_")
    if len(words) + 1 != len(whole):
        return False
    if words == whole[1:]:
        return len(words) >= FEWEST_WORDS_WITHOUT_PROVIDER
    return words[0] == whole[0] and any(
        words == whole[:place] + whole[place + 1 :] for place in range(1, len(whole))
    )
