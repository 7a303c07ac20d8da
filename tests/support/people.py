"""Numbers of the tests: of North America, fictional."""

OURS, CALLER = "+12025550100", "+12025550123"
