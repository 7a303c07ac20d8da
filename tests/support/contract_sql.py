"""The functions that the contract of the transports is tried with."""

from pathlib import Path

FUNCTIONS = Path(__file__).with_name("contract_functions.sql").read_text()
