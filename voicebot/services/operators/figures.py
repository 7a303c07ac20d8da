"""Count what hours and days came to. A loop of the worker."""

from voicebot.runtime import Runtime
from voicebot.storage.figures.figures import roll_figures


def count_figures(runtime: Runtime) -> int:
    """Count some of what is due; return how much it was. Raises DatabaseAway."""
    return roll_figures(runtime.database, runtime.settings.timezone)
