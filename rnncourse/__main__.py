"""``python -m rnncourse``: the command line, where the ``rnncourse`` script is not on the PATH."""

from rnncourse.cli.app import main

if __name__ == "__main__":
    main()
