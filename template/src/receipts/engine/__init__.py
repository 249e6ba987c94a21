"""The engine: an event and the rules become drafts, drafts become documents.

Pure: everything else feeds it or stores what it makes.
"""
