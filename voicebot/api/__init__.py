"""The REST API for operators and for programs that use this service: `/api/v1/…`, described by its own openapi.json."""
