"""What is known about feeds: documents to entries, what is unseen, when to ask again."""
