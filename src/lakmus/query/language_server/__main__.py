"""`python -m lakmus.query.language_server`: the server alone, without the command line."""

import sys

from lakmus.query.language_server import serve

sys.exit(serve(sys.stdin.buffer, sys.stdout.buffer))
