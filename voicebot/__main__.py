"""`python -m voicebot`."""

import sys

from voicebot.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
