"""Choose the utterances that an anchor is pushed from, and how hard."""
