"""``python -m diq_core`` is the command ``diq``."""

from diq_core.cli import main

if __name__ == "__main__":
    main()
