"""The records of a call: the full record, the recording, and a bundle for outside help."""
