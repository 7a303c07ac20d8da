"""How gunicorn serves the app. Imports nothing that opens sockets."""

import os

worker_class = "gevent"
bind = f"{os.environ.get('VOICEBOT_BIND_HOST', '127.0.0.1')}:{os.environ.get('PORT', '8080')}"
workers = int(os.environ.get("VOICEBOT_WEB_WORKERS", "2"))
# Twice the calls a process may carry, and room for webhooks and clips beside them.
worker_connections = 2 * int(os.environ.get("VOICEBOT_MAX_CALLS", "100")) + 200
preload_app = False
timeout = 60
graceful_timeout = 30
keepalive = 75
accesslog = None
errorlog = "-"
loglevel = "warning"
# A form of Twilio's is a few kB; headers carry a signature and a token.
limit_request_field_size = 16380
control_socket_disable = True
