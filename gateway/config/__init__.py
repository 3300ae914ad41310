"""The gateway's configuration.

``settings`` what can be set, with defaults and reasons; ``site_file`` reads the site's TOML. ``site_tables`` a model for each of its tables,
``toml_values`` the kinds of their values, ``toml_problems`` every error at once in our words, with its line by ``toml_lines``;
``seat_patterns`` which patterns of seats are too wide.
"""
