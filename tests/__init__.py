"""Tests. They sum up in one thread as a server does: numpy reads this when it is loaded."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
