"""What generating, starting and issuing cost, each figure beside its target.

``python -m tests.bench`` prints; it never judges time, because machines differ.
The usual service of ``usual_service.py`` runs beside ours so that what is
compared is a ratio.
"""
