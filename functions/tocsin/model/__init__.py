"""What the stages talk about. Values only: frozen, no I/O, no clock.

One subject a module, so that a function makes the models that it uses and no others: `values.py` is
what all are made of, the rest is named after what it holds.
"""
