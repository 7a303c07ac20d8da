"""`python -m voicebot`."""

import os
import signal
import sys

LISTENS = signal.getsignal(signal.SIGINT) is not signal.SIG_IGN
if LISTENS:
    # Ctrl+C while the program is still being loaded ends it without a word.
    signal.signal(signal.SIGINT, lambda *_: os._exit(130))

from voicebot.cli import main  # noqa: E402 -- loading is what can be interrupted

if __name__ == "__main__":
    if LISTENS:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(main(sys.argv[1:]))
