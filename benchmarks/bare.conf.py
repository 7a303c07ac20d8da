"""What the peer of the webhook benchmark is served with: nothing of ours, which gunicorn would pick up by itself."""
