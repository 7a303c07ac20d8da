"""What tests that start processes share: the contract of both transports."""

from tests.support.contract import contract_dsn, lite, one_lite, postgres

__all__ = ["contract_dsn", "lite", "one_lite", "postgres"]
