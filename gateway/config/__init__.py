"""The gateway's configuration.

``settings`` what can be set, with defaults and reasons; ``site_file`` reads the site's TOML; ``toml_table`` one table of it, every
error at once; ``seat_patterns`` which patterns of seats are too wide.
"""
