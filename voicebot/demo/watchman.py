"""`python -m voicebot.demo.watchman FOLDER`: ends what a demo started, once the demo itself is gone.

The demo holds the other end of our standard input. However the demo ends, also by `kill -9`, the kernel closes that
end, on Linux and macOS alike.
"""

import os
import sys
from pathlib import Path

from voicebot.demo.ending import end_processes
from voicebot.demo.place import read_record
from voicebot.storage.embedded import server


def main(folder: Path) -> None:
    """Wait for the end of the demo of this folder, and end the rest."""
    while os.read(sys.stdin.fileno(), 64):
        pass
    record = read_record(folder)
    if record is not None:
        end_processes([child for child in record.children if child.pid != os.getpid()])
    server.end_at_once(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
