"""What `python -m sb_contrastive` runs."""

from sb_contrastive.command_line import main

if __name__ == "__main__":
    main()
