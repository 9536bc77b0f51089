"""One door a Lambda: decode, call one stage, report. Nothing else.

A queue hands over one message an invocation: a job is a batch already. An exception leaves the
message in the queue, to come again and after three times to go to the dead-letter queue.
"""
