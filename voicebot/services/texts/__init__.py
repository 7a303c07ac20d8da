"""Use cases of texts: received, answered, sent, accounted for."""
