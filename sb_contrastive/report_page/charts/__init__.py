"""Charts of the page: inline SVG that follows the page's light or dark colours.

They draw what was computed before, and need neither matplotlib nor scripts.
"""
