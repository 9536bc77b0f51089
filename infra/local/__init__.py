"""The embedded AWS: the emulator `ministack` as one process on 127.0.0.1, without Docker.

    lifecycle.start ──▶ server (own process) ──▶ ministack, with three changes:
                          deliveries   e-mail and SMS of SNS go to the inbox, and to SMTP where set
                          checkpoint   state is saved every half minute, not only at a clean stop
                          (strict load: state that cannot be read stops the start, never vanishes)
    deploy.deploy   ──▶ template.yaml, unchanged: zip, upload, create or update the stack
    inbox           ──▶ what the subscribers would have read
    lifecycle.stop  ──▶ SIGTERM, state saved, workers gone

Everything it writes is in one folder (`paths.StatePaths`).
"""
