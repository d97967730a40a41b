"""Entry point of `python -m fer_core`."""

import sys

from fer_core.errors import environment_hint

try:
    from fer_core.cli import main
except ModuleNotFoundError as missing:
    sys.exit(environment_hint(missing))

if __name__ == "__main__":
    main()
