"""Real input: rides that nobody on this project made up, through a freshly generated service.

``python -m tests.real`` accounts for every ride of the data folder and ends with
``N passed, M failed``.
"""
