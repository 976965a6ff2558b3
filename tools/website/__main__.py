"""``python -m tools.website``: build the site."""

import sys

from tools.website.building import main

sys.exit(main())
