"""The gateway's side of AMI, Asterisk's manager interface. The only package that knows panoramisk.

    bytes --framing--> frames --protocol--> replies, to whoever asked
                                   \\--decode--> core events, in order, to ``on_event``
    commands --executor--> actions --encode--> bytes

``link``       one switchboard: connect, log in, snapshot, then the ordered stream; reconnect. Start reading here.
``problem``    why a link is down, where, and what to do about it, in Chinese and English.
``protocol``   panoramisk's protocol, mended (docs/decisions/0003-panoramisk.md says what and why).
``framing``    bytes to frames, in any slicing.
``wire``       header values and the alphabets that they may use.
``decode``     one frame to one event of the core, or to nothing.
``snapshot``   what a switchboard looks like just now, as one ``Resynced``.
``encode``     actions to bytes: what is unsafe is refused, never repaired (law 8).
``executor``   one command in, exactly one ``CommandSucceeded`` or ``CommandFailed`` out.

Promises, each held by a test in ``tests/ami``:

- Every message is seen once, whole, in Asterisk's order, by one synchronous callback; a callback that raises is logged
  and costs neither the next message nor the connection.
- An action is sent once or not at all. It is never kept for later and never sent again; while the link is down it is
  refused.
- Every action ends within its deadline; so does every wait of the link for the other side.
- One ``Resynced`` begins what we know, one ``LinkLost`` ends it.
"""

from gateway.ami.encode import Refused
from gateway.ami.executor import Executor
from gateway.ami.link import Link, LinkSettings
from gateway.ami.problem import LinkProblem
from gateway.ami.protocol import LinkDown, NoAnswer, Reply

__all__ = ["Executor", "Link", "LinkDown", "LinkProblem", "LinkSettings", "NoAnswer", "Refused", "Reply"]
