"""The configuration: read once, typed and checked, or one message with all faults."""

from voicebot.settings.load import SettingsError, load_settings, settings_table
from voicebot.settings.model import Settings

__all__ = ["Settings", "SettingsError", "load_settings", "settings_table"]
