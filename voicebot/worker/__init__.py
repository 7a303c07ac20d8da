"""The process that answers texts, sends, dials and runs jobs."""
