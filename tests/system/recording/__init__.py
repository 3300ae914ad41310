"""The calls that a gateway and the processes beside it make, as they make them: for the ways of ``docs/architecture.md``."""
