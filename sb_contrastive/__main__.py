"""Runs a command of `python -m sb_contrastive`."""

from sb_contrastive.command_line import main

if __name__ == "__main__":
    main()
