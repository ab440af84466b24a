"""Writers of the files that commands leave."""
