"""The carrier's side of both websocket protocols: Media Streams (handbook 3) and ConversationRelay (handbook 4)."""
