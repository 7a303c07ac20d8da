"""Facts that may not be lost: written, spooled while the database is away, replayed."""
