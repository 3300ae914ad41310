"""Installing at a site that has run for years: what its Asterisks need, written from its own names, and what its files lack of it.

``asterisk_tree`` reads the site's files, ``secrets_kept`` makes its passwords once, ``snippets`` renders what is added, ``difference`` finds what is missing,
``questions`` asks for what nobody has written down.
"""
