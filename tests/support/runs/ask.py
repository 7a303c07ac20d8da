"""`python -I -S ask.py SOCKET -m voicebot …`: be a program that a loaded process has loaded; what `forks.py` is to Python, this is to a shell."""

import json
import os
import socket
import sys

GONE = 9
read, ending = os.pipe()
# To load `pathlib` takes longer than all else here.
cwd = os.getcwd()  # noqa: PTH109
asked = {"argv": sys.argv[2:], "cwd": cwd, "env": dict(os.environ), "session": False}
with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as loaded:
    loaded.connect(sys.argv[1])
    said = json.dumps(asked).encode() + b"\n"
    sent = socket.send_fds(loaded, [said], [0, 1, 2, ending])
    loaded.sendall(said[sent:])
    loaded.makefile().readline()
# Otherwise we would wait for ourselves.
os.close(ending)
for file in (0, 1):
    # Whoever reads what we write, or writes what we read, waits for the program alone.
    os.close(file)
sys.exit(os.waitstatus_to_exitcode(int(os.read(read, 16) or GONE)) % 256)
