"""The people who phone the bot: a JSON API, a page, a terminal phone and replayable scenarios."""
