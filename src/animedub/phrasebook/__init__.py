"""Set phrases of everyday dialogue and what an actor says for them in English: a translation memory.

A small speech translator stumbles over just the lines that every episode is full of: greetings, thanks, shouts. It
writes them down well, though. What it wrote down is looked up here first; :func:`look_up` answers only when phrases and
patterns of the book cover the whole line, so that what it does not know is left to the translator.

>>> look_up("本当ですか 信じられない").text
"Really? I can't believe it!"
>>> look_up("ただいま、おばあちゃん").text
"I'm home, Grandma."
>>> look_up("本当の話を知っているのは彼だけだ") is None
True
"""

from animedub.phrasebook.lookup import Kind, Match, identity, look_up

__all__ = ["Kind", "Match", "identity", "look_up"]
