"""Ground floor: the words and the arithmetic of documents.

Pure: no input or output, no clock, no randomness.
"""
