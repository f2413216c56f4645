"""`python3 install run`: what is typed on a fresh machine, with only Python and git on it.

This file and `pythons.py` keep to words that old Pythons understand, so that these can say
which Python is wanted instead of failing on grammar.
"""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Find a Python that suits, then do what was typed."""
    here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120
    # Started by its folder, Python puts `install/` on its path instead of the project.
    sys.path[:] = [os.path.dirname(here), *(path for path in sys.path if path != here)]  # noqa: PTH120
    from install import pythons

    if not pythons.suits(sys.version_info[:2], sys.implementation.name):
        return pythons.start_with_another(here, sys.argv[1:])
    from install import cli

    return cli.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
