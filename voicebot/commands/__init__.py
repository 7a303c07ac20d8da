"""The commands of `python -m voicebot`, one file a group: each adds its parsers and runs them."""
