"""``transfer_rules.yaml`` to a ``RuleSet``, or every error with line and column. The only room that knows YAML.

``file`` reads it; ``yaml_nodes``, ``yaml_shapes`` and ``schema`` say what may stand there; ``values`` builds the rules, ``checks`` plays their
examples; ``explain`` tells a decision; ``reload`` reads a changed file again; ``catalogue_import`` makes a catalogue of a spreadsheet.
"""
