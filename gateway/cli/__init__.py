"""The command line: ``main`` reads the words, and each group of commands has a module of its own, imported when it runs."""
