"""``python -m gateway`` is ``onekey``."""

from gateway.cli.main import main

raise SystemExit(main())
