"""Which other utterances an anchor is pushed from, and how hard."""
