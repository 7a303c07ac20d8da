"""What gunicorn serves: settings -> runtime -> app. No logic."""

from gevent import monkey

if not monkey.is_module_patched("socket"):
    raise RuntimeError(
        "gevent must patch before anything else: start with `gunicorn -c gunicorn.conf.py wsgi:app`"
    )

import gc

from voicebot.services.calls.stepping.deliver import keep_delivering
from voicebot.services.calls.stepping.neighbours import share_sound
from voicebot.services.calls.streams.live import keep_streams
from voicebot.services.first_words import prepare_words
from voicebot.services.fleet import keep_share
from voicebot.services.operators.incidents import keep_watch
from voicebot.services.recordings.tapes import keep_tapes_saved
from voicebot.services.sockets_health import keep_sockets_probed
from voicebot.serving.garbage import collect_seldom
from voicebot.settings import load_settings
from voicebot.storage.database.greenlet_wait import wait_as_greenlets
from voicebot.telemetry.logs import configure_logging
from voicebot.telemetry.metrics import start_lag_monitor
from voicebot.wiring import build_runtime, keep_spool_empty
from webhooks.app import create_app

wait_as_greenlets()
settings = load_settings()
configure_logging(settings)
runtime = build_runtime(settings)
keep_spool_empty(runtime)
runtime.carriers.look_ahead()
keep_watch(runtime)
if settings.role != "live":
    # Whoever writes the documents of calls has to know.
    keep_sockets_probed(runtime)
keep_streams(runtime)
keep_delivering(runtime)
keep_tapes_saved(runtime)
if settings.role != "web":
    share_sound(runtime)
draining = runtime.draining
if settings.role != "web" and runtime.detector is not None:
    # 14 ms and 12 MB, which the first caller whose template says media would wait for, and all others with them.
    runtime.detector.prepare()
prepare_words()
app = create_app(runtime, draining)
start_lag_monitor()
leave_fleet = keep_share(runtime, settings.role)
# What is loaded stays. A collection that walks all of it takes a tenth of a second, in which every caller waits.
gc.collect()
gc.freeze()
collect_seldom(lambda: len(runtime.live_streams))
