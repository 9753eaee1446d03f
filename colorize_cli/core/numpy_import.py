"""NumPy imported without the threads of its linear algebra, of which nothing here has any use.

Their start takes tens of milliseconds of processor time.
"""

import os
import sys
from typing import Final

VARIABLE: Final = "OPENBLAS_NUM_THREADS"


def import_numpy() -> None:
    """Import NumPy, unless it is there already or somebody says how many threads there are."""
    if VARIABLE in os.environ or "numpy" in sys.modules:
        return
    os.environ[VARIABLE] = "1"
    try:
        import numpy as np  # noqa: F401
    finally:
        del os.environ[VARIABLE]
