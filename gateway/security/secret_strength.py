"""Strength of secrets: what a guess finds does not start a gateway, and the doctor says the same by the same function.

Three things make a secret weak: that everybody knows it (an example's, a default's), that it is short, that it is long and still one
thought (``aaaaaaaaaaaa``, ``123456789012``, ``abcabcabcabc``). No secret is ever part of what is said about it.
"""

from __future__ import annotations

from itertools import pairwise

from gateway.config.settings import Config
from gateway.core.values.fault import Fault
from gateway.security import texts

NO_LETTERS = "".join(map(chr, range(0x21, 0x61))) + "{|}~"
"""Characters that people hang on a common word: digits and signs."""
KNOWN = frozenset(
    (
        "change-me", "changeme", "change_me", "changethis", "default", "example", "secret", "password", "passw0rd", "admin", "administrator", "root", "onekey",
        "token", "test", "testing", "letmein", "welcome", "qwerty", "qwertyuiop", "asterisk", "manager", "mysecret", "mypassword", "supersecret", "hotline",
        "a-token-of-the-site", "your-token-here", "replace-me", "xxxxxxxx",
    )
)  # fmt: skip
"""Words that a guess begins with, in lower case; with digits and signs behind them they are the same words."""
THOUGHTS_MIN = 8
"""Characters that are no continuation of those before them. Eight of ten digits are a hundred million tries."""
LETTERS_MIN = 5
"""Different characters: fewer are a rhythm."""


def weakness(secret: str, chars_min: int) -> str:
    """Why a secret is weak, in both languages; empty where it is not."""
    word = _once(secret.strip().lower())
    if word in KNOWN or word.rstrip(NO_LETTERS) in KNOWN:
        return texts.IS_A_COMMON_ONE
    if len(secret) < chars_min:
        return texts.IS_TOO_SHORT(chars_min=chars_min)
    if len(set(secret)) < LETTERS_MIN or thoughts(secret) < min(THOUGHTS_MIN, chars_min):
        return texts.HAS_TOO_LITTLE_CHANCE
    return ""


def thoughts(secret: str) -> int:
    """Number of characters of a secret that do not follow from those before: of a word that is repeated the first counts, and of a run like
    ``1234`` or ``aaaa`` its beginning."""
    secret = _once(secret)
    steps = [ord(after) - ord(before) for before, after in pairwise(secret)]
    follows = [step in (-1, 0, 1) and step == before for before, step in pairwise(steps)]
    return len(secret) - sum(follows)


def _once(secret: str) -> str:
    """A word that is repeated, once."""
    sizes = range(1, len(secret) // 2 + 1)
    return next((secret[:size] for size in sizes if secret.startswith(secret[size:])), secret)


def weaknesses(config: Config) -> list[Fault]:
    """Every weak secret of a configuration."""
    least = config.secrets_min
    token, ami, webhook = least["token_chars"], least["ami_chars"], least["webhook_chars"]
    asked = [("[api] token", config.api_token, token)]
    asked += [(f"[[switchboards]] {board.id} secret", board.secret, ami) for board in config.switchboards]
    asked += [(f"[[push]] {target.switchboard} secret", _text(target.secret), webhook) for target in config.push]
    for peer in config.peers:
        if peer.url:
            asked.append((f"[[peers]] {peer.switchboard} token", peer.token, token))
        if peer.secret:
            asked.append((f"[[peers]] {peer.switchboard} secret", _text(peer.secret), webhook))
    found = [
        Fault(f"{TOO_WEAK}{why}", where, REMEDY) for where, secret, chars in asked if (why := weakness(secret, chars))
    ]
    keys = [("signing_key", config.signing_key), *(("signing_keys_old", key) for key in config.signing_keys_old)]
    found += [Fault(f"{TOO_WEAK}{KEY_WEAK}", where, KEY_REMEDY) for where, key in keys if not strong_key(key)]
    return found


TOO_WEAK = texts.WEAK_SECRET
KEY_WEAK = texts.IS_NOT_RANDOM
REMEDY = texts.USE_A_RANDOM_ONE
KEY_REMEDY = texts.DELETE_THE_FILE
KEY_BYTES_MIN = 16
"""Half of SHA-256's block of result: HMAC's strength ends where its key's does."""


def strong_key(key: bytes) -> bool:
    """True where a signing key looks as random bytes do: of 16 of these hardly ever fewer than 10 are different."""
    return len(key) >= KEY_BYTES_MIN and len(set(key)) >= 10


def _text(secret: bytes) -> str:
    return secret.decode("utf-8", "replace")
