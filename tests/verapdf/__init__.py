"""PDFs before veraPDF, the reference validator: PDF/A-3a for archives, PDF/UA-1 for assistance.

``python -m tests.verapdf SERVICE`` writes PDFs with a generated service, validates them and
ends with ``N passed, M failed``.
"""
