"""A rehearsal: the alert stage itself, on memory and a virtual clock, telling nobody.

    rows, matches, stories, budgets   what the tables do, in memory
    stage                             the clock, what comes in, and what would have been told

`pipeline.alert` runs in it unchanged: what a rehearsal says would be sent is what would be sent.
"""
