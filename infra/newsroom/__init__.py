"""A small newsroom on loopback, for `make demo` and the system tests. Every word in it was made up.

    sites/*/site.yaml, *.html, articles/*.md
        -> content.py    sites and articles as values
        -> edition.py    what is public at the moment, and since when
        -> pages.py, feeds.py    an edition as HTML pages, and as RSS 2.0, Atom and JSON Feed 1.1
        -> routes.py     a path to a response, and whether a reader has it already
        -> server.py     the newsroom on 127.0.0.1, with a log of who asked for what

Everything but server.py is pure: the time is an argument, and no file is read after the sites
were loaded.
"""
