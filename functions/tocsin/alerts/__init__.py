"""What is said to subscribers, and how it fits their screens."""
