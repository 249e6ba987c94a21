"""Documents in a real browser: what a reader with a phone, a keyboard or a screen reader meets.

``python -m tests.browser SERVICE`` opens every golden document of a generated service and
ends with ``N passed, M failed``.
"""
