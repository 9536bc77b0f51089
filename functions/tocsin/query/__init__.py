"""Topics: what they say, what that means, and which of them an article satisfies.

    a topic's query ─ syntax ─▶ tree ─ meaning ─▶ plan ─ compiled ─▶ a file
                                                                       │ mmap
    an article ─ analysis ─▶ terms with their keys ──────────────▶ matcher ─▶ topics and words

`analysis` reads text the same way on both sides. Of the rest, `tocsin apply` uses the upper row and
the functions the lower one; the file travels between them. `evaluate` says the same as the matcher
from the language's definition alone: slowly, for tests and for explaining.
"""
