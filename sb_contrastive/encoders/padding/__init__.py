"""Padding: taken away before a network sees it, and masked where frames are kept."""
