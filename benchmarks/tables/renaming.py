"""The option of scripts that keep figures: other names of systems."""


def add_rename(parser):
    """Add `--rename OLD=NEW ...` to the parser of a script."""
    parser.add_argument(
        "--rename",
        nargs="+",
        default=[],
        metavar="OLD=NEW",
        help="with --keep: other names of systems",
    )


def new_names(options):
    """Return the new name of each system that is renamed, by its old one."""
    return dict(pair.split("=", 1) for pair in options.rename)
