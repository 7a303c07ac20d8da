"""Codes that prove who has a phone, and how they are found in what people write and say."""
