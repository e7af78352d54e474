"""``python -m rnnbook.claims``."""

import os
import sys

from rnnbook.evidence import WORKER_ENV

os.environ.update(WORKER_ENV)  # before an experiment imports its framework

from rnnbook.claims import main

if __name__ == "__main__":
    sys.exit(main())
