"""Country packs: a folder of dated rules, phrases and golden cases each.

A folder is named after the pack's code in lower case. Packs are data: nothing
here knows a country, and a country needs no line of Python.
"""
