"""Losses that give the crops of an utterance to the same clusters."""
