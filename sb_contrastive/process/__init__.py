"""Deals with the surroundings of a process: its command, whoever reads its output, and the files that it leaves behind."""
