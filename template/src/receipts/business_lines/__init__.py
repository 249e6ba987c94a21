"""Business lines: the shape of an event, and what it says was sold.

Each module with a ``LINE`` is a business line; they are found by listing this
folder, so a new one is a new file.
"""
