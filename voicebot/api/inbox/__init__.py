"""The inbox over the API: what people look after, and what they do with it."""
