"""The matter's record, and other platforms.

``service`` readings and edits; ``imports`` what another platform tells; ``peers`` the records of other homes; ``outbox`` and its ``platform_queue`` what goes to
platforms; ``http_client`` the only way out over HTTP, a process of its own; ``export`` files of records; ``formats`` how others write a record.
"""
