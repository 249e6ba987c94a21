"""Real input: rides and orders that nobody on this project made up, through a fresh service.

``python -m tests.real`` accounts for every record of the data folder and ends with
``N passed, M failed``.
"""
