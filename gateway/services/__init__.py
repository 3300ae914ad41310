"""Services of a gateway, whoever asks: each service raises ``Problem`` where it cannot be. Knows no HTTP."""
