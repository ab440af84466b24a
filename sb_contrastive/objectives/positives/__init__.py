"""Where the positive of an utterance comes from, in the place of its own other crop."""
