"""Values that replace those of an experiment: on the command line, in a study, of an encoder."""
