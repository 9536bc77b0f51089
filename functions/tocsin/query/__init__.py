"""Topics: their words, how text is read for matching, and which topics an article satisfies.

    compile_topics(topics) ─▶ bytes ─▶ Matcher.load ─▶ matcher.match(title, text) ─▶ found topics

The bytes are what travels from `tocsin apply` to the functions; nobody else looks into them.
"""
