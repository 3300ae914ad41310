"""``python -m gateway`` is ``onekey``."""

from gateway.cli import main

raise SystemExit(main())
