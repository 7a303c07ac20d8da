"""The fixed sentences of onboarding, texts and codes in other languages than English, a table a language."""
