"""`python -m lakmus` is the command line."""

from lakmus.cli import main

main()
