"""How answers and wishes of the onboarding are worded in Spanish, French, German, Portuguese and Italian.

Pure data: parts of patterns over words in small letters without accents (`tokens.plain`). English stands where it is read.
"""
