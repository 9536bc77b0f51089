"""Tocsin: an alarm bell for the news.

    every minute ─▶ dispatch ─▶ [poll queue] ─▶ poll ─▶ [ingest queue] ─▶ ingest ─▶ S3 + DynamoDB
                    due feeds,                 polite    new entries,      page → article
                    one job a host             GET       one host a job           → story → matches
                                                                                              │
                                                                                              ▼
    every minute ─▶ alert ─▶ SNS ─▶ e-mail · SMS               match rows with a time they are due
    every minute ─▶ archive ─▶ search shards                   what ingest stored, in batches
    every hour   ─▶ reconcile: who listens, as SNS says
    HTTP         ─▶ api ─▶ lists of articles, subscriptions
    HTTP         ─▶ search ─▶ the archive by its words
    a shell      ─▶ tocsin (the command line)
    a notebook   ─▶ tocsin.archive

Read on in `pipeline/` (one plain function a stage), then `handlers/` (the doors that Lambda knocks
on). `model/` holds what the stages talk about, `errors.py` what can go wrong. Only `aws/` talks to
AWS, only `web/` to the internet, only `settings.py` reads the environment, and `wiring.py` brings
them together.
"""

__version__ = "0.1.0"
