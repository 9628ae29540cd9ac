"""`python -m training COMMAND`."""

import sys

from .cli import main

sys.exit(main())
