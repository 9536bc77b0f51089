"""The only users of the AWS SDK. Each class gets its client and names as arguments."""
