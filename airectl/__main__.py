"""`python -m airectl` and the `airectl` entry point."""

from airectl.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
